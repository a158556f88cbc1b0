/*
 * Everything at once: products on most multiprocessors, memory written and checked by the others,
 * and copies with the host both ways, each in a stream of its own that is never empty, and all of
 * it compared. What is sound alone can go wrong when power, heat and paths are shared.
 */
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "runner/check/check.h"
#include "runner/check/check_errors.h"
#include "runner/tests/check_blame.h"
#include "runner/tests/check_compute.h"
#include "runner/tests/check_transfer.h"

#define LOOK_US     200u
#define MEMORY_MOST (UINT64_C(8) << 30)
#define SEED        UINT64_C(0x6a09e667f3bcc909)        /* of the memory's pattern */
#define MOST(sm)    ((sm) > 4 ? (sm) - (sm) / 4 : (sm)) /* multiprocessors that multiply */

struct together {
        struct check_run *run;
        struct check_unit unit;
        uint32_t rounds, first;
        CUdeviceptr unit_report, memory_report; /* a report each: none is taken for the other's */
        CUdeviceptr memory;                     /* that is written and checked */
        uint64_t memory_bytes;
        CUdeviceptr up, down; /* what the copies go to, and come from */
        const unsigned char *up_host;
        unsigned char *down_host;
        uint64_t copy_bytes, pattern;
        uint64_t copy_errors;
        struct health_load health;
};

/* --- what each stream does: a piece of work, and what is to be done when it has ended --- */

/* Both pieces of products go to one stream, so that one always waits behind the other. */
static bool multiply(struct together *all)
{
        struct check *check = all->run->check;
        bool good;

        check->report_address = all->unit_report;
        good = check_unit_launch(check, &all->unit, all->rounds, all->first);
        check->report_address = all->memory_report;
        all->first += all->rounds;
        return good;
}

static bool sweep(struct together *all)
{
        struct check *check = all->run->check;
        struct {
                uint64_t base;
                uint32_t shift, sweep;
        } ranges = { all->memory, check_range_shift(all->memory_bytes), 0 };
        uint64_t a = SEED, flip = 0;
        uint32_t down = 0;
        void *parameters[] = { &all->memory, &a, &all->pattern, &flip, &down,
                &check->report_address, &ranges };
        static const char *const names[] = { "write_random", "check_random" };
        CUfunction function;

        all->pattern++;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (!gpu_function(&check->gpu, check->memory_module, names[i], &function) ||
                        !gpu_launch(&check->gpu, function,
                                (unsigned)(all->memory_bytes / CHECK_TILE_BYTES), CHECK_THREADS,
                                parameters))
                        return false;
                if (i == 0 && check->faults.after_write)
                        check->faults.after_write(all->run, all->memory, all->memory_bytes);
        }
        return true;
}

static bool swept(struct together *all)
{
        if (all->run->check->faults.after_check)
                all->run->check->faults.after_check(all->run);
        return true;
}

static bool send(struct together *all)
{
        struct check_gpu *gpu = &all->run->check->gpu;

        return GPU(gpu, cuMemcpyHtoDAsync, all->up, all->up_host, all->copy_bytes, gpu->stream);
}

static bool fetch(struct together *all)
{
        struct check_gpu *gpu = &all->run->check->gpu;

        memset(all->down_host, 0, all->copy_bytes);
        return GPU(gpu, cuMemcpyDtoHAsync, all->down_host, all->down, all->copy_bytes, gpu->stream);
}

static bool fetched(struct together *all)
{
        all->copy_errors += copy_verify_host(all->down_host, all->copy_bytes);
        return true;
}

enum lane_name { LANE_PRODUCTS, LANE_PRODUCTS_NEXT, LANE_MEMORY, LANE_UP, LANE_DOWN, LANES };

static const struct work {
        bool (*queue)(struct together *all);
        bool (*ended)(struct together *all); /* NULL: nothing to do then */
} works[LANES] = {
        [LANE_PRODUCTS] = { multiply, NULL },
        [LANE_PRODUCTS_NEXT] = { multiply, NULL },
        [LANE_MEMORY] = { sweep, swept },
        [LANE_UP] = { send, NULL },
        [LANE_DOWN] = { fetch, fetched },
};

