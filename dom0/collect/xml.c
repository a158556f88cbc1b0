#include "dom0/collect/xml.h"

#include <stdint.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "lib/utf8.h"

#define PIECE_SIZE 24u /* four bytes that are none of UTF-8, and more than escape_text wants */

/* One character of escaped text; returns its bytes. */
static size_t print_character(FILE *to, const char *at)
{
        static const struct {
                const char *character, *shown;
        } others[] = {
                { "&", "&amp;" },
                { "<", "&lt;" },
                { ">", "&gt;" },
                { "\"", "&quot;" },
                { "'", "&apos;" },
                { "\xef\xbf\xbe", "?" }, /* U+FFFE and U+FFFF are no characters of XML */
                { "\xef\xbf\xbf", "?" },
        };

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                size_t length = strlen(others[i].character);

                if (strncmp(at, others[i].character, length) == 0) {
                        fputs(others[i].shown, to);
                        return length;
                }
        }
        putc(*at, to);
        return 1;
}

static void print_escaped(FILE *to, const char *text)
{
        while (*text)
                text += print_character(to, text);
}

void xml_attribute(FILE *to, const char *name, const char *text)
{
        fprintf(to, " %s=\"", name);
        print_escaped(to, SHOWN(text));
        putc('"', to);
}

void xml_text(FILE *to, const char *text, size_t length)
{
        for (size_t i = 0, bytes; i < length; i += bytes) {
                char piece[PIECE_SIZE];

                bytes = utf8_length(text + i, length - i);
                if (bytes == 0)
                        bytes = 1;
                if (text[i] == '\n' || text[i] == '\t') {
                        putc(text[i], to);
                        continue;
                }
                escape_text(text + i, bytes, piece, sizeof(piece));
                print_escaped(to, piece);
        }
}
