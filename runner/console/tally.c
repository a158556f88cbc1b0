#include "runner/console/tally.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/grow.h"

void tallies_make(const struct plan *plan, struct tallies *ret_tallies)
{
        struct tallies tallies = { NULL, 0 };

        for (size_t i = 0; i < plan->count; i++) {
                const struct job *job = plan->entry[i].job;
                struct tally *grown;

                if (!job->sweep)
                        continue;
                if (tallies.count == 0 || tallies.tally[tallies.count - 1].job != job) {
                        grown = grow(tallies.tally, tallies.count, sizeof(*grown));
                        if (!grown) {
                                tallies_clear(&tallies);
                                break;
                        }
                        tallies.tally = grown;
                        grown[tallies.count++] = (struct tally){ .job = job };
                }
                tallies.tally[tallies.count - 1].entries++;
        }
        *ret_tallies = tallies;
}

void tallies_clear(struct tallies *tallies)
{
        free(tallies->tally);
        *tallies = (struct tallies){ NULL, 0 };
}

struct tally *tallies_of(const struct tallies *tallies, const struct entry *entry)
{
        for (size_t i = 0; i < tallies->count; i++)
                if (tallies->tally[i].job == entry->job)
                        return &tallies->tally[i];
        return NULL;
}

bool tally_take(struct tally *tally, enum status status, double now_s)
{
        if (tally->next_s == 0)
                tally->next_s = now_s + TALLY_SECONDS;
        tally->ended++;
        tally->count[status]++;
        tally->faults += status != STATUS_PASS;
        return status != STATUS_PASS && tally->faults <= TALLY_FAULTS;
}

bool tally_is_due(struct tally *tally, double now_s)
{
        if (tally->ended < tally->entries && now_s < tally->next_s)
                return false;
        tally->next_s = now_s + TALLY_SECONDS;
        return true;
}

void tally_format(const struct tally *tally, char ret_text[TALLY_TEXT])
{
        const char *separator = ": ";
        size_t used = (size_t)snprintf(ret_text, TALLY_TEXT, "sweep %s: %zu of %zu points",
                tally->job->name, tally->ended, tally->entries);

        for (int status = 0; status < STATUSES && used < TALLY_TEXT; status++) {
                if (tally->count[status] == 0)
                        continue;
                used += (size_t)snprintf(ret_text + used, TALLY_TEXT - used, "%s%zu %s", separator,
                        tally->count[status], status_name(status));
                separator = ", ";
        }
        if (tally->faults > TALLY_FAULTS && used < TALLY_TEXT)
                snprintf(ret_text + used, TALLY_TEXT - used,
                        "; lines of the first %u that did not pass", TALLY_FAULTS);
}
