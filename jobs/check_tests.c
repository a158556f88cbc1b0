#include "jobs/check_tests.h"

#include <limits.h>
#include <string.h>

#include "kernels/check/chaos.h"
#include "kernels/check/code.h"
#include "kernels/check/double.h"
#include "kernels/check/half.h"
#include "kernels/check/integer.h"
#include "kernels/check/report.h"
#include "kernels/check/special.h"
#include "kernels/check/sram.h"
#include "kernels/check/tensor.h"

#define MEMORY "write_gbps verify_gbps gbytes covered_percent errors"
#define VERIFY "verify_gbps gbytes covered_percent errors"
#define UNIT   "tflops efficiency errors multiprocessors quarters power_w clock_mhz temperature_c"
#define OPS    "tops efficiency errors multiprocessors quarters power_w clock_mhz temperature_c"
#define CHIP   "sram_bytes errors multiprocessors quarters"
#define CACHE  "sram_bytes verify_gbps beyond_gbps errors multiprocessors quarters"
#define STEPS  "load_steps swing_w idle_w errors multiprocessors quarters"
#define ALL    "tflops verify_gbps h2d_gbps d2h_gbps errors power_w clock_mhz temperature_c"
#define SOAK                                                                                 \
        "settle_s slope_c_per_min start_c end_c temperature_c memory_temperature_c power_w " \
        "clock_mhz errors multiprocessors quarters"
#define COPY "gbps"

/* Of the limit of a test: what compiling kernels and waiting for other GPUs takes, and how much
 * longer than estimated it may go on. */
#define LIMIT_LEAST_S 40.0
#define LIMIT_TIMES   10.0

