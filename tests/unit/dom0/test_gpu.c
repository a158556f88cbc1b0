/*
 * A pass of a check on real GPUs is proved as well: the records of checks on an H200 (a whole quick
 * one, here on two of them, and one that went on for a minute), of which every record and field is
 * taken away, doubled, moved and changed, as test_dom0_proof.c does with runs of its own. Each
 * fifth of these mutants is tried; all of them with LONG=yes in the environment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/proof/read.h"
#include "dom0/run/run.h"
#include "tests/unit/dom0/exempt.h"
#include "tests/unit/dom0/gpu_lies.h"
#include "tests/unit/dom0/records.h"
#include "tests/unit/repeats.h"
#include "tests/unit/tap.h"

#define REGION_BYTES ((size_t)64 << 10)

/* Not run from the top of the tree: skipped. */
static json_t *read_lines(const char *name)
{
        json_t *lines = records_read(name);

        if (!lines)
                skip();
        return lines;
}

/* --- what is harmless --- */

/* Which GPUs there are is a condition; their numbers in /dev are not. */
static bool not_gpu(const struct mutant *mutant)
{
        return strcmp(mutant->piece->name, "driver.gpu") != 0 || strcmp(mutant->path, "minor") == 0;
}

static struct exemption exemptions[] = {
        { "key-order", "the members of a JSON object have no order", "*", "?*", ORDER, NULL, 0 },
        { "time-stamp-counter", "the counter only gives the phases their length", "EVENT *", "tsc",
                NUMBER, NULL, 0 },
        { "time-in-place", "the time of the event still lies between those of its neighbours",
                "EVENT *", "monotonic_s", NUDGE | MUTATION_ZERO, NULL, 0 },
        { "efi-facts", "what the firmware and the bundle are is told, and no condition",
                "EVENT efi.*", "?*", WORDS | NUMBER, NULL, 0 },
        { "stage-facts", "what the stage's kernel is is told, and no condition", "EVENT stage.*",
                "?*", WORDS | NUMBER, NULL, 0 },
        { "stage-optional", "a machine may be without modules", "EVENT stage.modules", "",
                MUTATION_TAKE, NULL, 0 },
        { "driver-report", "what init saw of the driver's modules is told", "EVENT driver.*", "*",
                RECORD | WORDS | NUMBER, not_gpu, 0 },
        { "two-jobs", "the jobs of two GPUs have no order between them", "EVENT job.start", "",
                MUTATION_SWAP, NULL, 0 },
        { "where-facts", "what the machine is is told, and no condition", "EVENT run.where",
                "@(pat*|kernel|machine|cpu|memory_bytes|driver|firmware|cuda_version|version)",
                MUTATION_NULL | WORDS | NUMBER, NULL, 0 },
        { "device-memory", "a little more or less of it still holds what was tested",
                "EVENT run.devices", "devices.*.memory_bytes", NUDGE, NULL, 0 },
        { "timings", "they are parts of the job's time", "RESULT *", "timings*",
                MUTATION_TAKE | MUTATION_EMPTY | NUDGE | MUTATION_ZERO, NULL, 0 },
        { "estimate", "how long a check would take was a guess", "RESULT quick/*",
                "check.estimate_s", MUTATION_TAKE | MUTATION_NULL | NUDGE | MUTATION_ZERO, NULL,
                0 },
        { "load-readings", "power, clock and heat under load are told, and no condition",
                "RESULT *", "check.tests.*.@(power_*w|clock_mhz|temperature_c|throttle*)",
                RECORD | MUTATION_EMPTY | NUDGE | MUTATION_ZERO, NULL, 0 },
        { "soak-readings", "heat below the highest, and a slope and a time within their limits",
                "RESULT *", "check.tests.*.@(start_c|end_c|memory_*_c|slope_c_per_min|settle_s)",
                NUDGE | MUTATION_ZERO | MUTATION_SIGN, NULL, 0 },
        { "other-readings", "nor are power, clock and heat before and after", "RESULT *",
                "check.tests.*.@(before|after).@(*clock_mhz|power_*mw|temperature_c|throttle)",
                MUTATION_TAKE | MUTATION_EMPTY | NUDGE | MUTATION_ZERO, NULL, 0 },
        { "link-before", "the link counts when it was just busy", "RESULT *",
                "check.tests.*.before.pcie_@(generation|width)*",
                MUTATION_TAKE | NUDGE | MUTATION_ZERO, NULL, 0 },
        { "kernel-log", "where the kernel's log cannot be read, nothing was found in it",
                "RESULT *", "check.tests.*.xids", MUTATION_TAKE, NULL, 0 },
        { "free-condition", "what has no limit may be anything", "RESULT *",
                "check.tests.*.standing.@(7|15|16).value", WORDS | NUMBER, NULL, 0 },
        { "pci-id", "a model is known by its name where its PCI id cannot be read", "RESULT *",
                "check.pci_id", MUTATION_TAKE, NULL, 0 },
        { "readings", "how often the GPU was read is told, and once it may be throttled",
                "RESULT *", "check.tests.*.@(readings|throttled_readings)", NUDGE, NULL, 0 },
        { "direct", "how two GPUs reach each other is told", "RESULT *",
                "check.tests.*.pairs.*.direct", MUTATION_OTHER, NULL, 0 },
        { "faster-way", "of a pair the slower way decides", "RESULT *",
                "check.tests.*.pairs.*.write_gbps", MUTATION_MORE, NULL, 0 },
        { "samples", "a copy may be timed less often than at most", "RESULT *",
                "check.tests.*.samples", MUTATION_LESS, NULL, 0 },
        { "least-rounds", "a unit may have done a round more or less", "RESULT *",
                "check.tests.*.least_rounds", NUDGE, NULL, 0 },
        { "sums", "of several turns only sums are known, and the extremes", "RESULT tests/0",
                "check.tests.*.@(samples|rounds|gbytes|busy_s|wall_s|pcie_*)", NUDGE, NULL, 0 },
        { "reason", "any reason will do for a test that does not apply", "RESULT *",
                "check.tests.*.reason", MUTATION_OTHER, NULL, 0 },
};

