#include "efi/parse/loadoptions.h"

/* The character number `i`; the options need not be aligned. */
static unsigned unit(const uint8_t *bytes, size_t i)
{
        return bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8;
}

static bool divides(unsigned character)
{
        return character == ' ' || character == '\t' || character == 0;
}

/* Whether the word of `length` characters that starts at `start` is `word`. */
static bool is_word(const uint8_t *bytes, size_t start, size_t length, const char *word)
{
        for (size_t i = 0; i < length; i++)
                if (!word[i] || unit(bytes, start + i) != (unsigned char)word[i])
                        return false;
        return !word[length];
}

bool loadoptions_have(const void *options, size_t bytes, const char *word)
{
        size_t count = options ? bytes / 2 : 0, start = 0;

        for (size_t i = 0; i <= count; i++) {
                if (i < count && !divides(unit(options, i)))
                        continue;
                if (i > start && is_word(options, start, i - start, word))
                        return true;
                start = i + 1;
        }
        return false;
}
