#include "runner/check/trials.h"

#include <stdio.h>
#include <string.h>

#include "kernels/check/agreement.h"
#include "kernels/check/code.h"
#include "kernels/check/sram.h"
#include "runner/answers/check_agreed.h"
#include "runner/check/check_errors.h"

#define TRIES       8u  /* for each fault that is wanted; some draws change nothing */
#define DRAWS       16u /* numbers of each */
#define SHOWN       8u  /* faults that were missed */
#define SIGNIFICAND 23u /* bits of what most sums are; others are often ones in every result */

/* The words of device memory that the fault is in. */
struct place {
        CUdeviceptr word, other; /* the one that is wrong; the one that it gets */
        unsigned bit, follows;
        bool set;
};

static struct trials {
        enum trial_fault fault;
        unsigned long count;
        uint64_t (*random)(uint64_t number);

        bool under_way; /* of the test `kind` */
        bool skipped;
        enum check_kind kind;
        unsigned long drawn, planted, named;
        struct check_sabotage plan;
        struct place place;
} trials;

static const char *const names[TRIAL_FAULTS] = { "thread", "quarter", "mask", "wide", "alike",
        "stuck", "coupled", "code", "copy", "flip", "address", "data" };

bool trial_fault_parse(const char *name, enum trial_fault *ret_fault)
{
        for (enum trial_fault i = 0; i < TRIAL_FAULTS; i++) {
                if (strcmp(name, names[i]) == 0) {
                        *ret_fault = i;
                        return true;
                }
        }
        return false;
}

/* --- drawing --- */

static uint64_t draw(unsigned number, uint64_t below)
{
        return trials.random(DRAWS * trials.drawn + number) % (below > 0 ? below : 1);
}

static uint64_t shared_words(struct check_gpu *gpu)
{
        int bytes = 0;

        GPU(gpu, cuDeviceGetAttribute, &bytes,
                CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, gpu->device);
        return (uint64_t)bytes / 16 * 2;
}

/* No word of the first step: zero is none. */
static void draw_couple(struct check_sabotage *plan, uint64_t words)
{
        const uint64_t step = 2 * SRAM_THREADS, steps = words / step;
        uint64_t aggressor = 1 + draw(4, steps - 1), victim = 1 + draw(5, steps - 1);

        if (victim == aggressor)
                victim = 0;
        plan->aggressor = 8 * (aggressor * step + draw(6, step));
        plan->victim = 8 * (victim * step + draw(7, step));
        plan->aggressor_bit = (unsigned)draw(8, 64);
        plan->victim_bit = (unsigned)draw(9, 64);
        plan->falls = (unsigned)draw(10, 2);
        plan->effect = (unsigned)draw(11, 3);
}

/* Of whole numbers and of what agreement hashes any bit, of other sums one of the significand. */
static unsigned draw_bit(enum check_kind kind)
{
        uint64_t bits = SIGNIFICAND;

        if (kind == CHECK_COMPUTE_INT32 || kind == CHECK_COMPUTE_INT8)
                bits = 32;
        else if (kind == CHECK_AGREEMENT)
                bits = 64;
        return (unsigned)draw(2, bits);
}

/* Up to eight bits, of those that every result has; two places may be the same. */
static uint64_t draw_mask(void)
{
        uint64_t places = draw(14, UINT64_MAX), mask = 0;
        unsigned bits = 2 + (unsigned)draw(13, 7);

        for (unsigned i = 0; i < bits; i++)
                mask |= UINT64_C(1) << (places >> 5 * i & 31);
        return mask;
}

static unsigned sets_of(enum check_kind kind)
{
        return kind == CHECK_AGREEMENT ? AGREEMENT_KINDS : check_operand_sets(kind);
}

/* In one quarter, with one set. */
static bool is_in_quarter(void)
{
        return trials.fault >= TRIAL_QUARTER && trials.fault <= TRIAL_WIDE;
}

static void draw_unit(struct check *check, enum check_kind kind, struct check_sabotage *plan)
{
        plan->alike = trials.fault == TRIAL_ALIKE;
        if (!plan->alike)
                plan->multiprocessor = 1 + (unsigned)draw(0, (uint64_t)check->gpu.multiprocessors);
        if (is_in_quarter())
                plan->quarter = 1 + (unsigned)draw(1, CHECK_QUARTERS);
        if (is_in_quarter() || plan->alike)
                plan->set = 1 + (unsigned)draw(3, sets_of(kind));
        if (plan->alike &&
                plan->set == 1 + AGREEMENT_APPROXIMATE_LONG) /* none knows the right one */
                plan->set++;
        plan->bit = trials.fault == TRIAL_STUCK ? (unsigned)draw(2, UINT32_MAX) : draw_bit(kind);
        plan->mask = trials.fault == TRIAL_MASK   ? draw_mask()
                     : trials.fault == TRIAL_WIDE ? UINT64_MAX
                                                  : 0;
        if (trials.fault == TRIAL_COUPLED)
                draw_couple(plan, shared_words(&check->gpu));
}

