/*
 * The memory on the chip: the march over shared memory and the registers of every multiprocessor,
 * and what the caches hold. The caches are proven to have been read by their speed: what lies
 * beyond them is slower.
 */
#include <string.h>

#include "kernels/check/sram.h"
#include "lib/clock.h"
#include "runner/answers/check_march.h"
#include "runner/check/check.h"
#include "runner/check/check_embed.h"
#include "runner/tests/check_blame.h"

#define SWEEP_SECONDS    0.005 /* that a launch reads a cache for, about */
#define BEYOND           8     /* times the second-level cache: what it cannot hold */
#define FASTER           1.2   /* than what lies beyond it a cache is at least */
#define REHEARSAL_PART   2     /* rounds of a march there: it validates no hardware */
#define REHEARSAL_LEVEL2 (128 * 1024)

/* --- what they share --- */

static bool take_function(struct check_run *run, const char *name, CUfunction *ret_function)
{
        static CUmodule module;

        return check_module(run->check, &module, check_ptx_sram, CUDA_OPTIMISE_MOST, "SRAM") &&
               gpu_function(&run->check->gpu, module, name, ret_function);
}

static bool ask(struct check_gpu *gpu, int attribute, int *ret_value)
{
        return GPU(gpu, cuDeviceGetAttribute, ret_value, attribute, gpu->device);
}

static bool launch(struct check_gpu *gpu, CUfunction function, unsigned block, unsigned shared,
        void **parameters)
{
        return GPU(gpu, cuLaunchKernel, function, (unsigned)gpu->multiprocessors, 1, 1, block, 1, 1,
                shared, gpu->stream, parameters, NULL);
}

/* --- marches: the kernel goes through a table of rounds, again and again --- */

struct march {
        CUfunction function;
        CUdeviceptr table;
        uint32_t rounds, last; /* the last of the kernel's parameters */
        unsigned shared_bytes;
};

/* Again and again. */
static bool go_through(struct check_run *run, struct march *march)
{
        struct check *check = run->check;
        void *parameters[] = { &check->report_address, &march->table, &march->rounds,
                &march->last };
        double start = clock_seconds();
        unsigned done = 0;

        do {
                if (!launch(&check->gpu, march->function, SRAM_THREADS, march->shared_bytes,
                            parameters) ||
                        !gpu_wait(&check->gpu))
                        return false;
                check_progress(run, 0, 0);
        } while (check_goes_on(run, ++done, start));
        check_count(run, "rounds", (uint64_t)done * march->rounds);
        return true;
}

static bool run_march(struct check_run *run, struct march *march, const void *table, uint64_t bytes)
{
        struct check_gpu *gpu = &run->check->gpu;
        bool good;

        if (!gpu_allocate(gpu, bytes, &march->table))
                return false;
        good = gpu_upload(gpu, march->table, table, bytes) && check_report_clear(run->check) &&
               go_through(run, march);
        gpu->cuda.cuMemFree(march->table);
        return good;
}

static void fill_elements(struct sram_element *elements, uint32_t rounds)
{
        memset(elements, 0, rounds * SRAM_ELEMENTS * sizeof(*elements));
        for (uint32_t round = 0; round < rounds; round++) {
                struct check_march_element march[CHECK_MARCH_ELEMENTS];

                check_march(round, CHECK_TILE_BYTES, march);
                for (unsigned i = 0; i < CHECK_MARCH_ELEMENTS; i++)
                        elements[round * SRAM_ELEMENTS + i] =
                                (struct sram_element){ march[i].expected.a, march[i].expected.words,
                                        march[i].turned.a, march[i].turned.words, march[i].down };
        }
}

static enum status run_shared(struct check_run *run)
{
        static struct sram_element elements[CHECK_MARCH_ROUNDS * SRAM_ELEMENTS];
        struct check_gpu *gpu = &run->check->gpu;
        uint32_t rounds = gpu->cuda.rehearsal ? REHEARSAL_PART : CHECK_MARCH_ROUNDS;
        struct march march = { .rounds = rounds };
        int bytes;