static struct harmless harmless = { exemptions, COUNT(exemptions) };

/* Of three runs that have much in common each fifth is enough to see a condition that is lost. */
static unsigned int step(void)
{
        return repeats(5, 1);
}

static void no_mutant_of(const char *name, const char *what)
{
        json_t *lines = read_lines(name);
        struct pieces pieces;

        records_pieces(lines, &pieces);
        mutate_all(what, &pieces, step(), &harmless);
        pieces_free(&pieces);
        json_decref(lines);
}

static void no_mutant_of_a_quick_check_passes(void **state)
{
        (void)state;
        no_mutant_of("quick", "a quick check on two H200s");
}

static void no_mutant_of_a_long_check_passes(void **state)
{
        (void)state;
        no_mutant_of("long", "a check of a minute on an H200");
}

static void no_mutant_of_a_stage_passes(void **state)
{
        (void)state;
        no_mutant_of("stage", "the same in a stage");
}

static void every_exemption_is_needed(void **state)
{
        (void)state;
        if (step() == 1) /* others may be needed by a mutant that was left out */
                all_are_needed(&harmless);
}

/* --- lies that agree with themselves --- */

static json_t *record_of(const json_t *lines, const char *name)
{
        json_t *line;
        size_t i;

        json_array_foreach(lines, i, line) {
                const char *event = json_string_value(json_object_get(line, "event"));
                char own[64] = "run";

                if (!event && json_object_get(line, "job"))
                        records_name(line, own);
                if (strcmp(event ? event : own, name) == 0)
                        return line;
        }
        fail_msg("there is no record %s", name);
        return NULL;
}

/* Sets, adds or takes away what the path leads to. */
static void set_value(json_t *at, const char *path, json_t *value)
{
        size_t length = strcspn(path, ".");
        char key[64];

        snprintf(key, sizeof(key), "%.*s", (int)length, path);
        if (path[length] == '.') {
                set_value(json_is_array(at) ? json_array_get(at, (size_t)atoi(key))
                                            : json_object_get(at, key),
                        path + length + 1, value);
                return;
        }
        assert_true(json_is_array(at) || json_is_object(at));
        if (strcmp(key, "+") == 0)
                json_array_append(at, value);
        else if (json_is_array(at) && value)
                json_array_set(at, (size_t)atoi(key), value);
        else if (json_is_array(at))
                json_array_remove(at, (size_t)atoi(key));
        else if (value)
                json_object_set(at, key, value);
        else
                json_object_del(at, key);
}

