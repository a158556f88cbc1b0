#include "runner/tests/check_transfer.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/clock.h"
#include "runner/check/check_embed.h"
#include "runner/check/check_errors.h"

#define MIB             (UINT64_C(1) << 20)
#define HOLD_NS         UINT64_C(2000000000) /* the hold kernel gives up after so long */
#define BATCH           25u                  /* samples queued at a time: the queue is finite */
#define MAX_SAMPLES     512u
#define WARM_UP_SAMPLES 2u

/* --- host memory --- */

/* A quarter of a small GPU, and never more than an eighth of the host's memory. */
static uint64_t host_bytes(struct check *check)
{
        uint64_t bytes = check->gpu.cuda.rehearsal     ? MIB
                         : check->level == CHECK_QUICK ? 256 * MIB
                                                       : 512 * MIB;
        uint64_t host = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 8;
        size_t free = 0, total = 0;

        GPU(&check->gpu, cuMemGetInfo, &free, &total); /* a failure is the test's error */
        if (check->memory)
                free += check->memory_bytes;
        if (bytes > free / 4)
                bytes = free / 4;
        if (bytes > host)
                bytes = host;
        if (check->faults.share > 1)
                bytes /= check->faults.share;
        bytes -= bytes % (2 * CHECK_TILE_BYTES);
        return bytes ? bytes : 2 * CHECK_TILE_BYTES;
}

/* Huge pages first, then pinned: twice as fast as letting the driver allocate it. */
static bool pin(struct check_gpu *gpu, struct copy_host *host)
{
        uint64_t length = host->bytes + 2 * MIB;
        unsigned char *data =
                mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (data == MAP_FAILED)
                return gpu_succeed(gpu, CUDA_ERROR_OUT_OF_MEMORY, "pinned host memory");
        data = (unsigned char *)(((uintptr_t)data + 2 * MIB - 1) & ~(uintptr_t)(2 * MIB - 1));
        madvise(data, host->bytes, MADV_HUGEPAGE);
        for (uint64_t i = 0; i < host->bytes; i += 4096)
                data[i] = 0;
        host->data = data;
        return GPU(gpu, cuMemHostRegister, data, host->bytes, 0);
}

static bool make_flag(struct check_gpu *gpu, struct copy_host *host)
{
        void *flag = NULL;

        if (!GPU(gpu, cuMemHostAlloc, &flag, 4096, CU_MEMHOSTALLOC_DEVICEMAP) ||
                !GPU(gpu, cuMemHostGetDevicePointer, &host->flag_address, flag, 0))
                return false;
        host->flag = flag;
        return true;
}

bool copy_host_take(struct check *check, const struct copy_host **ret_host)
{
        static struct copy_host host;

        *ret_host = &host;
        if (host.flag)
                return true;
        host.bytes = host_bytes(check);
        return check_module(check, &check->transfer_module, check_ptx_transfer, CUDA_OPTIMISE_MOST,
                       "transfer") &&
               pin(&check->gpu, &host) && make_flag(&check->gpu, &host);
}

/* --- the pattern in host memory --- */

static uint64_t next_word(uint64_t *word)
{
        uint64_t value = *word;

        *word += COPY_STEP;
        return value;
}

void copy_fill_host(unsigned char *data, uint64_t bytes)
{
        uint64_t *words = (uint64_t *)(void *)data, word = COPY_SEED;

        for (uint64_t i = 0; i < bytes / 8; i++)
                words[i] = next_word(&word);
}

uint64_t copy_verify_host(const unsigned char *data, uint64_t bytes)
{
        const uint64_t *words = (const uint64_t *)(const void *)data;
        uint64_t word = COPY_SEED, errors = 0;

        for (uint64_t i = 0; i < bytes / 8; i++)
                errors += words[i] != next_word(&word);
        return errors;
}

/* --- device memory --- */

bool copy_pattern(struct check *check, const char *name, uint64_t a, uint64_t k, CUdeviceptr data,
        uint64_t bytes)
{
        struct {
                uint64_t base;
                uint32_t shift, sweep;
        } ranges = { data, check_range_shift(bytes), 0 };
        uint64_t flip = 0;
        uint32_t down = 0;
        void *parameters[] = { &data, &a, &k, &flip, &down, &check->report_address, &ranges };
        CUfunction function;

        return check_module(check, &check->memory_module, NULL, CUDA_OPTIMISE_MOST, "memory") &&
               gpu_function(&check->gpu, check->memory_module, name, &function) &&
               gpu_launch(&check->gpu, function, (unsigned)(bytes / CHECK_TILE_BYTES),
                       CHECK_THREADS, parameters);
}

