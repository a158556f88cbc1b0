/*
 * The memory patterns: what 64-bit word number `w` of an allocation holds. Written once, compiled
 * for the GPU and for the CPU, whose unit tests compare the two and Philox with its published
 * vectors.
 *
 *   stripe  a, or its complement where w and k have an odd number of ones in common; k = 0: a
 *   walk    a rotated left by (w + k) bits
 *   linear  a + w * k
 *   random  Philox4x32-7 (Salmon et al., SC 2011) with the key a and the counter (w / 2, k)
 *   modulo  a where the 32-byte unit w / 4 is k modulo 20, else the complement of a
 */
#pragma once

#ifndef PATTERN_FUNCTION
#define PATTERN_FUNCTION static inline
#endif

#define PATTERN_MODULUS       20u
#define PATTERN_PHILOX_ROUNDS 7

/* Two neighbouring words: the 16 bytes that a thread reads or writes at once. */
struct pattern_pair {
        unsigned long long low, high;
};

struct pattern_counter {
        unsigned int word[4];
};

PATTERN_FUNCTION unsigned int pattern_high(unsigned int a, unsigned int b)
{
        return (unsigned int)((unsigned long long)a * b >> 32);
}

PATTERN_FUNCTION struct pattern_counter pattern_philox(
        struct pattern_counter c, unsigned int key0, unsigned int key1, int rounds)
{
#ifdef __CUDA__
#pragma unroll
#endif
        for (int i = 0; i < rounds; i++) {
                unsigned int high0 = pattern_high(0xd2511f53u, c.word[0]);
                unsigned int low0 = 0xd2511f53u * c.word[0];
                unsigned int high1 = pattern_high(0xcd9e8d57u, c.word[2]);
                unsigned int low1 = 0xcd9e8d57u * c.word[2];

                c.word[0] = high1 ^ c.word[1] ^ key0;
                c.word[1] = low1;
                c.word[2] = high0 ^ c.word[3] ^ key1;
                c.word[3] = low0;
                key0 += 0x9e3779b9u;
                key1 += 0xbb67ae85u;
        }
        return c;
}

#ifdef __CUDA__
/* LLVM 14 makes of a 64-bit rotation two shifts that are right below 64 only: funnel shifts. */
PATTERN_FUNCTION unsigned long long pattern_rotate(unsigned long long a, unsigned int by)
{
        unsigned int low = (unsigned int)a, high = (unsigned int)(a >> 32), up, down;

        if (by & 32u) {
                up = low;
                low = high;
                high = up;
        }
        asm("shf.l.wrap.b32 %0, %1, %2, %3;" : "=r"(up) : "r"(low), "r"(high), "r"(by));
        asm("shf.l.wrap.b32 %0, %1, %2, %3;" : "=r"(down) : "r"(high), "r"(low), "r"(by));
        return (unsigned long long)up << 32 | down;
}
#else
PATTERN_FUNCTION unsigned long long pattern_rotate(unsigned long long a, unsigned int by)
{
        return a << (by & 63u) | a >> (-by & 63u);
}
#endif

/* All ones where the number of ones is odd, else 0. */
PATTERN_FUNCTION unsigned long long pattern_odd(unsigned long long bits)
{
        unsigned int half = (unsigned int)bits ^ (unsigned int)(bits >> 32);

        return -(unsigned long long)((unsigned int)__builtin_popcount(half) & 1u);
}

PATTERN_FUNCTION struct pattern_pair pattern_stripe(
        unsigned long long pair, unsigned long long a, unsigned long long k)
{
        unsigned long long low = a ^ pattern_odd(2 * pair & k);
        struct pattern_pair result = { low, low ^ -(k & 1) };

        return result;
}

PATTERN_FUNCTION struct pattern_pair pattern_walk(
        unsigned long long pair, unsigned long long a, unsigned long long k)
{
        unsigned int by = 2u * (unsigned int)pair + (unsigned int)k;
        struct pattern_pair result = { pattern_rotate(a, by), pattern_rotate(a, by + 1) };

        return result;
}

PATTERN_FUNCTION struct pattern_pair pattern_linear(
        unsigned long long pair, unsigned long long a, unsigned long long k)
{
        unsigned long long low = a + 2 * pair * k;
        struct pattern_pair result = { low, low + k };

        return result;
}

PATTERN_FUNCTION struct pattern_pair pattern_random(
        unsigned long long pair, unsigned long long a, unsigned long long k)
{
        struct pattern_counter c = { { (unsigned int)pair, (unsigned int)(pair >> 32),
                (unsigned int)k, (unsigned int)(k >> 32) } };
        struct pattern_pair result;

        c = pattern_philox(c, (unsigned int)a, (unsigned int)(a >> 32), PATTERN_PHILOX_ROUNDS);
        result.low = (unsigned long long)c.word[1] << 32 | c.word[0];
        result.high = (unsigned long long)c.word[3] << 32 | c.word[2];
        return result;
}

PATTERN_FUNCTION int pattern_modulo_owns(unsigned long long pair, unsigned long long k)
{
        return pair / 2 % PATTERN_MODULUS == k;
}

PATTERN_FUNCTION struct pattern_pair pattern_modulo(
        unsigned long long pair, unsigned long long a, unsigned long long k)
{
        unsigned long long value = pattern_modulo_owns(pair, k) ? a : ~a;
        struct pattern_pair result = { value, value };

        return result;
}
