#include "runner/check/check_job.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "runner/check/check.h"
#include "runner/check/check_embed.h"
#include "runner/process/report.h"

#define ERRORS_A_MESSAGE 32u
#define POINTS_A_MESSAGE 256u
#define REHEARSAL_SPEED  1e8 /* bytes a second that the interpreter moves, about */
#define REHEARSAL_TIMES  10  /* of the time that a GPU may take */
#define ENDING_S         60.0

/* --- which tests --- */

static check_test_main *main_of(enum check_kind kind)
{
        if (kind <= CHECK_LAST_MEMORY)
                return check_memory;
        if (kind <= CHECK_LAST_PLAIN)
                return check_compute;
        if (kind <= CHECK_LAST_TENSOR)
                return check_tensor;
        if (kind == CHECK_LOAD_STEPS)
                return check_steps;
        if (kind <= CHECK_SRAM_ATOMICS)
                return check_sram;
        if (kind <= CHECK_LAST_SRAM)
                return check_chip;
        if (kind == CHECK_TOGETHER)
                return check_together;
        if (kind == CHECK_SOAK)
                return check_soak;
        if (kind == CHECK_SPECIAL_FUNCTIONS)
                return check_special;
        if (kind == CHECK_AGREEMENT)
                return check_agreement;
        if (kind <= CHECK_COPY_D2D)
                return check_copy;
        return kind == CHECK_COPY_P2P  ? check_p2p
               : kind == CHECK_LATENCY ? check_latency
                                       : check_health;
}

/* --- running them --- */

static void send_errors(struct check *check, const char *test, const json_t *errors)
{
        for (size_t from = 0; from < json_array_size(errors); from += ERRORS_A_MESSAGE) {
                json_t *piece = json_array();

                for (size_t i = from; i < from + ERRORS_A_MESSAGE; i++)
                        json_array_append(piece, json_array_get(errors, i));
                report(check->report, json_pack("{s:s, s:s, s:o}", "type", "errors", "test", test,
                                              "errors", piece));
        }
}

/* A GPU that reports its own uncorrectable error has failed, not merely erred. */
static enum status explain_gpu(struct check_run *run, enum status status)
{
        const struct check_gpu *gpu = &run->check->gpu;

        if (gpu->result == CUDA_SUCCESS)
                return status;
        run->reason[0] = '\0';
        return check_say(run,
                gpu->result == CUDA_ERROR_ECC_UNCORRECTABLE ? STATUS_FAIL : STATUS_ERROR, "%s",
                gpu->error);
}

static enum status run_main(struct check_run *run)
{
        if (run->check->gpu.result != CUDA_SUCCESS && run->kind != CHECK_HEALTH)
                return check_say(
                        run, STATUS_NOTRUN, "the GPU failed before: %s", run->check->gpu.error);
        if (run->kind == CHECK_HEALTH)
                return check_health(run);
        /* Here and not where the room is needed: the driver clears it while the units are tested.
         */
        if (run->kind > CHECK_MEMORY_FADE && !check_memory_drop(run->check))
                return explain_gpu(run, STATUS_ERROR);
        return explain_gpu(run, main_of(run->kind)(run));
}

/* Two transfers a clock, as all memory of GPUs has them; four fifths of that is realistic. */
static double memory_speed(struct check_gpu *gpu)
{
        int khz = 0, bits = 0;

        if (gpu->cuda.rehearsal)
                return REHEARSAL_SPEED;
        gpu->cuda.cuDeviceGetAttribute(&khz, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE, gpu->device);
        gpu->cuda.cuDeviceGetAttribute(
                &bits, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH, gpu->device);
        return khz > 0 && bits > 0 ? 0.8 * 2e3 * khz * bits / 8 : 5e11;
}

/* From now on until the next limit; `test` NULL: what is behind the tests. */
static void tell_limit(struct check *check, const char *test, double seconds)
{
        report(check->report,
                json_pack("{s:s, s:s?, s:f}", "type", "limit", "test", test, "s", seconds));
}

static double limit_of(struct check *check, enum check_kind kind)
{
        double limit = check_limit_s(kind, check->level, check->device->memory_bytes,
                memory_speed(&check->gpu), check->devices);

        if (kind == CHECK_SOAK && check->until > 0) /* it may take all that is left */
                limit += fmax(0, check->until - clock_seconds());
        if (check->faults.limit_s > 0)
                return (double)check->faults.limit_s;
        return check->gpu.cuda.rehearsal ? REHEARSAL_TIMES * limit : limit;
}

