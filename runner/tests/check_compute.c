/*
 * The arithmetic tests: sustained load with a known answer. compute-fp32 and -fp64 iterate the
 * logistic map on the plain units, -int32 and -half2 chains of operations that can be undone; the
 * others multiply on the tensor cores, through wgmma where the GPU has it for the type, and
 * mma.sync elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "runner/answers/check_double.h"
#include "runner/answers/check_half.h"
#include "runner/answers/check_known.h"
#include "runner/answers/check_sparse.h"
#include "runner/check/check.h"
#include "runner/check/check_embed.h"
#include "runner/check/check_limits.h"
#include "runner/tests/check_blame.h"
#include "runner/tests/check_compute.h"

#define LAUNCH_SECONDS 0.04 /* of one launch; two are under way at a time */
#define MAX_ROUNDS     1000000.0
#define WGMMA_OPTIMISE                                                          \
        1u /* the kernels are one instruction over and over: higher levels take \
              a hundred times as long to compile them and change nothing */

/* --- tables --- */

static bool add_table(
        struct check_gpu *gpu, struct check_unit *unit, const void *table, uint64_t bytes)
{
        CUdeviceptr *address = &unit->table[unit->tables];

        if (!gpu_allocate(gpu, bytes, address))
                return false;
        unit->tables++;
        return gpu_upload(gpu, *address, table, bytes);
}

void check_unit_clear(struct check_gpu *gpu, struct check_unit *unit)
{
        while (unit->tables > 0)
                gpu->cuda.cuMemFree(unit->table[--unit->tables]);
}

/* Four operations a step: two fused multiply-adds. */
static bool prepare_chaos(struct check_gpu *gpu, struct check_unit *unit, bool single)
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
        unit->flops = 4.0 * CHAOS_STEPS * KNOWN_CHAOS_VALUES;
        unit->path = "fma";
        return add_table(gpu, unit, &seed, bytes) && add_table(gpu, unit, &expected, bytes);
}

static bool prepare_integer(struct check_gpu *gpu, struct check_unit *unit)
{
        static uint32_t seed[KNOWN_INTEGER_VALUES], expected[KNOWN_INTEGER_VALUES];

        known_integer(seed, expected);
        unit->threads = INTEGER_THREADS;
        unit->flops = (double)INTEGER_OPERATIONS * INTEGER_STEPS * INTEGER_THREADS;
        unit->path = "integer";
        return add_table(gpu, unit, seed, sizeof(seed)) &&
               add_table(gpu, unit, expected, sizeof(expected));
}

static bool prepare_half(struct check_gpu *gpu, struct check_unit *unit)
{
        static uint32_t seed[KNOWN_HALF_VALUES], expected[KNOWN_HALF_VALUES];

        known_half(seed, expected);
        unit->threads = HALF_THREADS;
        unit->flops = (double)HALF_OPERATIONS * HALF_STEPS * HALF_THREADS;
        unit->path = "fma";
        return add_table(gpu, unit, seed, sizeof(seed)) &&
               add_table(gpu, unit, expected, sizeof(expected));
}

static bool prepare_mma(struct check_gpu *gpu, struct check_unit *unit, enum known_type type)
{
        static uint32_t a[KNOWN_MMA_A], b[KNOWN_MMA_B], expected[KNOWN_MMA_EXPECTED];

        known_mma(type, a, b, expected);
        unit->threads = TENSOR_THREADS;
        unit->flops = 2.0 * 16 * 8 * known_depth(type) * 64 * TENSOR_STEPS * TENSOR_THREADS / 32;
        unit->path = "mma.sync";
        return add_table(gpu, unit, a, sizeof(a)) && add_table(gpu, unit, b, sizeof(b)) &&
               add_table(gpu, unit, expected, sizeof(expected));
}

static bool prepare_wgmma(struct check_gpu *gpu, struct check_unit *unit, enum known_type type)
{
        static uint32_t a[KNOWN_WGMMA_A], b[KNOWN_WGMMA_B], expected[KNOWN_WGMMA_EXPECTED];

        known_wgmma(type, a, b, expected);
        unit->threads = WGMMA_THREADS;
        unit->flops = 2.0 * 64 * 256 * known_depth(type) * WGMMA_TILES * TENSOR_STEPS *
                      WGMMA_THREADS / 128;
        unit->path = "wgmma";
        return add_table(gpu, unit, a, sizeof(a)) && add_table(gpu, unit, b, sizeof(b)) &&
               add_table(gpu, unit, expected, sizeof(expected));
}

