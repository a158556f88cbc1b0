/*
 * The memory tests. Each is a few sweeps over all of the memory under test: write a pattern, check
 * it, or check it and write its complement, each a kernel of its own, so that between a write and
 * its check everything else was written, and no cache holds it any more.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "runner/answers/check_march.h"
#include "runner/answers/check_sweep.h"
#include "runner/check/check.h"
#include "runner/check/check_errors.h"

#define SEED      UINT64_C(0x9d39247e33776d41) /* of the random patterns */
#define ODD       UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio, odd */
#define ALL       UINT64_MAX
#define MAX_SLEEP 20000u /* microseconds at a time, so that progress is told */

/*
 * What the sweeps of a test moved, and how fast the fastest of them was: a card that is slow is
 * slow in all of them, and anything else that the machine does slows down some.
 */
struct sweeps {
        struct check_run *run;
        struct moved {
                double bytes;
                double fastest; /* of its sweeps, in bytes a second */
        } write, verify, turn;
        struct check_sweeps checked; /* for the CPU to look into what they found */
};

/* What kernels/check/memory.cu takes by value. */
struct ranges {
        uint64_t base;
        uint32_t shift, sweep;
};

struct pattern {
        const char *name;
        uint64_t a, k;
        uint64_t flip; /* 0, or ALL for its complement */
        bool down;
        uint64_t turned_a, turned_k; /* of a march: the bits that it turns */
};

/* Part of the memory: whole tiles. */
struct piece {
        CUdeviceptr base;
        uint64_t bytes;
};

static struct piece whole(const struct check *check)
{
        return (struct piece){ check->memory, check->memory_bytes };
}

static bool launch(struct sweeps *sweeps, const char *verb, struct pattern pattern,
        struct piece piece, double *ret_seconds)
{
        struct check *check = sweeps->run->check;
        struct ranges ranges = { check->memory, check_range_shift(check->memory_bytes),
                sweeps->checked.count };
        uint32_t down = pattern.down;
        void *parameters[] = { &piece.base, &pattern.a, &pattern.k, &pattern.flip, &down,
                &check->report_address, &ranges, &pattern.turned_a, &pattern.turned_k };
        CUfunction function;
        char name[64];

        snprintf(name, sizeof(name), "%s_%s", verb, pattern.name);
        return gpu_function(&check->gpu, check->memory_module, name, &function) &&
               gpu_time_start(&check->gpu) &&
               gpu_launch(&check->gpu, function, (unsigned)(piece.bytes / CHECK_TILE_BYTES),
                       CHECK_THREADS, parameters) &&
               gpu_time_end(&check->gpu, ret_seconds);
}

/* Where a saboteur comes in. */
static void wrote(struct check_run *run, CUdeviceptr base, uint64_t bytes)
{
        if (run->check->faults.after_write)
                run->check->faults.after_write(run, base, bytes);
}

static void checked(struct check_run *run)
{
        if (run->check->faults.after_check)
                run->check->faults.after_check(run);
}

/* A sweep over the piece that moves `times` its bytes. */
static bool sweep(struct sweeps *sweeps, const char *verb, struct pattern pattern,
        struct piece piece, double times, struct moved *moved)
{
        struct check_sweep checked = { pattern.name, pattern.a, pattern.k, pattern.flip, piece.base,
                piece.bytes };
        double seconds;

        if (!launch(sweeps, verb, pattern, piece, &seconds))
                return false;
        if (!check_sweeps_add(&sweeps->checked, &checked))
                return check_say(sweeps->run, false, "out of memory");
        moved->bytes += times * (double)piece.bytes;
        seconds *= check_slowness(sweeps->run->check);
        if (seconds > 0)
                moved->fastest = fmax(moved->fastest, times * (double)piece.bytes / seconds);
        check_progress(sweeps->run, times * (double)piece.bytes, 0);
        return true;
}

static bool write_piece(struct sweeps *sweeps, struct pattern pattern, struct piece piece)
{
        if (!sweep(sweeps, "write", pattern, piece, 1, &sweeps->write))
                return false;
        if (sweeps->run->kind != CHECK_MEMORY_BLOCK) /* there it would be copied on */
                wrote(sweeps->run, piece.base, piece.bytes);
        return true;
}

static bool check_piece(struct sweeps *sweeps, struct pattern pattern, struct piece piece)
{
        bool good = sweep(sweeps, "check", pattern, piece, 1, &sweeps->verify);

        if (good)
                checked(sweeps->run);
        return good;
}