struct lane {
        CUstream stream;
        CUevent end;
        bool under_way;
        unsigned turns;
        double last; /* clock_seconds, when one ended */
};

static bool make_lanes(struct check_gpu *gpu, struct lane *lanes)
{
        for (enum lane_name i = 0; i < LANES; i++) {
                if (!GPU(gpu, cuEventCreate, &lanes[i].end, 0))
                        return false;
                if (i == LANE_MEMORY) /* in the stream that all else uses */
                        lanes[i].stream = gpu->stream;
                else if (i == LANE_PRODUCTS_NEXT)
                        lanes[i].stream = lanes[LANE_PRODUCTS].stream;
                else if (!GPU(gpu, cuStreamCreate, &lanes[i].stream, CU_STREAM_NON_BLOCKING))
                        return false;
        }
        return true;
}

static bool start_turn(struct together *all, enum lane_name name, struct lane *lane)
{
        struct check_gpu *gpu = &all->run->check->gpu;
        CUstream own = gpu->stream;
        bool good;

        gpu->stream = lane->stream;
        good = works[name].queue(all) && GPU(gpu, cuEventRecord, lane->end, lane->stream);
        gpu->stream = own;
        lane->under_way = good;
        return good;
}

static bool end_turn(struct together *all, enum lane_name name, struct lane *lane)
{
        struct check_gpu *gpu = &all->run->check->gpu;
        CUresult result = gpu->cuda.cuEventQuery(lane->end);

        if (result == CUDA_ERROR_NOT_READY)
                return true;
        lane->under_way = false;
        lane->turns++;
        lane->last = clock_seconds();
        return gpu_succeed(gpu, result, "everything at once") &&
               (!works[name].ended || works[name].ended(all));
}

/* Until the time is over and each has ended a turn; none begins when all have. */
static bool run_lanes(struct together *all, struct lane *lanes)
{
        struct check_run *run = all->run;
        double end = clock_seconds() + run->amount.ms / 1e3;
        bool busy;

        do {
                busy = false;
                for (enum lane_name i = 0; i < LANES; i++) {
                        struct lane *lane = &lanes[i];

                        if (lane->under_way ? !end_turn(all, i, lane)
                                            : (clock_seconds() < end || lane->turns == 0) &&
                                                      !start_turn(all, i, lane))
                                return false;
                        busy = busy || lane->under_way;
                }
                health_sample(&run->check->health, &all->health);
                check_progress(run, 0, 0);
                usleep(LOOK_US);
        } while (busy || clock_seconds() < end);
        return true;
}

/* --- before and after --- */

static bool new_report(struct check *check, CUdeviceptr *ret_report)
{
        CUdeviceptr own = check->report_address;
        bool good = gpu_allocate(&check->gpu, sizeof(struct check_report), ret_report);

        check->report_address = *ret_report;
        good = good && check_report_clear(check);
        check->report_address = own;
        return good;
}

/* The products of bf16 where there are tensor cores, else fused multiply-adds. */
static bool prepare_unit(struct together *all)
{
        struct check_run unit_run = *all->run;
        struct check *check = all->run->check;
        bool tensor = check->gpu.compute_major >= 8 && !check->gpu.cuda.rehearsal;

        unit_run.kind = tensor ? CHECK_COMPUTE_BF16 : CHECK_COMPUTE_FP32;
        return check_unit_prepare(&unit_run, &all->unit) &&
               check_unit_calibrate(check, &all->unit, &all->rounds);
}

/* Part of the memory: all of it has tests of its own, and takes longer to get than this test has.
 */
static bool take_memory(struct together *all)
{
        struct check_gpu *gpu = &all->run->check->gpu;
        size_t free = 0, total = 0;

        if (!GPU(gpu, cuMemGetInfo, &free, &total))
                return false;
        all->memory_bytes = free / 4 < MEMORY_MOST ? free / 4 : MEMORY_MOST;
        if (gpu->cuda.rehearsal)
                all->memory_bytes = CHECK_TILE_BYTES;
        all->memory_bytes -= all->memory_bytes % CHECK_TILE_BYTES;
        return gpu_allocate(gpu, all->memory_bytes, &all->memory);
}