static bool prepare_double(struct check_gpu *gpu, struct check_unit *unit)
{
        static double a[DOUBLE_A_VALUES], b[DOUBLE_B_VALUES], expected[DOUBLE_SUM_VALUES];

        known_double(a, b, expected);
        unit->threads = DOUBLE_THREADS;
        unit->flops = 2.0 * 16 * 8 * 16 * 4 * DOUBLE_STEPS * DOUBLE_LEFTS * DOUBLE_RIGHTS *
                      DOUBLE_THREADS / 32;
        unit->path = "mma.sync";
        return add_table(gpu, unit, a, sizeof(a)) && add_table(gpu, unit, b, sizeof(b)) &&
               add_table(gpu, unit, expected, sizeof(expected));
}

/* With the products by zeroes, as data sheets count: half of them are not there. */
static bool prepare_sparse_mma(struct check_gpu *gpu, struct check_unit *unit)
{
        static uint32_t a[SPARSE_MMA_A], b[SPARSE_MMA_B], expected[KNOWN_MMA_EXPECTED],
                places[SPARSE_MMA_PLACES];

        known_sparse_mma(a, b, expected, places);
        unit->threads = TENSOR_THREADS;
        unit->flops = 2.0 * 16 * 8 * SPARSE_DEPTH * 64 * TENSOR_STEPS * TENSOR_THREADS / 32;
        unit->path = "mma.sync";
        return add_table(gpu, unit, a, sizeof(a)) && add_table(gpu, unit, b, sizeof(b)) &&
               add_table(gpu, unit, expected, sizeof(expected)) &&
               add_table(gpu, unit, places, sizeof(places));
}

static bool prepare_sparse_wgmma(struct check_gpu *gpu, struct check_unit *unit)
{
        static uint32_t a[KNOWN_WGMMA_A], b[KNOWN_WGMMA_B], expected[KNOWN_WGMMA_EXPECTED],
                places[SPARSE_WGMMA_PLACES];

        known_sparse_wgmma(a, b, expected, places);
        unit->threads = WGMMA_THREADS;
        unit->flops =
                2.0 * 64 * 256 * SPARSE_DEPTH * WGMMA_TILES * TENSOR_STEPS * WGMMA_THREADS / 128;
        unit->path = "wgmma";
        return add_table(gpu, unit, a, sizeof(a)) && add_table(gpu, unit, b, sizeof(b)) &&
               add_table(gpu, unit, expected, sizeof(expected)) &&
               add_table(gpu, unit, places, sizeof(places));
}

/* --- load --- */

/* What the kernel is given; `first`: the number of the first of the rounds, by which the sets go.
 */
struct parameters {
        void *list[7];
};

static struct parameters parameters_of(
        struct check *check, const struct check_unit *unit, uint32_t *rounds, uint32_t *first)
{
        struct parameters parameters = { { &check->report_address } };

        for (unsigned i = 0; i < unit->tables; i++)
                parameters.list[1 + i] = (void *)&unit->table[i];
        parameters.list[1 + unit->tables] = rounds;
        parameters.list[2 + unit->tables] = first;
        return parameters;
}

bool check_unit_launch(
        struct check *check, const struct check_unit *unit, uint32_t rounds, uint32_t first)
{
        struct parameters parameters = parameters_of(check, unit, &rounds, &first);

        return gpu_launch(&check->gpu, unit->function, unit->grid, unit->threads, parameters.list);
}

/* Where a saboteur comes in: others on the same multiprocessors, for as long as the load lasts. */
static bool crowd(struct check_run *run, const struct check_unit *unit, uint32_t rounds)
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

bool check_unit_calibrate(struct check *check, struct check_unit *unit, uint32_t *ret_rounds)
{
        struct check_gpu *gpu = &check->gpu;
        const double launch = LAUNCH_SECONDS / (double)check_hurry(check);
        int blocks = 0;
        double seconds = 0, rounds;

        if (!GPU(gpu, cuOccupancyMaxActiveBlocksPerMultiprocessor, &blocks, unit->function,
                    (int)unit->threads, 0))
                return false;
        unit->grid = (unsigned)(gpu->multiprocessors * (blocks > 0 ? blocks : 1));
        for (int i = 0; i < 2; i++) { /* the first loads the code */
                if (!gpu_time_start(gpu) || !check_unit_launch(check, unit, 1, 0) ||
                        !gpu_time_end(gpu, &seconds))
                        return false;
        }
        rounds = launch / (seconds > 0 ? seconds : launch);
        *ret_rounds = rounds < 1            ? 1
                      : rounds > MAX_ROUNDS ? (uint32_t)MAX_ROUNDS
                                            : (uint32_t)rounds;
        return true;
}

