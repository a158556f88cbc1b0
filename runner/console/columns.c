#include "runner/console/columns.h"

#include <stdint.h>
#include <string.h>

#include "lib/utf8.h"

#define MORE       "\xe2\x80\xa6" /* "…", one column */
#define MORE_BYTES 3u

/* Unicode's East Asian Width W and F, in blocks: a character too many is only cut earlier. */
static size_t width_of(uint32_t code)
{
        static const struct {
                uint32_t first, last;
        } wide[] = {
                { 0x1100, 0x115f },   /* Hangul Jamo */
                { 0x231a, 0x23ff },   /* clocks and arrows among the technical signs */
                { 0x2600, 0x27bf },   /* pictures among the symbols and dingbats */
                { 0x2b1b, 0x2b55 },   /* squares, stars, circles */
                { 0x2e80, 0xa4cf },   /* CJK, kana, Yi */
                { 0xa960, 0xa97f },   /* Hangul Jamo, extended */
                { 0xac00, 0xd7a3 },   /* Hangul */
                { 0xf900, 0xfaff },   /* CJK, compatibility */
                { 0xfe30, 0xfe6f },   /* forms of CJK */
                { 0xff00, 0xff60 },   /* full width */
                { 0xffe0, 0xffe6 },   /* full width */
                { 0x16fe0, 0x18aff }, /* Tangut */
                { 0x1b000, 0x1b2ff }, /* kana */
                { 0x1f000, 0x1faff }, /* pictures */
                { 0x20000, 0x3fffd }, /* CJK */
        };

        for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
                if (code >= wide[i].first && code <= wide[i].last)
                        return 2;
        return 1;
}

/* One character, or the byte that is none; its bytes. */
static size_t step(const char *text, size_t length, size_t *ret_width)
{
        uint32_t code = 0;
        size_t bytes = utf8_decode(text, length, &code);

        *ret_width = width_of(code);
        return bytes > 0 ? bytes : 1;
}

/* Bytes of the longest beginning that takes at most `columns` and `most` bytes. */
static size_t fit(const char *text, size_t columns, size_t most)
{
        size_t length = strlen(text), at = 0, bytes, width;

        while (at < length) {
                bytes = step(text + at, length - at, &width);
                if (width > columns || at + bytes > most)
                        break;
                columns -= width;
                at += bytes;
        }
        return at;
}

size_t columns_of(const char *text)
{
        size_t length = strlen(text), columns = 0, width;

        for (size_t at = 0; at < length; columns += width)
                at += step(text + at, length - at, &width);
        return columns;
}

void columns_cut(const char *text, size_t columns, char *out, size_t size)
{
        size_t bytes = fit(text, columns, size - 1);

        if (!text[bytes]) {
                memcpy(out, text, bytes + 1);
                return;
        }
        bytes = columns > 0 ? fit(text, columns - 1, size - 1 - MORE_BYTES) : 0;
        memcpy(out, text, bytes);
        strcpy(out + bytes, columns > 0 ? MORE : "");
}

size_t columns_break(const char *text, size_t columns, size_t *ret_skip)
{
        size_t bytes = fit(text, columns, SIZE_MAX), width;

        *ret_skip = 0;
        if (!text[bytes])
                return bytes;
        for (size_t i = bytes; i > bytes / 2; i--) {
                if (text[i] == ' ') {
                        *ret_skip = 1;
                        return i;
                }
        }
        return bytes > 0 ? bytes : step(text, strlen(text), &width);
}
