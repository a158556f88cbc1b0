/* The numbers that the bits of a slot stand for. */
#pragma once

#include <stdint.h>
#include <string.h>

static inline float f32_of(uint64_t slot)
{
        uint32_t bits = (uint32_t)slot;
        float value;

        memcpy(&value, &bits, sizeof(value));
        return value;
}

static inline uint64_t f32_bits(float value)
{
        uint32_t bits;

        memcpy(&bits, &value, sizeof(bits));
        return bits;
}

static inline double f64_of(uint64_t slot)
{
        double value;

        memcpy(&value, &slot, sizeof(value));
        return value;
}

static inline uint64_t f64_bits(double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        return bits;
}

#define F32_NAN UINT32_C(0x7fffffff) /* what the hardware makes of every f32 NaN */
#define F16_NAN UINT32_C(0x7fff)

/* The result of an f32 operation: one NaN for all. */
static inline uint64_t f32_result(float value)
{
        return value != value ? F32_NAN : f32_bits(value);
}