/* Launches, always one ahead, until the time is over and every set has had its turn. */
static bool load(struct check_run *run, const struct check_unit *unit, uint32_t rounds,
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
                if (!check_unit_launch(check, unit, rounds, rounds * launches) ||
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

/* Of what its units can do at the clock that they had meanwhile, where both are known. */
static void add_efficiency(struct check_run *run, const struct check_unit *unit,
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

void check_unit_tell_untested(struct check_run *run)
{
        const struct check_gpu *gpu = &run->check->gpu;
        const char *untested =
                check_untested(run->kind, 10 * gpu->compute_major + gpu->compute_minor);

        if (untested)
                json_object_set_new(run->result, "untested", json_string(untested));
}

static enum status run_unit(struct check_run *run, struct check_unit *unit)
{
        struct health_load health = { 0 };
        double seconds, flops, rate;
        uint32_t rounds;

        if (!check_report_clear(run->check) || !check_unit_calibrate(run->check, unit, &rounds) ||
                !crowd(run, unit, rounds) || !load(run, unit, rounds, &health, &seconds, &flops) ||
                !disperse(run->check))
                return STATUS_ERROR;
        rate = flops / seconds / check_slowness(run->check) / 1e12;
        check_number(run, check_rate_of(run->kind), rate);
        add_efficiency(run, unit, &health, rate);
        check_number(run, "busy_s", seconds);
        json_object_set_new(run->result, "path", json_string(unit->path));
        check_unit_tell_untested(run);
        health_load_add(&health, run->result);
        return check_blame(run, unit->sets, "wrong results", "result");
}

/* --- which kernel --- */

/* Compiles its kernels once. */
static bool take_kernel(struct check_run *run, struct check_unit *unit, CUmodule *module,
        const char *ptx, unsigned level, const char *function)
{
        return check_module(run->check, module, ptx, level, check_tests[run->kind].name) &&
               gpu_function(&run->check->gpu, *module, function, &unit->function);
}

static bool prepare_plain(struct check_run *run, struct check_unit *unit)
{
        static CUmodule chaos, integer, half;
        struct check_gpu *gpu = &run->check->gpu;
        bool single = run->kind == CHECK_COMPUTE_FP32;

        if (run->kind == CHECK_COMPUTE_INT32)
                return take_kernel(run, unit, &integer, check_ptx_integer, CUDA_OPTIMISE_MOST,
                               "integer_chain") &&
                       prepare_integer(gpu, unit);
        if (run->kind == CHECK_COMPUTE_HALF2)
                return take_kernel(run, unit, &half, check_ptx_half, CUDA_OPTIMISE_MOST,
                               "half_chain") &&
                       prepare_half(gpu, unit);
        return take_kernel(run, unit, &chaos, check_ptx_compute, CUDA_OPTIMISE_MOST,
                       single ? "chaos_fp32" : "chaos_fp64") &&
               prepare_chaos(gpu, unit, single);
}

/* By kind; those of eight-bit floating point are modules of their own: not all GPUs have them. */
static const struct {
        enum known_type type;
        const char *mma, *wgmma;
} tensors[CHECK_KINDS] = {
        [CHECK_COMPUTE_BF16] = { KNOWN_BF16, "tensor_bf16", "wgmma_bf16" },
        [CHECK_COMPUTE_FP16] = { KNOWN_FP16, "tensor_fp16", "wgmma_fp16" },
        [CHECK_COMPUTE_TF32] = { KNOWN_TF32, "tensor_tf32", "wgmma_tf32" },
        [CHECK_COMPUTE_INT8] = { KNOWN_INT8, "tensor_int8", "wgmma_int8" },
        [CHECK_COMPUTE_FP8_E4M3] = { KNOWN_E4M3, "tensor_e4m3", "wgmma_e4m3" },
        [CHECK_COMPUTE_FP8_E5M2] = { KNOWN_E5M2, "tensor_e5m2", "wgmma_e5m2" },
};

static bool prepare_fp64(struct check_run *run, struct check_unit *unit)
{
        static CUmodule dmma, dmma90;
        struct check *check = run->check;

        if (check->gpu.compute_major >= 9 && !check->faults.mma)
                return take_kernel(run, unit, &dmma90, check_ptx_dmma90, CUDA_OPTIMISE_MOST,
                               "double_tensor") &&
                       prepare_double(&check->gpu, unit);
        return take_kernel(run, unit, &dmma, check_ptx_dmma, CUDA_OPTIMISE_MOST, "double_tensor") &&
               prepare_double(&check->gpu, unit);
}

static bool has_wgmma(const struct check *check)
{
        return check->gpu.compute_major == 9 && !check->faults.mma;
}

static bool prepare_sparse(struct check_run *run, struct check_unit *unit)
{
        static CUmodule sparse, sparse90;
        struct check_gpu *gpu = &run->check->gpu;

        if (has_wgmma(run->check))
                return take_kernel(run, unit, &sparse90, check_ptx_sparse90, WGMMA_OPTIMISE,
                               "wgmma_sparse") &&
                       prepare_sparse_wgmma(gpu, unit);
        return take_kernel(
                       run, unit, &sparse, check_ptx_sparse, CUDA_OPTIMISE_MOST, "tensor_sparse") &&
               prepare_sparse_mma(gpu, unit);
}

static bool prepare_tensor(struct check_run *run, struct check_unit *unit)
{
        static CUmodule tensor, tensor8, wgmma, wgmma8;
        struct check_gpu *gpu = &run->check->gpu;
        enum known_type type = tensors[run->kind].type;
        bool eight = type == KNOWN_E4M3 || type == KNOWN_E5M2;

        if (run->kind == CHECK_COMPUTE_FP64_TENSOR)
                return prepare_fp64(run, unit);
        if (run->kind == CHECK_COMPUTE_SPARSE)
                return prepare_sparse(run, unit);
        if (has_wgmma(run->check))
                return take_kernel(run, unit, eight ? &wgmma8 : &wgmma,
                               eight ? check_ptx_wgmma8 : check_ptx_wgmma, WGMMA_OPTIMISE,
                               tensors[run->kind].wgmma) &&
                       prepare_wgmma(gpu, unit, type);
        return take_kernel(run, unit, eight ? &tensor8 : &tensor,
                       eight ? check_ptx_tensor8 : check_ptx_tensor, CUDA_OPTIMISE_MOST,
                       tensors[run->kind].mma) &&
               prepare_mma(gpu, unit, type);
}

bool check_unit_prepare(struct check_run *run, struct check_unit *ret_unit)
{
        struct check_unit unit = { .sets = check_operand_sets(run->kind) };
        bool plain = run->kind <= CHECK_LAST_PLAIN;

        if (plain ? !prepare_plain(run, &unit) : !prepare_tensor(run, &unit)) {
                check_unit_clear(&run->check->gpu, &unit);
                return false;
        }
        *ret_unit = unit;
        return true;
}

static enum status run_prepared(struct check_run *run)
{
        struct check_unit unit;
        enum status status;

        if (!check_unit_prepare(run, &unit))
                return STATUS_ERROR;
        status = run_unit(run, &unit);
        check_unit_clear(&run->check->gpu, &unit);
        return status;
}

enum status check_compute(struct check_run *run)
{
        return run_prepared(run);
}

bool check_unit_is_missing(struct check_run *run)
{
        const struct check_gpu *gpu = &run->check->gpu;
        int compute = 10 * gpu->compute_major + gpu->compute_minor;
        int from = check_units_from(run->kind);

        if (gpu->cuda.rehearsal && !check_is_rehearsed(run->kind))
                return check_say(run, true, "the rehearsal interprets no %s",
                        run->kind == CHECK_SRAM_BULK ? "bulk copies" : "tensor-core instructions");
        if (compute < from)
                return check_say(run, true,
                        "compute capability %d.%d is older than %d.%d, which this test needs",
                        gpu->compute_major, gpu->compute_minor, from / 10, from % 10);
        return !check_has_units(run->kind, compute) &&
               check_say(run, true,
                       "compute capability %d.%d does not have wgmma, through which this test "
                       "multiplies",
                       gpu->compute_major, gpu->compute_minor);
}

enum status check_tensor(struct check_run *run)
{
        return check_unit_is_missing(run) ? STATUS_SKIP : run_prepared(run);
}
