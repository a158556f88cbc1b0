/*
 * Faults on purpose, to prove that the checks find them. Only a test program is linked
 * with this. FORESTAGE_SABOTAGE says what is to be spoilt, with commas between:
 *   flip=N,seed=S    the next N times that a pattern was written and not yet checked, one random
 *                    bit of the memory under test is turned, and the check must name it exactly;
 *                    the pattern is repeated until all N were planted
 *   couple=N,seed=S  one random bit acts on another of the same tile when it rises or falls, and
 *                    memory-inversions must name the other; then the next pair, until all N were
 *                    there. The two do not share a step of the march
 *   near=1           they do, and the pair is there for CHECK_MARCH_ROUNDS, if need be
 *   product=SM       one result of one thread of every arithmetic test is wrong on this
 *                    multiprocessor, in a round of each launch; or, with the next line,
 *   quarter=Q,bit=B  this bit of one result of every thread in this quarter of it is stuck
 *   mask=M           of that result, or of all of them in the quarter, these bits are inverted, and
 *                    no other is wrong; wide=1 is all of them
 *   alike=1          it is, or they are, in every quarter of every multiprocessor, not in one
 *   set=N            only with this set of operands (of agreement: results of this operation; with
 *                    idle=1, in this of its kernels)
 *   idle=1           that quarter is not wrong, but does not say that it worked on the set
 *   expect=SM        one word is expected with a wrong bit B, once, by this multiprocessor
 *   slow=PERCENT     what is moved or computed is measured this much slower
 *   crowd=N          N blocks more of each arithmetic test's kernel run beside it, which takes the
 *                    time of so many multiprocessors, or less
 *   stumble=PERCENT  the first thing that each test measures is measured this much slower
 *   device=N         all of this happens to this GPU alone
 *   mma=1            mma.sync is used even where wgmma is there
 *   share=N          only an Nth of the free memory is under test, so that N runs fit side by side
 *   hurry=N          each test has an Nth of its time
 *   corrupt=1        one bit of what a copy brought, of what a cache is to hold, or of the code of
 *                    sram-instruction is turned before it is verified
 *   trials=N,fault=F each test is run with one random fault of a kind (trials.h has them), until N
 *                    of them did something
 *   first=N          the first N tests come behind the others
 *   hang=TEST        this one never ends; of memory, after its first round
 *   steady=1         what counts rounds or samples does all of them, however long that takes
 *   limit=N          each test has N seconds before it hangs
 * FORESTAGE_SYS is a folder that is read instead of /sys.
 */
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels/check/code.h"
#include "kernels/check/pattern.h"
#include "runner/check/check.h"
#include "runner/check/check_errors.h"
#include "runner/check/trials.h"

static struct sabotage {
        unsigned long flips, couples, near, seed, slow, stumble, crowd, corrupt, mma, share, hurry,
                bit, idle, trials, mask, wide, alike, first, limit, steady;
        unsigned long product, quarter, set, expect; /* ULONG_MAX: none */
        unsigned long device;                        /* ULONG_MAX: all */
        enum trial_fault fault;
        unsigned long hang; /* ULONG_MAX: none */
} wanted = {
        .product = ULONG_MAX,
        .quarter = ULONG_MAX,
        .set = ULONG_MAX,
        .expect = ULONG_MAX,
        .device = ULONG_MAX,
        .hang = ULONG_MAX,
};

static const struct wish {
        const char *name;
        unsigned long *number;
} known_wishes[] = {
        { "flip", &wanted.flips },
        { "seed", &wanted.seed },
        { "couple", &wanted.couples },
        { "near", &wanted.near },
        { "product", &wanted.product },
        { "quarter", &wanted.quarter },
        { "set", &wanted.set },
        { "bit", &wanted.bit },
        { "idle", &wanted.idle },
        { "mask", &wanted.mask },
        { "wide", &wanted.wide },
        { "alike", &wanted.alike },
        { "expect", &wanted.expect },
        { "device", &wanted.device },
        { "slow", &wanted.slow },
        { "stumble", &wanted.stumble },
        { "crowd", &wanted.crowd },
        { "corrupt", &wanted.corrupt },
        { "mma", &wanted.mma },
        { "share", &wanted.share },
        { "hurry", &wanted.hurry },
        { "trials", &wanted.trials },
        { "first", &wanted.first },
        { "steady", &wanted.steady },
        { "hang", &wanted.hang },
        { "limit", &wanted.limit },
};

/* The bit that is turned and not yet looked for. */
static struct plant {
        bool pending;
        CUdeviceptr address;
        unsigned bit;
} plant;

static unsigned long planted, exact;

/* A number, or the name of a test. */
static unsigned long read_value(const char *value)
{
        enum check_kind kind;

        return check_kind_parse(value, strlen(value), &kind) ? kind : strtoul(value, NULL, 10);
}