static void draw_plan(struct check *check, enum check_kind kind)
{
        struct check_sabotage plan = { 0 };

        if (trials.fault <= TRIAL_COUPLED)
                draw_unit(check, kind, &plan);
        trials.plan = plan;
        trials.place = (struct place){ 0 };
        check->faults.kernels = plan;
        check->faults.mma = draw(12, 2);
        check->faults.wrong_code =
                trials.fault == TRIAL_CODE ? 1 + (unsigned)draw(15, CODE_INSTRUCTIONS) : 0;
        check->faults.acted = trials.fault == TRIAL_CODE;
}

static void say_sum(void)
{
        if (trials.skipped)
                printf("saboteur: %s: not on this device\n", check_tests[trials.kind].name);
        else
                printf("saboteur: %s: planted %lu (%s, %lu draws did nothing), found and named "
                       "%lu\n",
                        check_tests[trials.kind].name, trials.planted, names[trials.fault],
                        trials.drawn - trials.planted, trials.named);
        fflush(stdout);
}

static bool plant(struct check *check, enum check_kind kind)
{
        if (!trials.under_way) {
                trials.under_way = true;
                trials.kind = kind;
                trials.drawn = trials.planted = trials.named = 0;
                trials.skipped = false;
        }
        if (trials.skipped || trials.planted >= trials.count ||
                trials.drawn >= TRIES * trials.count) {
                trials.under_way = false;
                say_sum();
                return false;
        }
        trials.drawn++;
        draw_plan(check, kind);
        return true;
}

/* --- what is done to memory --- */

static bool get(struct check_gpu *gpu, CUdeviceptr address, uint64_t *ret_word)
{
        return gpu_download(gpu, ret_word, address, sizeof(*ret_word));
}

static void draw_place(CUdeviceptr base, uint64_t bytes)
{
        struct place *place = &trials.place;
        uint64_t words = bytes / 8, word = draw(4, words), line = 1;

        while (2 * line < words && draw(5, 64) > 0 && line < (UINT64_C(1) << draw(6, 40)))
                line *= 2;
        place->word = base + 8 * word;
        place->other = base + 8 * ((word ^ line) < words ? word ^ line : word);
        place->bit = (unsigned)draw(7, 64);
        place->follows = (place->bit + 1 + (unsigned)draw(8, 63)) % 64;
        place->set = true;
}

/* The word as the fault has it. */
static bool spoilt(struct check_gpu *gpu, uint64_t word, uint64_t *ret_word)
{
        const struct place *place = &trials.place;
        uint64_t follows = word >> place->follows & 1;

        if (trials.fault == TRIAL_ADDRESS)
                return get(gpu, place->other, ret_word);
        *ret_word = trials.fault == TRIAL_DATA
                            ? (word & ~(UINT64_C(1) << place->bit)) | follows << place->bit
                            : word ^ UINT64_C(1) << place->bit;
        return true;
}

/* A stuck line is so whenever something was written; a bit is turned once. */
static void spoil(struct check *check, CUdeviceptr base, uint64_t bytes)
{
        struct check_gpu *gpu = &check->gpu;
        struct place *place = &trials.place;
        bool stays = trials.fault == TRIAL_ADDRESS || trials.fault == TRIAL_DATA;
        uint64_t before, after;

        if (place->set && !stays)
                return;
        if (!place->set)
                draw_place(base, bytes);
        if (place->word < base || place->word >= base + bytes)
                return;
        if (get(gpu, place->word, &before) && spoilt(gpu, before, &after) && before != after &&
                gpu_upload(gpu, place->word, &after, sizeof(after)))
                check->faults.acted++;
}

static void wrote(struct check_run *run, CUdeviceptr base, uint64_t bytes)
{
        spoil(run->check, base, bytes);
}

/* --- judging --- */

/* One multiprocessor and, where the fault is in one, one quarter: a thread of each of its blocks
 * may be in any. */
static bool names_unit(const struct check_run *run)
{
        const json_t *list = json_object_get(run->result, "wrong_multiprocessors");
        const json_t *one = json_array_get(list, 0), *quarters = json_object_get(one, "quarters");
        unsigned wrong = 0, last = 0;

        for (unsigned i = 0; i < json_array_size(quarters); i++) {
                if (json_integer_value(json_array_get(quarters, i)) > 0) {
                        wrong++;
                        last = i;
                }
        }
        return json_array_size(list) == 1 &&
               json_integer_value(json_object_get(one, "multiprocessor")) + 1 ==
                       (json_int_t)trials.plan.multiprocessor &&
               (!is_in_quarter() || (wrong == 1 && last + 1 == trials.plan.quarter));
}

