#include "tests/unit/dom0/exempt.h"

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dom0/proof/read.h"
#include "dom0/run/run.h"

#define REGION_BYTES ((size_t)64 << 10)

static const char *const types[] = { [REGION_EVENT] = "EVENT",
        [REGION_RESULT] = "RESULT",
        [REGION_FILE] = "FILE",
        [REGION_RUN] = "RUN" };

static bool exempt(struct harmless *harmless, const struct mutant *mutant)
{
        char record[600];
        bool found = false;

        snprintf(record, sizeof(record), "%s %s", types[mutant->piece->type], mutant->piece->name);
        for (size_t i = 0; i < harmless->count && !found; i++) {
                struct exemption *exemption = &harmless->exemption[i];

                found = exemption->mutations & (unsigned int)mutant->mutation &&
                        fnmatch(exemption->record, record, 0) == 0 &&
                        fnmatch(exemption->path, mutant->path, FNM_EXTMATCH) == 0 &&
                        (!exemption->holds || exemption->holds(mutant));
                exemption->used += found;
        }
        return found;
}

struct tally {
        struct harmless *harmless;
        uint8_t *region;
        unsigned int step;
        size_t made, mutants, passes, wrong;
};

static enum verdict verdict_of(const struct pieces *pieces, uint8_t *region, bool show)
{
        enum verdict verdict;
        struct run judged;
        json_t *reason;
        size_t i;

        pieces_write(pieces, region, REGION_BYTES);
        run_read(region, REGION_BYTES, NULL, &judged);
        verdict = judged.verdict;
        if (verdict != VERDICT_PASS && json_array_size(judged.problems.list) == 0)
                fail_msg("no pass, and no reason");
        json_array_foreach(judged.problems.list, i, reason) {
                if (show)
                        printf("# %s\n", json_string_value(reason));
        }
        run_free(&judged);
        return verdict;
}

static void try(const struct pieces *pieces, const struct mutant *mutant, void *arg)
{
        struct tally *tally = arg;

        if (tally->made++ % tally->step != 0)
                return;
        tally->mutants++;
        if (verdict_of(pieces, tally->region, false) != VERDICT_PASS)
                return;
        tally->passes++;
        if (exempt(tally->harmless, mutant))
                return;
        tally->wrong++;
        printf("# passes: %s %s: \"%s\" %s\n", types[mutant->piece->type], mutant->piece->name,
                mutant->path, mutation_name(mutant->mutation));
}

void mutate_all(
        const char *name, const struct pieces *pieces, unsigned int step, struct harmless *harmless)
{
        struct tally tally = {
                .harmless = harmless, .region = aligned_alloc(4096, REGION_BYTES), .step = step
        };
        size_t fields;

        if (verdict_of(pieces, tally.region, true) != VERDICT_PASS)
                fail_msg("%s: the run itself does not pass", name);
        mutate(pieces, try, &tally, &fields);
        printf("# %s: %zu records, %zu fields, %zu of %zu mutants tried, %zu pass by exemption\n",
                name, pieces->count, fields, tally.mutants, tally.made, tally.passes - tally.wrong);
        free(tally.region);
        assert_int_equal(tally.wrong, 0);
}

void all_are_needed(const struct harmless *harmless)
{
        for (size_t i = 0; i < harmless->count; i++) {
                const struct exemption *exemption = &harmless->exemption[i];

                printf("# exempt %s: %zu (%s)\n", exemption->name, exemption->used,
                        exemption->reason);
                if (exemption->used == 0)
                        fail_msg("no mutant needs the exemption %s", exemption->name);
        }
}