static void read_wish(const char *name, const char *value)
{
        for (size_t i = 0; i < sizeof(known_wishes) / sizeof(known_wishes[0]); i++) {
                if (strcmp(name, known_wishes[i].name) == 0) {
                        *known_wishes[i].number = read_value(value);
                        return;
                }
        }
        if (strcmp(name, "fault") != 0 || !trial_fault_parse(value, &wanted.fault))
                fprintf(stderr, "saboteur: '%s=%s' is not known\n", name, value);
}

static void read_wishes(void)
{
        const char *text = getenv("FORESTAGE_SABOTAGE");
        char copy[256], *rest = copy, *word;

        snprintf(copy, sizeof(copy), "%s", text ? text : "");
        while ((word = strsep(&rest, ","))) {
                char *value = strchr(word, '=');

                if (value) {
                        *value = '\0';
                        read_wish(word, value + 1);
                }
        }
}

static uint64_t random_number(uint64_t number)
{
        struct pattern_counter counter = { { (uint32_t)number, 0, 0, 0 } };

        counter = pattern_philox(counter, (uint32_t)wanted.seed, 0x5ab07e02u, 10);
        return (uint64_t)counter.word[1] << 32 | counter.word[0];
}

static bool turn_bit(struct check_gpu *gpu, CUdeviceptr address, unsigned bit)
{
        uint64_t word = 0;

        if (!gpu_download(gpu, &word, address, sizeof(word)))
                return false;
        word ^= UINT64_C(1) << bit;
        return gpu_upload(gpu, address, &word, sizeof(word));
}

static void after_write(struct check_run *run, CUdeviceptr base, uint64_t bytes)
{
        if (planted >= wanted.flips || plant.pending)
                return;
        plant.address = base + random_number(2 * planted) % (bytes / 8) * 8;
        plant.bit = random_number(2 * planted + 1) % 64;
        plant.pending = turn_bit(&run->check->gpu, plant.address, plant.bit);
        planted += plant.pending;
}

/* One error more, at the place, with the bit, and the same on second reading. */
static bool is_exact(const struct check_report *seen)
{
        const struct check_error *error = &seen->error[planted - 1];

        return seen->errors == planted && seen->recorded == planted &&
               planted <= CHECK_MAX_ERRORS && error->where == plant.address &&
               (error->expected ^ error->found) == UINT64_C(1) << plant.bit &&
               error->again == error->found;
}

static void after_check(struct check_run *run)
{
        if (run->kind == wanted.hang) /* what has come out by then is told */
                run->check->next_progress = 0;
        if (!plant.pending || !check_report_read(run->check))
                return;
        plant.pending = false;
        if (is_exact(&run->check->seen))
                exact++;
        else
                printf("saboteur: missed bit %u at 0x%" PRIx64 "\n", plant.bit, plant.address);
        if (planted == wanted.flips) {
                printf("saboteur: planted %lu, found exactly %lu\n", planted, exact);
                fflush(stdout);
        }
}

/* --- bits that act on others --- */

/* The pair that is there; the report's errors before it. */
static struct couple {
        bool there;
        struct check_sabotage plan;
        unsigned rounds;
        uint64_t errors, recorded;
} couple;

static unsigned long coupled, coupled_found;

/* A word of the tile that is in the step of `other`, or is not. */
static uint64_t word_beside(uint64_t other, uint64_t number)
{
        const uint64_t steps = CHECK_TILE_BYTES / CHECK_STEP_BYTES, words = CHECK_STEP_BYTES / 8;
        uint64_t step = other / words, word = random_number(number) % words;

        if (!wanted.near)
                step = (step + 1 + random_number(number + 1) % (steps - 1)) % steps;
        return step * words + word;
}

static struct check_sabotage plan_couple(uint64_t number, CUdeviceptr base, uint64_t bytes)
{
        uint64_t draw = 16 * number, kind = random_number(draw) % 6;
        uint64_t tile = random_number(draw + 1) % (bytes / CHECK_TILE_BYTES);
        uint64_t words = CHECK_TILE_BYTES / 8, word = random_number(draw + 2) % words;
        uint64_t other = word_beside(word, draw + 3);
        struct check_sabotage plan = {
                .aggressor = base + (tile * words + word) * 8,
                .victim = base + (tile * words + other) * 8,
                .aggressor_bit = random_number(draw + 5) % 64,
                .victim_bit = random_number(draw + 6) % 64,
                .falls = kind % 2,
                .effect = (unsigned)(kind / 2),
        };

        if (word == other && plan.aggressor_bit == plan.victim_bit)
                plan.victim_bit ^= 1;
        return plan;
}

/* Beside what is there already, and without the report that the kernels have begun. */
static bool send_plan(struct check_gpu *gpu, CUdeviceptr report, const struct check_sabotage *plan)
{
        return gpu_upload(
                gpu, report + offsetof(struct check_report, sabotage), plan, sizeof(*plan));
}

