/* Calls and returns (PTX ISA, 9.7.12.5 and .6). */
#include "rehearsal/execute/call.h"

#include <stdlib.h>
#include <string.h>

#include "rehearsal/execute/control.h"

#define MAX_DEPTH 4096u /* calls in calls */

struct frame {
        struct frame *caller;
        const struct function *function;
        const struct call *call; /* that made the callee */
        const struct insn *next;
        uint64_t *slots;
        uint64_t local_base;
        uint64_t local_size;
        uint64_t callee_slots[]; /* the callee's own */
};

/* More local memory behind what the thread has; offsets stay, so moving it is harmless. */
static bool grow_local(struct thread *thread, uint64_t size)
{
        uint8_t *local;

        if (size <= thread->local_room)
                return true;
        local = malloc(2 * size);
        if (!local)
                return false;
        memcpy(local, thread->local, thread->local_size);
        if (thread->owns_local)
                free(thread->local);
        thread->local = local;
        thread->local_room = 2 * size;
        thread->owns_local = true;
        return true;
}

static const struct function *find_callee(struct thread *thread, const struct insn *insn)
{
        const struct call *call = insn->call;
        const struct function *callee = call->callee;

        if (!callee)
                callee = program_function_at(thread->function->program, thread->slots[insn->a]);
        if (!callee || (!callee->is_defined && !callee->builtin) || callee->is_entry ||
                callee->param_count != call->argument_count ||
                callee->result_count != call->result_count) {
                thread_fault(thread, insn, CUDA_ERROR_INVALID_PC,
                        "this call goes to no function with such parameters");
                return NULL;
        }
        return callee;
}

/* One value from a caller's register or .param to a callee's, or back. */
static void copy_value(uint8_t *local, uint64_t *to_slots, uint64_t to_base,
        const struct call_operand *to, const uint64_t *from_slots, uint64_t from_base,
        const struct call_operand *from)
{
        uint64_t size = to->size < from->size ? to->size : from->size;

        if (to->in_memory && from->in_memory)
                memmove(local + to_base + to->offset, local + from_base + from->offset, size);
        else if (to->in_memory)
                memcpy(local + to_base + to->offset, &from_slots[from->slot], size);
        else if (from->in_memory) {
                to_slots[to->slot] = 0;
                memcpy(&to_slots[to->slot], local + from_base + from->offset, size);
        } else
                to_slots[to->slot] = from_slots[from->slot];
}

static struct call_operand formal_operand(const struct variable *formal)
{
        bool in_memory = formal->space != SPACE_REGISTER;

        return (struct call_operand){ .in_memory = in_memory,
                .slot = formal->slot,
                .offset = formal->address,
                .size = in_memory ? formal->size : type_size(formal->type) };
}

static void pass_arguments(
        struct thread *thread, const struct frame *frame, const struct function *callee)
{
        uint32_t i = 0;

        for (const struct variable *formal = callee->params; formal; formal = formal->next, i++) {
                struct call_operand to = formal_operand(formal);

                copy_value(thread->local, thread->slots, thread->local_base, &to, frame->slots,
                        frame->local_base, &frame->call->arguments[i]);
        }
}

static void pass_results(struct thread *thread, const struct frame *frame,
        const uint64_t *callee_slots, uint64_t callee_base, const struct function *callee)
{
        uint32_t i = 0;

        for (const struct variable *formal = callee->results; formal; formal = formal->next, i++) {
                struct call_operand from = formal_operand(formal);

                copy_value(thread->local, frame->slots, frame->local_base, &frame->call->results[i],
                        callee_slots, callee_base, &from);
        }
}

static bool push_frame(
        struct thread *thread, const struct insn *insn, const struct function *callee)
{
        uint64_t base = thread->local_size;
        struct frame *frame;

        if (thread->depth >= MAX_DEPTH || base + callee->local_size > MAX_LOCAL)
                return thread_fault(thread, insn, CUDA_ERROR_ILLEGAL_ADDRESS, "the stack is full");
        frame = malloc(sizeof(*frame) + callee->slot_count * sizeof(uint64_t));
        if (!frame || !grow_local(thread, base + callee->local_size)) {
                free(frame);
                return thread_fault(
                        thread, insn, CUDA_ERROR_OUT_OF_MEMORY, "out of memory for a call");
        }
        *frame = (struct frame){ .caller = thread->frames,
                .function = thread->function,
                .call = insn->call,
                .next = thread->next,
                .slots = thread->slots,
                .local_base = thread->local_base,
                .local_size = thread->local_size };
        memcpy(frame->callee_slots, callee->initial, callee->slot_count * sizeof(uint64_t));
        heap_spoil(thread->block->launch->heap, thread->local + base, callee->local_size);
        thread->frames = frame;
        thread->depth++;
        thread->slots = frame->callee_slots;
        thread->slots[SLOT_LOCAL] = thread->local_base = base;
        thread->local_size = base + callee->local_size;
        thread->function = callee;
        thread->next = callee->insns;
        return false;
}

bool execute_call(struct thread *thread, const struct insn *insn)
{
        const struct function *callee = find_callee(thread, insn);

        if (callee && callee->builtin)
                return callee->builtin(thread, insn);
        if (!callee || push_frame(thread, insn, callee))
                return true;
        pass_arguments(thread, thread->frames, callee);
        return false;
}

/* False when the frame was the kernel's own. */
static bool leave_frame(struct thread *thread)
{
        struct frame *frame = thread->frames;

        if (!frame)
                return false;
        pass_results(thread, frame, thread->slots, thread->local_base, thread->function);
        thread->slots = frame->slots;
        thread->function = frame->function;
        thread->next = frame->next;
        thread->local_base = frame->local_base;
        thread->local_size = frame->local_size;
        thread->frames = frame->caller;
        thread->depth--;
        free(frame);
        return true;
}

void frames_free(struct thread *thread)
{
        while (thread->frames) {
                struct frame *caller = thread->frames->caller;

                free(thread->frames);
                thread->frames = caller;
        }
        thread->depth = 0;
        if (thread->owns_local)
                free(thread->local);
        thread->owns_local = false;
}

bool execute_return(struct thread *thread, const struct insn *insn)
{
        return leave_frame(thread) ? false : execute_exit(thread, insn);
}
