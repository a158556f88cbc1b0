/* What a step finds out, in the process that performs it. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "lib/why.h"
#include "record/status.h"

struct finding {
        enum status status;    /* STATUS_PASS until something is said against it */
        char reason[WHY_SIZE]; /* "": none */
        json_t *figures;
};

void finding_start(struct finding *ret_finding);

/* Says how the step ended, and why; what was said first stays. Always false, to return it. */
bool finding_say(struct finding *finding, enum status status, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Adds to the figures, which take the value over. */
void finding_note(struct finding *finding, const char *key, json_t *value);
void finding_count(struct finding *finding, const char *key, uint64_t value);

/* "KEY" as billions of bytes a second; nothing when it took no time. */
void finding_rate(struct finding *finding, const char *key, uint64_t bytes, double seconds);

/* As a message of the process; frees the figures. */
void finding_report(struct finding *finding, int fd, double seconds);
