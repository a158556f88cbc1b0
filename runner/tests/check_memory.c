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
};

/* What kernels/check/memory.cu takes by value. */
struct ranges {
        uint64_t base;
        uint32_t shift;
};

struct pattern {
        const char *name;
        uint64_t a, k;
        uint64_t flip; /* 0, or ALL for its complement */
        bool down;
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
        struct ranges ranges = { check->memory, check_range_shift(check->memory_bytes) };
        uint32_t down = pattern.down;
        void *parameters[] = { &piece.base, &pattern.a, &pattern.k, &pattern.flip, &down,
                &check->report_address, &ranges };
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
        double seconds;

        if (!launch(sweeps, verb, pattern, piece, &seconds))
                return false;
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

/* Checks and writes the complement. */
static bool turn_piece(struct sweeps *sweeps, struct pattern pattern, struct piece piece)
{
        if (!sweep(sweeps, "turn", pattern, piece, 2, &sweeps->turn))
                return false;
        checked(sweeps->run);
        wrote(sweeps->run, piece.base, piece.bytes);
        return true;
}

/* Write, check and complement, check the complement. */
static bool there_and_back(struct sweeps *sweeps, struct pattern pattern)
{
        struct piece all = whole(sweeps->run->check);

        if (!write_piece(sweeps, pattern, all) || !turn_piece(sweeps, pattern, all))
                return false;
        pattern.flip = ~pattern.flip;
        pattern.down = !pattern.down;
        return check_piece(sweeps, pattern, all);
}

/* --- one round of each test; `round` makes rounds different --- */

static bool round_address(struct sweeps *sweeps, unsigned round)
{
        (void)round;
        return there_and_back(
                sweeps, (struct pattern){ "linear", sweeps->run->check->memory, 8, 0, false });
}

/* A single one, then (its complement) a single zero; 64 rounds put it everywhere. */
static bool round_walking(struct sweeps *sweeps, unsigned round)
{
        return there_and_back(sweeps, (struct pattern){ "walk", 1, round * 29 % 64, 0, false });
}

/* Moving inversions. */
static bool round_inversions(struct sweeps *sweeps, unsigned round)
{
        static const uint64_t values[] = { 0, UINT64_C(0x5555555555555555),
                UINT64_C(0x3333333333333333), UINT64_C(0x0f0f0f0f0f0f0f0f),
                UINT64_C(0x00ff00ff00ff00ff), UINT64_C(0x0000ffff0000ffff),
                UINT64_C(0x00000000ffffffff), SEED };
        struct piece all = whole(sweeps->run->check);
        struct pattern pattern = { "fill", values[round % 8], 0, 0, false };

        if (round >= 8)
                pattern.a = values[round % 8] ^ ODD * round;
        if (!write_piece(sweeps, pattern, all) || !turn_piece(sweeps, pattern, all))
                return false;
        pattern.flip = ALL;
        pattern.down = true;
        if (!turn_piece(sweeps, pattern, all))
                return false;
        pattern.flip = 0;
        return check_piece(sweeps, pattern, all);
}

static bool round_random(struct sweeps *sweeps, unsigned round)
{
        return there_and_back(sweeps, (struct pattern){ "random", SEED, round, 0, false });
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
        struct pattern pattern = { "linear", SEED + round, ODD, 0, false };
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
        struct pattern pattern = { "modulo", SEED ^ ODD * round, round * 7 % 20, 0, false };
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
        struct pattern pattern = { "fill", 0, 0, round % 2 ? ALL : 0, false };

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

static enum status say_errors(struct check_run *run)
{
        struct check_report *seen = &run->check->seen;
        const struct check_error *first = &seen->error[0];

        check_errors_sort(seen);
        check_errors_add_histograms(run->result, seen, check_range_shift(run->check->memory_bytes));
        for (uint32_t i = 0; i < check_errors_kept(seen) && i < CHECK_SHOWN_ERRORS; i++)
                json_array_append_new(
                        run->errors, check_error_of_memory(&seen->error[i], run->check->memory));
        return check_say(run, STATUS_FAIL,
                "%llu wrong words of memory, the first at offset 0x%llx: expected 0x%016llx, found "
                "0x%016llx, then 0x%016llx",
                seen->errors, (unsigned long long)(first->where - run->check->memory),
                first->expected, first->found, first->again);
}

enum status check_memory(struct check_run *run)
{
        struct check *check = run->check;
        struct sweeps sweeps = { .run = run };
        double start;
        unsigned round = 0;

        if (!check_module(check, &check->memory_module, NULL, CUDA_OPTIMISE_MOST, "memory") ||
                !check_memory_take(check) || !check_report_clear(check))
                return STATUS_ERROR;
        start = clock_seconds();
        do {
                if (!rounds[run->kind](&sweeps, run->turn * run->amount.rounds + round))
                        return STATUS_ERROR;
        } while (check_goes_on(run, ++round, start) ||
                 (check->faults.wants_more && check->faults.wants_more()));
        if (!gpu_wait(&check->gpu) || !check_report_read(check))
                return STATUS_ERROR;
        check_count(run, "rounds", round);
        add_numbers(&sweeps);
        if (check->seen.errors > 0)
                return say_errors(run);
        if (!check->gpu.cuda.rehearsal && check->memory_bytes < check->free_bytes / 100 * 98)
                return check_say(run, STATUS_ERROR,
                        "only %.1f %% of the free memory could be allocated",
                        100.0 * (double)check->memory_bytes / (double)check->free_bytes);
        return STATUS_PASS;
}
