/*
 * bar and barrier (PTX ISA, 9.7.13.1). A barrier without a count waits for every thread of the
 * block that has not exited. a: number of the barrier; b: number of threads, or SLOT_TRUE for all;
 * c: the predicate of bar.red.
 */
#include "rehearsal/execute/barrier.h"

static bool barrier_number(struct thread *thread, const struct insn *insn, uint32_t *ret_number)
{
        uint64_t number = thread->slots[insn->a];

        if (number >= MAX_BARRIERS)
                return !thread_fault(thread, insn, CUDA_ERROR_ILLEGAL_INSTRUCTION,
                        "there is no barrier %llu", (unsigned long long)number);
        *ret_number = (uint32_t)number;
        return true;
}

/* Everybody who comes must agree on how many are to come. */
static bool arrive(struct thread *thread, const struct insn *insn, struct barrier **ret_barrier)
{
        uint32_t number = 0;
        uint32_t expected = insn->b == SLOT_TRUE ? 0 : (uint32_t)thread->slots[insn->b];
        struct barrier *barrier;

        if (!barrier_number(thread, insn, &number))
                return false;
        barrier = &thread->block->barriers[number];
        if (expected % MAX_WARP)
                return !thread_fault(thread, insn, CUDA_ERROR_ILLEGAL_INSTRUCTION,
                        "a barrier's count is a multiple of %u", MAX_WARP);
        if (barrier->is_open && barrier->expected != expected)
                return !thread_fault(thread, insn, CUDA_ERROR_LAUNCH_FAILED,
                        "barrier %u waits for another number of threads", number);
        barrier->is_open = true;
        barrier->expected = expected;
        *ret_barrier = barrier;
        return true;
}

bool execute_barrier(struct thread *thread, const struct insn *insn)
{
        struct barrier *barrier;

        if (!arrive(thread, insn, &barrier))
                return true;
        thread->state = THREAD_AT_BARRIER;
        thread->waits = insn;
        return true;
}

bool execute_barrier_arrive(struct thread *thread, const struct insn *insn)
{
        struct barrier *barrier;

        if (!arrive(thread, insn, &barrier))
                return true;
        barrier->arrived++;
        return false;
}

static bool waits_at(const struct thread *thread, uint32_t number)
{
        return thread->state == THREAD_AT_BARRIER && thread->slots[thread->waits->a] == number;
}

/* bar.red: how many of the waiting threads bring a true predicate. */
static void count_waiting(
        const struct block *block, uint32_t number, uint32_t *ret_waiting, uint32_t *ret_true)
{
        uint32_t waiting = 0, is_true = 0;

        for (uint32_t i = 0; i < block->thread_count; i++) {
                const struct thread *thread = &block->threads[i];

                if (!waits_at(thread, number))
                        continue;
                waiting++;
                is_true += thread->slots[thread->waits->c] & 1;
        }
        *ret_waiting = waiting;
        *ret_true = is_true;
}

static void set_result(struct thread *thread, uint32_t is_true, uint32_t waiting)
{
        const struct insn *insn = thread->waits;

        if (insn->detail == BARRIER_POPC)
                thread->slots[insn->d] = is_true;
        else if (insn->detail == BARRIER_AND)
                thread->slots[insn->d] = is_true == waiting;
        else if (insn->detail == BARRIER_OR)
                thread->slots[insn->d] = is_true != 0;
}

static void complete(struct block *block, uint32_t number, uint32_t is_true, uint32_t waiting)
{
        for (uint32_t i = 0; i < block->thread_count; i++) {
                struct thread *thread = &block->threads[i];

                if (!waits_at(thread, number))
                        continue;
                set_result(thread, is_true, waiting);
                thread->state = THREAD_RUNNABLE;
        }
        block->barriers[number] = (struct barrier){ .expected = 0 };
}

bool barrier_resolve(struct block *block)
{
        bool went_on = false;

        for (uint32_t number = 0; number < MAX_BARRIERS; number++) {
                struct barrier *barrier = &block->barriers[number];
                uint32_t waiting, is_true, expected;

                if (!barrier->is_open)
                        continue;
                count_waiting(block, number, &waiting, &is_true);
                expected = barrier->expected ? barrier->expected : block->live;
                if (waiting + barrier->arrived < expected)
                        continue;
                complete(block, number, is_true, waiting);
                went_on = went_on || waiting;
        }
        return went_on;
}
