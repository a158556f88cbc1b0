/* Branches and the end of threads (PTX ISA, 9.7.12). */
#include "rehearsal/execute/control.h"

#include "rehearsal/execute/thread.h"

bool execute_branch(struct thread *thread, const struct insn *insn)
{
        thread->next = insn->target;
        return false;
}

bool execute_branch_index(struct thread *thread, const struct insn *insn)
{
        uint64_t index = thread->slots[insn->a];

        if (index >= insn->targets->count)
                return thread_fault(thread, insn, CUDA_ERROR_INVALID_PC, "branch target %llu of %u",
                        (unsigned long long)index, insn->targets->count);
        thread->next = &thread->function->insns[insn->targets->index[index]];
        return false;
}

bool execute_exit(struct thread *thread, const struct insn *insn)
{
        (void)insn;
        thread->state = THREAD_EXITED;
        thread->block->live--;
        return true;
}

bool execute_trap(struct thread *thread, const struct insn *insn)
{
        return thread_fault(thread, insn, CUDA_ERROR_LAUNCH_FAILED, "trap");
}

bool execute_nanosleep(struct thread *thread, const struct insn *insn)
{
        (void)thread;
        (void)insn;
        return true; /* the thread's turn is over */
}
