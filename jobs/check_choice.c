#include "jobs/check_choice.h"

#include <string.h>

enum check_level check_level_of(const struct job *job)
{
        enum check_level level = CHECK_MEDIUM; /* of a list of tests */

        if (job->check.level)
                check_level_parse(job->check.level, &level);
        return level;
}

uint32_t check_chosen(const struct job *job)
{
        uint32_t chosen = 0;

        if (job->check.level)
                return (UINT32_C(1) << CHECK_KINDS) - 1;
        for (size_t i = 0; i < job->check.tests.count; i++) {
                const char *name = job->check.tests.word[i];
                enum check_kind kind;

                if (check_kind_parse(name, strlen(name), &kind))
                        chosen |= UINT32_C(1) << kind;
        }
        return chosen;
}
