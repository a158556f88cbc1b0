/*
 * The four functions that a freestanding compiler may call. The string instructions are fast on
 * every processor that can run the stage, and short.
 */
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
        void *start = to;
        size_t words = count / 8;

        count %= 8;
        __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
        return start;
}

void *memmove(void *to, const void *from, size_t count)
{
        unsigned char *target = to;
        const unsigned char *source = from;

        if (target <= source || target >= source + count)
                return memcpy(to, from, count);
        while (count-- > 0) {
                target[count] = source[count];
                __asm__ volatile("" : : : "memory"); /* or gcc would make it a call of itself */
        }
        return to;
}

void *memset(void *to, int value, size_t count)
{
        void *start = to;
        unsigned long word = (unsigned char)value * 0x0101010101010101ul;
        size_t words = count / 8;

        count %= 8;
        __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(word) : "memory");
        __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(word) : "memory");
        return start;
}

int memcmp(const void *left, const void *right, size_t count)
{
        const unsigned char *l = left, *r = right;

        for (size_t i = 0; i < count; i++)
                if (l[i] != r[i])
                        return l[i] - r[i];
        return 0;
}
