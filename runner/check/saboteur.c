/*
 * Faults on purpose, to prove that the checks find them. Only a test program is linked
 * with this. FORESTAGE_SABOTAGE says what is to be spoilt, with commas between:
 *   flip=N,seed=S    the next N times that a pattern was written and not yet checked, one random
 *                    bit of the memory under test is turned, and the check must name it exactly;
 *                    the pattern is repeated until all N were planted
 *   product=SM       one product of every arithmetic test is wrong on this multiprocessor
 *   slow=PERCENT     what is moved or computed is measured this much slower
 *   crowd=N          N blocks more of each arithmetic test's kernel run beside it, which takes the
 *                    time of so many multiprocessors, or less
 *   stumble=PERCENT  the first thing that each test measures is measured this much slower
 *   device=N         all of this happens to this GPU alone
 *   mma=1            mma.sync is used even where wgmma is there
 *   share=N          only an Nth of the free memory is under test, so that N runs fit side by side
 *   hurry=N          each test has an Nth of its time
 *   corrupt=1        one bit of what a copy brought is turned before it is verified
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/check/pattern.h"
#include "runner/check/check.h"
#include "runner/check/check_errors.h"

static struct sabotage {
        unsigned long flips, seed, slow, stumble, crowd, corrupt, mma, share, hurry;
        unsigned long product; /* ULONG_MAX: none */
        unsigned long device;  /* ULONG_MAX: all */
} wanted = { .product = ULONG_MAX, .device = ULONG_MAX };

static const struct wish {
        const char *name;
        unsigned long *number;
} known_wishes[] = {
        { "flip", &wanted.flips },
        { "seed", &wanted.seed },
        { "product", &wanted.product },
        { "device", &wanted.device },
        { "slow", &wanted.slow },
        { "stumble", &wanted.stumble },
        { "crowd", &wanted.crowd },
        { "corrupt", &wanted.corrupt },
        { "mma", &wanted.mma },
        { "share", &wanted.share },
        { "hurry", &wanted.hurry },
};

/* The bit that is turned and not yet looked for. */
static struct plant {
        bool pending;
        CUdeviceptr address;
        unsigned bit;
} plant;

static unsigned long planted, exact;

static void read_wish(const char *name, const char *value)
{
        for (size_t i = 0; i < sizeof(known_wishes) / sizeof(known_wishes[0]); i++) {
                if (strcmp(name, known_wishes[i].name) == 0) {
                        *known_wishes[i].number = strtoul(value, NULL, 10);
                        return;
                }
        }
        fprintf(stderr, "saboteur: '%s' is not known\n", name);
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

static bool wants_more(void)
{
        return planted < wanted.flips;
}

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
                .slow_percent = wanted.slow,
                .stumble_percent = wanted.stumble,
                .crowd_blocks = (unsigned)wanted.crowd,
                .crowd = wanted.crowd ? crowd : NULL,
                .disperse = wanted.crowd ? disperse : NULL,
                .mma = wanted.mma != 0,
                .multiprocessor_and_1 = (uint32_t)(wanted.product + 1),
                .after_write = after_write,
                .after_check = after_check,
                .wants_more = wants_more,
                .corrupt = wanted.corrupt ? corrupt : NULL,
        };
}
