/* `forestage trial show`: what became of a trial, for a person, as JSON, as a page, to give away.
 */
#pragma once

#include <stdbool.h>

#include "dom0/base/host.h"

struct show_options {
        const char *html, *share; /* files to write; NULL: none */
        bool json, all;
};

/* Of the trial whose id starts with `name`; NULL: of the one made last. Returns the exit code. */
int trial_show(const struct host *host, const char *name, const struct show_options *given);
