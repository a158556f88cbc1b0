/*
 * A single flipped bit is never silently accepted. In a copy of the header it is named, the other
 * copy is used, and the verdict stays; anywhere else the run is incomplete, and every record before
 * the damage is salvaged byte for byte.
 *
 *     region-flips                       three kinds of runs made here: bits spread evenly over all
 *                                        of each region, 100,000 together; 1,000,000 with LONG=yes
 *                                        in the environment, or as many as FLIPS= says; and of the
 *                                        first kind each bit of the headers, of the first and of
 *                                        the last record
 *     region-flips FILE [COUNT] [SEED]   COUNT random places of that sealed region, and a tenth as
 *                                        many in each header copy and among the records
 *
 * Only what the reader of regions calls complete can pass. So it judges every flip, and all of the
 * run is read where it says complete and names no damage, and for one flip in WHOLE_STEP besides;
 * in a FILE, for each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/proof/read.h"
#include "dom0/run/run.h"
#include "lib/uuid.h"
#include "tests/unit/dom0/records.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/repeats.h"

#define FILE_COUNT   10000u
#define MADE_COUNT   100000u
#define LONG_COUNT   1000000u
#define DEFAULT_SEED 1u
#define SMALL_SIZE   ((size_t)64 << 10) /* the least that a region has */
#define MOST_SHOWN   10u                /* failures that are explained */
#define WHOLE_STEP   16u

/* Where a record of the undamaged region lies, and what it holds. */
struct record {
        uint64_t offset;
        uint64_t end;
        uint32_t type;
        uint32_t name_length;
        uint64_t data_length;
};

/* What became of flips. */
enum outcome {
        OUTCOME_DAMAGED,    /* incomplete, and the damage is named */
        OUTCOME_INCOMPLETE, /* without that */
        OUTCOME_NO_PASS,    /* complete, but no pass */
        OUTCOME_FIRST,      /* named exemptions: one copy of the header is damaged and named, and */
        OUTCOME_LAST,       /* the run is judged by the other, which is whole */
        OUTCOME_FALSE,      /* a pass, as if nothing was */
        OUTCOMES,
};

static const char *const outcome_names[] = {
        [OUTCOME_DAMAGED] = "reported damaged",
        [OUTCOME_INCOMPLETE] = "incomplete",
        [OUTCOME_NO_PASS] = "not pass otherwise",
        [OUTCOME_FIRST] = "pass by the exemption header-first",
        [OUTCOME_LAST] = "pass by the exemption header-last",
        [OUTCOME_FALSE] = "false passes",
};

struct pristine {
        uint8_t *base; /* flipped and flipped back, bit by bit */
        const uint8_t *copy;
        uint64_t size;
        uint64_t data_end; /* of the last record */
        struct record *pieces;
        size_t count;
        enum verdict verdict;
        char id[UUID_LENGTH + 1];
        size_t failures;
        size_t counts[OUTCOMES];
        size_t flips, whole; /* all, and those that were read as a run */
};

static unsigned int tests;

static void complain(struct pristine *region, uint64_t bit, const char *what)
{
        if (region->failures++ < MOST_SHOWN)
                printf("# byte 0x%" PRIx64 ", bit %u: %s\n", bit / 8, (unsigned int)(bit % 8),
                        what);
}

static bool in_header(const struct pristine *region, uint64_t byte)
{
        return byte < REGION_HEADER_SIZE || byte >= region->size - REGION_HEADER_SIZE;
}

/* Records that end before the flipped byte. */
static size_t records_before(const struct pristine *region, uint64_t byte)
{
        size_t count = 0;

        while (count < region->count && region->pieces[count].end <= byte)
                count++;
        return count;
}

/* The salvaged records are the first of the pristine ones, byte for byte. */
static bool salvaged(const struct pristine *region, const struct run *run, size_t expected)
{
        struct region_cursor cursor = run->start;
        struct region_record record;

        if (run->good_records != expected)
                return false;
        for (size_t i = 0; i < expected; i++) {
                const struct record *piece = &region->pieces[i];
                const uint8_t *name = region->copy + piece->offset + REGION_RECORD_SIZE;

                if (region_next(&cursor, &record) != REGION_OK || record.type != piece->type ||
                        record.name_length != piece->name_length ||
                        record.data_length != piece->data_length ||
                        memcmp(record.name, name, piece->name_length) != 0 ||
                        memcmp(record.data, name + piece->name_length, piece->data_length) != 0)
                        return false;
        }
        return true;
}

static const char *judge_header(const struct pristine *region, const struct run *run, uint64_t byte)
{
        bool first = byte < REGION_HEADER_SIZE;

        if (run->inspect != REGION_OK || !run->report.complete)
                return "a flip in one header copy makes the run incomplete";
        if (run->report.info.first_damaged != first || run->report.info.last_damaged == first)
                return "the damaged header copy is not named";
        if (strcmp(run->id, region->id) != 0 || run->verdict != region->verdict)
                return "a flip in one header copy changes the run id or the verdict";
        return salvaged(region, run, region->count) ? NULL : "records are lost";
}