static bool linear(struct check *check, const char *name, CUdeviceptr data, uint64_t bytes)
{
        return copy_pattern(check, name, COPY_SEED, COPY_STEP, data, bytes) &&
               gpu_wait(&check->gpu);
}

bool copy_fill(struct check *check, CUdeviceptr data, uint64_t bytes)
{
        return linear(check, "write_linear", data, bytes);
}

bool copy_verify(struct check_run *run, CUdeviceptr data, uint64_t bytes, uint64_t *ret_errors)
{
        struct check *check = run->check;

        check_corrupt(check, data, bytes);
        if (!check_report_clear(check) || !linear(check, "check_linear", data, bytes) ||
                !check_report_read(check))
                return false;
        *ret_errors = check->seen.errors;
        return true;
}

/* --- time --- */

/* Nothing behind this in the stream starts before the flag is set. */
static bool hold(struct check *check, const struct copy_host *host)
{
        uint64_t limit = HOLD_NS;
        void *parameters[] = { (void *)&host->flag_address, &limit };
        CUfunction function;

        /* The rehearsal runs a kernel before the launch returns: it would wait for ever. */
        *host->flag = check->gpu.cuda.rehearsal;
        return gpu_function(&check->gpu, check->transfer_module, "hold", &function) &&
               gpu_launch(&check->gpu, function, 1, 1, parameters);
}

/* Events between the samples of a batch, made when they are needed first. */
static CUevent event[BATCH + 1];

static bool record_mark(struct check_gpu *gpu, unsigned number)
{
        return (event[number] || GPU(gpu, cuEventCreate, &event[number], 0)) &&
               GPU(gpu, cuEventRecord, event[number], gpu->stream);
}

static bool queue_batch(struct check_run *run, const struct copy_host *host, copy_queue *queue,
        void *context, unsigned count)
{
        struct check_gpu *gpu = &run->check->gpu;

        if (!hold(run->check, host) || !record_mark(gpu, 0))
                return false;
        for (unsigned i = 0; i < count; i++) {
                if (!queue(run, context) || !record_mark(gpu, i + 1))
                        return false;
        }
        return true;
}

static bool read_batch(struct check_gpu *gpu, unsigned count, double *seconds)
{
        for (unsigned i = 0; i < count; i++) {
                float ms;

                if (!GPU(gpu, cuEventElapsedTime, &ms, event[i], event[i + 1]))
                        return false;
                seconds[i] = (double)ms / 1e3;
        }
        return true;
}

bool copy_measure(struct check_run *run, copy_queue *queue, void *context, double *ret_seconds)
{
        struct check_gpu *gpu = &run->check->gpu;
        const struct copy_host *host;
        static double seconds[MAX_SAMPLES + BATCH];
        double start = clock_seconds();
        unsigned samples = 0;
        bool good;

        if (!copy_host_take(run->check, &host))
                return false;
        for (unsigned i = 0; i < WARM_UP_SAMPLES; i++) {
                if (!queue(run, context))
                        return false;
        }
        do {
                unsigned count = run->amount.rounds - samples;

                if (count > BATCH)
                        count = BATCH;
                good = gpu_wait(gpu) && queue_batch(run, host, queue, context, count);
                *host->flag = 1; /* whatever happened, the stream must go on */
                health_sample_bridges(&run->check->health);
                if (!good || !gpu_wait(gpu) || !read_batch(gpu, count, seconds + samples))
                        return false;
                samples += count;
                check_progress(run, 0, 0);
        } while (samples < MAX_SAMPLES && check_goes_on(run, samples, start));
        *ret_seconds = check_median(seconds, samples) * check_slowness(run->check);
        check_count(run, "samples", samples);
        return true;
}

enum status copy_result(struct check_run *run, double bytes, double seconds, uint64_t errors)
{
        if (seconds <= 0)
                return check_say(run, STATUS_ERROR, "the copy took no time at all");
        check_number(run, "gbps", bytes / seconds / 1e9);
        check_count(run, "errors", errors);
        if (errors > 0)
                return check_say(run, STATUS_FAIL, "%llu words are wrong after the copy",
                        (unsigned long long)errors);
        return STATUS_PASS;
}
