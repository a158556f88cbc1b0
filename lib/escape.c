#include "lib/escape.h"

#include <stdint.h>
#include <string.h>

#include "region/hex.h"

/* The code point of a valid sequence of `bytes` bytes. */
static uint32_t decode(const unsigned char *text, size_t bytes)
{
        static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
        uint32_t code = text[0] & first_bits[bytes];

        for (size_t i = 1; i < bytes; i++)
                code = code << 6 | (text[i] & 0x3f);
        return code;
}

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

size_t utf8_length(const char *text, size_t length)
{
        static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const unsigned char *bytes = (const unsigned char *)text;
        size_t count = length > 0 ? sequence_length(bytes[0]) : 0;
        uint32_t code;

        if (count == 0 || count > length)
                return 0;
        for (size_t i = 1; i < count; i++)
                if ((bytes[i] & 0xc0) != 0x80)
                        return 0;
        code = decode(bytes, count);
        if (code < smallest[count] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
                return 0;
        return count;
}

/* Characters that show nothing of their own or change how the rest is shown. */
static bool is_unsafe(uint32_t code)
{
        static const struct {
                uint32_t first, last;
        } ranges[] = {
                { 0x0000, 0x001f },   /* C0 */
                { 0x007f, 0x009f },   /* DEL, C1 */
                { 0x00ad, 0x00ad },   /* soft hyphen */
                { 0x061c, 0x061c },   /* Arabic letter mark */
                { 0x200b, 0x200f },   /* zero width, marks of direction */
                { 0x2028, 0x202e },   /* line separators, embeddings, overrides */
                { 0x2060, 0x206f },   /* invisible operators, isolates */
                { 0xfe00, 0xfe0f },   /* variation selectors */
                { 0xfeff, 0xfeff },   /* byte order mark */
                { 0xfff9, 0xfffb },   /* interlinear annotation */
                { 0xe0000, 0xe0fff }, /* tags */
        };

        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
                if (code >= ranges[i].first && code <= ranges[i].last)
                        return true;
        return false;
}

/* Bytes of the character at `text` that may be shown as it is, or 0. */
static size_t safe_length(const char *text, size_t length)
{
        size_t bytes = utf8_length(text, length);

        return bytes > 0 && !is_unsafe(decode((const unsigned char *)text, bytes)) ? bytes : 0;
}

/* One character, or the first byte of what is none, as shown; sets how much was read. */
static size_t render(const char *text, size_t length, char out[4], size_t *ret_read)
{
        size_t bytes = safe_length(text, length);

        *ret_read = bytes > 0 ? bytes : 1;
        if (bytes > 0) {
                memcpy(out, text, bytes);
                return bytes;
        }
        out[0] = '\\';
        out[1] = 'x';
        hex_format((unsigned char)text[0], out + 2);
        return 4;
}

void escape_text(const char *text, size_t length, char *out, size_t size)
{
        static const char more[] = "...";
        size_t used = 0, cut = 0; /* cut: where "..." still fits */

        for (size_t i = 0, read; i < length; i += read) {
                char piece[4];
                size_t bytes = render(text + i, length - i, piece, &read);

                if (used + sizeof(more) <= size)
                        cut = used;
                if (used + bytes >= size) {
                        memcpy(out + cut, more, sizeof(more));
                        return;
                }
                memcpy(out + used, piece, bytes);
                used += bytes;
        }
        out[used] = '\0';
}

bool text_is_plain(const char *text, size_t length)
{
        for (size_t i = 0, bytes; i < length; i += bytes) {
                bytes = safe_length(text + i, length - i);
                if (bytes == 0)
                        return false;
        }
        return true;
}
