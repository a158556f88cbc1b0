/* Hexadecimal digits, for the pure code that may not use the C library. */
#pragma once

#include <stdint.h>

/* The value of a hexadecimal digit in either case, or -1. */
static inline int hex_value(char digit)
{
        if (digit >= '0' && digit <= '9')
                return digit - '0';
        if (digit >= 'a' && digit <= 'f')
                return digit - 'a' + 10;
        if (digit >= 'A' && digit <= 'F')
                return digit - 'A' + 10;
        return -1;
}

/* The byte that two digits stand for, or -1. */
static inline int hex_read(const char digits[2])
{
        int high = hex_value(digits[0]), low = high < 0 ? -1 : hex_value(digits[1]);

        return low < 0 ? -1 : high << 4 | low;
}

/* A byte as two digits in lower case, without a NUL. */
static inline void hex_write(uint8_t byte, char ret_digits[2])
{
        static const char digits[] = "0123456789abcdef";

        ret_digits[0] = digits[byte >> 4];
        ret_digits[1] = digits[byte & 15];
}