static const char *judge_rest(const struct pristine *region, const struct run *run, uint64_t byte)
{
        if (run->inspect != REGION_OK || run->report.complete)
                return "silently accepted";
        if (run->verdict != VERDICT_INCOMPLETE || verdict_exit_code(run->verdict) != 4)
                return "the verdict is not incomplete, exit code 4";
        if (strcmp(run->id, region->id) != 0)
                return "the run id changed";
        if (!salvaged(region, run, records_before(region, byte)))
                return "not every record before the damage was salvaged";
        return NULL;
}

/* The run is read whole; returns what is wrong, and whether it passed. */
static const char *judge_whole(struct pristine *region, uint64_t byte, bool *ret_passed)
{
        const char *wrong;
        struct run run;

        run_read(region->base, region->size, NULL, &run);
        wrong = in_header(region, byte) ? judge_header(region, &run, byte)
                                        : judge_rest(region, &run, byte);
        *ret_passed = run.verdict == VERDICT_PASS;
        run_free(&run);
        region->whole++;
        return wrong;
}

/* As the reader of regions sees it; OUTCOME_FALSE: nothing is wrong, as far as it can tell. */
static enum outcome judge_region(const struct pristine *region)
{
        struct region_report report;
        const struct region_info *info = &report.info;

        if (region_verify(region->base, region->size, &report) != REGION_OK)
                return OUTCOME_DAMAGED;
        if (!report.complete)
                return report.error == REGION_NOT_SEALED ? OUTCOME_INCOMPLETE : OUTCOME_DAMAGED;
        if (info->first_damaged != info->last_damaged)
                return info->first_damaged ? OUTCOME_FIRST : OUTCOME_LAST;
        return OUTCOME_FALSE;
}

/* The exemptions are for flips in the copy that is named, and for no others. */
static bool is_exempt_elsewhere(const struct pristine *region, uint64_t byte, enum outcome outcome)
{
        return (outcome == OUTCOME_FIRST && byte >= REGION_HEADER_SIZE) ||
               (outcome == OUTCOME_LAST && byte < region->size - REGION_HEADER_SIZE);
}

static void flip(struct pristine *region, uint64_t bit, unsigned int whole_step)
{
        uint64_t byte = bit / 8;
        const char *wrong = NULL;
        enum outcome outcome;
        bool passed = false;

        region->base[byte] ^= (uint8_t)(1u << bit % 8);
        outcome = judge_region(region);
        if (outcome == OUTCOME_FALSE || region->flips % whole_step == 0)
                wrong = judge_whole(region, byte, &passed);
        if (outcome == OUTCOME_FALSE && !passed)
                outcome = OUTCOME_NO_PASS;
        else if (is_exempt_elsewhere(region, byte, outcome) ||
                 (passed && (outcome == OUTCOME_DAMAGED || outcome == OUTCOME_INCOMPLETE)))
                outcome = OUTCOME_FALSE;
        if (outcome == OUTCOME_FALSE && !wrong)
                wrong = "silently accepted";
        region->counts[outcome]++;
        region->flips++;
        if (wrong)
                complain(region, bit, wrong);
        region->base[byte] = region->copy[byte];
}

static void end_test(
        struct pristine *region, size_t failures_before, const char *name, size_t flips)
{
        printf("%s %u - %s: %zu flips\n", region->failures == failures_before ? "ok" : "not ok",
                ++tests, name, flips);
        fflush(stdout);
}

static void flip_all(struct pristine *region, uint64_t from, uint64_t to, const char *name)
{
        size_t before = region->failures;

        for (uint64_t bit = from * 8; bit < to * 8; bit++)
                flip(region, bit, WHOLE_STEP);
        end_test(region, before, name, (to - from) * 8);
}

/* --- spread evenly --- */

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
        while (b > 0) {
                uint64_t rest = a % b;

                a = b;
                b = rest;
        }
        return a;
}

/*
 * From place to place: the golden section, so that any number of them is spread over all bits, each
 * is met once, and in each byte every bit as often.
 */
static uint64_t find_stride(uint64_t bits)
{
        uint64_t stride = (uint64_t)((double)bits * 0.6180339887) | 1;

        while (common_divisor(bits, stride) != 1)
                stride += 2;
        return stride;
}

static void tell_counts(const struct pristine *region, const char *name, uint64_t stride)
{
        printf("# %s: %zu flips of %" PRIu64 " bits, seed %u, stride %" PRIu64 "\n", name,
                region->flips, region->size * 8, DEFAULT_SEED, stride);
        for (int i = 0; i < OUTCOMES; i++)
                printf("#   %zu %s\n", region->counts[i], outcome_names[i]);
        printf("#   %zu of all read as a run\n", region->whole);
}

