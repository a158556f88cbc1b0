#include "lib/utf8.h"

static size_t sequence_length(unsigned char first)
{
        if (first < 0x80)
                return 1;
        if (first >= 0xc2 && first <= 0xdf)
                return 2;
        if (first >= 0xe0 && first <= 0xef)
                return 3;
        return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t utf8_decode(const char *text, size_t length, uint32_t *ret_code)
{
        static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const unsigned char *bytes = (const unsigned char *)text;
        size_t count = length > 0 ? sequence_length(bytes[0]) : 0;
        uint32_t code;

        if (count == 0 || count > length)
                return 0;
        code = count == 1 ? bytes[0] : bytes[0] & 0x7fu >> count;
        for (size_t i = 1; i < count; i++) {
                if ((bytes[i] & 0xc0) != 0x80)
                        return 0;
                code = code << 6 | (bytes[i] & 0x3f);
        }
        if (code < smallest[count] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
                return 0;
        *ret_code = code;
        return count;
}

size_t utf8_length(const char *text, size_t length)
{
        uint32_t code;

        return utf8_decode(text, length, &code);
}

size_t utf8_valid(const char *text, size_t length)
{
        size_t at = 0, bytes;

        while (at < length && (bytes = utf8_length(text + at, length - at)) > 0)
                at += bytes;
        return at;
}
