/*
 * The arithmetic tests: sustained load with a known answer. compute-fp32 and -fp64 iterate the
 * logistic map on the plain units; the others multiply on the tensor cores, through wgmma where
 * the GPU has it and mma.sync elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "runner/check/check.h"
#include "runner/check/check_embed.h"
#include "runner/check/check_errors.h"
#include "runner/check/check_limits.h"
#include "runner/tests/check_known.h"

#define LAUNCH_SECONDS 0.04 /* of one launch; two are under way at a time */
#define MAX_ROUNDS     1000000.0
#define WGMMA_OPTIMISE                                                          \
        1u /* the kernels are one instruction over and over: higher levels take \
              a hundred times as long to compile them and change nothing */

/* One arithmetic test, ready to be launched. */
struct unit {
        CUfunction function;
        unsigned threads;
        CUdeviceptr table[3]; /* inputs and what is expected */
        unsigned tables;
        unsigned sets; /* of operands, that every warp works on */
        double flops;  /* of a block in a round */
        unsigned grid; /* blocks: as many as fit on the GPU at once */
        const char *path;
};

/* --- tables --- */

static bool add_table(struct check_gpu *gpu, struct unit *unit, const void *table, uint64_t bytes)
{
        CUdeviceptr *address = &unit->table[unit->tables];

        if (!gpu_allocate(gpu, bytes, address))
                return false;
        unit->tables++;
        return gpu_upload(gpu, *address, table, bytes);
}

static void free_tables(struct check_gpu *gpu, struct unit *unit)
{
        while (unit->tables > 0)
                gpu->cuda.cuMemFree(unit->table[--unit->tables]);
}

/* Four operations a step: two fused multiply-adds. */
static bool prepare_chaos(struct check_gpu *gpu, struct unit *unit, bool single)
{
        static union {
                float fp32[KNOWN_CHAOS_VALUES];
                double fp64[KNOWN_CHAOS_VALUES];
        } seed, expected;
        uint64_t bytes = single ? sizeof(seed.fp32) : sizeof(seed.fp64);

        if (single)
                known_chaos_fp32(seed.fp32, expected.fp32);
        else
                known_chaos_fp64(seed.fp64, expected.fp64);
        unit->threads = CHAOS_THREADS;
        unit->sets = CHAOS_SETS;
        unit->flops = 4.0 * CHAOS_STEPS * KNOWN_CHAOS_VALUES;
        unit->path = "fma";
        return add_table(gpu, unit, &seed, bytes) && add_table(gpu, unit, &expected, bytes);
}

static bool prepare_mma(struct check_gpu *gpu, struct unit *unit, enum known_type type)
{
        static uint32_t a[KNOWN_MMA_A], b[KNOWN_MMA_B], expected[KNOWN_MMA_EXPECTED];

        known_mma(type, a, b, expected);
        unit->threads = TENSOR_THREADS;
        unit->sets = TENSOR_SETS;
        unit->flops = 2.0 * 16 * 8 * known_depth(type) * 64 * TENSOR_STEPS * TENSOR_THREADS / 32;
        unit->path = "mma.sync";
        return add_table(gpu, unit, a, sizeof(a)) && add_table(gpu, unit, b, sizeof(b)) &&
               add_table(gpu, unit, expected, sizeof(expected));
}

static bool prepare_wgmma(struct check_gpu *gpu, struct unit *unit, enum known_type type)
{
        static uint32_t a[KNOWN_WGMMA_A], b[KNOWN_WGMMA_B], expected[KNOWN_WGMMA_EXPECTED];

        known_wgmma(type, a, b, expected);
        unit->threads = WGMMA_THREADS;
        unit->sets = TENSOR_SETS;
        unit->flops = 2.0 * 64 * 256 * known_depth(type) * WGMMA_TILES * TENSOR_STEPS *
                      WGMMA_THREADS / 128;
        unit->path = "wgmma";
        return add_table(gpu, unit, a, sizeof(a)) && add_table(gpu, unit, b, sizeof(b)) &&
               add_table(gpu, unit, expected, sizeof(expected));
}

/* --- load --- */

/* What the kernel is given; `first`: the number of the first of the rounds, by which the sets go.
 */
struct parameters {
        void *list[6];
};

static struct parameters parameters_of(
        struct check *check, const struct unit *unit, uint32_t *rounds, uint32_t *first)
{
        struct parameters parameters = { { &check->report_address } };

        for (unsigned i = 0; i < unit->tables; i++)
                parameters.list[1 + i] = (void *)&unit->table[i];
        parameters.list[1 + unit->tables] = rounds;
        parameters.list[2 + unit->tables] = first;
        return parameters;
}

