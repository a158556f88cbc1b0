/*
 * The built-in tests of the hardware, what each level does of them, and which of them a job asks
 * for. Pure; docs/validation.md is the reference. Names and metrics are stable: job files and
 * baselines hold them.
 */
#pragma once

#include "jobs/job.h"

enum check_level { CHECK_QUICK, CHECK_MEDIUM, CHECK_LONG, CHECK_LEVELS };

enum check_kind {
        CHECK_MEMORY_ADDRESS,
        CHECK_MEMORY_WALKING,
        CHECK_MEMORY_INVERSIONS,
        CHECK_MEMORY_RANDOM,
        CHECK_MEMORY_BLOCK,
        CHECK_MEMORY_MODULO,
        CHECK_MEMORY_FADE,
        CHECK_COMPUTE_FP32,
        CHECK_COMPUTE_FP64,
        CHECK_COMPUTE_INT32,
        CHECK_COMPUTE_HALF2,
        CHECK_COMPUTE_FP16,
        CHECK_COMPUTE_BF16,
        CHECK_COMPUTE_TF32,
        CHECK_COMPUTE_INT8,
        CHECK_COMPUTE_FP8_E4M3,
        CHECK_COMPUTE_FP8_E5M2,
        CHECK_COMPUTE_FP64_TENSOR,
        CHECK_COMPUTE_SPARSE,
        CHECK_LOAD_STEPS,
        CHECK_SRAM_SHARED,
        CHECK_SRAM_REGISTERS,
        CHECK_SRAM_L1,
        CHECK_SRAM_L2,
        CHECK_SRAM_ATOMICS,
        CHECK_SRAM_CONSTANT,
        CHECK_SRAM_INSTRUCTION,
        CHECK_SRAM_BULK,
        CHECK_SPECIAL_FUNCTIONS,
        CHECK_AGREEMENT,
        CHECK_TOGETHER,
        CHECK_SOAK,
        CHECK_COPY_H2D,
        CHECK_COPY_D2H,
        CHECK_COPY_BIDIRECTIONAL,
        CHECK_COPY_D2D,
        CHECK_COPY_P2P,
        CHECK_LATENCY,
        CHECK_HEALTH,
        CHECK_KINDS,

        /* the last of each family */
        CHECK_LAST_MEMORY = CHECK_MEMORY_FADE,
        CHECK_LAST_PLAIN = CHECK_COMPUTE_HALF2, /* units without tensor cores */
        CHECK_LAST_TENSOR = CHECK_COMPUTE_SPARSE,
        CHECK_LAST_SRAM = CHECK_SRAM_BULK,
        CHECK_LAST_COPY = CHECK_COPY_P2P,
};

/*
 * How much of a test: `rounds` of it at most, or `ms` of time, whichever ends first. No time: the
 * level does not have it (check_amount_of).
 */
struct check_amount {
        unsigned rounds, ms;
};

struct check_test {
        const char *name;
        const char *metrics; /* with blanks between them; what Require= may name */
        struct check_amount amount[CHECK_LEVELS];
};

/* By enum check_kind, which is the order in which they run and are recorded. */
extern const struct check_test check_tests[CHECK_KINDS];

/* How much of it is done: what Tests= asks for and no level but `long` has, as much as that has. */
const struct check_amount *check_amount_of(enum check_kind kind, enum check_level level);

bool check_level_parse(const char *name, enum check_level *ret_level);
const char *check_level_name(enum check_level level);
bool check_kind_parse(const char *name, size_t length, enum check_kind *ret_kind);

/* What a Type=check job asks for: the tests, a bit each by enum check_kind, and their amounts. */
uint64_t check_chosen(const struct job *job);
enum check_level check_level_of(const struct job *job);

/* The tests that a level has, likewise. */
uint64_t check_of_level(enum check_level level);

/* Whether the test has this metric. */
bool check_has_metric(enum check_kind kind, const char *metric);

/* Whether so many bytes of memory can be under test: it is taken in whole tiles. */
bool check_is_tiled(uint64_t memory_bytes);

/* The parts of so many multiprocessors, each with units of its own. */
long long check_quarters_of(long long multiprocessors);

/* Whether a test of the memory on the chip can have so much of it, of so many multiprocessors. */
bool check_sram_fits(enum check_kind kind, uint64_t bytes, uint64_t multiprocessors);

/* How many sums over special functions a test has; 0: none. */
size_t check_sums_of(enum check_kind kind);

/* The metric that an arithmetic test's rate has: "tflops", or "tops" of whole numbers. */
const char *check_rate_of(enum check_kind kind);

/* Whether a GPU of this compute capability (90: 9.0) has the units of a test; the oldest that has.
 */
bool check_has_units(enum check_kind kind, int compute);
int check_units_from(enum check_kind kind);

/* Whether a rehearsal has them, too. */
bool check_is_rehearsed(enum check_kind kind);

/* Whether the test may reach them through this ("fma", "wgmma") there. */
bool check_has_path(enum check_kind kind, int compute, const char *path);

/* What such a GPU has for this besides, and no test goes through ("tcgen05"); NULL: nothing. */
const char *check_untested(enum check_kind kind, int compute);

/* The sets of operands of an arithmetic test; one, of a test of the memory on the chip. */
unsigned check_operand_sets(enum check_kind kind);

/* What rounds of a memory test move by its numbers, in bytes. */
struct check_moved {
        double write, verify, turn; /* as write_gbps, verify_gbps and turn_gbps time it */
};

/* The first `rounds` of them over so many bytes. None moves more than the first. */
struct check_moved check_moved_of(enum check_kind kind, uint64_t memory_bytes, double rounds);

/*
 * About how many seconds the tests of `chosen` (a bit each, by enum check_kind) take once with the
 * amounts of `level`, on a GPU with so many bytes of memory that moves `bytes_per_s`.
 */
double check_estimate_s(
        uint64_t chosen, enum check_level level, uint64_t memory_bytes, double bytes_per_s);

/*
 * The seconds after which a test hangs: far more than that, and than what `devices` GPUs that are
 * checked at once may hold each other up. It is killed then.
 */
double check_limit_s(enum check_kind kind, enum check_level level, uint64_t memory_bytes,
        double bytes_per_s, unsigned devices);
