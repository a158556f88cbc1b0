/* What one test of a check must have found for its pass, or its skip, to be believed. */
#include "dom0/proof/testclaim.h"

#include <math.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/proof/healthclaim.h"
#include "dom0/proof/soakclaim.h"
#include "dom0/proof/testmiss.h"
#include "dom0/run/fields.h"
#include "record/findings.h"
#include "record/result.h"
#include "runner/answers/check_agreed.h"

#define COVERED_PERCENT 97.9 /* of the free memory, at least: the runner's 98, in whole bytes */
#define STAGE_SHARE     0.5  /* of all memory: the driver needs some, and checks of other GPUs */
#define ROUNDED         1e-9 /* of a number that was computed from others here and there */
#define BUSY_SHARE      0.5  /* of the time that a unit was to be under load, at least */

static bool begins(const char *text, const char *start)
{
        return strncmp(text, start, strlen(start)) == 0;
}

static bool is_rehearsal(const struct claim *claim)
{
        return get_bool(claim->device, "rehearsal");
}

/* Then the GPU had nothing to do but this. */
static bool is_staged(const struct claim *claim)
{
        return !is_rehearsal(claim) &&
               strcmp(get_text(claim->intake->run->summary, "sealed_by"), "init") == 0;
}

/* --- by the table --- */

static bool is_clean(const struct testclaim *test, const char *key, const json_t *value)
{
        if (json_is_integer(value) && !fields_is_nothing(value))
                return testclaim_miss(
                        test, "has %lld %s", (long long)json_integer_value(value), key);
        return fields_is_nothing(value) || testclaim_miss(test, "passes with \"%s\"", key);
}

static bool may_lack(const struct testclaim *test, enum record_found found)
{
        return found == RECORD_FOUND_NOTHING || found == RECORD_FOUND_MAYBE ||
               (found == RECORD_FOUND_COVERED && !test->claim->tells_reach);
}

static bool row_holds(const struct testclaim *test, const struct record_finding *row)
{
        const json_t *value = get_value(test->test, row->key);
        bool strict = test->claim->strict;

        if (test->skipped && strcmp(row->key, "reason") == 0)
                return true; /* it has one */
        if (test->skipped && !row->skipped)
                return !strict || !value ||
                       testclaim_miss(test, "was skipped, and has \"%s\"", row->key);
        if (row->found == RECORD_FOUND_ZERO || row->found == RECORD_FOUND_NOTHING) {
                if (!is_clean(test, row->key, value))
                        return false;
        }
        if (!strict || may_lack(test, row->found))
                return true;
        if (!value)
                return testclaim_miss(test, "has no \"%s\"", row->key);
        return row->found == RECORD_FOUND_THERE || row->found == RECORD_FOUND_ZERO ||
               json_number_value(value) > 0 ||
               testclaim_miss(test, "has nothing in its \"%s\"", row->key);
}

static bool is_of(const struct testclaim *test, const char *key)
{
        for (const struct record_finding *row = record_findings; row->test; row++)
                if (begins(test->name, row->test) && strcmp(row->key, key) == 0)
                        return true;
        return false;
}

static bool rows_hold(const struct testclaim *test)
{
        for (const struct record_finding *row = record_findings; row->test; row++)
                if (begins(test->name, row->test) && !row_holds(test, row))
                        return false;
        for (const struct record_key *key = record_test_keys; test->claim->strict && key->key;
                key++)
                if (get_value(test->test, key->key) && !is_of(test, key->key))
                        return testclaim_miss(
                                test, "has what is of another test: \"%s\"", key->key);
        return true;
}

/* --- whether it applies here --- */

static size_t gpus(const struct claim *claim)
{
        return json_array_size(claim->intake->run->devices);
}

/* As the runner decides it; health alone finds out by reading. */
static bool applies(const struct testclaim *test)
{
        const struct claim *claim = test->claim;

        if (test->kind == CHECK_COPY_P2P)
                return gpus(claim) > 1 && !is_rehearsal(claim);
        return check_has_units(test->kind, claim_compute(claim)) &&
               (check_is_rehearsed(test->kind) || !is_rehearsal(claim));
}

static bool skip_holds(const struct testclaim *test)
{
        if (test->kind == CHECK_HEALTH)
                return testclaim_health_holds(test);
        if (test->kind == CHECK_SOAK)
                return testclaim_soak_skipped(test);
        return !applies(test) || testclaim_miss(test, "was skipped, and applies here");
}

