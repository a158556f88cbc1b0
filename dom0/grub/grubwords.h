/*
 * The words of a GRUB script (GRUB manual, "Writing full configuration files directly"; the rules
 * are those of grub-core/script/yylex.l): quotes, escapes and variables, one command at a time.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define GRUB_MAX_WORDS 256u
#define GRUB_MAX_WORD  4096u /* bytes; longer words are cut */

enum grub_piece {
        GRUB_COMMAND, /* words up to the end of the line, a `;`, a `{` or a `}` */
        GRUB_KEYWORD, /* one word: if, then, else, elif, fi, for, while, until, do, done, function
                       */
        GRUB_OPEN,    /* { */
        GRUB_CLOSE,   /* } */
        GRUB_END,
};

struct grub_words {
        const char *at; /* the text that is left; terminated */
        json_t *variables;
        unsigned line; /* of the piece read last */
        unsigned next_line;
        unsigned bad_line; /* the first, since the caller last zeroed it, with something that GRUB
                              does not take, or that is too long; 0: none */
        char *word[GRUB_MAX_WORDS + 1]; /* owned; of the piece read last */
        size_t count;
        bool pattern; /* one of them may stand for files or devices: "/boot/x*" */
};

/*
 * To be called on what was read from a file: a NUL must not end the script. GRUB drops the rest of
 * its line; here it is a sign that no line may have.
 */
void grub_words_mark_nuls(char *text, size_t size);

/*
 * `text` is borrowed and must be terminated, without carriage returns: GRUB drops them. `variables`
 * (name to string) is borrowed too.
 */
void grub_words_open(const char *text, json_t *variables, struct grub_words *ret_words);
void grub_words_close(struct grub_words *words);

/* Notes that GRUB does not take what stands in the line that is read now. */
void grub_words_complain(struct grub_words *words);

/* Drops a `!` before a command; false: there is none. */
bool grub_words_drop_sign(struct grub_words *words);

/* Reads the next piece; its words live until the next call. Variables are put in as they are now.
 */
enum grub_piece grub_words_next(struct grub_words *words);
