/* Hexadecimal digits, for the pure code that may not use the C library. */
#ifndef FORESTAGE_HEX_H
#define FORESTAGE_HEX_H

/* The two digits of a byte, in lower case. */
static inline void hex_format(unsigned int byte, char ret_digits[2])
{
        static const char digits[] = "0123456789abcdef";

        ret_digits[0] = digits[byte >> 4];
        ret_digits[1] = digits[byte & 15];
}

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

/* The byte that two digits are, or -1. */
static inline int hex_byte(const char digits[2])
{
        int high = hex_value(digits[0]), low = hex_value(digits[1]);

        return high < 0 || low < 0 ? -1 : high << 4 | low;
}

#endif