static void apply(json_t *lines, const struct gpu_edit *edit)
{
        json_t *value = *edit->json ? json_loads(edit->json, JSON_DECODE_ANY, NULL) : NULL;

        if (*edit->json && !value)
                fail_msg("%s is no JSON", edit->json);
        if (*edit->record)
                set_value(record_of(lines, edit->record), edit->path, value);
        else
                json_array_insert(lines, json_array_size(lines) - 1, value);
        json_decref(value);
}

static void check_lie(const struct gpu_lie *lie, uint8_t *region)
{
        json_t *lines = read_lines(lie->records), *reason;
        struct pieces pieces;
        struct run judged;
        bool said = false;
        size_t i;

        for (i = 0; i < COUNT(lie->edit) && lie->edit[i].record; i++)
                apply(lines, &lie->edit[i]);
        records_pieces(lines, &pieces);
        pieces_write(&pieces, region, REGION_BYTES);
        run_read(region, REGION_BYTES, NULL, &judged);
        json_array_foreach(judged.problems.list, i, reason)
                said = said || (lie->reason && strstr(json_string_value(reason), lie->reason));
        if ((judged.verdict == VERDICT_PASS) == (lie->reason != NULL) ||
                said != (lie->reason != NULL)) {
                json_array_foreach(judged.problems.list, i, reason)
                        printf("# %s\n", json_string_value(reason));
                fail_msg("%s: %s", lie->name, verdict_name(judged.verdict));
        }
        run_free(&judged);
        pieces_free(&pieces);
        json_decref(lines);
}

/* A pass of a GPU that has more than was tested is one, with a warning. */
static void what_was_gone_around_is_a_warning(void **state)
{
        static const struct gpu_edit edits[] = {
                { "run.devices", "devices.0.compute", "\"10.0\"" },
                { "tests/0", "check.tests.6.path", "\"mma.sync\"" },
                { "tests/0", "check.tests.6.untested", "\"tcgen05\"" },
                { "tests/0", "check.tests.10.untested", "\"tcgen05\"" },
                { "run.plan", "planned.0.promise.tests.9", "" },
                { "tests/0", "check.tests.9", "" },
                { "tests/0", "check.planned", "15" },
        };
        uint8_t *region = aligned_alloc(4096, REGION_BYTES);
        json_t *lines = read_lines("long"), *warning;
        struct pieces pieces;
        struct run judged;
        bool said = false;
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(edits); i++)
                apply(lines, &edits[i]);
        records_pieces(lines, &pieces);
        pieces_write(&pieces, region, REGION_BYTES);
        run_read(region, REGION_BYTES, NULL, &judged);
        assert_int_equal(judged.verdict, VERDICT_PASS);
        json_array_foreach(judged.warnings.list, i, warning)
                said = said || strstr(json_string_value(warning),
                                       "job tests/0: 2 of its tests went another way than tcgen05, "
                                       "which is untested");
        assert_true(said);
        run_free(&judged);
        pieces_free(&pieces);
        json_decref(lines);
        free(region);
}

static void no_lie_passes(void **state)
{
        uint8_t *region = aligned_alloc(4096, REGION_BYTES);

        (void)state;
        for (size_t i = 0; i < gpu_lies_count; i++)
                check_lie(&gpu_lies[i], region);
        printf("# %zu lies\n", gpu_lies_count);
        free(region);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_mutant_of_a_quick_check_passes),
                cmocka_unit_test(no_mutant_of_a_long_check_passes),
                cmocka_unit_test(no_mutant_of_a_stage_passes),
                cmocka_unit_test(no_lie_passes),
                cmocka_unit_test(what_was_gone_around_is_a_warning),
                cmocka_unit_test(every_exemption_is_needed),
        };

        return run_tap(tests);
}
