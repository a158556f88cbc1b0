/*
 * What the records of a run hold: which keys, of which types, in which records. The one source of
 * it: the tests of the writers hold what they write against these tables, `forestage collect` reads
 * by them, and docs/records.md and docs/run.schema.json are compared with them. Pure: tables alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * "records" of run.plan: what these tables describe. Without the key the records are of version 1,
 * whose plan does not say what is to be compared. In version 2 a test of a check does not say on
 * what of the GPU it has worked (record/findings.h), and memory-inversions went over the memory
 * less often.
 */
#define RECORD_VERSION 3

/* The most that one JSON record may take, in bytes, and the event run.plan, which has an entry for
 * every job and device. No reader takes more. */
#define RECORD_JSON_MAX ((size_t)4 << 20)
#define RECORD_PLAN_MAX ((size_t)64 << 20)

enum record_rule {
        RECORD_STRING = 1 << 0,
        RECORD_INTEGER = 1 << 1,
        RECORD_REAL = 1 << 2,
        RECORD_BOOLEAN = 1 << 3,
        RECORD_NULL = 1 << 4,
        RECORD_OBJECT = 1 << 5,
        RECORD_LIST = 1 << 6,
        RECORD_NUMBER = RECORD_INTEGER | RECORD_REAL,
        RECORD_TYPES = (1 << 7) - 1,

        RECORD_REQUIRED = 1 << 7,    /* in every version */
        RECORD_EXPECTED = 1 << 8,    /* in records from version 2 on */
        RECORD_NO_MINUS = 1 << 9,    /* a number is 0 or more */
        RECORD_FILLED = 1 << 10,     /* a string is not empty */
        RECORD_OF_STRINGS = 1 << 11, /* every element of the list is a string */
        RECORD_OF_AMOUNTS = 1 << 12, /* every element, or value, is a number of 0 or more */
        RECORD_CLEAN = 1 << 13,      /* what passes has nothing in it: null, 0, or empty */
};

/* What a number is of, and so between what it lies: of every number, element or value of the key.
 * In the rules from bit RECORD_UNIT on. */
enum record_unit {
        RECORD_PLAIN,
        RECORD_SECONDS,
        RECORD_BYTES,
        RECORD_TESTED, /* bytes of memory under test */
        RECORD_PERCENT,
        RECORD_GBYTES,
        RECORD_GBPS,
        RECORD_TERA,  /* operations a second */
        RECORD_SHORT, /* micro- or nanoseconds */
        RECORD_WATTS,
        RECORD_MILLIWATTS,
        RECORD_MHZ,
        RECORD_CELSIUS,
        RECORD_SLOPE,  /* degrees Celsius a minute */
        RECORD_DEVICE, /* index of one */
        RECORD_PARTS,  /* multiprocessors of a GPU, lanes of a link */
        RECORD_TIMES,  /* how often something was done */
        RECORD_EXIT_CODE,
        RECORD_SIGNAL,
        RECORD_UNITS,
};

#define RECORD_UNIT           16
#define RECORD_OF(u)          ((unsigned int)(u) << RECORD_UNIT)
#define RECORD_UNIT_OF(rules) ((rules) >> RECORD_UNIT & 31)

struct record_range {
        double least, most;
        const char *text; /* "from 0 to 100" */
};

extern const struct record_range record_ranges[RECORD_UNITS];

/* What a string can be: a list in record_words, in the rules from bit RECORD_WORDS on. */
enum record_vocabulary {
        RECORD_ANY_WORD,
        RECORD_LEVEL,
        RECORD_PATH,
        RECORD_SOURCE,
        RECORD_THROTTLE,
        RECORD_CONTEXT,
        RECORD_VOCABULARIES,
};

#define RECORD_WORDS           22
#define RECORD_ONE_OF(v)       ((unsigned int)(v) << RECORD_WORDS)
#define RECORD_WORDS_OF(rules) ((rules) >> RECORD_WORDS & 7)

extern const char *const *const record_words[RECORD_VOCABULARIES]; /* NULL: any */

struct record_key {
        const char *key; /* NULL ends a table */
        unsigned int rules;
        const struct record_key *inside; /* of the object, or of each of the list; NULL: anything */
};

/* How often an event may be there. */
enum record_times {
        RECORD_ANY,      /* as often as it happens */
        RECORD_AT_MOST,  /* once at most */
        RECORD_ONCE,     /* once, when its writer had a part in the run */
        RECORD_EACH_JOB, /* once for each planned job and device */
};

enum record_writer { RECORD_BY_EFI, RECORD_BY_INIT, RECORD_BY_RUNNER, RECORD_WRITERS };

/* What an `error` in it means for jobs that say pass. */
enum record_error {
        RECORD_TOLD,    /* nothing: what they need was there */
        RECORD_NO_PASS, /* no honest run has both */
};

struct record_event {
        const char *name; /* one that ends in a dot stands for all others that begin with it */
        enum record_writer writer;
        enum record_times times;
        enum record_error error;
        const struct record_key *keys; /* besides record_event_keys; NULL: none */
};

extern const struct record_key record_event_keys[]; /* of every event */
/* Ends with a name of NULL. But for those that come as often as they happen, and for families, in
 * the order in which a run has them. */
extern const struct record_event record_events[];

/* The event's row: its own, or that of its family; NULL for one of no known room. */
const struct record_event *record_event_find(const char *name);

extern const char *const record_kinds[];    /* of jobs that can pass; NULL ends them */
extern const char *const record_statuses[]; /* of jobs, by enum status; NULL ends them */

/* Whether `word` is in such a list. */
bool record_knows(const char *const *list, const char *word);
