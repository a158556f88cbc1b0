#include "rehearsal/execute/interpreter.h"

#include <stdlib.h>
#include <string.h>

#include "rehearsal/execute/barrier.h"
#include "rehearsal/execute/call.h"
#include "rehearsal/execute/warp.h"

#define TURN       4096u               /* instructions a thread runs before others may */
#define MAX_MEMORY ((uint64_t)2 << 30) /* bytes of slots and local memory of one block */

/* --- a block's memory, used again by the next one --- */

struct stage {
        struct block block;
        uint64_t *slots;
        uint8_t *local;
        uint64_t local_stride;
};

static void free_stage(struct stage *stage)
{
        for (uint32_t i = 0; stage->block.threads && i < stage->block.thread_count; i++)
                frames_free(&stage->block.threads[i]);
        free(stage->block.threads);
        free(stage->block.shared);
        free(stage->slots);
        free(stage->local);
}

static bool make_stage(struct launch *launch, struct stage *stage)
{
        const struct function *kernel = launch->kernel;
        uint64_t count = (uint64_t)launch->block[0] * launch->block[1] * launch->block[2];

        stage->local_stride = kernel->local_size + 16; /* never empty */
        stage->block.launch = launch;
        stage->block.thread_count = (uint32_t)count;
        stage->block.shared_size =
                launch->dynamic_shared ? kernel->program->dynamic_shared + launch->dynamic_shared
                                       : kernel->shared_size;
        if (count * (kernel->slot_count * sizeof(uint64_t) + stage->local_stride) > MAX_MEMORY)
                return false;
        stage->block.threads = calloc(count, sizeof(*stage->block.threads));
        stage->block.shared = malloc(stage->block.shared_size + 1);
        stage->slots = malloc(count * kernel->slot_count * sizeof(uint64_t));
        stage->local = malloc(count * stage->local_stride);
        return stage->block.threads && stage->block.shared && stage->slots && stage->local;
}

static void start_thread(struct stage *stage, uint32_t index)
{
        const struct launch *launch = stage->block.launch;
        const struct function *kernel = launch->kernel;
        struct thread *thread = &stage->block.threads[index];

        frames_free(thread);
        *thread = (struct thread){ .slots = stage->slots + (size_t)index * kernel->slot_count,
                .next = kernel->insns,
                .function = kernel,
                .block = &stage->block,
                .state = THREAD_RUNNABLE,
                .tid = { index % launch->block[0], index / launch->block[0] % launch->block[1],
                        index / launch->block[0] / launch->block[1] },
                .lane = index % MAX_WARP,
                .warp = index / MAX_WARP,
                .local = stage->local + index * stage->local_stride,
                .local_size = kernel->local_size,
                .local_room = stage->local_stride };
        memcpy(thread->slots, kernel->initial, kernel->slot_count * sizeof(uint64_t));
        heap_spoil(launch->heap, thread->local, kernel->local_size);
}

static void start_block(struct stage *stage, uint32_t x, uint32_t y, uint32_t z)
{
        struct block *block = &stage->block;

        block->id[0] = x;
        block->id[1] = y;
        block->id[2] = z;
        block->live = block->thread_count;
        memset(block->barriers, 0, sizeof(block->barriers));
        heap_spoil(block->launch->heap, block->shared, block->shared_size);
        for (uint32_t i = 0; i < block->thread_count; i++)
                start_thread(stage, i);
}

/* --- running --- */

static void run_turn(struct thread *thread)
{
        struct launch *launch = thread->block->launch;
        uint32_t left = TURN;

        while (left) {
                const struct insn *insn = thread->next++;

                left--;
                if ((thread->slots[insn->guard] ^ insn->negate) & 1 && insn->execute(thread, insn))
                        break;
        }
        launch->steps += TURN - left;
        if (launch->step_limit && launch->steps > launch->step_limit)
                thread_fault(thread, thread->next - 1, CUDA_ERROR_LAUNCH_TIMEOUT,
                        "more than %llu instructions", (unsigned long long)launch->step_limit);
}

/* Runs a warp's threads in turns as long as they set each other free. True if any ran. */
static bool run_warp(struct block *block, uint32_t warp)
{
        const struct launch *launch = block->launch;
        uint32_t first = warp * MAX_WARP, end = first + MAX_WARP;
        bool ran = false;

        if (end > block->thread_count)
                end = block->thread_count;
        do {
                for (uint32_t i = first; i < end; i++) {
                        if (block->threads[i].state != THREAD_RUNNABLE)
                                continue;
                        run_turn(&block->threads[i]);
                        ran = true;
                        if (launch->error != CUDA_SUCCESS)
                                return true;
                }
        } while (warp_resolve(block, warp));
        return ran;
}

/* A thread that waits although nobody can come any more. */
static void report_deadlock(struct block *block)
{
        for (uint32_t i = 0; i < block->thread_count; i++) {
                struct thread *thread = &block->threads[i];

                if (thread->state == THREAD_EXITED)
                        continue;
                thread_fault(thread, thread->waits, CUDA_ERROR_LAUNCH_FAILED,
                        "waits for threads that never come: the block is deadlocked");
                return;
        }
}

static void run_block(struct block *block)
{
        const struct launch *launch = block->launch;
        uint32_t warps = (block->thread_count + MAX_WARP - 1) / MAX_WARP;

        while (block->live && launch->error == CUDA_SUCCESS) {
                bool ran = false;

                for (uint32_t warp = 0; warp < warps && launch->error == CUDA_SUCCESS; warp++)
                        ran = run_warp(block, warp) || ran;
                if (launch->error != CUDA_SUCCESS || !block->live)
                        return;
                if (!barrier_resolve(block) && !ran)
                        report_deadlock(block);
        }
}

static void run_grid(struct launch *launch, struct stage *stage)
{
        for (uint32_t z = 0; z < launch->grid[2]; z++) {
                for (uint32_t y = 0; y < launch->grid[1]; y++) {
                        for (uint32_t x = 0; x < launch->grid[0]; x++) {
                                start_block(stage, x, y, z);
                                run_block(&stage->block);
                                if (launch->error != CUDA_SUCCESS)
                                        return;
                        }
                }
        }
}

CUresult interpreter_run(struct launch *launch)
{
        struct stage stage = { .local_stride = 0 };

        launch->error = CUDA_SUCCESS;
        memset(launch->hints, 0, sizeof(launch->hints));
        if (make_stage(launch, &stage))
                run_grid(launch, &stage);
        else
                launch->error = CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
        free_stage(&stage);
        return launch->error;
}