static bool launch(struct check *check, const struct unit *unit, uint32_t rounds, uint32_t first)
{
        struct parameters parameters = parameters_of(check, unit, &rounds, &first);

        return gpu_launch(&check->gpu, unit->function, unit->grid, unit->threads, parameters.list);
}

/* Where a saboteur comes in: others on the same multiprocessors, for as long as the load lasts. */
static bool crowd(struct check_run *run, const struct unit *unit, uint32_t rounds)
{
        struct check *check = run->check;
        uint32_t all = (uint32_t)(rounds * (1 + run->amount.ms / 1e3 / LAUNCH_SECONDS)), first = 0;
        struct parameters parameters = parameters_of(check, unit, &all, &first);

        return !check->faults.crowd ||
               check->faults.crowd(check, unit->function, unit->threads, parameters.list);
}

static bool disperse(struct check *check)
{
        return !check->faults.disperse || check->faults.disperse(check);
}

/* Fills the GPU, and finds out how many rounds make a launch of the wanted length. */
static bool calibrate(struct check *check, struct unit *unit, uint32_t *ret_rounds)
{
        struct check_gpu *gpu = &check->gpu;
        int blocks = 0;
        double seconds = 0, rounds;

        if (!GPU(gpu, cuOccupancyMaxActiveBlocksPerMultiprocessor, &blocks, unit->function,
                    (int)unit->threads, 0))
                return false;
        unit->grid = (unsigned)(gpu->multiprocessors * (blocks > 0 ? blocks : 1));
        for (int i = 0; i < 2; i++) { /* the first loads the code */
                if (!gpu_time_start(gpu) || !launch(check, unit, 1, 0) ||
                        !gpu_time_end(gpu, &seconds))
                        return false;
        }
        rounds = LAUNCH_SECONDS / (seconds > 0 ? seconds : LAUNCH_SECONDS);
        *ret_rounds = rounds < 1            ? 1
                      : rounds > MAX_ROUNDS ? (uint32_t)MAX_ROUNDS
                                            : (uint32_t)rounds;
        return true;
}

/* Launches, always one ahead, until the time is over and every set has had its turn. */
static bool load(struct check_run *run, const struct unit *unit, uint32_t rounds,
        struct health_load *health, double *ret_seconds, double *ret_flops)
{
        struct check *check = run->check;
        struct check_gpu *gpu = &check->gpu;
        double start = clock_seconds(), end = start + run->amount.ms / 1e3;
        double flops = unit->flops * unit->grid * rounds;
        CUevent mark[2];
        unsigned launches = 0;

        for (int i = 0; i < 2; i++) {
                if (!GPU(gpu, cuEventCreate, &mark[i], 0))
                        return false;
        }
        if (!gpu_time_start(gpu))
                return false;
        do {
                if (!launch(check, unit, rounds, rounds * launches) ||
                        !GPU(gpu, cuEventRecord, mark[launches % 2], gpu->stream))
                        return false;
                if (launches++ > 0 &&
                        !gpu_succeed(gpu, gpu->cuda.cuEventSynchronize(mark[launches % 2]),
                                "the kernel"))
                        return false;
                if (launches > 1)
                        health_sample(&check->health, health);
                check_progress(run, 0, flops);
        } while (clock_seconds() < end || (uint64_t)rounds * launches < unit->sets);
        *ret_flops = flops * launches;
        return gpu_time_end(gpu, ret_seconds);
}

/* --- what came of it --- */

static enum status say_errors(struct check_run *run)
{
        struct check_report *seen = &run->check->seen;
        const struct check_error *first = &seen->error[0];

        check_errors_sort(seen);
        json_object_set_new(
                run->result, "wrong_multiprocessors", check_errors_by_multiprocessor(seen));
        for (uint32_t i = 0; i < check_errors_kept(seen) && i < CHECK_SHOWN_ERRORS; i++)
                json_array_append_new(run->errors, check_error_of_unit(&seen->error[i]));
        return check_say(run, STATUS_FAIL,
                "%llu wrong results, the first on multiprocessor %u, quarter %u: result %llu is "
                "0x%llx instead of 0x%llx",
                seen->errors, first->sm, first->quarter, first->where, first->found,
                first->expected);
}

/* What was not tried cannot pass. */
static enum status judge(struct check_run *run, const struct unit *unit)
{
        struct check *check = run->check;
        struct check_coverage covered;

        if (!check_report_read(check))
                return STATUS_ERROR;
        check_coverage(&check->seen, unit->sets, &covered);
        check_count(run, "multiprocessors", covered.multiprocessors);
        check_count(run, "quarters", covered.quarters);
        check_count(run, "operand_sets", unit->sets);
        check_count(run, "least_rounds", covered.least);
        check_count(run, "errors", check->seen.errors);
        if (check->seen.errors > 0)
                return say_errors(run);
        if (covered.multiprocessors < (unsigned)check->gpu.multiprocessors)
                return check_say(run, STATUS_ERROR, "only %u of %d multiprocessors worked",
                        covered.multiprocessors, check->gpu.multiprocessors);
        if (covered.least == 0)
                return check_say(run, STATUS_ERROR,
                        "multiprocessor %u, quarter %u never worked on operand set %u of %u",
                        covered.missed_multiprocessor, covered.missed_quarter, covered.missed_set,
                        unit->sets);
        return STATUS_PASS;
}