static void run_test(struct check *check, enum check_kind kind, unsigned turn)
{
        const struct check_test *test = &check_tests[kind];
        struct check_run run = {
                .check = check,
                .kind = kind,
                .amount = *check_amount_of(kind, check->level),
                .turn = turn,
                .result = json_pack("{s:s}", "test", test->name),
                .errors = json_array(),
        };
        double start = clock_seconds();
        enum status status;

        run.amount.ms /= (unsigned)check_hurry(check);
        if (check->faults.steady && run.amount.rounds > 1)
                run.amount.ms = UINT_MAX;
        check->measured = false;
        if (kind != CHECK_COPY_P2P)
                check_enter(&run, CHECK_PHASE_OWN);
        report_step(check->report, test->name);
        tell_limit(check, test->name, limit_of(check, kind));
        check_progress(&run, 0, 0);
        if (check->faults.before_test)
                check->faults.before_test(&run);
        status = run_main(&run);
        if (check->faults.judge)
                check->faults.judge(&run, status);
        json_object_set_new(run.result, "status", json_string(status_name(status)));
        if (run.reason[0])
                json_object_set_new(run.result, "reason", json_string(run.reason));
        check_number(&run, "wall_s", clock_seconds() - start);
        report(check->report, json_pack("{s:s, s:o}", "type", "test", "result", run.result));
        send_errors(check, test->name, run.errors);
        json_decref(run.errors);
}

/* Once, or with each fault that it is to be tried with. */
static void try_test(struct check *check, enum check_kind kind, unsigned turn)
{
        if (!check->faults.plant)
                run_test(check, kind, turn);
        else
                while (check->faults.plant(check, kind))
                        run_test(check, kind, turn);
}

/* The chosen tests in the order in which they run. */
static unsigned order_tests(const struct check *check, enum check_kind order[CHECK_KINDS])
{
        uint64_t chosen = check_chosen(check->job);
        unsigned count = (unsigned)__builtin_popcountll(chosen), place = 0;

        for (enum check_kind i = 0; i < CHECK_KINDS; i++)
                if (chosen >> i & 1)
                        order[(place++ + count - check->faults.first % count) % count] = i;
        return count;
}

/* At least once; a long check goes on until its time is over or the GPU is gone. */
static void run_tests(struct check *check)
{
        enum check_kind order[CHECK_KINDS];
        unsigned count = order_tests(check, order), turn = 0;

        do {
                for (unsigned i = 0; i < count; i++) {
                        bool late = turn > 0 && clock_seconds() >= check->until;

                        if (!late || order[i] == CHECK_HEALTH)
                                try_test(check, order[i], turn);
                }
                turn++;
        } while (clock_seconds() < check->until && check->gpu.result == CUDA_SUCCESS);
}

/* --- before and after --- */

static bool fail(struct check *check, const char *why)
{
        report_error(check->report, "%s", why);
        return false;
}

static bool open_library(struct check *check)
{
        char why[WHY_SIZE];
        int count = 0;

        if (!cuda_open(&check->gpu.cuda, why) || !cuda_has_checks(&check->gpu.cuda, why))
                return fail(check, why);
        if (!GPU(&check->gpu, cuInit, 0) || !GPU(&check->gpu, cuDeviceGetCount, &count))
                return fail(check, check->gpu.error);
        check->devices = (unsigned)count;
        report(check->report, json_pack("{s:s, s:i}", "type", "devices", "count", count));
        return true;
}

/* The device must be the one that was planned, whatever order CUDA lists them in today. */
static bool make_context(struct check *check)
{
        struct check_gpu *gpu = &check->gpu;
        char uuid[DEVICE_UUID_LENGTH + 1], why[WHY_SIZE];

        if (!GPU(gpu, cuDeviceGet, &gpu->device, (int)check->device->index) ||
                !gpu_succeed(gpu, cuda_uuid(&gpu->cuda, gpu->device, uuid), "cuDeviceGetUuid"))
                return fail(check, gpu->error);
        if (strcmp(uuid, check->device->uuid) != 0) {
                why_not(why, "GPU %u is now %s, but %s was planned", check->device->index, uuid,
                        check->device->uuid);
                return fail(check, why);
        }
        if (!GPU(gpu, cuCtxCreate, &gpu->context, 0, gpu->device) || !gpu_prepare(gpu))
                return fail(check, gpu->error);
        return true;
}