/* Checks and writes the complement, or what a march makes of it. It moves `times` the bytes. */
static bool turn_piece(struct sweeps *sweeps, const char *verb, struct pattern pattern,
        struct piece piece, double times)
{
        if (!sweep(sweeps, verb, pattern, piece, times, &sweeps->turn))
                return false;
        checked(sweeps->run);
        wrote(sweeps->run, piece.base, piece.bytes);
        return true;
}

/* Write, check and complement, check the complement. */
static bool there_and_back(struct sweeps *sweeps, struct pattern pattern)
{
        struct piece all = whole(sweeps->run->check);

        if (!write_piece(sweeps, pattern, all) || !turn_piece(sweeps, "turn", pattern, all, 2))
                return false;
        pattern.flip = ~pattern.flip;
        pattern.down = !pattern.down;
        return check_piece(sweeps, pattern, all);
}

/* --- one round of each test; `round` makes rounds different --- */

static bool round_address(struct sweeps *sweeps, unsigned round)
{
        (void)round;
        return there_and_back(sweeps,
                (struct pattern){ .name = "linear", .a = sweeps->run->check->memory, .k = 8 });
}

/* A single one, then (its complement) a single zero; 64 rounds put it everywhere. */
static bool round_walking(struct sweeps *sweeps, unsigned round)
{
        return there_and_back(
                sweeps, (struct pattern){ .name = "walk", .a = 1, .k = round * 29 % 64 });
}

/* The march of check_march.h. */
static bool round_inversions(struct sweeps *sweeps, unsigned round)
{
        struct check_march_element march[CHECK_MARCH_ELEMENTS];
        struct piece all = whole(sweeps->run->check);
        struct pattern zero = { .name = "stripe" };

        check_march(round, all.bytes, march);
        if (!write_piece(sweeps, zero, all))
                return false;
        for (int i = 0; i < CHECK_MARCH_ELEMENTS; i++) {
                struct pattern element = { .name = "stripe",
                        .a = march[i].expected.a,
                        .k = march[i].expected.words,
                        .down = march[i].down,
                        .turned_a = march[i].turned.a,
                        .turned_k = march[i].turned.words };

                if (!turn_piece(sweeps, "march", element, all,
                            check_march_rests(march[i].turned) ? 1.5 : 2))
                        return false;
        }
        return check_piece(sweeps, zero, all);
}

static bool round_random(struct sweeps *sweeps, unsigned round)
{
        return there_and_back(sweeps, (struct pattern){ .name = "random", .a = SEED, .k = round });
}

/* Moves every tile of `from` to `to`, `shift` tiles further round. */
static bool move(
        struct sweeps *sweeps, CUdeviceptr from, CUdeviceptr to, uint32_t tiles, uint32_t shift)
{
        struct check *check = sweeps->run->check;
        void *parameters[] = { &from, &to, &shift };
        CUfunction function;

        check_progress(sweeps->run, 2.0 * tiles * CHECK_TILE_BYTES, 0);
        return gpu_function(&check->gpu, check->memory_module, "move_tiles", &function) &&
               gpu_launch(&check->gpu, function, tiles, CHECK_THREADS, parameters);
}

/* Blocks go from the lower half round into the upper one, and the rest of the way round back. */
static bool round_block(struct sweeps *sweeps, unsigned round)
{
        struct check *check = sweeps->run->check;
        uint32_t tiles = (uint32_t)(check->memory_bytes / CHECK_TILE_BYTES / 2);
        uint32_t shift = (tiles / 3 + round) % tiles;
        uint64_t half = (uint64_t)tiles * CHECK_TILE_BYTES;
        uint64_t turned = (uint64_t)shift * CHECK_TILE_BYTES, rest = half - turned;
        CUdeviceptr low = check->memory, high = low + half;
        struct pattern pattern = { .name = "linear", .a = SEED + round, .k = ODD };
        struct piece lower = { low, half }, straight = { high + turned, rest },
                     round_the_end = { high, turned };

        if (!write_piece(sweeps, pattern, lower) || !move(sweeps, low, high, tiles, shift) ||
                !move(sweeps, high, low, tiles, (tiles - shift) % tiles) || !gpu_wait(&check->gpu))
                return false;
        wrote(sweeps->run, low, half);
        if (!check_piece(sweeps, pattern, lower) || !check_piece(sweeps, pattern, straight))
                return false;
        pattern.a += rest / 8 * ODD;
        return turned == 0 || check_piece(sweeps, pattern, round_the_end);
}

