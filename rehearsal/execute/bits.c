/* Logic, shifts and bit fields (PTX ISA, 9.7.1 and 9.7.8). */
#include "rehearsal/execute/bits.h"

#include "rehearsal/execute/thread.h"

#define DEFINE(name, expression)                                         \
        static bool name(struct thread *thread, const struct insn *insn) \
        {                                                                \
                uint64_t *slots = thread->slots;                         \
                const uint64_t a = slots[insn->a], b = slots[insn->b];   \
                                                                         \
                (void)b;                                                 \
                slots[insn->d] = (expression);                           \
                return false;                                            \
        }

/* Slots hold nothing above their width, so these need no masks. */
DEFINE(bit_and, a &b)
DEFINE(bit_or, a | b)
DEFINE(bit_xor, a ^ b)
DEFINE(not_1, !a)
DEFINE(not_16, (uint16_t)~a)
DEFINE(not_32, (uint32_t)~a)
DEFINE(not_64, ~a)
DEFINE(cnot, !a)

#define LOGIC_TABLE(name, operation)     \
        execute_table table_##name = {   \
                [TYPE_PRED] = operation, \
                [TYPE_B16] = operation,  \
                [TYPE_B32] = operation,  \
                [TYPE_B64] = operation,  \
        }
LOGIC_TABLE(and, bit_and);
LOGIC_TABLE(or, bit_or);
LOGIC_TABLE(xor, bit_xor);
execute_table table_not = {
        [TYPE_PRED] = not_1,
        [TYPE_B16] = not_16,
        [TYPE_B32] = not_32,
        [TYPE_B64] = not_64,
};
execute_table table_cnot = { [TYPE_B16] = cnot, [TYPE_B32] = cnot, [TYPE_B64] = cnot };

/* A shift by the width or more moves everything out: nothing, or only the sign, is left. */
DEFINE(shl_16, b > 15 ? 0 : (uint16_t)(a << b))
DEFINE(shl_32, b > 31 ? 0 : (uint32_t)(a << b))
DEFINE(shl_64, b > 63 ? 0 : a << b)
DEFINE(shr_u, b > 63 ? 0 : a >> b)
DEFINE(shr_s16, (uint16_t)((int16_t)a >> (b > 15 ? 15 : b)))
DEFINE(shr_s32, (uint32_t)((int32_t)a >> (b > 31 ? 31 : b)))
DEFINE(shr_s64, (uint64_t)((int64_t)a >> (b > 63 ? 63 : b)))

execute_table table_shl = { [TYPE_B16] = shl_16, [TYPE_B32] = shl_32, [TYPE_B64] = shl_64 };
execute_table table_shr = {
        [TYPE_B16] = shr_u,
        [TYPE_B32] = shr_u,
        [TYPE_B64] = shr_u,
        [TYPE_U16] = shr_u,
        [TYPE_U32] = shr_u,
        [TYPE_U64] = shr_u,
        [TYPE_S16] = shr_s16,
        [TYPE_S32] = shr_s32,
        [TYPE_S64] = shr_s64,
};

/* --- counting and searching --- */

static uint64_t reverse(uint64_t value, unsigned width)
{
        uint64_t result = 0;

        for (unsigned i = 0; i < width; i++)
                result |= (value >> i & 1) << (width - 1 - i);
        return result;
}

/* Position of the highest bit that is not a copy of the sign; -1 when there is none. */
static int find_highest(uint64_t value)
{
        return value ? 63 - __builtin_clzll(value) : -1;
}

DEFINE(popc, (uint64_t)__builtin_popcountll(a))
DEFINE(clz_32, (uint64_t)(31 - find_highest(a)))
DEFINE(clz_64, (uint64_t)(63 - find_highest(a)))
DEFINE(brev_32, reverse(a, 32))
DEFINE(brev_64, reverse(a, 64))

execute_table table_popc = { [TYPE_B32] = popc, [TYPE_B64] = popc };
execute_table table_clz = { [TYPE_B32] = clz_32, [TYPE_B64] = clz_64 };
execute_table table_brev = { [TYPE_B32] = brev_32, [TYPE_B64] = brev_64 };

static uint64_t without_sign(uint64_t value, unsigned width)
{
        uint64_t sign = value >> (width - 1) & 1;

        return sign ? ~value & (UINT64_MAX >> (64 - width)) : value;
}

static uint64_t shift_of(int position, int width)
{
        return (uint32_t)(position < 0 ? -1 : width - 1 - position);
}

