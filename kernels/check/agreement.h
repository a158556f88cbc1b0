/*
 * Bitwise agreement: the operations, their inputs and how results are folded, written once for the
 * kernels (agree*.cu) and the CPU. All of it is arithmetic of whole numbers.
 */
#pragma once

#include "report.h"

#ifndef AGREEMENT_FUNCTION
#define AGREEMENT_FUNCTION static inline
#define AGREEMENT_LARGE    static inline
#endif

/* A kind of operation has a hash of its own. Of an input it has so many results; see agree*.cu. */
enum agreement_kind {
        /* with every rounding that there is (AGREEMENT_PLAIN) */
        AGREEMENT_FMA_FP32,
        AGREEMENT_FMA_FP32_FTZ,
        AGREEMENT_FMA_FP64,
        AGREEMENT_DIVIDE_FP32,
        AGREEMENT_DIVIDE_FP32_FTZ,
        AGREEMENT_DIVIDE_FP64,
        AGREEMENT_ROOT_FP32,
        AGREEMENT_ROOT_FP32_FTZ,
        AGREEMENT_ROOT_FP64,
        AGREEMENT_RECIPROCAL_FP32,
        AGREEMENT_RECIPROCAL_FP32_FTZ,
        AGREEMENT_RECIPROCAL_FP64,
        AGREEMENT_FROM_FP32,
        AGREEMENT_FROM_FP32_FTZ,
        AGREEMENT_FROM_FP64,
        AGREEMENT_FROM_FP16,
        AGREEMENT_FROM_INTEGERS,
        AGREEMENT_APPROXIMATE,      /* one step of the unit for special functions */
        AGREEMENT_APPROXIMATE_LONG, /* several, put together by the driver's compiler */
        /* AGREEMENT_BRAIN */
        AGREEMENT_TO_BF16,
        /* AGREEMENT_MMA */
        AGREEMENT_MMA_FP16,
        AGREEMENT_MMA_FP16_NARROW, /* with sums of 16 bits */
        AGREEMENT_MMA_BF16,
        AGREEMENT_MMA_TF32,
        AGREEMENT_MMA_FP64,
        /* AGREEMENT_WGMMA */
        AGREEMENT_WGMMA_FP16,
        AGREEMENT_WGMMA_BF16,
        AGREEMENT_WGMMA_TF32,
        AGREEMENT_MMA_FP64_DEEP, /* m16n8k16 */
        AGREEMENT_KINDS,
};

/* Kernels, each in a module for the GPUs that have its instructions. */
enum agreement_part {
        AGREEMENT_PLAIN,
        AGREEMENT_BRAIN,
        AGREEMENT_MMA,
        AGREEMENT_WGMMA,
        AGREEMENT_PARTS,
};

#define AGREEMENT_THREADS       512
#define AGREEMENT_WGMMA_THREADS 128
#define AGREEMENT_INPUTS        65536u /* all numbers of 16 bits */
#define AGREEMENT_LANES         32u    /* inputs for each fragment of matrices */

/* By multiprocessor and quarter: those of all quarters are the same. */
struct agreement_hashes {
        unsigned long long hash[CHECK_MAX_SM][CHECK_QUARTERS][AGREEMENT_KINDS];
};

/* --- folding --- */

#define AGREEMENT_ODD 0x9e3779b97f4a7c15ull

/* Every bit acts on every other. */
AGREEMENT_FUNCTION unsigned long long agreement_mix(unsigned long long x)
{
        x ^= x >> 33;
        x *= 0xff51afd7ed558ccdull;
        x ^= x >> 33;
        x *= 0xc4ceb9fe1a85ec53ull;
        return x ^ x >> 33;
}

/*
 * A hash is the sum, modulo 2^64, of what this makes of all results: in whatever order they come.
 * `result`: which one of the input.
 */
AGREEMENT_FUNCTION unsigned long long agreement_fold(
        unsigned long long bits, unsigned input, unsigned result)
{
        return agreement_mix(bits ^ (((unsigned long long)input << 16 | result) * AGREEMENT_ODD));
}

/* --- inputs --- */

AGREEMENT_FUNCTION unsigned long long agreement_random(unsigned input, unsigned number)
{
        return agreement_mix(
                ((unsigned long long)input << 16 | number) * AGREEMENT_ODD + 0x5851f42d4c957f2dull);
}

/* A format of floating point: places of the exponent and of the fraction. */
#define AGREEMENT_FP16 5, 10
#define AGREEMENT_BF16 8, 7
#define AGREEMENT_TF32 8, 10
#define AGREEMENT_FP32 8, 23
#define AGREEMENT_FP64 11, 52