        if (!take_function(run, "sram_shared", &march.function) ||
                !ask(gpu, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, &bytes) ||
                !GPU(gpu, cuFuncSetAttribute, march.function,
                        CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes))
                return STATUS_ERROR;
        bytes = bytes / 16 * 16;
        march.shared_bytes = (unsigned)bytes;
        march.last = march.shared_bytes / 8;
        fill_elements(elements, rounds);
        if (!run_march(run, &march, elements, sizeof(elements)))
                return STATUS_ERROR;
        return check_blame_chip(
                run, march.shared_bytes, "wrong words of shared memory", "the one at byte");
}

/* Solid, striped by register, and what looks random: first and step of each. */
static void fill_lines(struct sram_line *lines, unsigned count)
{
        static const struct sram_line solid[] = { { 0, 0 }, { UINT32_MAX, 0 }, { 0x55555555u, 0 },
                { 0, UINT32_MAX }, { 0x33333333u, 0x33333333u }, { 1, 1 } };

        for (unsigned i = 0; i < count; i++)
                lines[i] = i < sizeof(solid) / sizeof(solid[0])
                                   ? solid[i]
                                   : (struct sram_line){ i * 0x9e3779b9u, i * 0x85ebca6bu | 1 };
}

/* How many registers of a thread the compiler left live: a spilled one lies in other memory. */
static bool count_registers(struct check_run *run, CUfunction function, int *ret_live)
{
        struct check_gpu *gpu = &run->check->gpu;
        int registers, local;

        if (!GPU(gpu, cuFuncGetAttribute, &registers, CU_FUNC_ATTRIBUTE_NUM_REGS, function) ||
                !GPU(gpu, cuFuncGetAttribute, &local, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, function))
                return false;
        *ret_live = SRAM_REGISTERS - (local + 3) / 4;
        if (registers < *ret_live)
                *ret_live = registers;
        if (gpu->cuda.rehearsal) /* it has none */
                *ret_live = SRAM_REGISTERS;
        return true;
}

static enum status run_registers(struct check_run *run)
{
        struct sram_line lines[32];
        struct check_gpu *gpu = &run->check->gpu;
        uint32_t rounds = gpu->cuda.rehearsal ? REHEARSAL_PART : 32;
        struct march march = { .rounds = rounds, .last = UINT32_MAX };
        int live = 0;

        if (!take_function(run, "sram_registers", &march.function) ||
                !count_registers(run, march.function, &live))
                return STATUS_ERROR;
        if (live < SRAM_REGISTERS)
                return check_say(run, STATUS_ERROR,
                        "the driver's compiler left %d of %d registers of a thread", live,
                        SRAM_REGISTERS);
        fill_lines(lines, 32);
        if (!run_march(run, &march, lines, sizeof(lines)))
                return STATUS_ERROR;
        return check_blame_chip(run, (uint64_t)SRAM_THREADS * SRAM_REGISTERS * 4,
                "threads with a wrong register", "register");
}

/* --- caches --- */

struct cache {
        CUfunction write, read, beyond;
        unsigned grid, block;
        uint64_t bytes, beyond_bytes; /* that it is to hold, and that it cannot */
        uint32_t parts, beyond_parts;
        double fastest, beyond_fastest; /* bytes a second */
};

static bool write_own(struct check *check, const struct cache *cache, uint64_t bytes, uint64_t flip)
{
        uint64_t words = bytes / 8;
        void *parameters[] = { &check->memory, &words, &flip };

        if (!gpu_launch(&check->gpu, cache->write, cache->grid, 256, parameters))
                return false;
        check_corrupt(check, check->memory, bytes);
        return true;
}

/* Reads so many bytes so many times; the fastest reading counts. */
static bool read_back(struct check *check, const struct cache *cache, CUfunction function,
        uint32_t parts, uint64_t flip, uint32_t sweeps, double bytes, double *fastest)
{
        void *parameters[] = { &check->report_address, &check->memory, &flip, &parts, &sweeps };
        double seconds = 0, rate;

        if (!gpu_time_start(&check->gpu) ||
                !gpu_launch(&check->gpu, function, cache->grid, cache->block, parameters) ||
                !gpu_time_end(&check->gpu, &seconds))
                return false;
        rate = seconds > 0 ? bytes * sweeps / seconds : 0;
        if (rate > *fastest)
                *fastest = rate;
        return true;
}

