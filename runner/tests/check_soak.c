/*
 * The test that heats the GPU through: full load until its temperature has settled, or the time is
 * over. Every result of the load is compared.
 */
#include <math.h>

#include "lib/clock.h"
#include "runner/check/check.h"
#include "runner/machine/settle.h"
#include "runner/tests/check_blame.h"
#include "runner/tests/check_compute.h"

/* A temperature from the first reading to the last; NAN: none yet. */
struct heat {
        double start, end, most;
};

struct soak {
        struct check_run *run;
        struct check_unit unit;
        uint32_t rounds; /* of a launch */
        double start, end, window_s;
        unsigned long samples; /* of the telemetry, when it was looked at last */
        struct heat chip, memory;
        struct settle settle;
        bool sloped, settled;
        double slope, settle_s;
        struct health_load health;
};

/* --- the temperature --- */

static void take_heat(struct heat *heat, double celsius)
{
        if (isnan(celsius))
                return;
        if (isnan(heat->start))
                heat->start = celsius;
        heat->end = celsius;
        heat->most = fmax(heat->most, celsius);
}

/* Looks at the newest of the readings that are taken ten times a second. */
static void look(struct soak *soak)
{
        struct telemetry_point point;
        unsigned long samples = telemetry_watch_last(&soak->run->check->telemetry, &point);

        if (samples == soak->samples)
                return;
        soak->samples = samples;
        take_heat(&soak->chip, point.value[TELEMETRY_TEMPERATURE_C]);
        take_heat(&soak->memory, point.value[TELEMETRY_MEMORY_TEMPERATURE_C]);
        settle_take(&soak->settle, point.time_s, point.value[TELEMETRY_TEMPERATURE_C]);
        soak->sloped = settle_slope(&soak->settle, &soak->slope);
        soak->settled = soak->sloped && fabs(soak->slope) < SETTLE_C_PER_MIN;
        soak->settle_s = clock_seconds() - soak->start;
}

static void add_heat(struct check_run *run, const struct heat *heat, const char *const keys[3])
{
        const double values[] = { heat->start, heat->end, heat->most };

        for (int i = 0; i < 3; i++)
                if (!isnan(values[i]))
                        check_count(run, keys[i], (uint64_t)values[i]);
}

static void add_temperatures(const struct soak *soak)
{
        static const char *const chip[] = { "start_c", "end_c", "temperature_c" };
        static const char *const memory[] = { "memory_start_c", "memory_end_c",
                "memory_temperature_c" };
        struct check_run *run = soak->run;

        health_load_add(&soak->health, run->result);
        add_heat(run, &soak->chip, chip);
        add_heat(run, &soak->memory, memory);
        json_object_set_new(run->result, "settled", json_boolean(soak->settled));
        if (soak->sloped)
                check_number(run, "slope_c_per_min", soak->slope);
        if (soak->settled)
                check_number(run, "settle_s", soak->settle_s);
}

/* --- the load --- */

/* The hottest there is: bf16 on tensor cores, else fused multiply-adds. */
static bool prepare(struct soak *soak)
{
        struct check_run unit_run = *soak->run;
        struct check *check = soak->run->check;
        bool tensor = check->gpu.compute_major >= 8 && !check->gpu.cuda.rehearsal;

        unit_run.kind = tensor ? CHECK_COMPUTE_BF16 : CHECK_COMPUTE_FP32;
        return check_report_clear(check) && check_unit_prepare(&unit_run, &soak->unit) &&
               check_unit_calibrate(check, &soak->unit, &soak->rounds);
}

/* A long check has the time of its level, but every test a window of it. */
static void set_times(struct soak *soak)
{
        const struct check *check = soak->run->check;

        soak->settle.window_s = SETTLE_WINDOW_S / (double)check_hurry(check);
        soak->start = clock_seconds();
        soak->end = soak->start + soak->run->amount.ms / 1e3;
        if (check->until > 0)
                soak->end = fmax(check->until, soak->start + soak->settle.window_s + 1);
}

/* Launches, always one ahead. */
static bool load(struct soak *soak)
{
        struct check *check = soak->run->check;
        struct check_gpu *gpu = &check->gpu;
        double flops = soak->unit.flops * soak->unit.grid * soak->rounds;
        unsigned launches = 0;
        CUevent mark[2];

        if (!GPU(gpu, cuEventCreate, &mark[0], 0) || !GPU(gpu, cuEventCreate, &mark[1], 0))
                return false;
        do {
                if (!check_unit_launch(check, &soak->unit, soak->rounds, soak->rounds * launches) ||
                        !GPU(gpu, cuEventRecord, mark[launches % 2], gpu->stream))
                        return false;
                if (launches++ > 0 &&
                        !gpu_succeed(gpu, gpu->cuda.cuEventSynchronize(mark[launches % 2]),
                                "the kernel"))
                        return false;
                health_sample(&check->health, &soak->health);
                look(soak);
                add_temperatures(soak);
                check_progress(soak->run, 0, flops);
        } while ((!soak->settled && clock_seconds() < soak->end) ||
                 (uint64_t)soak->rounds * launches < soak->unit.sets);
        return gpu_wait(gpu);
}

static enum status judge(struct soak *soak)
{
        struct check_run *run = soak->run;
        enum status status = check_blame(run, soak->unit.sets, "wrong results", "result");

        if (status != STATUS_PASS || soak->sloped)
                return status;
        return check_say(run, STATUS_ERROR,
                "the temperature was not readable for most of the last %g s: nothing tells whether "
                "it has settled",
                soak->settle.window_s);
}

enum status check_soak(struct check_run *run)
{
        static struct soak soak;
        struct telemetry_point now;
        enum status status = STATUS_ERROR;

        soak = (struct soak){ .run = run, .chip = { NAN, NAN, NAN }, .memory = { NAN, NAN, NAN } };
        if (telemetry_watch_last(&run->check->telemetry, &now) == 0 ||
                isnan(now.value[TELEMETRY_TEMPERATURE_C]))
                return check_say(run, STATUS_SKIP,
                        "the GPU's temperature is not readable: nothing would tell when it has "
                        "settled");
        if (prepare(&soak)) {
                set_times(&soak);
                if (load(&soak)) {
                        check_unit_tell_untested(run);
                        check_number(run, "busy_s", clock_seconds() - soak.start);
                        status = judge(&soak);
                }
        }
        check_unit_clear(&run->check->gpu, &soak.unit);
        return status;
}