const struct check_test check_tests[CHECK_KINDS] = {
        /*                                                quick          medium          long */
        [CHECK_MEMORY_ADDRESS] = { "memory-address", MEMORY,
                { { 2, 600 }, { 4, 3000 }, { 8, 20000 } } },
        [CHECK_MEMORY_WALKING] = { "memory-walking", MEMORY,
                { { 2, 800 }, { 16, 4000 }, { 64, 40000 } } },
        [CHECK_MEMORY_INVERSIONS] = { "memory-inversions", MEMORY,
                { { 2, 900 }, { 8, 4000 }, { CHECK_MARCH_ROUNDS, 40000 } } },
        [CHECK_MEMORY_RANDOM] = { "memory-random", MEMORY,
                { { 2, 800 }, { 16, 4000 }, { 64, 40000 } } },
        [CHECK_MEMORY_BLOCK] = { "memory-block", VERIFY,
                { { 2, 500 }, { 8, 3000 }, { 32, 20000 } } },
        [CHECK_MEMORY_MODULO] = { "memory-modulo", VERIFY,
                { { 2, 700 }, { 20, 4000 }, { 20, 20000 } } },
        /* waits `ms` in each of its two states */
        [CHECK_MEMORY_FADE] = { "memory-fade", VERIFY, { { 1, 200 }, { 1, 1500 }, { 1, 30000 } } },
        [CHECK_COMPUTE_FP32] = { "compute-fp32", UNIT, { { 0, 400 }, { 0, 3000 }, { 0, 20000 } } },
        [CHECK_COMPUTE_FP64] = { "compute-fp64", UNIT, { { 0, 400 }, { 0, 3000 }, { 0, 20000 } } },
        [CHECK_COMPUTE_INT32] = { "compute-int32", OPS, { { 0, 0 }, { 0, 1500 }, { 0, 20000 } } },
        [CHECK_COMPUTE_HALF2] = { "compute-half2", UNIT, { { 0, 0 }, { 0, 500 }, { 0, 20000 } } },
        [CHECK_COMPUTE_FP16] = { "compute-fp16", UNIT, { { 0, 300 }, { 0, 2500 }, { 0, 20000 } } },
        [CHECK_COMPUTE_BF16] = { "compute-bf16", UNIT, { { 0, 300 }, { 0, 4000 }, { 0, 20000 } } },
        [CHECK_COMPUTE_TF32] = { "compute-tf32", UNIT, { { 0, 300 }, { 0, 2500 }, { 0, 20000 } } },
        [CHECK_COMPUTE_INT8] = { "compute-int8", OPS, { { 0, 300 }, { 0, 2500 }, { 0, 20000 } } },
        [CHECK_COMPUTE_FP8_E4M3] = { "compute-fp8-e4m3", UNIT,
                { { 0, 0 }, { 0, 1500 }, { 0, 20000 } } },
        [CHECK_COMPUTE_FP8_E5M2] = { "compute-fp8-e5m2", UNIT,
                { { 0, 0 }, { 0, 1500 }, { 0, 20000 } } },
        [CHECK_COMPUTE_FP64_TENSOR] = { "compute-fp64-tensor", UNIT,
                { { 0, 0 }, { 0, 1500 }, { 0, 20000 } } },
        [CHECK_COMPUTE_SPARSE] = { "compute-sparse", UNIT, { { 0, 0 }, { 0, 500 }, { 0, 20000 } } },
        [CHECK_LOAD_STEPS] = { "load-steps", STEPS, { { 0, 0 }, { 0, 3500 }, { 0, 20000 } } },
        [CHECK_SRAM_SHARED] = { "sram-shared", CHIP, { { 0, 0 }, { 8, 300 }, { 256, 5000 } } },
        [CHECK_SRAM_REGISTERS] = { "sram-registers", CHIP,
                { { 0, 0 }, { 64, 300 }, { 1024, 5000 } } },
        [CHECK_SRAM_L1] = { "sram-l1", CACHE, { { 0, 0 }, { 4, 300 }, { 16, 5000 } } },
        [CHECK_SRAM_L2] = { "sram-l2", CACHE, { { 0, 0 }, { 4, 500 }, { 16, 5000 } } },
        [CHECK_SRAM_ATOMICS] = { "sram-atomics", CHIP, { { 0, 0 }, { 16, 300 }, { 256, 5000 } } },
        [CHECK_SRAM_CONSTANT] = { "sram-constant", CHIP, { { 0, 0 }, { 16, 200 }, { 256, 5000 } } },
        [CHECK_SRAM_INSTRUCTION] = { "sram-instruction", CHIP,
                { { 0, 0 }, { 16, 200 }, { 256, 5000 } } },
        [CHECK_SRAM_BULK] = { "sram-bulk", CHIP, { { 0, 0 }, { 16, 200 }, { 256, 5000 } } },
        [CHECK_SPECIAL_FUNCTIONS] = { "special-functions", "errors multiprocessors quarters",
                { { 0, 0 }, { 1, 300 }, { 64, 5000 } } },
        [CHECK_AGREEMENT] = { "agreement", "errors multiprocessors quarters",
                { { 0, 0 }, { 2, 300 }, { 64, 5000 } } },
        [CHECK_TOGETHER] = { "together", ALL, { { 0, 0 }, { 0, 3000 }, { 0, 10000 } } },
        /* until the GPU's temperature has settled; a long check has its own time for it */
        [CHECK_SOAK] = { "soak", SOAK, { { 0, 0 }, { 0, 0 }, { 0, 240000 } } },
        [CHECK_COPY_H2D] = { "copy-h2d", COPY, { { 9, 300 }, { 25, 2000 }, { 101, 5000 } } },
        [CHECK_COPY_D2H] = { "copy-d2h", COPY, { { 9, 300 }, { 25, 2000 }, { 101, 5000 } } },
        [CHECK_COPY_BIDIRECTIONAL] = { "copy-bidirectional", COPY,
                { { 9, 300 }, { 25, 2000 }, { 101, 5000 } } },
        [CHECK_COPY_D2D] = { "copy-d2d", COPY, { { 25, 300 }, { 101, 1000 }, { 501, 5000 } } },
        [CHECK_COPY_P2P] = { "copy-p2p", COPY, { { 9, 300 }, { 25, 2000 }, { 101, 5000 } } },
        [CHECK_LATENCY] = { "latency", "launch_us copy_us memory_ns",
                { { 101, 200 }, { 501, 500 }, { 1001, 1000 } } },
        [CHECK_HEALTH] = { "health",
                "temperature_c power_w pcie_width pcie_generation nvlinks_active nvlink_gbps",
                { { 1, 200 }, { 1, 200 }, { 1, 200 } } },
};

