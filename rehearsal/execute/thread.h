/* A launch, its blocks and their threads while they run. */
#pragma once

#include "rehearsal/base/cuda_abi.h"
#include "rehearsal/base/heap.h"
#include "rehearsal/base/program.h"

enum thread_state {
        THREAD_RUNNABLE,
        THREAD_AT_BARRIER, /* `waits` is the bar instruction */
        THREAD_AT_WARP,    /* `waits` is a shuffle, vote, match, … */
        THREAD_EXITED,
};

struct frame; /* of a caller; call.c */

struct thread {
        uint64_t *slots; /* of the current frame */
        const struct insn *next;
        const struct function *function;
        struct block *block;
        enum thread_state state;
        const struct insn *waits;
        uint32_t tid[3];
        uint32_t lane, warp;
        bool carry; /* CC.CF */
        uint8_t *local;
        uint64_t local_size, local_room;
        uint64_t local_base; /* of the current frame */
        bool owns_local;
        struct frame *frames; /* newest caller first */
        uint32_t depth;
};

struct barrier {
        uint32_t expected; /* threads; 0: all that have not exited */
        uint32_t arrived;  /* by bar.arrive; those that wait are counted by their state */
        bool is_open;      /* somebody arrived since it last completed */
};

struct block {
        struct launch *launch;
        uint32_t id[3];
        uint32_t thread_count;
        struct thread *threads;
        uint8_t *shared;
        uint64_t shared_size;
        struct barrier barriers[MAX_BARRIERS];
        uint32_t live; /* threads that have not exited */
};

#define HINTS 256u

struct launch {
        const struct function *kernel;
        struct heap *heap;
        const void *owner; /* of what the kernel's malloc gives */
        uint32_t grid[3], block[3];
        uint64_t dynamic_shared;
        const uint8_t *params; /* param_size bytes */
        uint64_t steps;        /* instructions so far, for the clocks */
        uint64_t step_limit;   /* 0: none; then the launch fails with LAUNCH_TIMEOUT */
        bool is_quiet;         /* do not explain failures on stderr */
        CUresult error;
        const struct allocation *hints[HINTS]; /* where an instruction last found its address */
};

/* Ends the launch with `error`; true, for the operation to return. Says why unless quiet. */
bool thread_fault(struct thread *thread, const struct insn *insn, CUresult error,
        const char *format, ...) __attribute__((format(printf, 4, 5)));
