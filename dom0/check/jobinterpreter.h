/* What interprets a program that is a script has to be in the image. */
#pragma once

#include <stdbool.h>

#include "dom0/check/review.h"
#include "jobs/executable.h"

/* Of a script of the job folder, at `path` there. */
void jobinterpreter_review_script(
        struct review *review, const char *path, const struct executable *executable);

/* Whether Exec= means the system's, because the job folder has no such file. */
bool jobinterpreter_is_meant(const struct review *review);

/* Of an Exec= that does. */
void jobinterpreter_review_exec(struct review *review);