/* Every 20th unit is written once, everything else twice after it: it must not have changed. */
static bool round_modulo(struct sweeps *sweeps, unsigned round)
{
        struct check *check = sweeps->run->check;
        struct piece all = whole(check);
        struct pattern pattern = { .name = "modulo", .a = SEED ^ ODD * round, .k = round * 7 % 20 };
        CUfunction function;

        if (!gpu_function(&check->gpu, check->memory_module, "write_modulo_part", &function))
                return false;
        for (uint32_t pass = 0; pass < 3; pass++) {
                uint32_t others = pass > 0;
                void *parameters[] = { &all.base, &pattern.a, &pattern.k, &others };

                if (!gpu_launch(&check->gpu, function, (unsigned)(all.bytes / CHECK_TILE_BYTES),
                            CHECK_THREADS, parameters) ||
                        !gpu_wait(&check->gpu))
                        return false;
                check_progress(sweeps->run, (double)all.bytes, 0);
        }
        wrote(sweeps->run, all.base, all.bytes);
        return check_piece(sweeps, pattern, all);
}

/* Bit fade: cells that lose what they hold, unless they are refreshed. */
static void let_fade(struct check_run *run)
{
        double end = clock_seconds() + run->amount.ms / 1e3;

        while (clock_seconds() < end) {
                usleep(MAX_SLEEP);
                check_progress(run, 0, 0);
        }
}

static bool round_fade(struct sweeps *sweeps, unsigned round)
{
        struct piece all = whole(sweeps->run->check);
        struct pattern pattern = { .name = "stripe", .flip = round % 2 ? ALL : 0 };

        for (int state = 0; state < 2; state++, pattern.flip = ~pattern.flip) {
                if (!write_piece(sweeps, pattern, all))
                        return false;
                let_fade(sweeps->run);
                if (!check_piece(sweeps, pattern, all))
                        return false;
        }
        return true;
}

static bool (*const rounds[])(struct sweeps *sweeps, unsigned round) = {
        [CHECK_MEMORY_ADDRESS] = round_address,
        [CHECK_MEMORY_WALKING] = round_walking,
        [CHECK_MEMORY_INVERSIONS] = round_inversions,
        [CHECK_MEMORY_RANDOM] = round_random,
        [CHECK_MEMORY_BLOCK] = round_block,
        [CHECK_MEMORY_MODULO] = round_modulo,
        [CHECK_MEMORY_FADE] = round_fade,
};

/* --- what came of it --- */

static void add_speed(struct check_run *run, const char *key, const struct moved *moved)
{
        if (moved->fastest > 0)
                check_number(run, key, moved->fastest / 1e9);
}

static void add_numbers(const struct sweeps *sweeps)
{
        struct check_run *run = sweeps->run;
        const struct check *check = run->check;

        if (run->kind != CHECK_MEMORY_BLOCK)
                add_speed(run, "write_gbps", &sweeps->write);
        add_speed(run, "verify_gbps", &sweeps->verify);
        add_speed(run, "turn_gbps", &sweeps->turn);
        check_number(run, "gbytes",
                (sweeps->write.bytes + sweeps->verify.bytes + sweeps->turn.bytes) / 1e9);
        check_count(run, "memory_bytes", check->memory_bytes);
        check_number(run, "covered_percent",
                100.0 * (double)check->memory_bytes / (double)check->free_bytes);
        check_count(run, "errors", check->seen.errors);
}

/* What the CPU makes of the errors that were kept. */
struct blame {
        const struct check_error *memory, *arithmetic; /* the first of each; NULL: none */
        uint64_t expected;                             /* of the first arithmetic one, by the CPU */
        unsigned count;                                /* of arithmetic ones */
};

static void add_error(
        const struct sweeps *sweeps, const struct check_error *error, struct blame *blame)
{
        struct check_run *run = sweeps->run;
        uint64_t base = run->check->memory, expected;
        bool arithmetic = check_is_arithmetic(&sweeps->checked, error, &expected);
        const struct check_error **first = arithmetic ? &blame->arithmetic : &blame->memory;

        if (arithmetic && !blame->arithmetic)
                blame->expected = expected;
        if (!*first)
                *first = error;
        blame->count += arithmetic;
        if (json_array_size(run->errors) < CHECK_SHOWN_ERRORS)
                json_array_append_new(
                        run->errors, arithmetic ? check_error_of_expectation(error, base, expected)
                                                : check_error_of_memory(error, base));
}

