#include "lib/text.h"

#include <string.h>

#include "lib/utf8.h"

void text_make_line(char *text)
{
        size_t length = strlen(text);

        for (size_t at = 0; at < length;) {
                size_t bytes = utf8_length(text + at, length - at);

                if (bytes == 0)
                        text[at] = '?';
                else if ((unsigned char)text[at] < 0x20 || text[at] == 0x7f)
                        text[at] = ' ';
                at += bytes > 0 ? bytes : 1;
        }
        while (length > 0 && text[length - 1] == ' ')
                text[--length] = '\0';
}

static bool is_blank(char character)
{
        return character == ' ' || character == '\t';
}

const char *text_trim(const char *text, size_t *length)
{
        const char *end = text + *length;

        while (text < end && is_blank(*text))
                text++;
        while (end > text && is_blank(end[-1]))
                end--;
        *length = (size_t)(end - text);
        return text;
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

int text_split(char *text, char **ret_words, int most)
{
        bool open = false;
        int count = 0;

        while (count < most && (ret_words[count] = text_next_word(&text, &open)) && !open)
                count++;
        return open ? -1 : count;
}

bool text_skip(const char *text, const char *start, const char **ret_rest)
{
        size_t length = strlen(start);

        if (strncmp(text, start, length) != 0)
                return false;
        *ret_rest = text + length;
        return true;
}

bool text_is_one_of(const char *word, const char *const list[])
{
        for (; *list; list++)
                if (strcmp(word, *list) == 0)
                        return true;
        return false;
}

bool text_has_word(const char *list, const char *dividers, const char *word, size_t length)
{
        while (*(list += strspn(list, dividers))) {
                size_t here = strcspn(list, dividers);

                if (here == length && memcmp(list, word, length) == 0)
                        return true;
                list += here;
        }
        return false;
}