static const char *const levels[CHECK_LEVELS] = { "quick", "medium", "long" };

bool check_level_parse(const char *name, enum check_level *ret_level)
{
        for (enum check_level i = 0; i < CHECK_LEVELS; i++) {
                if (strcmp(levels[i], name) == 0) {
                        *ret_level = i;
                        return true;
                }
        }
        return false;
}

const char *check_level_name(enum check_level level)
{
        return levels[level];
}

bool check_kind_parse(const char *name, size_t length, enum check_kind *ret_kind)
{
        for (enum check_kind i = 0; i < CHECK_KINDS; i++) {
                if (strlen(check_tests[i].name) == length &&
                        strncmp(check_tests[i].name, name, length) == 0) {
                        *ret_kind = i;
                        return true;
                }
        }
        return false;
}

const struct check_amount *check_amount_of(enum check_kind kind, enum check_level level)
{
        const struct check_amount *amount = &check_tests[kind].amount[level];

        return amount->ms > 0 ? amount : &check_tests[kind].amount[CHECK_LONG];
}

enum check_level check_level_of(const struct job *job)
{
        enum check_level level = CHECK_MEDIUM; /* of a list of tests */

        if (job->check.level)
                check_level_parse(job->check.level, &level);
        return level;
}

uint64_t check_of_level(enum check_level level)
{
        uint64_t tests = 0;

        for (enum check_kind i = 0; i < CHECK_KINDS; i++)
                tests |= (uint64_t)(check_tests[i].amount[level].ms > 0) << i;
        return tests;
}

uint64_t check_chosen(const struct job *job)
{
        uint64_t chosen = 0;

        if (job->check.level)
                return check_of_level(check_level_of(job));
        for (size_t i = 0; i < job->check.tests.count; i++) {
                const char *name = job->check.tests.word[i];
                enum check_kind kind;

                if (check_kind_parse(name, strlen(name), &kind))
                        chosen |= UINT64_C(1) << kind;
        }
        return chosen;
}

bool check_has_metric(enum check_kind kind, const char *metric)
{
        const char *at = check_tests[kind].metrics;
        size_t length = strlen(metric);

        while (*at) {
                size_t word = strcspn(at, " ");

                if (word == length && strncmp(at, metric, length) == 0)
                        return true;
                at += word + (at[word] == ' ');
        }
        return false;
}

/* Of the memory tests, in times the memory. */
static const struct {
        struct check_moved moved; /* timed: not what memory-modulo writes and memory-block moves */
        double sweeps;            /* readings and writings in a round */
} memory[] = {
        [CHECK_MEMORY_ADDRESS] = { { 1, 1, 2 }, 4 },
        [CHECK_MEMORY_WALKING] = { { 1, 1, 2 }, 4 },
        [CHECK_MEMORY_INVERSIONS] = { { 1, 1, 8 }, 10 },
        [CHECK_MEMORY_RANDOM] = { { 1, 1, 2 }, 4 },
        [CHECK_MEMORY_BLOCK] = { { 0.5, 1, 0 }, 3.6 },
        [CHECK_MEMORY_MODULO] = { { 0, 1, 0 }, 3.6 },
        [CHECK_MEMORY_FADE] = { { 2, 2, 0 }, 4 },
};

long long check_quarters_of(long long multiprocessors)
{
        return CHECK_QUARTERS * multiprocessors;
}

#define WITH_WGMMA(compute)   ((compute) / 10 == 9)
#define WITH_TCGEN05(compute) ((compute) / 10 == 10 || (compute) / 10 == 11)