/* Of its bits, and of a random number's; the sign is the random number's highest bit. */
AGREEMENT_FUNCTION unsigned long long agreement_number(unsigned exponent_bits,
        unsigned fraction_bits, unsigned long long exponent, unsigned long long random)
{
        unsigned long long fraction = random & ((1ull << fraction_bits) - 1);

        return random >> 63 << (exponent_bits + fraction_bits) | exponent << fraction_bits |
               fraction;
}

/* Zero, the smallest, the largest and those beside them, infinity, NaN of both kinds; by 5 bits. */
AGREEMENT_FUNCTION unsigned long long agreement_edge(
        unsigned exponent_bits, unsigned fraction_bits, unsigned which)
{
        unsigned long long all = (1ull << fraction_bits) - 1, fraction;
        unsigned long long exponent = which & 1;

        if (which & 2)
                exponent += (1ull << exponent_bits) - 2;
        fraction = which & 4 ? (which & 8 ? all : 1) : (which & 8 ? all / 2 + 1 : 0);
        return (unsigned long long)(which >> 4 & 1) << (exponent_bits + fraction_bits) |
               exponent << fraction_bits | fraction;
}

/* One of 16 is such a one: by its own 9 bits of `random`. */
AGREEMENT_FUNCTION unsigned long long agreement_or_edge(unsigned exponent_bits,
        unsigned fraction_bits, unsigned long long number, unsigned long long random)
{
        if ((random & 15) != 0)
                return number;
        return agreement_edge(exponent_bits, fraction_bits, random >> 4 & 31);
}

/* Random bits; with lower bits cleared from one on, which is set: halves between two results. */
AGREEMENT_FUNCTION unsigned long long agreement_ragged(
        unsigned long long bits, unsigned long long random, unsigned places)
{
        unsigned at = (unsigned)(random % places);

        return (bits >> at | 1) << at;
}

struct agreement_triple {
        unsigned long long a, b, c;
};

/* Minus the product of a and b, its lower half cut off, where that is a normal number. */
AGREEMENT_FUNCTION unsigned long long agreement_minus(
        unsigned exponent_bits, unsigned fraction_bits, unsigned long long a, unsigned long long b)
{
        unsigned long long all = (1ull << fraction_bits) - 1, one = 1ull << fraction_bits;
        unsigned long long most = (1ull << exponent_bits) - 1, sign = (a ^ b) >> fraction_bits;
        unsigned long long exponent = (a >> fraction_bits & most) + (b >> fraction_bits & most);
        unsigned long long product =
                (unsigned long long)((unsigned __int128)(((a & all) | one)
                                                         << (63 - fraction_bits)) *
                                             (((b & all) | one) << (63 - fraction_bits)) >>
                                     64);

        if (product >> 63)
                exponent++;
        else
                product <<= 1;
        sign = ~(sign >> exponent_bits) & 1;
        return sign << (exponent_bits + fraction_bits) | (exponent - most / 2) << fraction_bits |
               (product >> (63 - fraction_bits) & all);
}

/*
 * Three numbers for operations of up to three, by turns: of random bits; of about one, whose sums
 * cancel; whose products are about the smallest; whose quotients are; which overflow; whose product
 * is the third but for its lower half; with few bits, whose sums are halves between two results.
 */
AGREEMENT_LARGE struct agreement_triple agreement_triple(
        unsigned exponent_bits, unsigned fraction_bits, unsigned input)
{
        const unsigned long long most = (1ull << exponent_bits) - 1, one = most / 2;
        const unsigned long long a = agreement_random(input, 0), b = agreement_random(input, 1);
        const unsigned long long c = agreement_random(input, 2), d = agreement_random(input, 3);
        /* exponents: of a and b, and of c */
        unsigned long long ea = d & 7, eb = d >> 3 & 7, ec = d >> 6 & 15;
        unsigned long long wide_a = d & 31, wide_b = d >> 5 & 31, wide_c = d >> 10 & 31;
        unsigned long long small = wide_c & 16 ? wide_c & 15 : 0; /* every second is subnormal */
        struct agreement_triple triple = { 0, 0, 0 };

        switch (input % 8) {
        case 2:
        case 6:
                ea += one - 4, eb += one - 4, ec += one - 8;
                break;
        case 3:
                ea = one / 2 - 16 + wide_a, eb = one / 2 - 16 + wide_b, ec = small;
                break;
        case 4:
                ea = wide_a, eb = one - 16 + wide_b, ec = small;
                break;
        case 5:
                ea = most - 1 - wide_a, eb = one - 16 + wide_b, ec = most - 1 - wide_c;
                break;
        case 7:
                ec = one + ea + eb - 8 + fraction_bits, ea += one - 4, eb += one - 4;
                break;
        default:
                ea = a >> fraction_bits & most, eb = b >> fraction_bits & most;
                ec = c >> fraction_bits & most;
        }
        triple.a = agreement_number(exponent_bits, fraction_bits, ea, a);
        triple.b = agreement_number(exponent_bits, fraction_bits, eb, b);
        triple.c = agreement_number(exponent_bits, fraction_bits, ec, c);
        if (input % 8 == 6)
                triple.c = agreement_minus(exponent_bits, fraction_bits, triple.a, triple.b);
        if (input % 8 == 7) {
                triple.a = agreement_ragged(triple.a, d >> 15, fraction_bits);
                triple.b = agreement_ragged(triple.b, d >> 20, fraction_bits);
        }
        triple.a = agreement_or_edge(exponent_bits, fraction_bits, triple.a, d >> 28);
        triple.b = agreement_or_edge(exponent_bits, fraction_bits, triple.b, d >> 37);
        triple.c = agreement_or_edge(exponent_bits, fraction_bits, triple.c, d >> 46);
        return triple;
}

