#include "lib/escape.h"

#include <stdint.h>
#include <string.h>

#include "lib/hex.h"
#include "lib/utf8.h"

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
        uint32_t code;
        size_t bytes = utf8_decode(text, length, &code);

        return bytes > 0 && !is_unsafe(code) ? bytes : 0;
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
        hex_write((uint8_t)text[0], out + 2);
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