DEFINE(bfind_u, (uint32_t)find_highest(a))
DEFINE(bfind_s32, (uint32_t)find_highest(without_sign(a, 32)))
DEFINE(bfind_s64, (uint32_t)find_highest(without_sign(a, 64)))
DEFINE(bfind_shift_u32, shift_of(find_highest(a), 32))
DEFINE(bfind_shift_u64, shift_of(find_highest(a), 64))
DEFINE(bfind_shift_s32, shift_of(find_highest(without_sign(a, 32)), 32))
DEFINE(bfind_shift_s64, shift_of(find_highest(without_sign(a, 64)), 64))

execute_table table_bfind = {
        [TYPE_U32] = bfind_u,
        [TYPE_S32] = bfind_s32,
        [TYPE_U64] = bfind_u,
        [TYPE_S64] = bfind_s64,
};
execute_table table_bfind_shift = {
        [TYPE_U32] = bfind_shift_u32,
        [TYPE_S32] = bfind_shift_s32,
        [TYPE_U64] = bfind_shift_u64,
        [TYPE_S64] = bfind_shift_s64,
};

/* fns: the bit that is `offset` set bits away from `base`, counting base itself as the first. */
static bool find_nth_set(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        const uint32_t mask = (uint32_t)slots[insn->a];
        const int32_t base = (int32_t)slots[insn->b], offset = (int32_t)slots[insn->c];
        const int step = offset < 0 ? -1 : 1;
        int64_t left = offset < 0 ? -(int64_t)offset : offset;
        uint32_t result = UINT32_MAX;

        if (!offset)
                result = base >= 0 && base < 32 && mask >> base & 1 ? (uint32_t)base : UINT32_MAX;
        for (int64_t bit = base; left && bit >= 0 && bit < 32; bit += step) {
                if (mask >> bit & 1 && --left == 0)
                        result = (uint32_t)bit;
        }
        slots[insn->d] = result;
        return false;
}

execute_table table_fns = { [TYPE_B32] = find_nth_set };

/* --- bit fields: b is the position, c the length, both in the low 8 bits --- */

static uint64_t extract(uint64_t a, unsigned position, unsigned length, unsigned width, bool sign)
{
        uint64_t field = position < width ? a >> position : 0;
        unsigned there = position < width ? width - position : 0;
        unsigned top = position + length < width ? position + length : width;
        uint64_t fill = sign && length && a >> (top - 1) & 1 ? UINT64_MAX : 0;
        unsigned kept = length < there ? length : there;

        if (kept >= 64)
                return field;
        field = (field & ((UINT64_C(1) << kept) - 1)) | fill << kept;
        return width < 64 ? field & ((UINT64_C(1) << width) - 1) : field;
}

#define DEFINE_EXTRACT(suffix, width, sign)                                      \
        static bool bfe_##suffix(struct thread *thread, const struct insn *insn) \
        {                                                                        \
                uint64_t *slots = thread->slots;                                 \
                                                                                 \
                slots[insn->d] = extract(slots[insn->a], slots[insn->b] & 0xff,  \
                        slots[insn->c] & 0xff, width, sign);                     \
                return false;                                                    \
        }

DEFINE_EXTRACT(u32, 32, false)
DEFINE_EXTRACT(s32, 32, true)
DEFINE_EXTRACT(u64, 64, false)
DEFINE_EXTRACT(s64, 64, true)
execute_table table_bfe = {
        [TYPE_U32] = bfe_u32,
        [TYPE_S32] = bfe_s32,
        [TYPE_U64] = bfe_u64,
        [TYPE_S64] = bfe_s64,
};

/* The length is in the first slot of the list. */
static bool insert(struct thread *thread, const struct insn *insn, unsigned width)
{
        uint64_t *slots = thread->slots;
        unsigned position = slots[insn->c] & 0xff, length = slots[insn->list[0]] & 0xff;
        uint64_t mask = length >= 64 ? UINT64_MAX : (UINT64_C(1) << length) - 1;
        uint64_t all = UINT64_MAX >> (64 - width);

        mask = position < width ? mask << position & all : 0;
        slots[insn->d] = (slots[insn->b] & ~mask) |
                         (position < width ? slots[insn->a] << position & mask : 0);
        return false;
}

static bool bfi_32(struct thread *thread, const struct insn *insn)
{
        return insert(thread, insn, 32);
}