/* For a root: mostly not below zero. */
AGREEMENT_FUNCTION unsigned long long agreement_radicand(
        unsigned exponent_bits, unsigned fraction_bits, unsigned input)
{
        unsigned long long a = agreement_triple(exponent_bits, fraction_bits, input).a;

        return (input >> 3) % 8 == 0 ? a : a & ((1ull << (exponent_bits + fraction_bits)) - 1);
}

/*
 * A number to be converted, by turns: of random bits; from what becomes a fraction to what no
 * longer fits into 64 bits; the same with few bits; small ones (of double precision about the
 * smallest of single, of others about the smallest of half).
 */
AGREEMENT_LARGE unsigned long long agreement_convertible(
        unsigned exponent_bits, unsigned fraction_bits, unsigned input)
{
        const unsigned long long most = (1ull << exponent_bits) - 1, one = most / 2;
        const unsigned long long r = agreement_random(input, 4), d = agreement_random(input, 5);
        unsigned long long exponent = r >> fraction_bits & most, number;

        if (input % 4 == 1 || input % 4 == 2)
                exponent = one - 4 + (d & 63) + (d >> 6 & 7);
        else if (input % 4 == 3)
                exponent = (exponent_bits == 11 && (input & 4) ? one - 156 : one - 28) + (d & 31);
        number = agreement_number(exponent_bits, fraction_bits, exponent, r);
        if (input % 4 == 2)
                number = agreement_ragged(number, d >> 9, fraction_bits);
        return agreement_or_edge(exponent_bits, fraction_bits, number, d >> 48);
}

/* A whole number of any size; with few bits, every second time. */
AGREEMENT_LARGE unsigned long long agreement_whole(unsigned input)
{
        const unsigned long long r = agreement_random(input, 6), d = agreement_random(input, 7);
        unsigned long long whole = r >> (d & 63);

        if (input % 2)
                whole = agreement_ragged(whole, d >> 6, 64 - (unsigned)(d & 63));
        return d >> 63 ? 0 - whole : whole;
}

/*
 * An element of a matrix of fragment `fragment`, by turns: of random bits; of about one; whose
 * products are small, in bf16 and tf32 about the smallest of single precision; of about one, with
 * one of 32 at an edge. `number`: which element it is.
 */
AGREEMENT_LARGE unsigned long long agreement_element(
        unsigned exponent_bits, unsigned fraction_bits, unsigned fragment, unsigned number)
{
        const unsigned long long most = (1ull << exponent_bits) - 1, one = most / 2;
        const unsigned long long r = agreement_random(fragment, 256 + number);
        const unsigned long long d = r >> 53; /* not of the fraction; the sign's bit is the last */
        unsigned long long exponent = one - 4 + (d & 7);

        if (fragment % 4 == 0)
                exponent = r >> fraction_bits & most;
        if (fragment % 4 == 2)
                exponent = (exponent_bits == 5 ? 0 : one / 2 - 4) + (d & 7);
        if (fragment % 4 == 3 && (d >> 3 & 31) == 0)
                return agreement_edge(exponent_bits, fraction_bits, r >> 40 & 31);
        return agreement_number(exponent_bits, fraction_bits, exponent, r);
}

/* What a sum of it begins with: a number about as large as the products of such elements. */
AGREEMENT_LARGE unsigned long long agreement_addend(unsigned exponent_bits, unsigned fraction_bits,
        unsigned fragment, unsigned number, unsigned small)
{
        const unsigned long long most = (1ull << exponent_bits) - 1, one = most / 2;
        const unsigned long long r = agreement_random(fragment, 32768 + number);
        const unsigned long long d = r >> 53;
        unsigned long long exponent = one - 6 + (d & 15);

        if (fragment % 4 == 0)
                exponent = r >> fraction_bits & most;
        if (fragment % 4 == 2)
                exponent = small + (d & 15);
        if (fragment % 4 == 3 && (d >> 4 & 31) == 0)
                return agreement_edge(exponent_bits, fraction_bits, r >> 40 & 31);
        return agreement_number(exponent_bits, fraction_bits, exponent, r);
}