/* Of the tests that work on every quarter. */
static const struct units {
        enum check_kind last; /* for which the row is, from the one behind the row before on */
        unsigned sets;
        int from, to;            /* compute capability, both included */
        const char *path, *wide; /* and where there is wgmma; NULL: none */
        const char *newer;       /* where there is tcgen05, through which no test goes */
        bool rehearsed;
} units[] = {
        { CHECK_COMPUTE_FP64, CHAOS_SETS, 0, INT_MAX, "fma", NULL, NULL, true },
        { CHECK_COMPUTE_INT32, INTEGER_SETS, 0, INT_MAX, "integer", NULL, NULL, true },
        { CHECK_COMPUTE_HALF2, HALF_SETS, 0, INT_MAX, "fma", NULL, NULL, true },
        { CHECK_COMPUTE_INT8, TENSOR_SETS, 80, INT_MAX, "mma.sync", "wgmma", "tcgen05", false },
        { CHECK_COMPUTE_FP8_E5M2, TENSOR_SETS, 89, INT_MAX, "mma.sync", "wgmma", "tcgen05", false },
        { CHECK_COMPUTE_FP64_TENSOR, DOUBLE_SETS, 80, INT_MAX, "mma.sync", NULL, NULL, false },
        { CHECK_COMPUTE_SPARSE, TENSOR_SETS, 80, INT_MAX, "mma.sync", "wgmma", "tcgen05", false },
        { CHECK_LOAD_STEPS, TENSOR_SETS, 90, 90, NULL, NULL, NULL, false },
        { CHECK_SRAM_INSTRUCTION, 1, 0, INT_MAX, NULL, NULL, NULL, true },
        { CHECK_SRAM_BULK, 1, 90, INT_MAX, NULL, NULL, NULL, false },
        { CHECK_AGREEMENT, 1, 0, INT_MAX, NULL, NULL, NULL, true },
        { CHECK_SOAK, 1, 0, INT_MAX, NULL, NULL, "tcgen05", true },
        { CHECK_KINDS, 1, 0, INT_MAX, NULL, NULL, NULL, true },
};

static const struct units *units_of(enum check_kind kind)
{
        const struct units *row = units;

        while (row->last < kind)
                row++;
        return row;
}

unsigned check_operand_sets(enum check_kind kind)
{
        return units_of(kind)->sets;
}

bool check_has_units(enum check_kind kind, int compute)
{
        const struct units *row = units_of(kind);

        return compute >= row->from && compute <= row->to;
}

int check_units_from(enum check_kind kind)
{
        return units_of(kind)->from;
}

bool check_is_rehearsed(enum check_kind kind)
{
        return units_of(kind)->rehearsed;
}

const char *check_untested(enum check_kind kind, int compute)
{
        return WITH_TCGEN05(compute) ? units_of(kind)->newer : NULL;
}

bool check_has_path(enum check_kind kind, int compute, const char *path)
{
        const struct units *row = units_of(kind);

        return (row->path && strcmp(path, row->path) == 0) ||
               (row->wide && WITH_WGMMA(compute) && strcmp(path, row->wide) == 0);
}

/* In units of so many bytes, of each multiprocessor or in all, and at most so many of them. */
static const struct {
        enum check_kind kind;
        bool each;
        uint64_t unit, least, most;
} chips[] = {
        { CHECK_SRAM_SHARED, true, 16, 1, SRAM_SHARED_MOST / 16 },
        { CHECK_SRAM_REGISTERS, true, 4 * SRAM_THREADS, SRAM_REGISTERS, SRAM_REGISTERS },
        { CHECK_SRAM_L1, true, SRAM_LEVEL1_PART, 1, SRAM_SHARED_MOST / SRAM_LEVEL1_PART },
        { CHECK_SRAM_L2, false, SRAM_LEVEL2_PART, 1, SRAM_LEVEL2_MOST / SRAM_LEVEL2_PART },
        { CHECK_SRAM_ATOMICS, false, SRAM_LEVEL2_PART, 1, SRAM_LEVEL2_MOST / SRAM_LEVEL2_PART },
        { CHECK_SRAM_CONSTANT, true, 4 * SRAM_CONSTANT_WORDS, 1, 1 },
        { CHECK_SRAM_INSTRUCTION, true, CODE_BYTES *CODE_INSTRUCTIONS, 1, 1 },
        { CHECK_SRAM_BULK, true, 2 * SRAM_BULK_UNIT, 1, SRAM_SHARED_MOST / SRAM_BULK_UNIT / 2 },
};