/* --- numbers that follow from others --- */

static const struct check_amount *amount_of(const struct testclaim *test)
{
        enum check_level level = CHECK_MEDIUM; /* of a list of tests */

        check_level_parse(get_text(test->claim->promise, "level"), &level);
        return check_amount_of(test->kind, level);
}

static bool is_about(double number, double wanted)
{
        return fabs(number - wanted) <= ROUNDED * fabs(wanted);
}

/* In records before version 3 memory-inversions turns all of the memory twice. */
static struct check_moved moved_in(const struct testclaim *test, double bytes, double rounds)
{
        struct check_moved moved = check_moved_of(test->kind, (uint64_t)bytes, rounds);

        if (test->kind == CHECK_MEMORY_INVERSIONS && !test->claim->tells_reach)
                moved.turn = 4 * bytes * rounds;
        return moved;
}

static double gbytes_in(const struct testclaim *test, double bytes, double rounds)
{
        struct check_moved moved = moved_in(test, bytes, rounds);

        return (moved.write + moved.verify + moved.turn) / 1e9;
}

/*
 * Every time it is repeated the memory may be a little less; then the largest was recorded. And it
 * may go on with other rounds.
 */
static bool moved_all(const struct testclaim *test, double bytes, double rounds)
{
        double gbytes = get_number(test->test, "gbytes");

        if (test->repeats)
                return gbytes >= gbytes_in(test, bytes, rounds) / 2 &&
                       gbytes <= gbytes_in(test, bytes, 1) * rounds * (1 + ROUNDED);
        return is_about(gbytes, gbytes_in(test, bytes, rounds));
}

static bool waited(const struct testclaim *test, double rounds)
{
        double wait_s = 2 * amount_of(test)->ms / 1e3 * rounds;

        return test->kind != CHECK_MEMORY_FADE || get_number(test->test, "wall_s") >= wait_s;
}

static double time_of(const struct testclaim *test, double bytes, const char *speed)
{
        return bytes > 0 ? bytes / 1e9 / get_number(test->test, speed) : 0;
}

/* Its sweeps took their time, of which every speed is a mean; of several turns only the slowest. */
static bool took_its_time(const struct testclaim *test, double bytes, double rounds)
{
        struct check_moved moved = moved_in(test, bytes, rounds);
        double needed =
                time_of(test, moved.verify, "verify_gbps") + time_of(test, moved.turn, "turn_gbps");

        if (test->kind != CHECK_MEMORY_BLOCK)
                needed += time_of(test, moved.write, "write_gbps");
        return test->repeats ||
               needed <= get_number(test->test, "wall_s") * (1 + CLOCKS_SHARE) + CLOCKS_S;
}

static bool memory_holds(const struct testclaim *test)
{
        double bytes = get_number(test->test, "memory_bytes");
        double rounds = get_number(test->test, "rounds");
        double covered = get_number(test->test, "covered_percent");
        double all = get_number(test->claim->device, "memory_bytes");
        const char *key = "covered_percent";

        if (!is_rehearsal(test->claim) && get_value(test->test, key) && covered < COVERED_PERCENT)
                return testclaim_miss(test, "covered %.3g %% of the memory", covered);
        if (!test->claim->strict)
                return true;
        if (is_staged(test->claim) && bytes < all * STAGE_SHARE)
                return testclaim_miss(test, "covered little of a GPU that nobody else used");
        if (!check_is_tiled((uint64_t)bytes) || bytes * 100 / covered > all * (1 + ROUNDED))
                return testclaim_miss(test, "covered another memory than the GPU has");
        if (!test->repeats && rounds > amount_of(test)->rounds)
                return testclaim_miss(test, "went over the memory more often than it does");
        if (!moved_all(test, bytes, rounds))
                return testclaim_miss(test, "did not move what its rounds over the memory move");
        if (!took_its_time(test, bytes, rounds))
                return testclaim_miss(test, "was faster than its speeds allow");
        return waited(test, rounds) || testclaim_miss(test, "ended before its waiting time");
}

static bool all_worked(const struct testclaim *test)
{
        const json_t *reached = get_value(test->test, "multiprocessors");
        const json_t *there = get_value(test->claim->device, "multiprocessors");
        long long all = json_integer_value(there), worked = json_integer_value(reached);

        if (!reached || worked == all || (worked > all && !test->claim->strict))
                return true;
        return testclaim_miss(test, "reached %lld of %lld multiprocessors", worked, all);
}

