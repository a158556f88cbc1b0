/*
 * Load that comes and goes: all tensor cores work for half a period and rest for the other half,
 * from once a second to ten thousand times, and every result is compared. It is for the supply
 * behind the chip, which answers to steps and not to a steady load.
 */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "kernels/check/steps.h"
#include "lib/clock.h"
#include "runner/answers/check_known.h"
#include "runner/check/check.h"
#include "runner/check/check_embed.h"
#include "runner/tests/check_blame.h"
#include "runner/tests/check_compute.h"

#define OPTIMISE     1u /* as the other products: one instruction over and over */
#define LOOK_US      5000u
#define REST_SECONDS 0.3 /* before the first step, for what an idle GPU takes */
#define SLOWEST_NS   UINT64_C(1000000000)
#define FASTEST_NS   UINT64_C(100000)
#define LEAST_SWING  0.6 /* of what there is between an idle GPU and its power limit */
#define LEAST_OPEN   0.3 /* of the time; a round that is under way is ended: at 10 kHz there are */
#define MOST_OPEN    0.9 /* two in each period, which take 0.7 to 0.81 of it, as the clock is */

/* Parts of the test's time: the slow one, each of the fast ones, and all of the sweep. */
#define SLOW_PART  0.6
#define FAST_PART  0.08
#define SWEEP_PART 0.08

struct steps {
        CUfunction function;
        CUdeviceptr a, b, expected;
        uint64_t steps, blocks, open_ns, whole_ns; /* so far, of all blocks */
        double idle_w, low_w, high_w;              /* NAN: power cannot be read */
        double least_open, most_open;              /* shares of a period */
        uint32_t set;                              /* of operands, by turns */
};

static bool upload(struct check_gpu *gpu, const void *table, uint64_t bytes, CUdeviceptr *ret_to)
{
        return gpu_allocate(gpu, bytes, ret_to) && gpu_upload(gpu, *ret_to, table, bytes);
}

static bool prepare(struct check_run *run, struct steps *steps)
{
        static uint32_t a[KNOWN_WGMMA_A], b[KNOWN_WGMMA_B], expected[KNOWN_WGMMA_EXPECTED];
        static CUmodule module;
        struct check_gpu *gpu = &run->check->gpu;

        known_wgmma(KNOWN_BF16, a, b, expected);
        return check_module(run->check, &module, check_ptx_steps, OPTIMISE, "load step") &&
               gpu_function(gpu, module, "steps_bf16", &steps->function) &&
               upload(gpu, a, sizeof(a), &steps->a) && upload(gpu, b, sizeof(b), &steps->b) &&
               upload(gpu, expected, sizeof(expected), &steps->expected) &&
               check_report_clear(run->check);
}

static void clear(struct check_gpu *gpu, const struct steps *steps)
{
        const CUdeviceptr tables[] = { steps->a, steps->b, steps->expected };

        for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
                if (tables[i])
                        gpu->cuda.cuMemFree(tables[i]);
}

/* --- power --- */

static double power_now(struct check_run *run)
{
        double watts;

        return health_watch_power(&run->check->health, &watts) ? watts : NAN;
}

/* fmin and fmax leave out what is no number. */
static void take_power(struct check_run *run, struct steps *steps)
{
        double watts = power_now(run);

        steps->low_w = fmin(steps->low_w, watts);
        steps->high_w = fmax(steps->high_w, watts);
}

static void measure_idle(struct check_run *run, struct steps *steps)
{
        double end = clock_seconds() + REST_SECONDS / (double)check_hurry(run->check);

        steps->idle_w = steps->low_w = steps->high_w = NAN;
        do {
                usleep(LOOK_US);
                steps->idle_w = fmin(steps->idle_w, power_now(run));
        } while (clock_seconds() < end);
}

/* --- a frequency --- */

/* What the blocks of this launch have added to the report. */
static bool take_report(struct check_run *run, struct steps *steps, uint64_t total_ns)
{
        const unsigned long long *sums = run->check->seen.range;
        uint64_t blocks, open_ns;
        double open;

        if (!check_report_read(run->check))
                return false;
        blocks = sums[STEPS_BLOCKS] - steps->blocks;
        open_ns = sums[STEPS_OPEN_NS] - steps->open_ns;
        open = blocks > 0 ? (double)open_ns / ((double)blocks * (double)total_ns) : 0;
        steps->least_open = fmin(steps->least_open, open);
        steps->most_open = fmax(steps->most_open, open);
        steps->blocks = sums[STEPS_BLOCKS];
        steps->open_ns = sums[STEPS_OPEN_NS];
        steps->steps = sums[STEPS_EDGES];
        return true;
}

