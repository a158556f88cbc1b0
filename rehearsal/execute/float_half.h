/* f16 and bf16 arithmetic. */
#pragma once

#include "rehearsal/execute/float_operation.h"

/* One or two in a register: all of an instruction. */
bool execute_half(
        struct thread *thread, const struct insn *insn, enum operation operation, bool is_brain);
bool execute_halves(
        struct thread *thread, const struct insn *insn, enum operation operation, bool is_brain);
