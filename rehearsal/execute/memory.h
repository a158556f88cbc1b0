/* Loads, stores and address conversion. */
#pragma once

#include "rehearsal/execute/thread.h"

execute_fn execute_load, execute_store, execute_load_param, execute_load_global_4;
execute_fn execute_load_global_8, execute_load_shared_4, execute_store_global_4;
execute_fn execute_store_global_8, execute_store_shared_4;
execute_fn execute_to_generic, execute_from_generic, execute_is_space, execute_copy_async;

/* Host memory behind `size` bytes at `address` in a space; NULL after a fault. */
void *thread_memory(struct thread *thread, const struct insn *insn, enum space space,
        uint64_t address, uint64_t size);
