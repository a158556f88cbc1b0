#include "dom0/trialline/wordlist.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/buffer.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/text.h"

static bool divides(enum wordlist_reader reader, char byte)
{
        return byte == ' ' || (reader == WORDLIST_LINUX && byte && strchr("\t\n\v\f\r", byte));
}

static size_t word_length(enum wordlist_reader reader, const char *word)
{
        bool quoted = false;
        size_t length = 0;

        for (; word[length] && (quoted || !divides(reader, word[length])); length++)
                if (reader == WORDLIST_LINUX && word[length] == '"')
                        quoted = !quoted;
        return length;
}

/* Takes the word over. */
static void insert(struct wordlist *list, size_t at, char *word)
{
        list->word = memory_grow(list->word, list->count, sizeof(*list->word));
        memmove(list->word + at + 1, list->word + at, (list->count - at) * sizeof(*list->word));
        list->word[at] = word;
        list->count++;
}

struct wordlist wordlist_read(enum wordlist_reader reader, const char *line)
{
        struct wordlist list = { .reader = reader };

        for (const char *at = line; *at;) {
                size_t length = word_length(reader, at);

                if (length > 0)
                        insert(&list, list.count, memory_copy_text(at, length));
                at += length;
                at += *at != '\0';
        }
        return list;
}

void wordlist_free(struct wordlist *list)
{
        for (size_t i = 0; i < list->count; i++)
                free(list->word[i]);
        free(list->word);
        list->word = NULL;
        list->count = 0;
}

char *wordlist_join(const struct wordlist *list)
{
        struct buffer line = { 0 };

        buffer_add(&line, "");
        for (size_t i = 0; i < list->count; i++) {
                buffer_add(&line, i > 0 ? " " : "");
                buffer_add(&line, list->word[i]);
        }
        return line.data;
}

size_t wordlist_divider(const struct wordlist *list)
{
        size_t at = 0;

        while (at < list->count && strcmp(list->word[at], "--") != 0)
                at++;
        return at;
}

void wordlist_insert(struct wordlist *list, size_t at, const char *word)
{
        insert(list, at, memory_copy(word));
}

void wordlist_remove(struct wordlist *list, size_t at)
{
        free(list->word[at]);
        list->count--;
        memmove(list->word + at, list->word + at + 1, (list->count - at) * sizeof(*list->word));
}

/* Linux takes "-" and "_" in a name for the same (kernel/params.c, parameq). */
static bool same_byte(enum wordlist_reader reader, char left, char right)
{
        if (left == right)
                return true;
        return reader == WORDLIST_LINUX && (left == '-' || left == '_') &&
               (right == '-' || right == '_');
}

static bool starts_so(enum wordlist_reader reader, const char *word, const char *name)
{
        size_t length = strlen(name);

        for (size_t i = 0; i < length; i++)
                if (!word[i] || !same_byte(reader, word[i], name[i]))
                        return false;
        return !word[length] || strchr("=\"", word[length]);
}

bool wordlist_sets(const struct wordlist *list, size_t at, const char *name, const char **ret_value)
{
        const char *word = list->word[at], *equals = strchr(word, '=');

        if (list->reader == WORDLIST_LINUX)
                word += *word == '"';
        else if (!starts_so(list->reader, word, name))
                text_skip(word, "no-", &word);
        if (!starts_so(list->reader, word, name))
                return false;
        *ret_value = equals ? equals + 1 : "";
        return true;
}

bool wordlist_has(const struct wordlist *list, const char *word)
{
        for (size_t i = 0; i < list->count; i++)
                if (strcmp(list->word[i], word) == 0)
                        return true;
        return false;
}

size_t wordlist_drop(struct wordlist *list, const char *name)
{
        size_t before = list->count;
        const char *ignored;

        for (size_t i = list->count; i-- > 0;)
                if (wordlist_sets(list, i, name, &ignored))
                        wordlist_remove(list, i);
        return before - list->count;
}