static enum status say_arithmetic(struct check_run *run, const struct blame *blame)
{
        const struct check_error *first = blame->arithmetic;

        return check_say(run, STATUS_FAIL,
                "arithmetic, multiprocessor %u, quarter %u: it expected 0x%016llx at offset 0x%llx "
                "where the CPU expects 0x%016llx, and found 0x%016llx (%u of %llu errors)",
                first->sm, first->quarter, first->expected,
                (unsigned long long)(first->where - run->check->memory),
                (unsigned long long)blame->expected, first->found, blame->count,
                run->check->seen.errors);
}

/* Memory is to blame for a word only where the CPU expects the same of it. */
static enum status say_errors(const struct sweeps *sweeps)
{
        struct check_run *run = sweeps->run;
        struct check_report *seen = &run->check->seen;
        struct blame blame = { 0 };
        const struct check_error *first;
        char also[96] = "";

        check_errors_sort(seen);
        check_errors_add_histograms(run->result, seen, check_range_shift(run->check->memory_bytes));
        for (uint32_t i = 0; i < check_errors_kept(seen); i++)
                add_error(sweeps, &seen->error[i], &blame);
        check_count(run, "arithmetic_errors", blame.count);
        if (!blame.memory)
                return say_arithmetic(run, &blame);
        first = blame.memory;
        if (blame.arithmetic)
                snprintf(also, sizeof(also),
                        "; and arithmetic, multiprocessor %u, quarter %u: %u errors are its own",
                        blame.arithmetic->sm, blame.arithmetic->quarter, blame.count);
        return check_say(run, STATUS_FAIL,
                "%llu wrong words of memory, the first at offset 0x%llx: expected 0x%016llx, found "
                "0x%016llx, then 0x%016llx%s",
                seen->errors - blame.count, (unsigned long long)(first->where - run->check->memory),
                first->expected, first->found, first->again, also);
}

/* What would be lost if it never ended, once a second. */
static bool tell_so_far(const struct sweeps *sweeps, unsigned done)
{
        struct check_run *run = sweeps->run;

        if (!check_progress_is_due(run))
                return true;
        if (!check_report_read(run->check))
                return false;
        check_count(run, "rounds", done);
        add_numbers(sweeps);
        check_progress(run, 0, 0);
        return true;
}

static bool run_rounds(struct sweeps *sweeps, unsigned *ret_rounds)
{
        struct check_run *run = sweeps->run;
        const struct check_faults *faults = &run->check->faults;
        double start = clock_seconds();
        unsigned done = 0, first = 0;

        do {
                unsigned round = run->turn * run->amount.rounds + done++ - first;

                if (!rounds[run->kind](sweeps, round) || !tell_so_far(sweeps, done))
                        return false;
                if (faults->after_round && faults->after_round(run))
                        first = done;
        } while (check_goes_on(run, done, start) || (faults->wants_more && faults->wants_more()));
        *ret_rounds = done;
        return true;
}

static enum status run_sweeps(struct sweeps *sweeps)
{
        struct check_run *run = sweeps->run;
        struct check *check = run->check;
        unsigned done;

        if (!check_report_clear(check) || !run_rounds(sweeps, &done) || !gpu_wait(&check->gpu) ||
                !check_report_read(check))
                return STATUS_ERROR;
        check_count(run, "rounds", done);
        add_numbers(sweeps);
        if (check->seen.errors > 0)
                return say_errors(sweeps);
        if (!check->gpu.cuda.rehearsal && check->memory_bytes < check->free_bytes / 100 * 98)
                return check_say(run, STATUS_ERROR,
                        "only %.1f %% of the free memory could be allocated",
                        100.0 * (double)check->memory_bytes / (double)check->free_bytes);
        return STATUS_PASS;
}

enum status check_memory(struct check_run *run)
{
        struct check *check = run->check;
        struct sweeps sweeps = { .run = run };
        enum status status = STATUS_ERROR;

        if (check_module(check, &check->memory_module, NULL, CUDA_OPTIMISE_MOST, "memory") &&
                check_memory_take(check))
                status = run_sweeps(&sweeps);
        check_sweeps_clear(&sweeps.checked);
        return status;
}