/* Those that have worked with every set of operands; and these are those that there are. */
static bool all_quarters_worked(const struct testclaim *test)
{
        const json_t *reached = get_value(test->test, "quarters");
        const json_t *there = get_value(test->claim->device, "multiprocessors");
        long long all = check_quarters_of(json_integer_value(there));
        long long worked = json_integer_value(reached);
        long long sets = json_integer_value(get_value(test->test, "operand_sets"));

        if (!reached)
                return true;
        if (worked != all)
                return testclaim_miss(
                        test, "reached %lld of %lld quarters of multiprocessors", worked, all);
        return sets == check_operand_sets(test->kind) ||
               testclaim_miss(test, "worked on %lld sets of operands, not on its own", sets);
}

static bool unit_worked(const struct testclaim *test)
{
        return check_has_path(test->kind, claim_compute(test->claim), get_text(test->test, "path"));
}

/* What no test goes through is told; and nothing else is. */
static bool untested_holds(const struct testclaim *test)
{
        const char *there = check_untested(test->kind, claim_compute(test->claim));

        return strcmp(get_text(test->test, "untested"), there ? there : "") == 0 ||
               testclaim_miss(test, "does not tell what of its units it did not test");
}

/* Any of NVML's readings may fail; of power there are the mean and the most, or neither. */
static bool readings_hold(const struct testclaim *test)
{
        if (!get_value(test->test, "power_w") != !get_value(test->test, "power_max_w"))
                return testclaim_miss(test, "has a part of its power under load alone");
        return get_number(test->test, "power_w") <=
                       get_number(test->test, "power_max_w") * (1 + ROUNDED) ||
               testclaim_miss(test, "took more power than it took at most");
}

/* "0x" and 16 digits of each. */
static bool sums_hold(const struct testclaim *test)
{
        json_t *sums = get_value(test->test, "sums"), *sum;
        size_t i;

        json_array_foreach(sums, i, sum) {
                const char *text = json_string_value(sum);

                if (!text || strlen(text) != 18 || strncmp(text, "0x", 2) != 0 ||
                        strspn(text + 2, "0123456789abcdef") != 16)
                        return testclaim_miss(test, "has a sum that is no number");
        }
        return i == check_sums_of(test->kind) ||
               testclaim_miss(test, "has %zu sums, not those of its functions", i);
}

/* Of every operation that is there, none other than the golden one where that is known. */
static bool hashes_hold(const struct testclaim *test)
{
        struct agreed_place place = { claim_compute(test->claim), is_rehearsal(test->claim) };
        size_t unknown = agreed_unknown(place);

        if (test->kind != CHECK_AGREEMENT)
                return true;
        if (!agreed_holds(get_value(test->test, "hashes"), place))
                return testclaim_miss(test, "has hashes that are not those of its operations here");
        if (unknown > 0 && !place.rehearsal)
                problem(&test->claim->intake->run->warnings,
                        "job %s: no golden hash is known of %zu operations of its test agreement",
                        test->claim->key, unknown);
        return true;
}

static bool chip_holds(const struct testclaim *test)
{
        long long there = get_integer(test->claim->device, "multiprocessors");

        return check_sram_fits(test->kind, (uint64_t)get_integer(test->test, "sram_bytes"),
                       (uint64_t)there) ||
               testclaim_miss(test, "had other memory of the chip under test than it can have");
}

static bool all_reached(const struct testclaim *test)
{
        if (!all_worked(test))
                return false;
        return !test->claim->strict || (all_quarters_worked(test) && sums_hold(test) &&
                                               hashes_hold(test) && chip_holds(test));
}

static bool compute_holds(const struct testclaim *test)
{
        double busy = get_number(test->test, "busy_s"), wall = get_number(test->test, "wall_s");
        double wanted = BUSY_SHARE * amount_of(test)->ms / 1e3;

        if (!all_worked(test))
                return false;
        if (!test->claim->strict)
                return true;
        if (!all_quarters_worked(test))
                return false;
        if (!unit_worked(test))
                return testclaim_miss(test, "worked on a unit that is not its own");
        if (!untested_holds(test))
                return false;
        if (busy > wall * (1 + CLOCKS_SHARE) + CLOCKS_S)
                return testclaim_miss(test, "was busy for longer than it took");
        if (!is_rehearsal(test->claim) && busy < wanted)
                return testclaim_miss(test, "was busy for less than its time");
        return readings_hold(test);
}