/* Whole periods only, and one at least: so long as `total_ns`, about. */
static bool run_period(
        struct check_run *run, struct steps *steps, uint64_t period_ns, uint64_t total_ns)
{
        struct check_gpu *gpu = &run->check->gpu;
        uint64_t half_ns = period_ns / 2;
        void *parameters[] = { &run->check->report_address, &steps->a, &steps->b, &steps->expected,
                &half_ns, &total_ns, &steps->set };

        total_ns = (total_ns / period_ns + (total_ns < period_ns)) * period_ns;
        if (!gpu_launch(gpu, steps->function, (unsigned)gpu->multiprocessors, WGMMA_THREADS,
                    parameters) ||
                !GPU(gpu, cuEventRecord, gpu->end, gpu->stream))
                return false;
        while (gpu->cuda.cuEventQuery(gpu->end) == CUDA_ERROR_NOT_READY) {
                usleep(LOOK_US);
                if (period_ns == SLOWEST_NS)
                        take_power(run, steps);
                check_progress(run, 0, 0);
        }
        steps->set = (steps->set + 1) % TENSOR_SETS;
        return gpu_wait(gpu) && take_report(run, steps, total_ns);
}

/* Both sets of operands, by halves. */
static bool run_frequency(
        struct check_run *run, struct steps *steps, uint64_t period_ns, double part)
{
        uint64_t total_ns = (uint64_t)(part * run->amount.ms * 1e6 / TENSOR_SETS);

        for (unsigned i = 0; i < TENSOR_SETS; i++)
                if (!run_period(run, steps, period_ns, total_ns))
                        return false;
        return true;
}

/* From 10 kHz to 20 Hz in steps that no frequency of a supply falls through. */
static bool run_sweep(struct check_run *run, struct steps *steps)
{
        const double first = 1e5, last = 5e7 / (double)check_hurry(run->check), ratio = 1.5;
        unsigned periods = 0;

        for (double period = first; period < last; period *= ratio)
                periods++;
        for (double period = first; period < last; period *= ratio)
                if (!run_frequency(run, steps, (uint64_t)period, SWEEP_PART / periods))
                        return false;
        return true;
}

static bool run_all(struct check_run *run, struct steps *steps)
{
        static const struct {
                uint64_t period_ns;
                double part;
        } rows[] = {
                { SLOWEST_NS, SLOW_PART },
                { SLOWEST_NS / 10, FAST_PART },
                { SLOWEST_NS / 100, FAST_PART },
                { SLOWEST_NS / 1000, FAST_PART },
                { FASTEST_NS, FAST_PART },
        };
        const uint64_t hurry = check_hurry(run->check);

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint64_t period_ns = rows[i].period_ns / hurry;

                if (!run_frequency(run, steps, period_ns > FASTEST_NS ? period_ns : FASTEST_NS,
                            rows[i].part))
                        return false;
        }
        return run_sweep(run, steps);
}

/* --- what came of it --- */

/* A load that did not come and go has proven nothing. */
static enum status judge(struct check_run *run, const struct steps *steps)
{
        enum status status = check_blame(run, TENSOR_SETS, "wrong results", "result");
        double limit = (double)run->check->health.before.value[HEALTH_POWER_LIMIT_MW] / 1e3;
        double swing = steps->high_w - steps->low_w, least = LEAST_SWING * (limit - steps->idle_w);

        check_count(run, "load_steps", steps->steps / (steps->blocks ? steps->blocks : 1));
        check_number(run, "least_load_percent", 100 * steps->least_open);
        check_number(run, "most_load_percent", 100 * steps->most_open);
        if (!isnan(swing)) {
                check_number(run, "idle_w", steps->idle_w);
                check_number(run, "swing_w", swing);
        }
        if (status != STATUS_PASS)
                return status;
        if (steps->least_open < LEAST_OPEN || steps->most_open > MOST_OPEN)
                return check_say(run, STATUS_ERROR,
                        "the load was there for %.0f to %.0f %% of a period, not for half of it",
                        100 * steps->least_open, 100 * steps->most_open);
        if (!isnan(swing) && limit > 0 && swing < least)
                return check_say(run, STATUS_ERROR,
                        "once a second the power went up and down by %.0f W only; %.0f W are "
                        "needed, %.0f %% of what is between idle (%.0f W) and the limit (%.0f W)",
                        swing, least, 100 * LEAST_SWING, steps->idle_w, limit);
        return STATUS_PASS;
}

enum status check_steps(struct check_run *run)
{
        struct check_gpu *gpu = &run->check->gpu;
        struct steps steps = { .least_open = 1, .most_open = 0 };
        enum status status = STATUS_ERROR;

        if (check_unit_is_missing(run))
                return STATUS_SKIP;
        if (prepare(run, &steps)) {
                measure_idle(run, &steps);
                if (run_all(run, &steps))
                        status = judge(run, &steps);
        }
        clear(gpu, &steps);
        return status;
}
