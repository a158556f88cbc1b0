/* Latencies: an empty kernel, a copy of eight bytes, and a load from the GPU's memory. */
#include "lib/clock.h"
#include "runner/check/check.h"
#include "runner/tests/check_transfer.h"

#define MAX_SAMPLES 1001u
#define RING_BYTES  (UINT64_C(1) << 30) /* far more than the caches hold */
#define RING_STEP   520193u             /* entries of 8 bytes: prime, about 4 MiB on */
#define HOPS        2048u

/* Host time of a small thing until the stream is idle again, as the median. */
static bool measure(struct check_run *run, bool (*act)(struct check *check), double *ret_seconds)
{
        static double seconds[MAX_SAMPLES];
        unsigned count = run->amount.rounds < MAX_SAMPLES ? run->amount.rounds : MAX_SAMPLES;

        for (unsigned i = 0; i < count; i++) {
                double start = clock_seconds();

                if (!act(run->check) || !gpu_wait(&run->check->gpu))
                        return false;
                seconds[i] = clock_seconds() - start;
        }
        *ret_seconds = check_median(seconds, count);
        return true;
}

static bool launch_nothing(struct check *check)
{
        CUfunction function;

        return gpu_function(&check->gpu, check->transfer_module, "nothing", &function) &&
               gpu_launch(&check->gpu, function, 1, 1, NULL);
}

static bool copy_little(struct check *check)
{
        const struct copy_host *host;

        return copy_host_take(check, &host) &&
               GPU(&check->gpu, cuMemcpyHtoDAsync, check->report_address, host->data, 8,
                       check->gpu.stream);
}

static uint64_t ring_bytes(struct check *check)
{
        size_t free = 0, total = 0;

        GPU(&check->gpu, cuMemGetInfo, &free, &total); /* a failure is the test's error */
        if (check->gpu.cuda.rehearsal)
                return 1 << 20;
        return free / 4 < RING_BYTES ? free / 4 / 4096 * 4096 : RING_BYTES;
}

/* A chain of loads, each of which needs the one before, each from another place. */
static bool follow(struct check *check, CUdeviceptr ring, uint32_t count, double *ret_seconds)
{
        uint32_t hops = HOPS, step = RING_STEP % count;
        CUdeviceptr end = check->report_address;
        void *make[] = { &ring, &count, &step }, *walk[] = { &ring, &hops, &end };
        CUfunction maker, walker;

        return gpu_function(&check->gpu, check->transfer_module, "make_ring", &maker) &&
               gpu_function(&check->gpu, check->transfer_module, "follow_ring", &walker) &&
               gpu_launch(&check->gpu, maker, 1024, 256, make) &&
               gpu_launch(&check->gpu, walker, 1, 1, walk) && gpu_wait(&check->gpu) &&
               gpu_time_start(&check->gpu) && gpu_launch(&check->gpu, walker, 1, 1, walk) &&
               gpu_time_end(&check->gpu, ret_seconds);
}

enum status check_latency(struct check_run *run)
{
        struct check *check = run->check;
        const struct copy_host *host;
        double launch, copy, load;
        CUdeviceptr ring = 0;
        uint64_t bytes, end, wanted;
        bool good;

        if (!copy_host_take(check, &host) || !measure(run, launch_nothing, &launch) ||
                !measure(run, copy_little, &copy))
                return STATUS_ERROR;
        bytes = ring_bytes(check);
        good = gpu_allocate(&check->gpu, bytes, &ring) &&
               follow(check, ring, (uint32_t)(bytes / 8), &load) &&
               gpu_download(&check->gpu, &end, check->report_address, 8);
        if (ring)
                check->gpu.cuda.cuMemFree(ring);
        if (!good)
                return STATUS_ERROR;
        check_number(run, "launch_us", launch * 1e6);
        check_number(run, "copy_us", copy * 1e6);
        check_number(run, "memory_ns", load * 1e9 / HOPS);
        wanted = ring + HOPS * (RING_STEP % (bytes / 8)) % (bytes / 8) * 8;
        if (end != wanted)
                return check_say(run, STATUS_FAIL, "the chain of loads ended at the wrong address");
        return STATUS_PASS;
}
