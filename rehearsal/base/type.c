#include "rehearsal/base/type.h"

#include <string.h>

const struct type_facts type_facts[TYPE_COUNT] = {
        [TYPE_NONE] = { "none", 0, TYPE_KIND_OTHER },
        [TYPE_PRED] = { "pred", 1, TYPE_KIND_OTHER },
        [TYPE_B8] = { "b8", 1, TYPE_KIND_BITS },
        [TYPE_B16] = { "b16", 2, TYPE_KIND_BITS },
        [TYPE_B32] = { "b32", 4, TYPE_KIND_BITS },
        [TYPE_B64] = { "b64", 8, TYPE_KIND_BITS },
        [TYPE_U8] = { "u8", 1, TYPE_KIND_UNSIGNED },
        [TYPE_U16] = { "u16", 2, TYPE_KIND_UNSIGNED },
        [TYPE_U32] = { "u32", 4, TYPE_KIND_UNSIGNED },
        [TYPE_U64] = { "u64", 8, TYPE_KIND_UNSIGNED },
        [TYPE_S8] = { "s8", 1, TYPE_KIND_SIGNED },
        [TYPE_S16] = { "s16", 2, TYPE_KIND_SIGNED },
        [TYPE_S32] = { "s32", 4, TYPE_KIND_SIGNED },
        [TYPE_S64] = { "s64", 8, TYPE_KIND_SIGNED },
        [TYPE_F16] = { "f16", 2, TYPE_KIND_FLOAT },
        [TYPE_F16X2] = { "f16x2", 4, TYPE_KIND_FLOAT },
        [TYPE_BF16] = { "bf16", 2, TYPE_KIND_FLOAT },
        [TYPE_BF16X2] = { "bf16x2", 4, TYPE_KIND_FLOAT },
        [TYPE_F32] = { "f32", 4, TYPE_KIND_FLOAT },
        [TYPE_F64] = { "f64", 8, TYPE_KIND_FLOAT },
        [TYPE_TF32] = { "tf32", 4, TYPE_KIND_FLOAT },
};

enum ptx_type type_parse(const char *text, size_t length)
{
        for (enum ptx_type type = TYPE_PRED; type < TYPE_COUNT; type++) {
                if (strlen(type_facts[type].name) == length &&
                        memcmp(type_facts[type].name, text, length) == 0)
                        return type;
        }
        return TYPE_NONE;
}

const char *type_name(enum ptx_type type)
{
        return type_facts[type].name;
}

bool type_is_integer(enum ptx_type type)
{
        return type_facts[type].kind == TYPE_KIND_SIGNED ||
               type_facts[type].kind == TYPE_KIND_UNSIGNED;
}

bool type_is_bits(enum ptx_type type)
{
        return type_facts[type].kind == TYPE_KIND_BITS;
}

bool type_is_float(enum ptx_type type)
{
        return type_facts[type].kind == TYPE_KIND_FLOAT;
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
