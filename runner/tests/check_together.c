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
#define SWEEPS      8u  /* of a turn */
#define COPIES      16u /* likewise */
#define PAGE        4096u
#define MEMORY_MOST (UINT64_C(8) << 30)
#define SEED        UINT64_C(0x6a09e667f3bcc909)        /* of the memory's pattern */
#define MOST(sm)    ((sm) > 4 ? (sm) - (sm) / 4 : (sm)) /* multiprocessors that multiply */

struct together {
        struct check_run *run;
        struct check_unit unit;
        uint32_t rounds, first;
        CUdeviceptr unit_report, memory_report, copy_report; /* none is taken for another's */
        CUdeviceptr memory;                                  /* that is written and checked */
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

        for (unsigned i = 0; i < SWEEPS; i++) {
                all->pattern++;
                if (!copy_pattern(check, "write_random", SEED, all->pattern, all->memory,
                            all->memory_bytes))
                        return false;
                if (check->faults.after_write)
                        check->faults.after_write(all->run, all->memory, all->memory_bytes);
                if (!copy_pattern(check, "check_random", SEED, all->pattern, all->memory,
                            all->memory_bytes))
                        return false;
        }
        return true;
}

static bool swept(struct together *all)
{
        if (all->run->check->faults.after_check)
                all->run->check->faults.after_check(all->run);
        return true;
}

/* Each is compared by the GPU before the next may come. */
static bool send(struct together *all)
{
        struct check *check = all->run->check;
        bool good = true;

        check->report_address = all->copy_report;
        for (unsigned i = 0; good && i < COPIES; i++)
                good = GPU(&check->gpu, cuMemcpyHtoDAsync, all->up, all->up_host, all->copy_bytes,
                               check->gpu.stream) &&
                       copy_pattern(check, "check_linear", COPY_SEED, COPY_STEP, all->up,
                               all->copy_bytes);
        check->report_address = all->memory_report;
        return good;
}

/* The host is too slow to look at all that comes: the last copy of a turn is compared. Before, it
 * spoils a word of each page, so that one that did not come is seen. */
static bool fetch(struct together *all)
{
        struct check_gpu *gpu = &all->run->check->gpu;

        for (uint64_t at = 0; at < all->copy_bytes; at += PAGE)
                all->down_host[at] ^= 0xff;
        for (unsigned i = 0; i < COPIES; i++)
                if (!GPU(gpu, cuMemcpyDtoHAsync, all->down_host, all->down, all->copy_bytes,
                            gpu->stream))
                        return false;
        return true;
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
                health_sample_bridges(&run->check->health);
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
                !new_report(check, &all->unit_report) || !new_report(check, &all->copy_report))
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
        const CUdeviceptr own[] = { all->unit_report, all->copy_report, all->memory, all->up,
                all->down };

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
        add_rate(run, "verify_gbps", &lanes[LANE_MEMORY],
                2.0 * SWEEPS * (double)all->memory_bytes / 1e9, start);
        add_rate(run, "h2d_gbps", &lanes[LANE_UP], COPIES * (double)all->copy_bytes / 1e9, start);
        add_rate(run, "d2h_gbps", &lanes[LANE_DOWN], COPIES * (double)all->copy_bytes / 1e9, start);
        health_load_add(&all->health, run->result);
}

/* Reads one of the reports into check->seen. */
static bool read_report(struct together *all, CUdeviceptr address)
{
        struct check *check = all->run->check;
        bool good;

        check->report_address = address;
        good = check_report_read(check);
        check->report_address = all->memory_report;
        return good;
}

static bool judge_memory(struct together *all, uint64_t *errors)
{
        const struct check_report *seen = &all->run->check->seen;

        if (!read_report(all, all->memory_report))
                return false;
        if (seen->errors > 0)
                why_first(all->run->reason, "%llu wrong words of memory, the first at 0x%llx",
                        seen->errors, seen->error[0].where);
        *errors += seen->errors;
        return true;
}

/* Which multiprocessors multiply is for the GPU to choose: how many did is recorded. */
static bool judge_products(struct together *all, uint64_t *errors)
{
        struct check_report *seen = &all->run->check->seen;
        struct check_coverage covered;

        if (!read_report(all, all->unit_report))
                return false;
        if (seen->errors > 0)
                check_blame_wrong(all->run, "wrong results", "result");
        check_coverage(seen, all->unit.sets, &covered);
        check_count(all->run, "multiprocessors", covered.multiprocessors);
        *errors += seen->errors;
        return true;
}

static bool judge_copies(struct together *all, uint64_t *errors)
{
        uint64_t wrong = all->copy_errors, last;

        if (!read_report(all, all->copy_report))
                return false;
        wrong += all->run->check->seen.errors;
        if (!copy_verify(all->run, all->up, all->copy_bytes, &last))
                return false;
        wrong += last;
        if (wrong > 0)
                why_first(all->run->reason, "%llu words are wrong after the copies",
                        (unsigned long long)wrong);
        *errors += wrong;
        return true;
}

/* Each kind of fault by its own name; all are counted. */
static enum status judge(struct together *all)
{
        uint64_t errors = 0;

        if (!judge_memory(all, &errors) || !judge_products(all, &errors) ||
                !judge_copies(all, &errors))
                return STATUS_ERROR;
        check_count(all->run, "errors", errors);
        return errors > 0 ? STATUS_FAIL : STATUS_PASS;
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
                        check_unit_tell_untested(run);
                        status = judge(&all);
                }
        }
        clear(&all);
        return status;
}
