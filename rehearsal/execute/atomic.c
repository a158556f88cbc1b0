/* atom and red (PTX ISA, 9.7.13.4 and .5). Threads take turns between instructions only, so a
 * plain read, change and write is indivisible. */
#include "rehearsal/execute/atomic.h"

#include <string.h>

#include "rehearsal/execute/half.h"
#include "rehearsal/execute/memory.h"
#include "rehearsal/execute/values.h"

#define DEFINE(name, value_t, unsigned_t, expression)                                     \
        static uint64_t name(uint64_t old, uint64_t b_bits, uint64_t c_bits)              \
        {                                                                                 \
                const value_t a = (value_t)old, b = (value_t)b_bits, c = (value_t)c_bits; \
                                                                                          \
                (void)a, (void)b, (void)c;                                                \
                return (unsigned_t)(expression);                                          \
        }

DEFINE(add_32, uint32_t, uint32_t, a + b)
DEFINE(add_64, uint64_t, uint64_t, a + b)
DEFINE(and_64, uint64_t, uint64_t, a &b)
DEFINE(or_64, uint64_t, uint64_t, a | b)
DEFINE(xor_64, uint64_t, uint64_t, a ^ b)
DEFINE(exch_64, uint64_t, uint64_t, b)
DEFINE(cas_64, uint64_t, uint64_t, a == b ? c : a)
DEFINE(inc_32, uint32_t, uint32_t, a >= b ? 0 : a + 1)
DEFINE(dec_32, uint32_t, uint32_t, a == 0 || a > b ? b : a - 1)
DEFINE(min_u32, uint32_t, uint32_t, a < b ? a : b)
DEFINE(min_s32, int32_t, uint32_t, a < b ? a : b)
DEFINE(min_u64, uint64_t, uint64_t, a < b ? a : b)
DEFINE(min_s64, int64_t, uint64_t, a < b ? a : b)
DEFINE(max_u32, uint32_t, uint32_t, a > b ? a : b)
DEFINE(max_s32, int32_t, uint32_t, a > b ? a : b)
DEFINE(max_u64, uint64_t, uint64_t, a > b ? a : b)
DEFINE(max_s64, int64_t, uint64_t, a > b ? a : b)

static uint64_t add_f32(uint64_t old, uint64_t b, uint64_t c)
{
        (void)c;
        return f32_result(f32_of(old) + f32_of(b));
}

static uint64_t add_f64(uint64_t old, uint64_t b, uint64_t c)
{
        (void)c;
        return f64_bits(f64_of(old) + f64_of(b));
}

static uint64_t add_f16(uint64_t old, uint64_t b, uint64_t c)
{
        (void)c;
        return half_from(half_to(old) + half_to(b), ROUND_NEAREST);
}

static uint64_t add_f16x2(uint64_t old, uint64_t b, uint64_t c)
{
        return add_f16(old & 0xffff, b & 0xffff, c) | add_f16(old >> 16, b >> 16, c) << 16;
}

static uint64_t add_bf16(uint64_t old, uint64_t b, uint64_t c)
{
        (void)c;
        return brain_from(brain_to(old) + brain_to(b), ROUND_NEAREST);
}

static uint64_t add_bf16x2(uint64_t old, uint64_t b, uint64_t c)
{
        return add_bf16(old & 0xffff, b & 0xffff, c) | add_bf16(old >> 16, b >> 16, c) << 16;
}

static const struct {
        const char *name;
        enum ptx_type type;
        atomic_fn *change;
} atomics[] = {
        { "add", TYPE_U32, add_32 },
        { "add", TYPE_S32, add_32 },
        { "add", TYPE_U64, add_64 },
        { "add", TYPE_S64, add_64 },
        { "add", TYPE_F16, add_f16 },
        { "add", TYPE_F16X2, add_f16x2 },
        { "add", TYPE_BF16, add_bf16 },
        { "add", TYPE_BF16X2, add_bf16x2 },
        { "add", TYPE_F32, add_f32 },
        { "add", TYPE_F64, add_f64 },
        { "and", TYPE_B32, and_64 },
        { "and", TYPE_B64, and_64 },
        { "or", TYPE_B32, or_64 },
        { "or", TYPE_B64, or_64 },
        { "xor", TYPE_B32, xor_64 },
        { "xor", TYPE_B64, xor_64 },
        { "exch", TYPE_B32, exch_64 },
        { "exch", TYPE_B64, exch_64 },
        { "cas", TYPE_B16, cas_64 },
        { "cas", TYPE_B32, cas_64 },
        { "cas", TYPE_B64, cas_64 },
        { "inc", TYPE_U32, inc_32 },
        { "dec", TYPE_U32, dec_32 },
        { "min", TYPE_U32, min_u32 },
        { "min", TYPE_S32, min_s32 },
        { "min", TYPE_U64, min_u64 },
        { "min", TYPE_S64, min_s64 },
        { "max", TYPE_U32, max_u32 },
        { "max", TYPE_S32, max_s32 },
        { "max", TYPE_U64, max_u64 },
        { "max", TYPE_S64, max_s64 },
};

atomic_fn *atomic_find(const char *name, enum ptx_type type)
{
        for (size_t i = 0; i < sizeof(atomics) / sizeof(atomics[0]); i++) {
                if (atomics[i].type == type && strcmp(atomics[i].name, name) == 0)
                        return atomics[i].change;
        }
        return NULL;
}

/* What all operations but the address have: list[0] holds the bits of the address offset. */
static bool change(struct thread *thread, const struct insn *insn, uint64_t *ret_old)
{
        unsigned size = type_size((enum ptx_type)insn->type);
        uint64_t address = thread->slots[insn->a] + (uint64_t)(int64_t)(int32_t)insn->list[0];
        uint8_t *memory = thread_memory(thread, insn, (enum space)insn->detail, address, size);
        uint64_t old = 0, new;

        if (!memory)
                return false;
        memcpy(&old, memory, size);
        new = insn->change(old, thread->slots[insn->b], thread->slots[insn->c]);
        memcpy(memory, &new, size);
        *ret_old = old;
        return true;
}

bool execute_atom(struct thread *thread, const struct insn *insn)
{
        uint64_t old;

        if (!change(thread, insn, &old))
                return true;
        thread->slots[insn->d] = old;
        return false;
}

bool execute_red(struct thread *thread, const struct insn *insn)
{
        uint64_t old;

        return !change(thread, insn, &old);
}
