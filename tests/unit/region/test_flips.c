/*
 * A single flipped bit is never silently accepted. In a copy of the header it is named, the other
 * copy is used, and the verdict stays; anywhere else the run is incomplete, and every record before
 * the damage is salvaged byte for byte.
 *
 *     region-flips                       runs made here: both headers, of a run of one job, whose
 *                                        sixty-five thousand bits are read with it each; of a run
 *                                        of three with files the first and the last record bit by
 *                                        bit, and 10,000 random places
 *     region-flips FILE [COUNT] [SEED]   COUNT random places of that sealed region, and a tenth as
 *                                        many in each header copy and among the records
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/proof/read.h"
#include "dom0/run/run.h"
#include "lib/uuid.h"
#include "tests/unit/dom0/sample.h"

#define DEFAULT_COUNT 10000u
#define DEFAULT_SEED  1u
#define SMALL_SIZE    ((size_t)64 << 10) /* the least that a region has */
#define MOST_SHOWN    10u                /* failures that are explained */

/* Where a record of the undamaged region lies, and what it holds. */
struct piece {
        uint64_t offset;
        uint64_t end;
        uint32_t type;
        uint32_t name_length;
        uint64_t data_length;
};

struct pristine {
        uint8_t *base; /* flipped and flipped back, bit by bit */
        const uint8_t *copy;
        uint64_t size;
        uint64_t data_end; /* of the last record */
        struct piece *pieces;
        size_t count;
        enum verdict verdict;
        char id[UUID_LENGTH + 1];
        size_t failures;
        unsigned int tests;
};

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
                const struct piece *piece = &region->pieces[i];
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

static void flip(struct pristine *region, uint64_t bit)
{
        uint64_t byte = bit / 8;
        const char *wrong;
        struct run run;

        region->base[byte] ^= (uint8_t)(1u << bit % 8);
        run_read(region->base, region->size, NULL, &run);
        wrong = in_header(region, byte) ? judge_header(region, &run, byte)
                                        : judge_rest(region, &run, byte);
        if (wrong)
                complain(region, bit, wrong);
        run_free(&run);
        region->base[byte] = region->copy[byte];
}

static void end_test(
        struct pristine *region, size_t failures_before, const char *name, size_t flips)
{
        printf("%s %u - %s: %zu flips\n", region->failures == failures_before ? "ok" : "not ok",
                ++region->tests, name, flips);
        fflush(stdout);
}

static void flip_all(struct pristine *region, uint64_t from, uint64_t to, const char *name)
{
        size_t before = region->failures;

        for (uint64_t bit = from * 8; bit < to * 8; bit++)
                flip(region, bit);
        end_test(region, before, name, (to - from) * 8);
}

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
                flip(region, from * 8 + next_random(state) % ((to - from) * 8));
        end_test(region, before, name, count);
}

static void list_records(struct pristine *region, const struct run *run)
{
        struct region_cursor cursor = run->start;
        struct region_record record;

        region->pieces = calloc(run->good_records, sizeof(*region->pieces));
        while (region_next(&cursor, &record) == REGION_OK)
                region->pieces[region->count++] = (struct piece){
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
        const struct piece *last = &region->pieces[region->count - 1];
        uint64_t state = DEFAULT_SEED;

        flip_all(region, region->pieces[0].offset, region->pieces[0].end,
                "every bit of the first record");
        flip_all(region, last->offset, last->end, "every bit of the last record");
        flip_random(region, 0, region->size, DEFAULT_COUNT, &state, "random places");
}

static void flip_read(struct pristine *region, size_t count, uint64_t seed)
{
        uint64_t state = seed;

        puts("1..4");
        flip_random(region, 0, region->size, count, &state, "random places");
        flip_random(region, REGION_HEADER_SIZE, region->data_end, count / 10, &state,
                "random places among the records");
        flip_random(region, 0, REGION_HEADER_SIZE, count / 10, &state,
                "random places of the header at the start");
        flip_random(region, region->size - REGION_HEADER_SIZE, region->size, count / 10, &state,
                "random places of the header at the end");
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

/* A run of one job that passed. */
static void make_small(struct sample *sample)
{
        sample_start(sample, SMALL_SIZE);
        sample_begin(sample, "[{\"job\":\"one\",\"kind\":\"kernel\",\"device\":0}]");
        sample_event(sample, "job.start", ",\"job\":\"one\",\"device\":0");
        sample_result(sample, "one", "pass");
        sample_event(sample, "job.end",
                ",\"job\":\"one\",\"device\":0,\"status\":\"pass\",\"wall_s\":0.25");
        sample_finish(sample, "{\"exit_code\":0}");
}

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

static bool test_made(void)
{
        struct pristine small, region;
        struct sample sample;
        bool failed;

        make_small(&sample);
        small = take(sample.base, sample.size);
        sample_passed(&sample);
        region = take(sample.base, sample.size);
        puts("1..5");
        flip_headers(&small);
        region.tests = small.tests;
        flip_records(&region);
        failed = small.failures > 0 || region.failures > 0;
        drop(&small);
        drop(&region);
        return !failed;
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
                passed = test_file(argv[1], argc > 2 ? number(argv[2]) : DEFAULT_COUNT,
                        argc > 3 ? number(argv[3]) : DEFAULT_SEED);
        return passed ? 0 : 1;
}
