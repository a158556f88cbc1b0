#include "lib/text.h"

#include <stdint.h>
#include <string.h>

/* The bytes of the UTF-8 sequence at `text`, or 0 when there is none within `length`. */
static size_t sequence_length(const unsigned char *text, size_t length)
{
        static const struct {
                unsigned char first, last, second_min, second_max, bytes;
        } forms[] = {
                { 0x00, 0x7f, 0, 0, 1 },
                { 0xc2, 0xdf, 0x80, 0xbf, 2 },
                { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
                { 0xe1, 0xec, 0x80, 0xbf, 3 },
                { 0xed, 0xed, 0x80, 0x9f, 3 },
                { 0xee, 0xef, 0x80, 0xbf, 3 },
                { 0xf0, 0xf0, 0x90, 0xbf, 4 },
                { 0xf1, 0xf3, 0x80, 0xbf, 4 },
                { 0xf4, 0xf4, 0x80, 0x8f, 4 },
        };

        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
                if (text[0] < forms[i].first || text[0] > forms[i].last)
                        continue;
                if (forms[i].bytes > length)
                        return 0;
                for (size_t k = 1; k < forms[i].bytes; k++) {
                        unsigned char low = k == 1 ? forms[i].second_min : 0x80;
                        unsigned char high = k == 1 ? forms[i].second_max : 0xbf;

                        if (text[k] < low || text[k] > high)
                                return 0;
                }
                return forms[i].bytes;
        }
        return 0;
}

size_t text_utf8_length(const char *text, size_t length)
{
        size_t at = 0, bytes;

        while (at < length) {
                bytes = sequence_length((const unsigned char *)text + at, length - at);
                if (bytes == 0)
                        break;
                at += bytes;
        }
        return at;
}

void text_make_line(char *text)
{
        size_t length = strlen(text);

        for (size_t at = 0; at < length;) {
                size_t bytes = sequence_length((unsigned char *)text + at, length - at);

                if (bytes == 0)
                        text[at] = '?';
                else if ((unsigned char)text[at] < 0x20 || text[at] == 0x7f)
                        text[at] = ' ';
                at += bytes > 0 ? bytes : 1;
        }
        while (length > 0 && text[length - 1] == ' ')
                text[--length] = '\0';
}

char *text_next_word(char **cursor, bool *ret_open)
{
        char *from = *cursor + strspn(*cursor, " \t");
        char *word = from, *to = from, quote = '\0';

        *ret_open = false;
        if (!*from)
                return NULL;
        for (; *from && (quote || (*from != ' ' && *from != '\t')); from++) {
                if (quote ? *from == quote : (*from == '"' || *from == '\''))
                        quote = quote ? '\0' : *from;
                else
                        *to++ = *from;
        }
        *ret_open = quote != '\0';
        *cursor = *from ? from + 1 : from;
        *to = '\0';
        return word;
}

bool text_skip(const char *text, const char *start, const char **ret_rest)
{
        size_t length = strlen(start);

        if (strncmp(text, start, length) != 0)
                return false;
        *ret_rest = text + length;
        return true;
}