static bool bfi_64(struct thread *thread, const struct insn *insn)
{
        return insert(thread, insn, 64);
}

execute_table table_bfi = { [TYPE_B32] = bfi_32, [TYPE_B64] = bfi_64 };

/* --- funnel shifts: b:a is one 64-bit value --- */

#define DEFINE_FUNNEL(name, amount, expression)                                        \
        bool execute_shf_##name(struct thread *thread, const struct insn *insn)        \
        {                                                                              \
                uint64_t *slots = thread->slots;                                       \
                const uint64_t both = slots[insn->b] << 32 | (uint32_t)slots[insn->a]; \
                const uint64_t c = slots[insn->c];                                     \
                const unsigned n = amount;                                             \
                                                                                       \
                slots[insn->d] = (uint32_t)(expression);                               \
                return false;                                                          \
        }

DEFINE_FUNNEL(l_wrap, c & 31, both << n >> 32)
DEFINE_FUNNEL(l_clamp, c > 32 ? 32 : (unsigned)c, both << n >> 32)
DEFINE_FUNNEL(r_wrap, c & 31, both >> n)
DEFINE_FUNNEL(r_clamp, c > 32 ? 32 : (unsigned)c, both >> n)

/* --- bytes --- */

/* The selector of byte `index` in the special modes f4e, b4e, rc8, ecl, ecr, rc16 (9.7.9.7). */
static unsigned special_selector(unsigned mode, unsigned control, unsigned index)
{
        switch (mode) {
        case 1:
                return control + index;
        case 2:
                return (control - index) & 7;
        case 3:
                return control;
        case 4:
                return index > control ? index : control;
        case 5:
                return index < control ? index : control;
        default:
                return (control & 1) * 2 + (index & 1);
        }
}

bool execute_prmt(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        const uint64_t both = slots[insn->b] << 32 | (uint32_t)slots[insn->a];
        const uint64_t control = slots[insn->c];
        uint64_t result = 0;

        for (unsigned i = 0; i < 4; i++) {
                unsigned selector = insn->detail ? special_selector(insn->detail, control & 3, i)
                                                 : control >> (4 * i) & 15;
                uint64_t byte = both >> (8 * (selector & 7)) & 0xff;

                if (selector & 8)
                        byte = byte & 0x80 ? 0xff : 0;
                result |= byte << (8 * i);
        }
        slots[insn->d] = result;
        return false;
}

/* The table's bit for every combination of a bit of a, b and c. */
static uint32_t lookup_logic(uint32_t a, uint32_t b, uint32_t c, unsigned table)
{
        uint32_t result = 0;

        for (unsigned i = 0; i < 8; i++) {
                if (table >> i & 1)
                        result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
        }
        return result;
}

bool execute_lop3(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;

        slots[insn->d] = lookup_logic((uint32_t)slots[insn->a], (uint32_t)slots[insn->b],
                (uint32_t)slots[insn->c], insn->detail);
        return false;
}

/* lop3.or/.and d|p, a, b, c, table, q: list[0] is p, list[1] is q, count 1 for .and. */
bool execute_lop3_bool(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        bool q = slots[insn->list[1]];
        uint32_t result = lookup_logic((uint32_t)slots[insn->a], (uint32_t)slots[insn->b],
                (uint32_t)slots[insn->c], insn->detail);

        slots[insn->d] = result;
        slots[insn->list[0]] = insn->count ? (result != 0) && q : (result != 0) || q;
        return false;
}

/* szext: the low b bits of a, extended by sign or zeros; detail 1: b wraps at 32, else clamps. */
bool execute_szext(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        uint32_t bits = (uint32_t)slots[insn->b];

        bits = insn->detail ? bits & 31 : bits > 32 ? 32 : bits;
        slots[insn->d] = extract(slots[insn->a], 0, bits, 32, insn->type == TYPE_S32);
        return false;
}

/* bmsk: b ones from bit a on; detail 1: both wrap at 32, else they clamp. */
bool execute_bmsk(struct thread *thread, const struct insn *insn)
{
        uint64_t *slots = thread->slots;
        uint64_t first = slots[insn->a], count = slots[insn->b];

        first = insn->detail ? first & 31 : first > 32 ? 32 : first;
        count = insn->detail ? count & 31 : count > 32 ? 32 : count;
        slots[insn->d] = (uint32_t)(((UINT64_C(1) << count) - 1) << first);
        return false;
}