bool check_sram_fits(enum check_kind kind, uint64_t bytes, uint64_t multiprocessors)
{
        for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
                uint64_t unit = chips[i].unit * (chips[i].each ? multiprocessors : 1);

                if (chips[i].kind == kind)
                        return unit > 0 && bytes % unit == 0 && bytes / unit >= chips[i].least &&
                               bytes / unit <= chips[i].most;
        }
        return true;
}

size_t check_sums_of(enum check_kind kind)
{
        return kind == CHECK_SPECIAL_FUNCTIONS ? SPECIAL_FUNCTIONS : 0;
}

const char *check_rate_of(enum check_kind kind)
{
        return check_has_metric(kind, "tops") ? "tops" : "tflops";
}

bool check_is_tiled(uint64_t memory_bytes)
{
        return memory_bytes % CHECK_TILE_BYTES == 0;
}

/* In some rounds of the march every second pair of words stays as it is, in each of its turns. */
static double unturned(double rounds)
{
        double end = rounds < CHECK_MARCH_RESTS_TO ? rounds : CHECK_MARCH_RESTS_TO;

        if (end <= CHECK_MARCH_RESTS_FROM)
                return 0;
        return memory[CHECK_MEMORY_INVERSIONS].moved.turn / 4 * (end - CHECK_MARCH_RESTS_FROM);
}

struct check_moved check_moved_of(enum check_kind kind, uint64_t memory_bytes, double rounds)
{
        struct check_moved of = { 0 };
        double bytes = (double)memory_bytes;

        if (kind > CHECK_MEMORY_FADE)
                return of;
        if (kind == CHECK_MEMORY_BLOCK) /* in two halves of whole tiles */
                bytes = 2.0 * (double)(memory_bytes / CHECK_TILE_BYTES / 2 * CHECK_TILE_BYTES);
        of = memory[kind].moved;
        of.write *= rounds * bytes;
        of.verify *= rounds * bytes;
        of.turn *= rounds * bytes;
        if (kind == CHECK_MEMORY_INVERSIONS)
                of.turn -= unturned(rounds) * bytes;
        return of;
}

double check_estimate_s(
        uint64_t chosen, enum check_level level, uint64_t memory_bytes, double bytes_per_s)
{
        double total = 0;

        for (enum check_kind i = 0; i < CHECK_KINDS; i++) {
                const struct check_amount *amount = check_amount_of(i, level);
                double limit = amount->ms / 1e3, once, needed;

                if (!(chosen >> i & 1))
                        continue;
                once = i > CHECK_MEMORY_FADE
                               ? 0
                               : memory[i].sweeps * (double)memory_bytes / bytes_per_s;
                needed = once * amount->rounds;
                if (i == CHECK_MEMORY_FADE)
                        total += needed + 2 * limit;
                else if (once == 0)
                        total += limit;
                else
                        total += once > limit ? once : needed < limit ? needed : limit;
        }
        return total;
}

double check_limit_s(enum check_kind kind, enum check_level level, uint64_t memory_bytes,
        double bytes_per_s, unsigned devices)
{
        double once = check_estimate_s(UINT64_C(1) << kind, level, memory_bytes, bytes_per_s);
        bool shared = kind >= CHECK_COPY_H2D && kind <= CHECK_LAST_COPY;

        return LIMIT_LEAST_S + LIMIT_TIMES * once * (shared && devices > 1 ? devices : 1);
}
