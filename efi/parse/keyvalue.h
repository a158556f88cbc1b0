/*
 * Files of `key=value` lines: forestage.conf, order, next.conf.
 *
 * One pair a line; blanks around key and value do not count; LF and CRLF both end a line; empty
 * lines and lines that start with `#` are skipped; a value may contain `=` and `#` and may be
 * empty. A byte-order mark at the start is skipped. Control characters other than tab are errors,
 * NUL too. Plain C11 without a C library: the EFI application, Linux programs (the stage's init
 * reads next.conf and order with it) and tests compile the same files.
 *
 * Two ways to use it: keyvalue_next walks over the pairs; keyvalue_read checks a whole file against
 * a table of keys and calls a setter for each.
 */
#pragma once

#include "efi/parse/text.h"

#define KEYVALUE_MAX_BYTES 65536u /* of a file; each of them is far smaller */
#define KEYVALUE_MAX_LINE  4096u  /* bytes of a line without its end */

enum keyvalue_status {
        KEYVALUE_OK,
        KEYVALUE_END,       /* no more pairs */
        KEYVALUE_NO_EQUALS, /* a line that is neither a pair nor a comment */
        KEYVALUE_NO_KEY,    /* nothing before the `=` */
        KEYVALUE_BAD_BYTE,  /* a control character */
        KEYVALUE_LONG_LINE, /* longer than KEYVALUE_MAX_LINE */
};

/* One line of English without a full stop; never NULL. */
const char *keyvalue_strerror(enum keyvalue_status status);

struct keyvalue_cursor {
        struct slice text; /* the whole file */
        size_t offset;     /* of the next line */
        unsigned line;     /* number of the line read last, from 1 */
};

/* One pair; the slices lead into the file's text. */
struct keyvalue {
        struct slice key;
        struct slice value;
};

void keyvalue_open(struct slice text, struct keyvalue_cursor *ret_cursor);

/*
 * Reads the next pair. After an error, cursor->line is the bad line and the next call goes on
 * behind it.
 */
enum keyvalue_status keyvalue_next(struct keyvalue_cursor *cursor, struct keyvalue *ret_pair);

/* Stores a value in `target`. On failure returns false and appends to `reason` what is wrong. */
typedef bool keyvalue_setter(void *target, struct slice value, struct text *reason);

struct keyvalue_key {
        const char *name;
        keyvalue_setter *set;
        bool repeatable; /* otherwise a second line with the key is an error */
};

#define KEYVALUE_MAX_KEYS 32u /* of a table */

/*
 * Reads a whole file. Every line that is right reaches its setter, also behind a wrong one, so
 * that `target` holds what could be read. Returns false when a line was wrong; `reason` then got
 * "NAME:LINE: what" of the first such line appended. Nothing is read of a file that is longer than
 * KEYVALUE_MAX_BYTES: whoever reads one takes a byte more than that, so as not to miss its end.
 */
bool keyvalue_read(const char *name, struct slice text, const struct keyvalue_key *keys,
        size_t key_count, void *target, struct text *reason);

/*
 * Values. Each returns false, and appends the reason, when the value is not what it should be.
 * Numbers and sizes are as lib/number.h has them.
 */
bool keyvalue_number(struct slice value, uint64_t least, uint64_t most, uint64_t *ret_number,
        struct text *reason);
/* Bytes, with an optional K, M, G or T; at least 1. */
bool keyvalue_size(struct slice value, uint64_t *ret_size, struct text *reason);
/* `yes` or `no`. */
bool keyvalue_yes_no(struct slice value, bool *ret_yes, struct text *reason);