static bool prepare(struct together *all)
{
        struct check *check = all->run->check;
        const struct copy_host *host;
        unsigned sm = (unsigned)check->gpu.multiprocessors;

        if (!prepare_unit(all) || !copy_host_take(check, &host) ||
                !new_report(check, &all->unit_report))
                return false;
        all->unit.grid = all->unit.grid / sm * MOST(sm);
        all->copy_bytes = host->bytes / 2;
        all->up_host = host->data;
        all->down_host = host->data + all->copy_bytes;
        copy_fill_host(host->data, all->copy_bytes);
        return gpu_allocate(&check->gpu, all->copy_bytes, &all->up) &&
               gpu_allocate(&check->gpu, all->copy_bytes, &all->down) &&
               copy_fill(check, all->down, all->copy_bytes) && take_memory(all) &&
               check_report_clear(check);
}

static void clear(struct together *all)
{
        struct check *check = all->run->check;
        const CUdeviceptr own[] = { all->unit_report, all->memory, all->up, all->down };

        check_unit_clear(&check->gpu, &all->unit);
        for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
                if (own[i])
                        check->gpu.cuda.cuMemFree(own[i]);
}

static void add_rate(struct check_run *run, const char *key, const struct lane *lane, double amount,
        double start)
{
        double seconds = (lane->last - start) * check_slowness(run->check);

        if (seconds > 0)
                check_number(run, key, amount * lane->turns / seconds);
}

static void add_rates(const struct together *all, const struct lane *lanes, double start)
{
        struct check_run *run = all->run;
        struct lane products = lanes[LANE_PRODUCTS];

        products.turns += lanes[LANE_PRODUCTS_NEXT].turns;
        products.last = lanes[LANE_PRODUCTS_NEXT].last > products.last
                                ? lanes[LANE_PRODUCTS_NEXT].last
                                : products.last;
        add_rate(run, "tflops", &products, all->unit.flops * all->unit.grid * all->rounds / 1e12,
                start);
        add_rate(run, "verify_gbps", &lanes[LANE_MEMORY], 2 * (double)all->memory_bytes / 1e9,
                start);
        add_rate(run, "h2d_gbps", &lanes[LANE_UP], (double)all->copy_bytes / 1e9, start);
        add_rate(run, "d2h_gbps", &lanes[LANE_DOWN], (double)all->copy_bytes / 1e9, start);
        health_load_add(&all->health, run->result);
}

/* Each kind of fault by its own name; all are counted. */
static enum status judge(struct together *all)
{
        struct check_run *run = all->run;
        struct check *check = run->check;
        uint64_t memory, products, sent;
        bool good;

        if (!check_report_read(check))
                return STATUS_ERROR;
        memory = check->seen.errors;
        if (memory > 0)
                why_first(run->reason, "%llu wrong words of memory, the first at 0x%llx",
                        (unsigned long long)memory, check->seen.error[0].where);
        check->report_address = all->unit_report;
        good = check_report_read(check);
        check->report_address = all->memory_report;
        if (!good)
                return STATUS_ERROR;
        products = check->seen.errors;
        if (products > 0)
                check_blame_wrong(run, "wrong results", "result");
        if (!copy_verify(run, all->up, all->copy_bytes, &sent))
                return STATUS_ERROR;
        all->copy_errors += sent;
        if (all->copy_errors > 0)
                why_first(run->reason, "%llu words are wrong after the copies",
                        (unsigned long long)all->copy_errors);
        check_count(run, "errors", memory + products + all->copy_errors);
        return memory + products + all->copy_errors > 0 ? STATUS_FAIL : STATUS_PASS;
}

enum status check_together(struct check_run *run)
{
        static struct lane lanes[LANES];
        struct together all = { .run = run, .memory_report = run->check->report_address };
        enum status status = STATUS_ERROR;
        double start;

        memset(lanes, 0, sizeof(lanes));
        if (prepare(&all) && make_lanes(&run->check->gpu, lanes)) {
                start = clock_seconds();
                if (run_lanes(&all, lanes)) {
                        check_number(run, "busy_s", clock_seconds() - start);
                        add_rates(&all, lanes, start);
                        status = judge(&all);
                }
        }
        clear(&all);
        return status;
}