/* So that a launch reads for long enough to be timed. */
static uint32_t sweeps_of(const struct check *check, double bytes, double rate)
{
        double sweeps = rate * SWEEP_SECONDS / bytes;

        return check->gpu.cuda.rehearsal || sweeps < 2 ? 2 : (uint32_t)sweeps;
}

/* First so often that it is known how often is long enough to be timed. */
static bool read_long(struct check *check, const struct cache *cache, CUfunction function,
        uint64_t flip, double *fastest)
{
        double bytes = (double)cache->bytes;

        return read_back(check, cache, function, cache->parts, flip, 2, bytes, fastest) &&
               read_back(check, cache, function, cache->parts, flip,
                       sweeps_of(check, bytes, *fastest), bytes, fastest);
}

static bool read_cache(struct check_run *run, struct cache *cache, uint64_t flip)
{
        struct check *check = run->check;

        if (!write_own(check, cache, cache->bytes, flip) ||
                !read_long(check, cache, cache->read, flip, &cache->fastest))
                return false;
        if (cache->beyond_bytes == cache->bytes)
                return read_long(check, cache, cache->beyond, flip, &cache->beyond_fastest);
        return write_own(check, cache, cache->beyond_bytes, flip) &&
               read_back(check, cache, cache->beyond, cache->beyond_parts, flip, 2,
                       (double)cache->beyond_bytes, &cache->beyond_fastest);
}

static enum status run_cache(struct check_run *run, struct cache *cache, const char *things)
{
        double start = clock_seconds();
        enum status status;
        unsigned done = 0;

        if (!check_report_clear(run->check))
                return STATUS_ERROR;
        do {
                if (!read_cache(run, cache, done % 2 ? UINT64_MAX : 0))
                        return STATUS_ERROR;
                check_progress(run, 0, 0);
        } while (check_goes_on(run, ++done, start));
        check_count(run, "rounds", done);
        check_number(run, "verify_gbps", cache->fastest / check_slowness(run->check) / 1e9);
        check_number(run, "beyond_gbps", cache->beyond_fastest / 1e9);
        check_count(run, "sram_bytes", cache->bytes);
        status = check_blame(run, 1, things, "the one at");
        if (status == STATUS_PASS && !run->check->gpu.cuda.rehearsal &&
                cache->fastest < FASTER * cache->beyond_fastest)
                return check_say(run, STATUS_ERROR,
                        "it was read at %.0f GB/s, and what lies beyond it at %.0f GB/s: it did "
                        "not stay in the cache",
                        cache->fastest / 1e9, cache->beyond_fastest / 1e9);
        return status;
}

/* Seven eighths of what a multiprocessor could have as shared memory, in the parts that are read.
 */
static enum status run_level1(struct check_run *run)
{
        const uint64_t part = SRAM_LEVEL1_PART;
        struct check_gpu *gpu = &run->check->gpu;
        struct cache cache = { .block = SRAM_LEVEL1_BLOCK, .grid = (unsigned)gpu->multiprocessors };
        int bytes;

        if (!take_function(run, "sram_write", &cache.write) ||
                !take_function(run, "sram_level1", &cache.read) ||
                !take_function(run, "sram_beyond1", &cache.beyond) ||
                !ask(gpu, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR, &bytes))
                return STATUS_ERROR;
        cache.parts = (uint32_t)((uint64_t)bytes * 7 / 8 / part);
        cache.beyond_parts = cache.parts;
        cache.bytes = cache.beyond_bytes = cache.grid * cache.parts * part;
        if (cache.parts == 0)
                return check_say(run, STATUS_SKIP,
                        "a multiprocessor has %d bytes for its cache, which is less than a block "
                        "reads at once",
                        bytes);
        if (!check_memory_take_some(run->check, cache.bytes))
                return STATUS_ERROR;
        return run_cache(run, &cache, "wrong words in first-level caches");
}

/* The second-level cache. A rehearsal has none. */
static bool level2_bytes(struct check *check, uint64_t *ret_bytes)
{
        int bytes;

        if (!ask(&check->gpu, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, &bytes))
                return false;
        *ret_bytes = check->gpu.cuda.rehearsal ? REHEARSAL_LEVEL2 : (uint64_t)bytes;
        return true;
}

