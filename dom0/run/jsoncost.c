#include "dom0/run/jsoncost.h"

#include <stdbool.h>

/*
 * Bytes as glibc hands them out, all 64 bits wide. A list's and a table's room doubles as it grows,
 * and the old one is there until the new one is filled.
 */
#define BASE_BYTES    256u /* the parser's own buffers */
#define OBJECT_BYTES  224u /* with its first table */
#define LIST_BYTES    144u /* with its first room */
#define STRING_BYTES  80u  /* and its text; a key takes no more */
#define KEY_BYTES     48u  /* of the table, besides its text */
#define ELEMENT_BYTES 24u  /* of the list */
#define NUMBER_BYTES  32u
#define TOKEN_TIMES   4u /* the longest string or number stands in the parser's own buffers, too */

/* Behind the string whose first quote is at `at`. */
static size_t string_end(const char *text, size_t at, size_t length)
{
        for (at++; at < length && text[at] != '"'; at++)
                if (text[at] == '\\')
                        at++;
        return at < length ? at + 1 : length;
}

/* Of true, false and null there is one each in the whole program. */
static bool is_number(char first)
{
        return (first >= '0' && first <= '9') || first == '-';
}

static bool is_of_word(char character)
{
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
               (character >= 'A' && character <= 'Z') || character == '-' || character == '+' ||
               character == '.';
}

static size_t word_end(const char *text, size_t at, size_t length)
{
        while (at < length && is_of_word(text[at]))
                at++;
        return at;
}

/* A string or a word of `length` bytes. */
static void take_token(struct jsoncost *cost, uint64_t length, uint64_t *longest)
{
        cost->values++;
        cost->bytes += STRING_BYTES + length;
        if (length > *longest)
                *longest = length;
}

static void take_mark(struct jsoncost *cost, char mark, uint64_t *depth)
{
        switch (mark) {
        case '{':
        case '[':
                cost->values++;
                cost->bytes += mark == '{' ? OBJECT_BYTES : LIST_BYTES;
                if (++*depth > cost->depth)
                        cost->depth = *depth;
                break;
        case '}':
        case ']':
                *depth -= *depth > 0;
                break;
        case ',':
                cost->bytes += ELEMENT_BYTES;
                break;
        case ':': /* the string before it was a key */
                cost->values -= cost->values > 0;
                cost->bytes += KEY_BYTES;
                break;
        }
}

struct jsoncost jsoncost(const char *text, size_t length)
{
        struct jsoncost cost = { .bytes = BASE_BYTES };
        uint64_t depth = 0, longest = 0;

        for (size_t at = 0, end; at < length; at = end) {
                end = at + 1;
                if (text[at] == '"') {
                        end = string_end(text, at, length);
                        take_token(&cost, end - at, &longest);
                } else if (is_of_word(text[at])) {
                        end = word_end(text, at, length);
                        cost.values++;
                        cost.bytes += is_number(text[at]) ? NUMBER_BYTES : 0;
                        if (end - at > longest)
                                longest = end - at;
                } else {
                        take_mark(&cost, text[at], &depth);
                }
        }
        cost.bytes += TOKEN_TIMES * longest;
        return cost;
}
