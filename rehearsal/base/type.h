/* The fundamental types of PTX (PTX ISA, 5.2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ptx_type {
        TYPE_NONE,
        TYPE_PRED,
        TYPE_B8,
        TYPE_B16,
        TYPE_B32,
        TYPE_B64,
        TYPE_U8,
        TYPE_U16,
        TYPE_U32,
        TYPE_U64,
        TYPE_S8,
        TYPE_S16,
        TYPE_S32,
        TYPE_S64,
        TYPE_F16,
        TYPE_F16X2,
        TYPE_BF16,
        TYPE_BF16X2,
        TYPE_F32,
        TYPE_F64,
        TYPE_TF32,
        TYPE_COUNT,
};

/* "u32" and so on; TYPE_NONE when it is no type. */
enum ptx_type type_parse(const char *text, size_t length);
const char *type_name(enum ptx_type type);

/* What an interpreted instruction asks, in the header for its sake. */
struct type_facts {
        const char *name;
        unsigned char size;
        unsigned char kind;
};
enum type_kind {
        TYPE_KIND_BITS,
        TYPE_KIND_UNSIGNED,
        TYPE_KIND_SIGNED,
        TYPE_KIND_FLOAT,
        TYPE_KIND_OTHER
};
extern const struct type_facts type_facts[TYPE_COUNT];

/* Bytes; 1 for a predicate. */
static inline unsigned type_size(enum ptx_type type)
{
        return type_facts[type].size;
}

static inline bool type_is_signed(enum ptx_type type)
{
        return type_facts[type].kind == TYPE_KIND_SIGNED;
}

bool type_is_integer(enum ptx_type type); /* .u and .s */
bool type_is_bits(enum ptx_type type);    /* .b */
bool type_is_float(enum ptx_type type);

/* All ones in the type's width: a slot holds every value zero-extended. */
static inline uint64_t type_mask(enum ptx_type type)
{
        return type_size(type) >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * type_size(type))) - 1;
}

/* Whether a register declared as `have` may stand where an instruction wants `want` (9.4). */
bool type_agrees(enum ptx_type have, enum ptx_type want);

/* The same for loads, stores and conversions, where the register may be wider (9.4.1). */
bool type_agrees_wider(enum ptx_type have, enum ptx_type want);
