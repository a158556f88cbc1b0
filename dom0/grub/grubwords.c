#include "dom0/grub/grubwords.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/text.h"

/* A word under construction. */
struct word {
        char text[GRUB_MAX_WORD + 1];
        size_t length;
        bool started; /* also an empty "" is a word */
        bool quoted;  /* then it is no keyword and no brace */
};

void grub_words_open(const char *text, json_t *variables, struct grub_words *ret_words)
{
        *ret_words = (struct grub_words){ .at = text, .variables = variables, .next_line = 1 };
}

static void drop_words(struct grub_words *words)
{
        for (size_t i = 0; i < words->count; i++)
                free(words->word[i]);
        words->count = 0;
        words->word[0] = NULL;
}

void grub_words_close(struct grub_words *words)
{
        drop_words(words);
}

static void add(struct word *word, char c)
{
        word->started = true;
        if (word->length < GRUB_MAX_WORD)
                word->text[word->length++] = c;
}

static void finish(struct grub_words *words, struct word *word)
{
        if (word->started && words->count < GRUB_MAX_WORDS) {
                words->word[words->count++] = memory_copy_text(word->text, word->length);
                words->word[words->count] = NULL;
        }
        word->length = 0;
        word->started = word->quoted = false;
}

static bool is_name(char c)
{
        return isalnum((unsigned char)c) || c == '_';
}

/* Reads $name, ${name} or $? and the like behind the dollar; returns the value. */
static const char *take_variable(struct grub_words *words)
{
        bool braces = *words->at == '{';
        const char *start = words->at + braces, *end = start, *value;
        char name[128];
        size_t length;

        while (is_name(*end))
                end++;
        if (end == start && (*end == '?' || *end == '#' || *end == '*' || *end == '@'))
                end++;
        length = (size_t)(end - start);
        words->at = end + (braces && *end == '}');
        if (length == 0)
                return braces ? "" : "$";
        if (length >= sizeof(name))
                return "";
        memcpy(name, start, length);
        name[length] = '\0';
        value = get_string(words->variables, name);
        return value ? value : "";
}

/* A variable without quotes around it may become several words, or none. */
static void add_split(struct grub_words *words, struct word *word, const char *value)
{
        for (; *value; value++) {
                if (*value == ' ' || *value == '\t' || *value == '\n')
                        finish(words, word);
                else
                        add(word, *value);
        }
}

static void take_single(struct grub_words *words, struct word *word)
{
        word->started = word->quoted = true;
        for (; *words->at && *words->at != '\''; words->at++) {
                words->next_line += *words->at == '\n';
                add(word, *words->at);
        }
        words->at += *words->at == '\'';
}

static void take_double(struct grub_words *words, struct word *word)
{
        word->started = word->quoted = true;
        while (*words->at && *words->at != '"') {
                char c = *words->at++;

                words->next_line += c == '\n';
                if (c == '$') {
                        for (const char *value = take_variable(words); *value; value++)
                                add(word, *value);
                        continue;
                }
                if (c == '\\' && *words->at && strchr("$\"\\", *words->at))
                        c = *words->at++;
                add(word, c);
        }
        words->at += *words->at == '"';
}

static void take_escape(struct grub_words *words, struct word *word)
{
        if (*words->at == '\n') {
                words->next_line++;
                words->at++;
        } else if (*words->at) {
                word->quoted = true;
                add(word, *words->at++);
        }
}

/* Takes one word or part of it; the character at `at` does not end it. */
static void take_part(struct grub_words *words, struct word *word)
{
        char c = *words->at++;

        if (c == '\'')
                take_single(words, word);
        else if (c == '"')
                take_double(words, word);
        else if (c == '\\')
                take_escape(words, word);
        else if (c == '$')
                add_split(words, word, take_variable(words));
        else
                add(word, c);
}

static bool is_keyword(const char *text)
{
        static const char *const keywords[] = { "if", "then", "else", "elif", "fi", "for", "while",
                "until", "do", "done", "function", NULL };

        return text_is_one_of(text, keywords);
}

/* Skips blanks, empty lines, `;` and comments before a piece. */
static void skip_empty(struct grub_words *words)
{
        for (;; words->at++) {
                if (*words->at == '#')
                        words->at += strcspn(words->at, "\n");
                if (*words->at == '\\' && words->at[1] == '\n')
                        words->at++;
                if (*words->at == '\0' || !strchr(" \t\r\n;", *words->at))
                        return;
                words->next_line += *words->at == '\n';
        }
}

static bool ends_word(char c)
{
        return c == '\0' || strchr(" \t\r\n;", c) != NULL;
}

/* A brace that stands alone opens or closes a block; any other is part of a word. */
static bool is_brace(const struct grub_words *words, const struct word *word, char brace)
{
        return *words->at == brace && !word->started && ends_word(words->at[1]);
}

static enum grub_piece take_command(struct grub_words *words)
{
        _cleanup_free_ struct word *word = memory_get(sizeof(*word));
        bool keyword = false;

        while (!keyword && *words->at && *words->at != '\n' && *words->at != ';') {
                bool first = words->count == 0 && !word->quoted;

                if (is_brace(words, word, '{') || is_brace(words, word, '}'))
                        break;
                if (*words->at == ' ' || *words->at == '\t' || *words->at == '\r') {
                        finish(words, word);
                        words->at++;
                } else if (*words->at == '#' && !word->started) {
                        words->at += strcspn(words->at, "\n");
                } else {
                        take_part(words, word);
                        word->text[word->length] = '\0';
                        keyword = first && !word->quoted && ends_word(*words->at) &&
                                  words->count == 0 && is_keyword(word->text);
                }
        }
        finish(words, word);
        return keyword ? GRUB_KEYWORD : GRUB_COMMAND;
}

enum grub_piece grub_words_next(struct grub_words *words)
{
        struct word none = { .length = 0 };

        drop_words(words);
        skip_empty(words);
        words->line = words->next_line;
        if (*words->at == '\0')
                return GRUB_END;
        if (is_brace(words, &none, '{') || is_brace(words, &none, '}'))
                return *words->at++ == '{' ? GRUB_OPEN : GRUB_CLOSE;
        return take_command(words);
}