static void couple_next(struct check_run *run, CUdeviceptr base, uint64_t bytes)
{
        const struct check_report *seen = &run->check->seen;

        if (couple.there || coupled >= wanted.couples || !check_report_read(run->check))
                return;
        couple = (struct couple){
                .there = true,
                .plan = plan_couple(coupled, base, bytes),
                .errors = seen->errors,
                .recorded = seen->recorded,
        };
        coupled++;
        send_plan(&run->check->gpu, run->check->report_address, &couple.plan);
}

/* Something was found, and nothing but the bit that was acted on. */
static bool names_victim(const struct check_report *seen)
{
        if (seen->errors == couple.errors)
                return false;
        for (uint64_t i = couple.recorded; i < check_errors_kept(seen); i++) {
                const struct check_error *error = &seen->error[i];

                if (error->where != couple.plan.victim ||
                        (error->expected ^ error->found) != UINT64_C(1) << couple.plan.victim_bit)
                        return false;
        }
        return true;
}

static void say_couple(const char *what)
{
        const struct check_sabotage *plan = &couple.plan;
        static const char *const effects[] = { "clears", "sets", "inverts" };

        printf("saboteur: %s bit %u at 0x%llx, which bit %u at 0x%llx %s when it %s\n", what,
                plan->victim_bit, plan->victim, plan->aggressor_bit, plan->aggressor,
                effects[plan->effect], plan->falls ? "falls" : "rises");
}

/* As if a kernel never came back, or the driver. */
static void hang(const struct check_run *run)
{
        while (run->kind == wanted.hang)
                pause();
}

/* The next pair begins with the first round. */
static bool after_round(struct check_run *run)
{
        const unsigned rounds = wanted.near ? CHECK_MARCH_ROUNDS : 1;
        bool found;

        hang(run);
        couple.rounds++;
        if (!couple.there || !check_report_read(run->check))
                return false;
        found = names_victim(&run->check->seen);
        if (!found && couple.rounds < rounds)
                return false;
        couple.there = false;
        coupled_found += found;
        if (!found)
                say_couple("missed");
        if (coupled == wanted.couples) {
                printf("saboteur: coupled %lu, found exactly %lu\n", coupled, coupled_found);
                fflush(stdout);
        }
        return true;
}

static void wrote(struct check_run *run, CUdeviceptr base, uint64_t bytes)
{
        after_write(run, base, bytes);
        couple_next(run, base, bytes);
}

static void before_test(struct check_run *run)
{
        if (run->kind > CHECK_LAST_MEMORY)
                hang(run);
}

static bool wants_more(void)
{
        return planted < wanted.flips || coupled < wanted.couples || couple.there;
}

/* --- */

static void corrupt(struct check *check, CUdeviceptr data, uint64_t bytes)
{
        turn_bit(&check->gpu, data + random_number(bytes) % (bytes / 8) * 8,
                random_number(bytes + 1) % 64);
}

/* In a stream of their own. */
static CUstream beside;

static bool crowd(struct check *check, CUfunction function, unsigned threads, void **parameters)
{
        struct check_gpu *gpu = &check->gpu;

        if (!beside && !GPU(gpu, cuStreamCreate, &beside, CU_STREAM_NON_BLOCKING))
                return false;
        return GPU(gpu, cuLaunchKernel, function, check->faults.crowd_blocks, 1, 1, threads, 1, 1,
                0, beside, parameters, NULL);
}

static bool disperse(struct check *check)
{
        return GPU(&check->gpu, cuStreamSynchronize, beside);
}

void check_sabotage(struct check *check)
{
        read_wishes();
        if (wanted.device != ULONG_MAX && wanted.device != check->device->index)
                return;
        check->faults = (struct check_faults){
                .share = wanted.share,
                .hurry = wanted.hurry,
                .first = wanted.first,
                .limit_s = wanted.limit,
                .steady = wanted.steady != 0,
                .sys = getenv("FORESTAGE_SYS"),
                .before_test = before_test,
                .slow_percent = wanted.slow,
                .stumble_percent = wanted.stumble,
                .crowd_blocks = (unsigned)wanted.crowd,
                .crowd = wanted.crowd ? crowd : NULL,
                .disperse = wanted.crowd ? disperse : NULL,
                .mma = wanted.mma != 0,
                .wrong_code =
                        wanted.corrupt ? 1 + (unsigned)(random_number(7) % CODE_INSTRUCTIONS) : 0,
                .kernels = { .multiprocessor = (uint32_t)(wanted.product + 1),
                        .quarter = (uint32_t)(wanted.quarter + 1),
                        .mask = wanted.wide ? ULONG_MAX : wanted.mask,
                        .set = (uint32_t)(wanted.set + 1),
                        .bit = (uint32_t)wanted.bit,
                        .idle = wanted.idle != 0,
                        .alike = wanted.alike != 0,
                        .expects = (uint32_t)(wanted.expect + 1) },
                .after_write = wrote,
                .after_check = after_check,
                .after_round = after_round,
                .wants_more = wants_more,
                .corrupt = wanted.corrupt ? corrupt : NULL,
        };
        if (wanted.trials)
                trials_set(check, wanted.fault, wanted.trials, random_number);
}