/* Of what its units can do at the clock that they had meanwhile, where both are known. */
static void add_efficiency(struct check_run *run, const struct unit *unit,
        const struct health_load *health, double rate)
{
        const struct check_gpu *gpu = &run->check->gpu;
        struct check_model model = { "", "", 10 * gpu->compute_major + gpu->compute_minor,
                gpu->multiprocessors };
        double mhz =
                health->clock_mhz.samples ? health->clock_mhz.sum / health->clock_mhz.samples : 0;
        double efficiency = check_efficiency(run->kind, unit->path, &model, rate, mhz);

        if (efficiency > 0)
                check_number(run, "efficiency", efficiency);
}

static enum status run_unit(struct check_run *run, struct unit *unit)
{
        struct health_load health = { 0 };
        double seconds, flops, rate;
        uint32_t rounds;

        if (!check_report_clear(run->check) || !calibrate(run->check, unit, &rounds) ||
                !crowd(run, unit, rounds) || !load(run, unit, rounds, &health, &seconds, &flops) ||
                !disperse(run->check))
                return STATUS_ERROR;
        rate = flops / seconds / check_slowness(run->check) / 1e12;
        check_number(run, run->kind == CHECK_COMPUTE_INT8 ? "tops" : "tflops", rate);
        add_efficiency(run, unit, &health, rate);
        check_number(run, "busy_s", seconds);
        json_object_set_new(run->result, "path", json_string(unit->path));
        health_load_add(&health, run->result);
        return judge(run, unit);
}

enum status check_compute(struct check_run *run)
{
        struct check *check = run->check;
        bool single = run->kind == CHECK_COMPUTE_FP32;
        static CUmodule module;
        struct unit unit = { .tables = 0 };
        enum status status = STATUS_ERROR;

        if (check_module(check, &module, check_ptx_compute, CUDA_OPTIMISE_MOST, "arithmetic") &&
                gpu_function(&check->gpu, module, single ? "chaos_fp32" : "chaos_fp64",
                        &unit.function) &&
                prepare_chaos(&check->gpu, &unit, single))
                status = run_unit(run, &unit);
        free_tables(&check->gpu, &unit);
        return status;
}

static const struct {
        enum known_type type;
        const char *mma, *wgmma;
} tensors[CHECK_KINDS] = {
        [CHECK_COMPUTE_BF16] = { KNOWN_BF16, "tensor_bf16", "wgmma_bf16" },
        [CHECK_COMPUTE_FP16] = { KNOWN_FP16, "tensor_fp16", "wgmma_fp16" },
        [CHECK_COMPUTE_TF32] = { KNOWN_TF32, "tensor_tf32", "wgmma_tf32" },
        [CHECK_COMPUTE_INT8] = { KNOWN_INT8, "tensor_int8", "wgmma_int8" },
};

static bool prepare_tensor(struct check_run *run, struct unit *unit)
{
        static CUmodule tensor, wgmma;
        struct check_gpu *gpu = &run->check->gpu;
        enum known_type type = tensors[run->kind].type;

        if (gpu->compute_major == 9 && !run->check->faults.mma)
                return check_module(run->check, &wgmma, check_ptx_wgmma, WGMMA_OPTIMISE, "wgmma") &&
                       gpu_function(gpu, wgmma, tensors[run->kind].wgmma, &unit->function) &&
                       prepare_wgmma(gpu, unit, type);
        return check_module(run->check, &tensor, check_ptx_tensor, CUDA_OPTIMISE_MOST, "mma") &&
               gpu_function(gpu, tensor, tensors[run->kind].mma, &unit->function) &&
               prepare_mma(gpu, unit, type);
}

enum status check_tensor(struct check_run *run)
{
        struct check *check = run->check;
        struct unit unit = { .tables = 0 };
        enum status status = STATUS_ERROR;

        if (check->gpu.compute_major < 8)
                return check_say(run, STATUS_SKIP,
                        "compute capability %d.%d is older than 8.0, which this test needs",
                        check->gpu.compute_major, check->gpu.compute_minor);
        if (check->gpu.cuda.rehearsal)
                return check_say(
                        run, STATUS_SKIP, "the rehearsal interprets no tensor-core instructions");
        if (prepare_tensor(run, &unit))
                status = run_unit(run, &unit);
        free_tables(&check->gpu, &unit);
        return status;
}
