#include "runner/check/check.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/check_tests.h"
#include "lib/clock.h"
#include "runner/check/check_errors.h"
#include "runner/process/report.h"

#define MIB              (UINT64_C(1) << 20)
#define GIB              (UINT64_C(1) << 30)
#define PROGRESS_SECONDS 1.0
#define REHEARSAL_BYTES  MIB /* of memory under test there: it validates no hardware */

void check_number(struct check_run *run, const char *key, double value)
{
        json_object_set_new(run->result, key, json_real(value));
}

void check_count(struct check_run *run, const char *key, uint64_t value)
{
        json_object_set_new(run->result, key, json_integer((json_int_t)value));
}

void check_progress(struct check_run *run, double bytes, double flops)
{
        struct check *check = run->check;
        uint64_t chosen = check_chosen(check->job);
        uint64_t before = chosen & ((UINT64_C(1) << run->kind) - 1);

        check->moved_bytes += bytes;
        check->flops += flops;
        run->moved_bytes += bytes;
        run->flops += flops;
        if (!check_progress_is_due(run))
                return;
        check->next_progress = clock_seconds() + PROGRESS_SECONDS;
        report(check->report,
                json_pack("{s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:f, s:O}", "type", "progress",
                        "test", check_tests[run->kind].name, "number",
                        __builtin_popcountll(before) + 1, "tests", __builtin_popcountll(chosen),
                        "gbytes", check->moved_bytes / 1e9, "teraflop", check->flops / 1e12,
                        "own_gbytes", run->moved_bytes / 1e9, "own_teraflop", run->flops / 1e12,
                        "result", run->result));
}

bool check_progress_is_due(const struct check_run *run)
{
        return clock_seconds() >= run->check->next_progress;
}

bool check_module(
        struct check *check, CUmodule *module, const char *ptx, unsigned level, const char *name)
{
        double start = clock_seconds();
        bool good;

        if (*module)
                return true;
        good = gpu_load(&check->gpu, ptx, level, name, module);
        check->load_s += clock_seconds() - start;
        return good;
}

bool check_report_clear(struct check *check)
{
        memset(&check->seen, 0, sizeof(check->seen));
        check->seen.sabotage = check->faults.kernels;
        return gpu_upload(&check->gpu, check->report_address, &check->seen, sizeof(check->seen));
}

bool check_report_read(struct check *check)
{
        struct check_report *seen = &check->seen;

        if (!gpu_download(
                    &check->gpu, seen, check->report_address, offsetof(struct check_report, error)))
                return false;
        check->faults.acted += seen->sabotage.acted;
        return seen->recorded == 0 ||
               gpu_download(&check->gpu, seen->error,
                       check->report_address + offsetof(struct check_report, error),
                       check_errors_kept(seen) * sizeof(seen->error[0]));
}

static void tick(void *context)
{
        check_progress(context, 0, 0);
}

void check_enter(struct check_run *run, enum check_phase phase)
{
        check_phase_enter(run->check->phases, phase, CHECK_PHASE_WAIT_S, tick, run);
}

void check_begin_host(struct check_run *run)
{
        check_phase_begin_host(run->check->phases, CHECK_PHASE_WAIT_S, tick, run);
}

void check_end_host(struct check_run *run)
{
        check_phase_end_host(run->check->phases);
}

static int compare(const void *left, const void *right)
{
        double a = *(const double *)left, b = *(const double *)right;

        return (a > b) - (a < b);
}

double check_median(double *numbers, unsigned count)
{
        qsort(numbers, count, sizeof(numbers[0]), compare);
        return numbers[count / 2];
}

double check_slowness(struct check *check)
{
        unsigned long percent = check->faults.slow_percent;

        if (!check->measured)
                percent += check->faults.stumble_percent;
        check->measured = true;
        return 1 + (double)percent / 100;
}

void check_corrupt(struct check *check, CUdeviceptr data, uint64_t bytes)
{
        if (check->faults.corrupt)
                check->faults.corrupt(check, data, bytes);
}

unsigned long check_hurry(const struct check *check)
{
        return check->faults.hurry > 1 ? check->faults.hurry : 1;
}

bool check_goes_on(const struct check_run *run, unsigned rounds, double start)
{
        if (rounds >= run->amount.rounds)
                return false;
        /* the average round again would be too long */
        return (clock_seconds() - start) * (rounds + 1) / rounds < run->amount.ms / 1e3;
}

/* A little is left for what the driver needs while kernels run. */
static uint64_t memory_to_take(const struct check_gpu *gpu, uint64_t free)
{
        uint64_t keep = free / 256 < 256 * MIB ? free / 256 : 256 * MIB;
        uint64_t unit = free > GIB ? 2 * MIB : CHECK_TILE_BYTES;

        if (gpu->cuda.rehearsal && free > REHEARSAL_BYTES)
                return REHEARSAL_BYTES;
        return (free - keep) / unit * unit;
}

bool check_memory_take(struct check *check)
{
        struct check_gpu *gpu = &check->gpu;
        size_t free = 0, total = 0;
        CUresult result = CUDA_ERROR_OUT_OF_MEMORY;
        uint64_t bytes;

        if (check->memory && !check->memory_in_part)
                return true;
        if (!check_memory_drop(check) || !GPU(gpu, cuMemGetInfo, &free, &total))
                return false;
        if (check->faults.share > 1)
                free /= check->faults.share;
        bytes = memory_to_take(gpu, free);
        while (bytes >= 2 * CHECK_TILE_BYTES && result == CUDA_ERROR_OUT_OF_MEMORY) {
                result = gpu->cuda.cuMemAlloc(&check->memory, bytes);
                if (result == CUDA_ERROR_OUT_OF_MEMORY)
                        bytes -= free > GIB ? 16 * MIB : CHECK_TILE_BYTES;
        }
        check->memory_bytes = bytes;
        check->free_bytes = free;
        return gpu_succeed(gpu, result, "allocating the memory under test");
}

bool check_memory_take_some(struct check *check, uint64_t bytes)
{
        if (!check_memory_drop(check) || !gpu_allocate(&check->gpu, bytes, &check->memory))
                return false;
        check->memory_bytes = bytes;
        check->memory_in_part = true;
        return true;
}

bool check_memory_drop(struct check *check)
{
        CUdeviceptr memory = check->memory;

        check->memory = 0;
        check->memory_in_part = false;
        return !memory || gpu_free(&check->gpu, memory);
}
