/*
 * Numbers and sizes as people write them, on command lines, in job files, in forestage.conf and in
 * what the kernel is given: one rule for all. A number is decimal, or hexadecimal behind 0x. A size
 * is a number of bytes, or one with K, M, G or T behind it, in either case: powers of 1024. Every
 * function takes a whole word: nothing else may stand before or behind, no blank and no sign, and
 * nothing wraps around. Pure. What is defined here is for code without the C library as well, as
 * forestage.efi is; number.c has the rest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hex.h"

static inline bool number_parse(const char *text, size_t length, uint64_t *ret_number)
{
        bool hexadecimal = length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
        int base = hexadecimal ? 16 : 10;
        uint64_t number = 0;

        if (length == 0)
                return false;
        for (size_t i = hexadecimal ? 2 : 0; i < length; i++) {
                int digit = hex_value(text[i]);

                if (digit < 0 || digit >= base)
                        return false;
                if (__builtin_mul_overflow(number, (uint64_t)base, &number) ||
                        __builtin_add_overflow(number, (uint64_t)digit, &number))
                        return false;
        }
        *ret_number = number;
        return true;
}

static inline bool number_parse_size(const char *text, size_t length, uint64_t *ret_bytes)
{
        static const char units[] = "KMGT";
        unsigned int shift = 0;
        uint64_t number;

        for (unsigned int i = 0; length > 0 && units[i]; i++)
                if ((text[length - 1] & ~0x20) == units[i])
                        shift = 10 * (i + 1);
        if (!number_parse(text, length - (shift > 0), &number) || number > UINT64_MAX >> shift)
                return false;
        *ret_bytes = number << shift;
        return true;
}

bool number_u64(const char *text, uint64_t *ret_value);

/* The same with an optional minus in front. */
bool number_i64(const char *text, int64_t *ret_value);

/* What strtod reads in the C locale, "inf" and "nan" too; false when a finite number overflows. */
bool number_f64(const char *text, double *ret_value);
bool number_f32(const char *text, float *ret_value);