/* An exemption that nothing needs, or a kind of flips that never came, would be a test of nothing.
 */
static bool all_came(const struct pristine *region)
{
        return region->counts[OUTCOME_FIRST] > 0 && region->counts[OUTCOME_LAST] > 0 &&
               region->counts[OUTCOME_DAMAGED] > 0;
}

static void flip_spread(struct pristine *region, const char *name, size_t count)
{
        uint64_t bits = region->size * 8, stride = find_stride(bits), bit = DEFAULT_SEED % bits;
        char text[128];

        if (count > bits)
                count = (size_t)bits;
        for (size_t i = 0; i < count; i++) {
                flip(region, bit, WHOLE_STEP);
                bit = (bit + stride) % bits;
        }
        tell_counts(region, name, stride);
        if (region->counts[OUTCOME_FALSE] > 0 || !all_came(region))
                complain(region, 0, "the counts are not what they must be");
        snprintf(text, sizeof(text), "%s: no false pass", name);
        end_test(region, 0, text, count);
}

/* --- at random --- */

/* splitmix64: the same places for the same seed on every machine. */
static uint64_t next_random(uint64_t *state)
{
        uint64_t x = *state += 0x9e3779b97f4a7c15u;

        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        x = (x ^ x >> 27) * 0x94d049bb133111ebu;
        return x ^ x >> 31;
}

static void flip_random(struct pristine *region, uint64_t from, uint64_t to, size_t count,
        uint64_t *state, const char *name)
{
        size_t before = region->failures;

        for (size_t i = 0; i < count; i++)
                flip(region, from * 8 + next_random(state) % ((to - from) * 8), 1);
        end_test(region, before, name, count);
}

static void list_records(struct pristine *region, const struct run *run)
{
        struct region_cursor cursor = run->start;
        struct region_record record;

        region->pieces = calloc(run->good_records, sizeof(*region->pieces));
        while (region_next(&cursor, &record) == REGION_OK)
                region->pieces[region->count++] = (struct record){
                        .offset = record.offset,
                        .end = cursor.offset,
                        .type = record.type,
                        .name_length = record.name_length,
                        .data_length = record.data_length,
                };
        region->data_end = cursor.offset;
}

/* Reads the region as it is; false when it is not complete and undamaged to begin with. */
static bool learn(struct pristine *region)
{
        struct run run;
        bool whole;

        run_read(region->base, region->size, NULL, &run);
        whole = run.inspect == REGION_OK && run.report.complete && !run.report.info.first_damaged &&
                !run.report.info.last_damaged;
        region->verdict = run.verdict;
        memcpy(region->id, run.id, sizeof(region->id));
        if (whole)
                list_records(region, &run);
        run_free(&run);
        return whole;
}

static void flip_headers(struct pristine *region)
{
        flip_all(region, 0, REGION_HEADER_SIZE, "every bit of the header at the start");
        flip_all(region, region->size - REGION_HEADER_SIZE, region->size,
                "every bit of the header at the end");
}

static void flip_records(struct pristine *region)
{
        const struct record *last = &region->pieces[region->count - 1];

        flip_all(region, region->pieces[0].offset, region->pieces[0].end,
                "every bit of the first record");
        flip_all(region, last->offset, last->end, "every bit of the last record");
}

static void flip_read(struct pristine *region, size_t count, uint64_t seed)
{
        uint64_t state = seed;

        flip_random(region, 0, region->size, count, &state, "random places");
        flip_random(region, REGION_HEADER_SIZE, region->data_end, count / 10, &state,
                "random places among the records");
        flip_random(region, 0, REGION_HEADER_SIZE, count / 10, &state,
                "random places of the header at the start");
        flip_random(region, region->size - REGION_HEADER_SIZE, region->size, count / 10, &state,
                "random places of the header at the end");
        printf("1..%u\n", tests);
}

static void read_file(const char *name, struct pristine *region)
{
        FILE *file = fopen(name, "rb");
        long size = -1;

        if (file && fseek(file, 0, SEEK_END) == 0)
                size = ftell(file);
        if (size <= 0 || fseek(file, 0, SEEK_SET) != 0) {
                perror(name);
                exit(2);
        }
        region->size = (uint64_t)size;
        region->base = malloc(region->size);
        if (!region->base || fread(region->base, region->size, 1, file) != 1) {
                perror(name);
                exit(2);
        }
        fclose(file);
}

static uint64_t number(const char *text)
{
        char *end;
        unsigned long long value = strtoull(text, &end, 0);

        if (*text != '\0' && *end == '\0')
                return value;
        fprintf(stderr, "region-flips: %s is not a number\n", text);
        exit(2);
}

