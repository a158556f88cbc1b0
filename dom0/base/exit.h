/* Exit codes of every verb; docs/man/forestage.8 explains them to users. */
#pragma once

enum exit_code {
        EXIT_PASS = 0,       /* the run passed; other verbs: done */
        EXIT_FAIL = 1,       /* a job failed, erred or timed out, or nothing ran */
        EXIT_USAGE = 2,      /* wrong usage, or nothing may be written where --out points */
        EXIT_NO_RUN = 3,     /* this boot carries no run */
        EXIT_INCOMPLETE = 4, /* region damaged or unreadable, or the run folder not written */
        EXIT_BUSY = 5,       /* another forestage is changing this host (dom0/base/lock.h) */
};
