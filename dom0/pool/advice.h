/* What a person should know and do before this host is restarted for a run. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "dom0/pool/standing.h"

struct advice {
        bool warning;   /* false: a note */
        const char *id; /* one word, for programs */
        char text[640]; /* a sentence without its full stop */
        char next[300]; /* what to do, as commands; "" nothing */
};

#define ADVICE_MAX 4u

/* `deadline`: seconds that the stage may take. Returns how many there are. */
size_t advice_make(
        const struct standing *standing, unsigned deadline, struct advice ret_advice[ADVICE_MAX]);

/* Which host of XCP-ng this is and how it stands, in a line: '"xcp1" (UUID), enabled; …'. */
void advice_describe(const struct standing *standing, char *out, size_t size);

/* The commands that restart this host as XCP-ng wants it, one after another. */
#define ADVICE_COMMANDS 3u

struct advice_commands {
        char line[ADVICE_COMMANDS][96];
        size_t count;
};

/* None: this is no such host, and whatever restarts it does. */
struct advice_commands advice_commands(const struct standing *standing);
