/*
 * What an item of the standing condition may be: Standing=ITEM=WORD, ITEM<=NUMBER or ITEM=any of a
 * job file, else what jobs/standing/item.c says; and what that makes of what was read. Pure.
 */
#pragma once

#include "jobs/standing/item.h"
#include "lib/words.h"

/* What one may be. */
struct standing_limit {
        enum standing_item item;
        bool any;                 /* whatever it is */
        bool asked;               /* the job file says so: what cannot be read is not good enough */
        uint64_t most;            /* of a number */
        char word[STANDING_TEXT]; /* of a word */
};

/* The most that the text of a limit takes. */
#define STANDING_LIMIT_TEXT 160u

/* A line of Standing=. When false, `why` (WHY_SIZE) says what is wrong with it. */
bool standing_parse(const char *text, struct standing_limit *ret_limit, char *why);

/* What the lines `asked`, each of which standing_parse takes, leave an item. */
struct standing_limit standing_limit_of(const struct words *asked, enum standing_item item);

/* The limit as the plan has it: as in a job file, and " if readable" behind it unless it stood
 * there; and the other way round. */
void standing_write(const struct standing_limit *limit, char ret_text[STANDING_LIMIT_TEXT]);
bool standing_read_back(const char *text, struct standing_limit *ret_limit);

enum standing_status { STANDING_PASS, STANDING_FAIL, STANDING_NOT_READABLE };

/* "pass", "fail", "not readable". What was asked for and cannot be read fails. */
const char *standing_status_name(enum standing_status status);
enum standing_status standing_judge(
        const struct standing_limit *limit, const struct standing_value *value);
