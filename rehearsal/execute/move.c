/* Moves, packing, selection. */
#include "rehearsal/execute/move.h"

#include "rehearsal/execute/thread.h"
#include "rehearsal/execute/values.h"

bool execute_nop(struct thread *thread, const struct insn *insn)
{
        (void)thread;
        (void)insn;
        return false;
}

bool execute_mov(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = thread->slots[insn->a];
        return false;
}

bool execute_add_offset(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = thread->slots[insn->a] + (uint64_t)insn->offset;
        return false;
}

bool execute_not_pred(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = !thread->slots[insn->a];
        return false;
}

/* mov.b64 d, {a, b}: `count` elements of `width` bytes, the first one lowest. */
bool execute_pack(struct thread *thread, const struct insn *insn)
{
        uint64_t value = 0;

        for (unsigned i = 0; i < insn->count; i++)
                value |= thread->slots[insn->list[i]] << (8 * insn->width * i);
        thread->slots[insn->d] = value;
        return false;
}

bool execute_unpack(struct thread *thread, const struct insn *insn)
{
        uint64_t value = thread->slots[insn->a];
        uint64_t mask = UINT64_MAX >> (64 - 8 * insn->width);

        for (unsigned i = 0; i < insn->count; i++)
                thread->slots[insn->list[i]] = value >> (8 * insn->width * i) & mask;
        return false;
}

bool execute_selp(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;

        slots[insn->d] = slots[insn->c] & 1 ? slots[insn->a] : slots[insn->b];
        return false;
}

/* slct: a where c is not negative; a NaN selects b, and subnormals are zeros with .ftz. */
static bool slct_s32(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;

        slots[insn->d] = (int32_t)slots[insn->c] >= 0 ? slots[insn->a] : slots[insn->b];
        return false;
}

static bool slct_f32(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        bool flushed = insn->flags & FLAG_FTZ && !(slots[insn->c] & 0x7f800000);

        slots[insn->d] = flushed || f32_of(slots[insn->c]) >= 0 ? slots[insn->a] : slots[insn->b];
        return false;
}

#define FOR_ALL_TYPES(operation)                                                        \
        {                                                                               \
                [TYPE_B16] = operation, [TYPE_B32] = operation, [TYPE_B64] = operation, \
                [TYPE_U16] = operation, [TYPE_U32] = operation, [TYPE_U64] = operation, \
                [TYPE_S16] = operation, [TYPE_S32] = operation, [TYPE_S64] = operation, \
                [TYPE_F32] = operation, [TYPE_F64] = operation,                         \
        }

execute_table table_slct_s32 = FOR_ALL_TYPES(slct_s32);
execute_table table_slct_f32 = FOR_ALL_TYPES(slct_f32);