static bool prepare_kernels(struct check *check)
{
        struct check_gpu *gpu = &check->gpu;

        if (check_module(
                    check, &check->memory_module, check_ptx_memory, CUDA_OPTIMISE_MOST, "memory") &&
                gpu_allocate(gpu, sizeof(struct check_report), &check->report_address) &&
                check_report_clear(check))
                return true;
        return fail(check, gpu->error);
}

static bool read_health(struct check *check)
{
        const char *sys = check->device->rehearsal ? NULL : "/sys"; /* it is in no machine */

        health_watch_start(
                &check->health, check->device, check->faults.sys ? check->faults.sys : sys);
        return true;
}

static bool read_standing(struct check *check)
{
        telemetry_watch_start(&check->telemetry, &check->health);
        standing_read_start(&check->standing, &check->health.nvml, &check->health.before);
        return true;
}

static bool say_plan(struct check *check)
{
        uint64_t chosen = check_chosen(check->job);
        double once = check_estimate_s(
                chosen, check->level, check->device->memory_bytes, memory_speed(&check->gpu));
        double duration = (double)check->job->check.duration_ms / 1e3;

        report(check->report,
                json_pack("{s:s, s:i, s:f}", "type", "plan", "tests", __builtin_popcountll(chosen),
                        "estimate_s", duration > once ? duration : once));
        if (duration > 0)
                check->until = clock_seconds() + duration;
        return true;
}

static const struct step {
        const char *name, *timing;
        bool (*run)(struct check *check);
} steps[] = {
        { "loading libcuda.so.1", "init", open_library },
        { "making the context", "context", make_context },
        { "reading the GPU's health", "health", read_health },
        { "reading the GPU's condition", "standing", read_standing },
        { "compiling the kernels", "module", prepare_kernels },
        { "planning", NULL, say_plan },
};

static bool run_steps(struct check *check)
{
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                double start = clock_seconds();

                report_step(check->report, steps[i].name);
                if (!steps[i].run(check))
                        return false;
                if (steps[i].timing)
                        report_timing(check->report, steps[i].timing, clock_seconds() - start);
        }
        return true;
}

/* Of each part of it, so that a slow one is seen. */
static void end_standing(struct check *check)
{
        const double *group_s = check->standing.group_s;

        standing_read_end(&check->standing);
        if (!check->health.nvml.library)
                return;
        report_timing(check->report, "standing_modes", group_s[STANDING_MODES]);
        report_timing(check->report, "standing_rows", group_s[STANDING_ROWS]);
        report_timing(check->report, "standing_faults", group_s[STANDING_FAULTS]);
        report_timing(check->report, "standing_processes", group_s[STANDING_PROCESSES]);
        report_timing(check->report, "standing_names", group_s[STANDING_NAMES]);
        report_timing(check->report, "inforom", check->standing.inforom_s);
}

/* The readings of all the time. */
static void send_series(struct check *check)
{
        const struct telemetry *telemetry = &check->telemetry.telemetry;

        for (enum telemetry_column i = 0; i <= TELEMETRY_COLUMNS; i++)
                for (unsigned from = 0; from < telemetry->points; from += POINTS_A_MESSAGE)
                        report(check->report, json_pack("{s:s, s:s, s:o}", "type", "series",
                                                      "column", telemetry_name(i), "points",
                                                      telemetry_column(telemetry, i, from,
                                                              from + POINTS_A_MESSAGE)));
}

int check_job_main(void *context, int report_fd, int order)
{
        static struct check check;
        const struct check_task *task = context;

        (void)order;
        check.job = task->job;
        check.device = task->device;
        check.report = report_fd;
        check.phases = task->phases;
        check.level = check_level_of(task->job);
        if (check_sabotage)
                check_sabotage(&check);
        if (!run_steps(&check)) {
                telemetry_watch_end(&check.telemetry);
                standing_read_end(&check.standing);
                return 1;
        }
        run_tests(&check);
        report_step(report_fd, "ending");
        tell_limit(&check, NULL, ENDING_S);
        telemetry_watch_end(&check.telemetry);
        end_standing(&check);
        send_series(&check);
        health_watch_end(&check.health);
        report_timing(report_fd, "compile", check.load_s);
        fflush(NULL);
        report(report_fd, json_pack("{s:s}", "type", "end"));
        return 0;
}