/* --- the three kinds --- */

/* Kernel jobs on one GPU, with their outputs. */
static uint8_t *make_kernel(void)
{
        static const char *const jobs[] = { "vecadd", "reduce", "wave" };
        struct sample sample;
        char more[96];

        sample_start(&sample, SMALL_SIZE);
        sample_begin(&sample, "[{\"job\":\"vecadd\",\"kind\":\"kernel\",\"device\":0},"
                              "{\"job\":\"reduce\",\"kind\":\"kernel\",\"device\":0},"
                              "{\"job\":\"wave\",\"kind\":\"kernel\",\"device\":0}]");
        for (size_t i = 0; i < 3; i++) {
                snprintf(more, sizeof(more), ",\"job\":\"%s\",\"device\":0", jobs[i]);
                sample_event(&sample, "job.start", more);
                sample_result(&sample, jobs[i], "pass");
                snprintf(more, sizeof(more),
                        ",\"job\":\"%s\",\"device\":0,\"status\":\"pass\",\"wall_s\":0.25",
                        jobs[i]);
                sample_event(&sample, "job.end", more);
        }
        sample_file(&sample, "stage/runner.log", "three jobs\n", 11);
        sample_finish(&sample, "{\"exit_code\":0}");
        return sample.base;
}

static uint8_t *make_of_lines(json_t *lines)
{
        uint8_t *base = aligned_alloc(4096, SMALL_SIZE);
        struct pieces pieces;

        records_pieces(lines, &pieces);
        pieces_write(&pieces, base, SMALL_SIZE);
        pieces_free(&pieces);
        json_decref(lines);
        return base;
}

static json_t *need_records(const char *name)
{
        json_t *lines = records_read(name);

        if (lines)
                return lines;
        puts("Bail out! tests/unit/records is not there: run it from the top of the tree");
        exit(2);
}

static uint8_t *make_check(void)
{
        return make_of_lines(need_records("quick"));
}

static uint8_t *make_stage(void)
{
        json_t *stage = need_records("stage"), *quick = need_records("quick");
        json_t *lines = records_in_stage(stage, quick);

        json_decref(stage);
        json_decref(quick);
        return make_of_lines(lines);
}

static const struct kind {
        const char *name;
        uint8_t *(*make)(void); /* SMALL_SIZE bytes of a run that passes; owned by the caller */
} kinds[] = {
        { "kernel jobs", make_kernel },
        { "a quick check of two GPUs", make_check },
        { "a stage with two GPUs", make_stage },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A region to flip bits in, or the end of the test. It is ours from now on. */
static struct pristine take(uint8_t *base, uint64_t size)
{
        struct pristine region = { .base = base, .size = size };
        uint8_t *copy = malloc(size);

        memcpy(copy, base, size);
        region.copy = copy;
        if (!learn(&region)) {
                puts("1..1\nnot ok 1 - the region is complete before anything is flipped");
                exit(1);
        }
        printf("# run %s, verdict %s, %zu records\n", region.id, verdict_name(region.verdict),
                region.count);
        return region;
}

static void drop(struct pristine *region)
{
        free((uint8_t *)region->copy);
        free(region->base);
        free(region->pieces);
}

static size_t count_of_made(void)
{
        const char *flips = getenv("FLIPS");

        if (flips && *flips)
                return number(flips);
        return repeats(MADE_COUNT, LONG_COUNT);
}

static bool test_made(void)
{
        size_t each = (count_of_made() + KINDS - 1) / KINDS, failures = 0;

        for (size_t i = 0; i < KINDS; i++) {
                struct pristine region = take(kinds[i].make(), SMALL_SIZE);

                if (region.verdict != VERDICT_PASS)
                        complain(&region, 0, "the run that is to be flipped is no pass");
                flip_spread(&region, kinds[i].name, each);
                if (i == 0) {
                        flip_headers(&region);
                        flip_records(&region);
                }
                failures += region.failures;
                drop(&region);
        }
        printf("1..%u\n", tests);
        return failures == 0;
}

static bool test_file(const char *name, size_t count, uint64_t seed)
{
        struct pristine file = { 0 }, region;
        bool failed;

        read_file(name, &file);
        region = take(file.base, file.size);
        flip_read(&region, count, seed);
        failed = region.failures > 0;
        drop(&region);
        return !failed;
}

int main(int argc, char **argv)
{
        bool passed;

        if (argc > 4) {
                fprintf(stderr, "usage: %s [FILE [COUNT [SEED]]]\n", argv[0]);
                return 2;
        }
        if (argc == 1)
                passed = test_made();
        else
                passed = test_file(argv[1], argc > 2 ? number(argv[2]) : FILE_COUNT,
                        argc > 3 ? number(argv[3]) : DEFAULT_SEED);
        return passed ? 0 : 1;
}