/* The slowest way decides; of several turns the slowest of all, and the pairs are the first's. */
static bool speed_holds(const struct testclaim *test, double slowest)
{
        double gbps = get_number(test->test, "gbps");

        if (test->repeats ? gbps <= slowest * (1 + ROUNDED) : is_about(gbps, slowest))
                return true;
        return testclaim_miss(test, "has another speed than the slowest of its pairs");
}

static bool pair_holds(const struct testclaim *test, const json_t *pair, double *slowest)
{
        double there = get_number(pair, "write_gbps"), back = get_number(pair, "read_gbps");

        if (get_number(pair, "errors") != 0)
                return testclaim_miss(test, "has errors between two GPUs");
        *slowest = fmin(*slowest, fmin(there, back));
        return true;
}

/* With every other GPU, in their order. */
static bool pairs_hold(const struct testclaim *test)
{
        json_t *pairs = get_value(test->test, "pairs"), *pair;
        long long own = get_integer(test->claim->device, "index");
        double slowest = INFINITY;
        long long peer = 0;
        size_t i;

        json_array_foreach(pairs, i, pair) {
                peer += peer == own;
                if (!pair_holds(test, pair, &slowest))
                        return false;
                if (test->claim->strict && get_number(pair, "peer") != (double)peer++)
                        return testclaim_miss(test, "copied to another GPU than was its turn");
        }
        if (!test->claim->strict)
                return true;
        if (i + 1 != gpus(test->claim))
                return testclaim_miss(test, "did not copy to every other GPU");
        return speed_holds(test, slowest);
}

static bool copy_holds(const struct testclaim *test)
{
        if (test->claim->strict && !test->repeats &&
                get_number(test->test, "samples") > amount_of(test)->rounds)
                return testclaim_miss(test, "timed more copies than it does");
        return test->kind != CHECK_COPY_P2P || pairs_hold(test);
}

static bool nothing_more(const struct testclaim *test)
{
        (void)test;
        return true;
}

static bool together_holds(const struct testclaim *test)
{
        return !test->claim->strict || untested_holds(test);
}

static bool soak_holds(const struct testclaim *test)
{
        return together_holds(test) && testclaim_soak_holds(test);
}

/* By the last of the kinds that it is for. */
static const struct {
        enum check_kind last;
        bool (*holds)(const struct testclaim *test);
} families[] = {
        { CHECK_LAST_MEMORY, memory_holds },
        { CHECK_LAST_TENSOR, compute_holds },
        { CHECK_AGREEMENT, all_reached },
        { CHECK_TOGETHER, together_holds },
        { CHECK_SOAK, soak_holds },
        { CHECK_LAST_COPY, copy_holds },
        { CHECK_LATENCY, nothing_more },
        { CHECK_HEALTH, testclaim_health_holds },
};

static bool family_holds(const struct testclaim *test)
{
        size_t i = 0;

        while (families[i].last < test->kind)
                i++;
        return families[i].holds(test);
}

bool testclaim_holds(const struct claim *claim, const json_t *object, bool *ret_skipped)
{
        const char *status = get_text(object, "status");
        struct testclaim test = {
                .claim = claim,
                .test = object,
                .name = get_text(object, "test"),
                .skipped = strcmp(status, "skip") == 0,
                .repeats = json_is_number(get_value(claim->promise, "duration_s")),
        };

        if (test.skipped && !*get_text(object, "reason"))
                return testclaim_miss(&test, "was skipped without a reason");
        if (!test.skipped && strcmp(status, "pass") != 0)
                return claim_miss(claim, "its test %s says %s", SHOWN(test.name), SHOWN(status));
        if (!check_kind_parse(test.name, strlen(test.name), &test.kind))
                return testclaim_miss(&test, "is none that there is");
        *ret_skipped = test.skipped;
        if (!rows_hold(&test))
                return false;
        if (test.skipped)
                return !claim->strict || skip_holds(&test);
        if (claim->strict && !applies(&test))
                return testclaim_miss(&test, "passes, and does not apply here");
        return family_holds(&test);
}
