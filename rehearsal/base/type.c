#include "rehearsal/base/type.h"

#include <string.h>

enum kind { BITS, UNSIGNED, SIGNED, FLOAT, OTHER };

static const struct {
        const char *name;
        unsigned char size;
        unsigned char kind;
} types[TYPE_COUNT] = {
        [TYPE_NONE] = { "none", 0, OTHER },
        [TYPE_PRED] = { "pred", 1, OTHER },
        [TYPE_B8] = { "b8", 1, BITS },
        [TYPE_B16] = { "b16", 2, BITS },
        [TYPE_B32] = { "b32", 4, BITS },
        [TYPE_B64] = { "b64", 8, BITS },
        [TYPE_U8] = { "u8", 1, UNSIGNED },
        [TYPE_U16] = { "u16", 2, UNSIGNED },
        [TYPE_U32] = { "u32", 4, UNSIGNED },
        [TYPE_U64] = { "u64", 8, UNSIGNED },
        [TYPE_S8] = { "s8", 1, SIGNED },
        [TYPE_S16] = { "s16", 2, SIGNED },
        [TYPE_S32] = { "s32", 4, SIGNED },
        [TYPE_S64] = { "s64", 8, SIGNED },
        [TYPE_F16] = { "f16", 2, FLOAT },
        [TYPE_F16X2] = { "f16x2", 4, FLOAT },
        [TYPE_BF16] = { "bf16", 2, FLOAT },
        [TYPE_BF16X2] = { "bf16x2", 4, FLOAT },
        [TYPE_F32] = { "f32", 4, FLOAT },
        [TYPE_F64] = { "f64", 8, FLOAT },
        [TYPE_TF32] = { "tf32", 4, FLOAT },
};

enum ptx_type type_parse(const char *text, size_t length)
{
        for (enum ptx_type type = TYPE_PRED; type < TYPE_COUNT; type++) {
                if (strlen(types[type].name) == length &&
                        memcmp(types[type].name, text, length) == 0)
                        return type;
        }
        return TYPE_NONE;
}

const char *type_name(enum ptx_type type)
{
        return types[type].name;
}

unsigned type_size(enum ptx_type type)
{
        return types[type].size;
}

bool type_is_signed(enum ptx_type type)
{
        return types[type].kind == SIGNED;
}

bool type_is_integer(enum ptx_type type)
{
        return types[type].kind == SIGNED || types[type].kind == UNSIGNED;
}

bool type_is_bits(enum ptx_type type)
{
        return types[type].kind == BITS;
}

bool type_is_float(enum ptx_type type)
{
        return types[type].kind == FLOAT;
}

uint64_t type_mask(enum ptx_type type)
{
        return type_size(type) >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * type_size(type))) - 1;
}

/* Signed and unsigned mix freely, bits go with everything, and packed halves are bits too. */
static bool kinds_agree(enum ptx_type have, enum ptx_type want)
{
        if (have == want || type_is_bits(have) || type_is_bits(want))
                return true;
        return type_is_integer(have) && type_is_integer(want);
}

bool type_agrees(enum ptx_type have, enum ptx_type want)
{
        if (have == TYPE_PRED || want == TYPE_PRED)
                return have == want;
        return type_size(have) == type_size(want) && kinds_agree(have, want);
}

bool type_agrees_wider(enum ptx_type have, enum ptx_type want)
{
        if (have == TYPE_PRED || want == TYPE_PRED)
                return have == want;
        if (type_size(have) == type_size(want))
                return kinds_agree(have, want);
        return type_size(have) > type_size(want) &&
               (type_is_bits(have) || type_is_bits(want) ||
                       (type_is_integer(have) && type_is_integer(want)));
}
