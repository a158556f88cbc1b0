#include "jobs/element.h"

#include <math.h>
#include <string.h>

static const struct {
        const char *name;
        size_t bytes;
        enum element_class class;
} types[ELEMENT_TYPES] = {
        [ELEMENT_F16] = { "f16", 2, ELEMENT_REAL },
        [ELEMENT_BF16] = { "bf16", 2, ELEMENT_REAL },
        [ELEMENT_F32] = { "f32", 4, ELEMENT_REAL },
        [ELEMENT_F64] = { "f64", 8, ELEMENT_REAL },
        [ELEMENT_I8] = { "i8", 1, ELEMENT_SIGNED },
        [ELEMENT_U8] = { "u8", 1, ELEMENT_UNSIGNED },
        [ELEMENT_I16] = { "i16", 2, ELEMENT_SIGNED },
        [ELEMENT_U16] = { "u16", 2, ELEMENT_UNSIGNED },
        [ELEMENT_I32] = { "i32", 4, ELEMENT_SIGNED },
        [ELEMENT_U32] = { "u32", 4, ELEMENT_UNSIGNED },
        [ELEMENT_I64] = { "i64", 8, ELEMENT_SIGNED },
        [ELEMENT_U64] = { "u64", 8, ELEMENT_UNSIGNED },
};

const char *element_name(enum element_type type)
{
        return types[type].name;
}

size_t element_bytes(enum element_type type)
{
        return types[type].bytes;
}

enum element_class element_class(enum element_type type)
{
        return types[type].class;
}

bool element_parse(const char *name, enum element_type *ret_type)
{
        for (size_t i = 0; i < ELEMENT_TYPES; i++) {
                if (strcmp(types[i].name, name) == 0) {
                        *ret_type = (enum element_type)i;
                        return true;
                }
        }
        return false;
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
static double half_to_double(uint16_t bits)
{
        int exponent = bits >> 10 & 0x1f;
        double fraction = bits & 0x3ff;
        double magnitude;

        if (exponent == 0x1f)
                magnitude = fraction != 0 ? NAN : INFINITY;
        else if (exponent == 0)
                magnitude = ldexp(fraction, -24);
        else
                magnitude = ldexp(fraction + 1024, exponent - 25);
        return bits & 0x8000 ? -magnitude : magnitude;
}

static double single_to_double(uint32_t bits)
{
        float value;

        memcpy(&value, &bits, sizeof(value));
        return value;
}

union element element_load(enum element_type type, const void *bytes)
{
        union element element = { .u = 0 };
        uint64_t raw = 0;

        memcpy(&raw, bytes, types[type].bytes);
        switch (type) {
        case ELEMENT_F16:
                element.real = half_to_double((uint16_t)raw);
                break;
        case ELEMENT_BF16: /* the upper half of a binary32 */
                element.real = single_to_double((uint32_t)raw << 16);
                break;
        case ELEMENT_F32:
                element.real = single_to_double((uint32_t)raw);
                break;
        case ELEMENT_I8:
                element.i = (int8_t)raw;
                break;
        case ELEMENT_I16:
                element.i = (int16_t)raw;
                break;
        case ELEMENT_I32:
                element.i = (int32_t)raw;
                break;
        default: /* f64, i64 and the unsigned ones are their bits */
                element.u = raw;
        }
        return element;
}