/* All that was kept is at the place; which bit is wrong is no secret unless another word is there.
 */
static bool are_all(const struct check_report *seen, uint64_t where, uint64_t bits)
{
        for (uint64_t i = 0; i < check_errors_kept(seen); i++) {
                if (seen->error[i].where != where ||
                        (bits && (seen->error[i].expected ^ seen->error[i].found) != bits))
                        return false;
        }
        return check_errors_kept(seen) > 0;
}

/* Where a word has gone to is another question: by its wrong bit, of a whole word or of a half. */
static bool has_bits(const struct check_report *seen, uint64_t whole, uint64_t half)
{
        for (uint64_t i = 0; i < check_errors_kept(seen); i++) {
                uint64_t wrong = seen->error[i].expected ^ seen->error[i].found;

                if (wrong != whole && wrong != half)
                        return false;
        }
        return check_errors_kept(seen) > 0;
}

/* Of copies how many words are wrong is told, and of everything at once only how many and where. */
static bool names_word(const struct check_run *run)
{
        const struct place *place = &trials.place;
        const struct check_report *seen = &run->check->seen;
        uint64_t bit = trials.fault == TRIAL_ADDRESS ? 0 : UINT64_C(1) << place->bit;
        char text[64];

        snprintf(text, sizeof(text), "the first at 0x%llx", (unsigned long long)place->word);
        if (run->kind == CHECK_TOGETHER && trials.fault == TRIAL_FLIP)
                return strstr(run->reason, text) != NULL;
        if (run->kind > CHECK_SRAM_ATOMICS && run->kind <= CHECK_LAST_SRAM)
                return has_bits(seen, UINT64_C(1) << place->bit, UINT64_C(1) << place->bit % 32);
        if (run->kind > CHECK_LAST_SRAM)
                return json_integer_value(json_object_get(run->result, "errors")) == 1;
        return are_all(seen, place->word, bit);
}

static bool is_named(const struct check_run *run)
{
        char text[64];

        if (trials.fault == TRIAL_ALIKE) {
                snprintf(text, sizeof(text), "the hash of %s is",
                        agreed_name((enum agreement_kind)(trials.plan.set - 1)));
                return strstr(run->reason, text) != NULL;
        }
        if (trials.fault == TRIAL_CODE)
                return json_array_size(json_object_get(run->result, "wrong_multiprocessors")) ==
                       (size_t)run->check->gpu.multiprocessors;
        if (trials.fault == TRIAL_COUPLED)
                return names_unit(run) && are_all(&run->check->seen, trials.plan.victim,
                                                  UINT64_C(1) << trials.plan.victim_bit);
        return trials.fault < TRIAL_COUPLED ? names_unit(run) : names_word(run);
}

static void say_missed(const struct check_run *run, const char *what)
{
        const struct check_sabotage *plan = &trials.plan;
        const struct place *place = &trials.place;

        printf("saboteur: %s: %s: draw %lu, multiprocessor %d, quarter %d, set %d, bit %u, words "
               "0x%llx and 0x%llx, bits %u and %u%s: %s\n",
                check_tests[run->kind].name, what, trials.drawn, (int)plan->multiprocessor - 1,
                (int)plan->quarter - 1, (int)plan->set - 1, plan->bit,
                (unsigned long long)place->word, (unsigned long long)place->other, place->bit,
                place->follows, run->check->faults.mma ? ", mma" : "", run->reason);
}

static void judge(const struct check_run *run, enum status status)
{
        bool acted = run->check->faults.acted > 0;
        enum status wanted = acted ? STATUS_FAIL : STATUS_PASS;
        bool good = status == STATUS_SKIP || (status == wanted && (!acted || is_named(run)));

        trials.skipped = status == STATUS_SKIP;
        trials.planted += acted;
        trials.named += acted && good;
        if (!good && trials.drawn - trials.named < SHOWN + trials.drawn / 2)
                say_missed(run, acted ? "missed" : "complains of nothing");
}

void trials_set(struct check *check, enum trial_fault fault, unsigned long count,
        uint64_t (*random)(uint64_t number))
{
        trials = (struct trials){ .fault = fault, .count = count, .random = random };
        check->faults.plant = plant;
        check->faults.judge = judge;
        check->faults.after_write = fault > TRIAL_COPY ? wrote : NULL;
        check->faults.after_check = NULL;
        check->faults.after_round = NULL;
        check->faults.wants_more = NULL;
        check->faults.corrupt = fault == TRIAL_COPY ? spoil : NULL;
}
