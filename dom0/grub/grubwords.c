#include "dom0/grub/grubwords.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "lib/text.h"

#define NUL_MARK '\1' /* stands for a NUL */

/* A word under construction. */
struct word {
        char text[GRUB_MAX_WORD + 1];
        size_t length;
        bool started; /* also an empty "" is a word */
        bool quoted;  /* then it is no keyword */
        bool bad;     /* it was cut, or has a NUL in it */
        bool pattern; /* it has a sign of one, outside of quotes */
};

void grub_words_mark_nuls(char *text, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (text[i] == '\0')
                        text[i] = NUL_MARK;
}

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
        words->pattern = false;
}

void grub_words_close(struct grub_words *words)
{
        drop_words(words);
}

void grub_words_complain(struct grub_words *words)
{
        if (words->bad_line == 0)
                words->bad_line = words->next_line;
}

/* GRUB reads by lines, and leaves out those that start with a '#' before it looks at anything. */
static void pass_newline(struct grub_words *words)
{
        do {
                words->at += strcspn(words->at, "\n");
                words->at += *words->at == '\n';
                words->next_line++;
        } while (*words->at == '#');
}

static void add(struct word *word, char c)
{
        word->started = true;
        word->bad |= c == NUL_MARK;
        if (word->length < GRUB_MAX_WORD)
                word->text[word->length++] = c;
        else
                word->bad = true;
}

/* GRUB puts in the names of devices for "*" and "(*", and of files for a path. */
static bool is_pattern(const struct word *word)
{
        return word->pattern && word->length > 0 &&
               (strchr("(*?", word->text[0]) || memchr(word->text, '/', word->length));
}

static void finish(struct grub_words *words, struct word *word)
{
        words->pattern |= is_pattern(word);
        if (word->bad || (word->started && words->count == GRUB_MAX_WORDS))
                grub_words_complain(words);
        if (word->started && words->count < GRUB_MAX_WORDS) {
                words->word[words->count++] = memory_copy_text(word->text, word->length);
                words->word[words->count] = NULL;
        }
        word->length = 0;
        word->started = word->quoted = word->bad = word->pattern = false;
}

static bool is_name(char c)
{
        return isalnum((unsigned char)c) || c == '_';
}

/* Where the name of a variable ends: letters and digits, only digits, or one of ? # * and @. */
static const char *name_end(const char *start)
{
        const char *end = start;

        if (*start == '?' || *start == '#' || *start == '*' || *start == '@')
                return start + 1;
        if (isdigit((unsigned char)*start))
                return start + strspn(start, "0123456789");
        while (is_name(*end))
                end++;
        return end;
}

/* Reads $name, ${name} or $? and the like behind the dollar; returns the value. */
static const char *take_variable(struct grub_words *words)
{
        bool braces = *words->at == '{';
        const char *start = words->at + braces, *end = name_end(start), *value;
        size_t length = (size_t)(end - start);
        char name[128];

        words->at = end + (braces && *end == '}');
        if (length == 0 || (braces && *end != '}'))
                grub_words_complain(words);
        if (length == 0)
                return braces ? "" : "$";
        if (length >= sizeof(name))
                return "";
        memcpy(name, start, length);
        name[length] = '\0';
        value = get_string(words->variables, name);
        return value ? value : "";
}

static void add_bare(struct word *word, char c)
{
        word->pattern |= c == '*' || c == '?' || c == '[';
        add(word, c);
}

/* A variable without quotes around it may become several words, or none. */
static void add_split(struct grub_words *words, struct word *word, const char *value)
{
        for (; *value; value++) {
                if (*value == ' ' || *value == '\t' || *value == '\n')
                        finish(words, word);
                else
                        add_bare(word, *value);
        }
}

static void end_quote(struct grub_words *words)
{
        if (*words->at)
                words->at++;
        else
                grub_words_complain(words);
}

static void take_single(struct grub_words *words, struct word *word)
{
        word->started = word->quoted = true;
        while (*words->at && *words->at != '\'') {
                add(word, *words->at);
                if (*words->at == '\n')
                        pass_newline(words);
                else
                        words->at++;
        }
        end_quote(words);
}

static void take_double(struct grub_words *words, struct word *word)
{
        word->started = word->quoted = true;
        while (*words->at && *words->at != '"') {
                char c = *words->at;

                if (c == '\n')
                        pass_newline(words);
                else
                        words->at++;
                if (c == '$') {
                        for (const char *value = take_variable(words); *value; value++)
                                add(word, *value);
                        continue;
                }
                if (c == '\\' && *words->at == '\n') {
                        pass_newline(words);
                        continue;
                }
                if (c == '\\' && *words->at && strchr("$\"\\", *words->at))
                        c = *words->at++;
                add(word, c);
        }
        end_quote(words);
}

static void take_escape(struct grub_words *words, struct word *word)
{
        if (*words->at == '\n') {
                pass_newline(words);
        } else if (*words->at) {
                word->quoted = true;
                add(word, *words->at++);
        } else {
                grub_words_complain(words);
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
                add_bare(word, c);
        if (strchr("|&<>", c)) /* signs of the shell's that GRUB knows and does not take */
                grub_words_complain(words);
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
        for (;;) {
                if (*words->at == '#')
                        words->at += strcspn(words->at, "\n");
                if (*words->at == '\\' && words->at[1] == '\n')
                        words->at++;
                if (*words->at == '\n')
                        pass_newline(words);
                else if (*words->at && strchr(" \t;", *words->at))
                        words->at++;
                else
                        return;
        }
}

/* A brace is a piece of its own wherever it stands, but in quotes and behind a dollar. */
static bool is_brace(char c)
{
        return c == '{' || c == '}';
}

static bool ends_command(char c)
{
        return c == '\0' || c == '\n' || c == ';' || is_brace(c);
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static enum grub_piece take_command(struct grub_words *words)
{
        struct word word; /* its text is not zeroed: this is called for each command */
        bool keyword = false;

        word.length = 0;
        word.started = word.quoted = word.bad = word.pattern = false;

        while (!keyword && !ends_command(*words->at)) {
                bool first = words->count == 0 && !word.quoted;

                if (is_blank(*words->at)) {
                        finish(words, &word);
                        words->at++;
                } else if (*words->at == '#' && !word.started) {
                        words->at += strcspn(words->at, "\n");
                } else {
                        take_part(words, &word);
                        word.text[word.length] = '\0';
                        keyword = first && !word.quoted && words->count == 0 &&
                                  (ends_command(*words->at) || is_blank(*words->at)) &&
                                  is_keyword(word.text);
                }
        }
        finish(words, &word);
        return keyword ? GRUB_KEYWORD : GRUB_COMMAND;
}

bool grub_words_drop_sign(struct grub_words *words)
{
        if (words->count < 2 || strcmp(words->word[0], "!") != 0)
                return false;
        free(words->word[0]);
        memmove(words->word, words->word + 1, words->count * sizeof(words->word[0]));
        words->count--;
        return true;
}

enum grub_piece grub_words_next(struct grub_words *words)
{
        drop_words(words);
        skip_empty(words);
        words->line = words->next_line;
        if (*words->at == '\0')
                return GRUB_END;
        if (is_brace(*words->at))
                return *words->at++ == '{' ? GRUB_OPEN : GRUB_CLOSE;
        return take_command(words);
}