/* Half of it at most, in parts. */
static uint32_t level2_parts(uint64_t bytes)
{
        uint64_t half = bytes / 2 < SRAM_LEVEL2_MOST ? bytes / 2 : SRAM_LEVEL2_MOST;

        return (uint32_t)(half / SRAM_LEVEL2_PART);
}

/* Half of it: each half of the chip may keep a copy. */
static enum status run_level2(struct check_run *run)
{
        const uint64_t part = SRAM_LEVEL2_PART;
        struct check *check = run->check;
        struct check_gpu *gpu = &check->gpu;
        struct cache cache = { .block = SRAM_LEVEL2_BLOCK };
        int blocks = 0;
        uint64_t all;

        if (!take_function(run, "sram_write", &cache.write) ||
                !take_function(run, "sram_level2", &cache.read) || !level2_bytes(check, &all) ||
                !GPU(gpu, cuOccupancyMaxActiveBlocksPerMultiprocessor, &blocks, cache.read,
                        SRAM_LEVEL2_BLOCK, 0))
                return STATUS_ERROR;
        cache.beyond = cache.read;
        cache.grid = (unsigned)(gpu->multiprocessors * (blocks > 0 ? blocks : 1));
        cache.parts = level2_parts(all);
        cache.beyond_parts = (uint32_t)(all * BEYOND / part);
        cache.bytes = cache.parts * part;
        cache.beyond_bytes = cache.beyond_parts * part;
        if (cache.parts == 0)
                return check_say(run, STATUS_SKIP,
                        "the driver says %llu bytes of second-level cache, which is less than a "
                        "block reads at once",
                        (unsigned long long)all);
        if (!check_memory_take_some(check, cache.beyond_bytes))
                return STATUS_ERROR;
        return run_cache(run, &cache, "wrong words in the second-level cache");
}

/* --- atomic operations --- */

struct atomics {
        CUfunction first, add, check;
        uint64_t words;
        unsigned grid;
};

static bool run_turns(struct check *check, struct atomics *atomics)
{
        void *plain[] = { &check->memory, &atomics->words };
        void *reporting[] = { &check->report_address, &check->memory, &atomics->words };

        if (!gpu_launch(&check->gpu, atomics->first, atomics->grid, SRAM_THREADS, plain) ||
                !gpu_launch(&check->gpu, atomics->add, atomics->grid, SRAM_THREADS, reporting))
                return false;
        check_corrupt(check, check->memory, 8 * atomics->words);
        return gpu_launch(&check->gpu, atomics->check, atomics->grid, SRAM_THREADS, reporting) &&
               gpu_wait(&check->gpu);
}

static enum status run_atomics(struct check_run *run)
{
        struct check *check = run->check;
        struct check_gpu *gpu = &check->gpu;
        struct atomics atomics = { .grid = 4u * (unsigned)gpu->multiprocessors };
        double start = clock_seconds();
        unsigned done = 0;
        uint64_t bytes;

        if (!take_function(run, "sram_atomic_first", &atomics.first) ||
                !take_function(run, "sram_atomic_add", &atomics.add) ||
                !take_function(run, "sram_atomic_check", &atomics.check) ||
                !level2_bytes(check, &bytes))
                return STATUS_ERROR;
        atomics.words = (uint64_t)level2_parts(bytes) * (SRAM_LEVEL2_PART / 8);
        if (!check_memory_take_some(check, 8 * atomics.words) || !check_report_clear(check))
                return STATUS_ERROR;
        do {
                if (!run_turns(check, &atomics))
                        return STATUS_ERROR;
                check_progress(run, 0, 0);
        } while (check_goes_on(run, ++done, start));
        check_count(run, "rounds", done);
        check_count(run, "sram_bytes", 8 * atomics.words);
        return check_blame(run, 1, "words are wrong after atomic operations", "the one at");
}

enum status check_sram(struct check_run *run)
{
        switch (run->kind) {
        case CHECK_SRAM_SHARED:
                return run_shared(run);
        case CHECK_SRAM_REGISTERS:
                return run_registers(run);
        case CHECK_SRAM_L1:
                return run_level1(run);
        case CHECK_SRAM_L2:
                return run_level2(run);
        default:
                return run_atomics(run);
        }
}
