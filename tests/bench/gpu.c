/*
 * Each figure of the checks beside the limit that a plain kernel (limits.cu) or a plain copy
 * reaches in the same run on the same card: gpu [quick|medium|long [SECONDS]]. The tensor cores'
 * limit is what their number and the clock during the test allow. gpu pairs: what a plain copy and
 * a plain kernel reach between each two GPUs, a line each. gpu quarters: how much longer each two
 * warps of a block take together, which tells what part of a multiprocessor a warp is on.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/check/report.h"
#include "lib/clock.h"
#include "region/region.h"
#include "runner/check/check_baseline.h"
#include "runner/check/check_gpu.h"
#include "runner/check/check_job.h"
#include "runner/check/check_verdict.h"
#include "runner/process/report.h"

#define MIB       (UINT64_C(1) << 20)
#define COPY      (256 * MIB)
#define TILE      262144u
#define FMA_STEPS 65536u
#define TRIES     9

extern const char bench_ptx_limits[];
__asm__(".pushsection .rodata\n.global bench_ptx_limits\nbench_ptx_limits:\n"
        ".incbin \"" BENCH_PTX "\"\n.byte 0\n.popsection\n");

static struct check_gpu gpu;
static double start_s;

static void need(bool good)
{
        if (good)
                return;
        fprintf(stderr, "bench: %s\n", gpu.error);
        exit(1);
}

/* --- the check, in a process of its own, as forestage-run does it --- */

static void find_device(struct device *device)
{
        char why[WHY_SIZE];
        size_t bytes = 0;

        if (!cuda_open(&gpu.cuda, why) || !cuda_has_checks(&gpu.cuda, why)) {
                fprintf(stderr, "bench: %s\n", why);
                exit(1);
        }
        need(GPU(&gpu, cuInit, 0));
        need(gpu_succeed(&gpu, cuda_uuid(&gpu.cuda, 0, device->uuid), "cuDeviceGetUuid"));
        gpu.cuda.cuDeviceGetPCIBusId(device->pci, sizeof(device->pci), 0);
        gpu.cuda.cuDeviceGetName(device->name, sizeof(device->name), 0);
        gpu.cuda.cuDeviceTotalMem(&bytes, 0);
        for (char *at = device->pci; *at; at++)
                *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at;
        device->memory_bytes = bytes;
        device->rehearsal = gpu.cuda.rehearsal;
}

/* The device is found in a process that ends: CUDA does not survive a fork. */
static void ask_device(struct device *ret_device)
{
        int ends[2];

        if (pipe(ends) != 0)
                exit(1);
        if (fork() == 0) {
                find_device(ret_device);
                _exit(write(ends[1], ret_device, sizeof(*ret_device)) < 0);
        }
        if (read(ends[0], ret_device, sizeof(*ret_device)) != sizeof(*ret_device))
                exit(1);
        close(ends[0]);
        close(ends[1]);
        wait(NULL);
}

static json_t *run_check(struct job *job, const struct device *device)
{
        struct check_task task = { .job = job, .device = device };
        json_t *tests = json_array(), *message;
        char line[REPORT_MAX_LINE];
        int ends[2];
        FILE *from;

        if (pipe(ends) != 0)
                exit(1);
        if (fork() == 0) {
                close(ends[0]);
                _exit(check_job_main(&task, ends[1], -1));
        }
        close(ends[1]);
        from = fdopen(ends[0], "r");
        while (from && fgets(line, sizeof(line), from)) {
                const char *type;

                message = json_loads(line, 0, NULL);
                type = json_string_value(json_object_get(message, "type"));
                if (type && strcmp(type, "test") == 0)
                        check_add_result(tests, json_object_get(message, "result"));
                if (type && strcmp(type, "error") == 0)
                        fputs(line, stderr);
                json_decref(message);
        }
        wait(NULL);
        return tests;
}

/* --- the limits --- */

static double best(double *seconds)
{
        double least = seconds[0];

        for (int i = 1; i < TRIES; i++)
                least = seconds[i] < least ? seconds[i] : least;
        return least;
}

static double plain_memory(CUmodule module, const char *name, CUdeviceptr data, uint64_t bytes)
{
        uint64_t value = UINT64_C(0x0123456789abcdef);
        void *parameters[] = { &data, &value };
        double seconds[TRIES];
        CUfunction function;

        need(gpu_function(&gpu, module, name, &function));
        for (int i = 0; i < TRIES; i++)
                need(gpu_time_start(&gpu) &&
                        gpu_launch(&gpu, function, (unsigned)(bytes / TILE), 256, parameters) &&
                        gpu_time_end(&gpu, &seconds[i]));
        return (double)bytes / best(seconds) / 1e9;
}

static double plain_fma(CUmodule module, const char *name, CUdeviceptr data, void *a, void *b)
{
        uint32_t steps = FMA_STEPS;
        void *parameters[] = { &data, a, b, &steps };
        double seconds[TRIES];
        CUfunction function;
        int blocks = 1;

        need(gpu_function(&gpu, module, name, &function));
        gpu.cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, 256, 0);
        blocks *= gpu.multiprocessors;
        for (int i = 0; i < TRIES; i++)
                need(gpu_time_start(&gpu) &&
                        gpu_launch(&gpu, function, (unsigned)blocks, 256, parameters) &&
                        gpu_time_end(&gpu, &seconds[i]));
        return 2.0 * 8 * FMA_STEPS * 256 * blocks / best(seconds) / 1e12;
}

enum way { UP, DOWN, ACROSS };

static double plain_copy(enum way way, CUdeviceptr data, void *host)
{
        double seconds[TRIES];

        for (int i = 0; i < TRIES; i++) {
                CUresult result;

                need(gpu_time_start(&gpu));
                if (way == UP)
                        result = gpu.cuda.cuMemcpyHtoDAsync(data, host, COPY, gpu.stream);
                else if (way == DOWN)
                        result = gpu.cuda.cuMemcpyDtoHAsync(host, data, COPY, gpu.stream);
                else
                        result = gpu.cuda.cuMemcpyDtoDAsync(data + COPY, data, COPY, gpu.stream);
                need(gpu_succeed(&gpu, result, "the copy") && gpu_time_end(&gpu, &seconds[i]));
        }
        return COPY / best(seconds) / 1e9;
}

/* --- the table --- */

static double number_of(const json_t *tests, const char *test, const char *key)
{
        return json_number_value(json_object_get(check_result_of(tests, test), key));
}

static void print_row(const json_t *tests, const char *test, const char *key, double limit,
        const char *unit, const char *how)
{
        const char *status =
                json_string_value(json_object_get(check_result_of(tests, test), "status"));
        double value = number_of(tests, test, key);

        if (value > 0 && limit > 0)
                printf("%-20s %-12s %10.1f %10.1f %-8s %5.1f %%  %-5s %s\n", test, key, value,
                        limit, unit, 100 * value / limit, status, how);
        else if (value > 0)
                printf("%-20s %-12s %10.1f %10s %-8s %7s  %-5s\n", test, key, value, "-", unit, "",
                        status);
        else
                printf("%-20s %-12s %10s %10s %-8s %7s  %s\n", test, key, "-", "-", unit, "",
                        status ? status : "-");
}

/* Operations of a multiprocessor of compute capability 9.0 and 8.0 in a clock. */
static double tensor_limit(const json_t *tests, const char *test, double of_hopper)
{
        double clock = number_of(tests, test, "clock_mhz") * 1e6;
        double scale = gpu.compute_major == 9                             ? 1
                       : gpu.compute_major == 8 && gpu.compute_minor == 0 ? 0.5
                                                                          : 0;

        return scale * of_hopper * gpu.multiprocessors * clock / 1e12;
}

static void print_tensor(const json_t *tests)
{
        static const struct {
                const char *test, *key, *unit;
                double operations;
        } rows[] = { { "compute-fp16", "tflops", "TFLOP/s", 4096 },
                { "compute-bf16", "tflops", "TFLOP/s", 4096 },
                { "compute-tf32", "tflops", "TFLOP/s", 2048 },
                { "compute-int8", "tops", "TOP/s", 8192 } };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                print_row(tests, rows[i].test, rows[i].key,
                        tensor_limit(tests, rows[i].test, rows[i].operations), rows[i].unit,
                        "units x clock");
}

static void print_memory(const json_t *tests, double write, double read)
{
        static const char *const names[] = { "memory-address", "memory-walking",
                "memory-inversions", "memory-random", "memory-block", "memory-modulo",
                "memory-fade" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (number_of(tests, names[i], "write_gbps") > 0)
                        print_row(tests, names[i], "write_gbps", write, "GB/s", "plain kernel");
                print_row(tests, names[i], "verify_gbps", read, "GB/s", "plain kernel");
        }
}

static void print_table(const json_t *tests)
{
        float a32 = 0.99f, b32 = 0.01f;
        double a64 = 0.99, b64 = 0.01, write, read, bytes;
        uint64_t size = gpu.cuda.rehearsal ? 4 * MIB : 16384 * MIB;
        CUdeviceptr data = 0;
        CUmodule module;
        void *host = NULL;

        need(gpu_load(&gpu, bench_ptx_limits, 4, "plain", &module) &&
                gpu_allocate(&gpu, size < 2 * COPY ? 2 * COPY : size, &data) &&
                GPU(&gpu, cuMemHostAlloc, &host, COPY, 0));
        write = plain_memory(module, "plain_write", data, size);
        read = plain_memory(module, "plain_read", data, size);
        printf("%-20s %-12s %10s %10s\n", "test", "figure", "check", "limit");
        print_memory(tests, write, read);
        bytes = number_of(tests, "memory-address", "memory_bytes");
        printf("%-20s %-12s %10.1f %10.1f ms       (%.2f %% of the free memory)\n", "whole card",
                "write+verify",
                bytes / 1e6 / number_of(tests, "memory-address", "write_gbps") +
                        bytes / 1e6 / number_of(tests, "memory-address", "verify_gbps"),
                bytes / 1e6 / write + bytes / 1e6 / read,
                number_of(tests, "memory-address", "covered_percent"));
        print_row(tests, "compute-fp32", "tflops",
                plain_fma(module, "plain_fp32", data, &a32, &b32), "TFLOP/s", "plain kernel");
        print_row(tests, "compute-fp64", "tflops",
                plain_fma(module, "plain_fp64", data, &a64, &b64), "TFLOP/s", "plain kernel");
        print_tensor(tests);
        print_row(tests, "copy-h2d", "gbps", plain_copy(UP, data, host), "GB/s", "plain copy");
        print_row(tests, "copy-d2h", "gbps", plain_copy(DOWN, data, host), "GB/s", "plain copy");
        print_row(tests, "copy-d2d", "gbps", plain_copy(ACROSS, data, host), "GB/s", "plain copy");
        print_row(tests, "copy-bidirectional", "gbps", 0, "GB/s", "");
        print_row(tests, "copy-p2p", "gbps", 0, "GB/s", "");
        print_row(tests, "latency", "launch_us", 0, "us", "");
        print_row(tests, "latency", "copy_us", 0, "us", "");
        print_row(tests, "latency", "memory_ns", 0, "ns", "");
}

/* --- between GPUs --- */

/* The GPU that copies, or runs the kernel, and the other one's context and memory. */
struct pair {
        struct check_gpu own;
        CUdevice device;
        CUcontext context;
        CUdeviceptr data, far;
        int direct;
};

static void need_pair(const struct pair *pair, bool good)
{
        if (good)
                return;
        fprintf(stderr, "bench: %s\n", pair->own.error);
        exit(1);
}

static void open_pair(struct pair *pair, int number, int other)
{
        struct check_gpu *own = &pair->own;

        *pair = (struct pair){ .own.cuda = gpu.cuda };
        need_pair(pair,
                GPU(own, cuDeviceGet, &own->device, number) &&
                        GPU(own, cuDeviceGet, &pair->device, other) &&
                        GPU(own, cuDeviceCanAccessPeer, &pair->direct, own->device, pair->device) &&
                        GPU(own, cuCtxCreate, &pair->context, 0, pair->device) &&
                        gpu_allocate(own, COPY, &pair->far) &&
                        GPU(own, cuCtxCreate, &own->context, 0, own->device) && gpu_prepare(own) &&
                        gpu_allocate(own, COPY, &pair->data) &&
                        (!pair->direct || GPU(own, cuCtxEnablePeerAccess, pair->context, 0)));
}

static double pair_copy(struct pair *pair)
{
        struct check_gpu *own = &pair->own;
        double seconds[TRIES];

        for (int i = 0; i < TRIES; i++)
                need_pair(pair, gpu_time_start(own) &&
                                        GPU(own, cuMemcpyPeerAsync, pair->far, pair->context,
                                                pair->data, own->context, COPY, own->stream) &&
                                        gpu_time_end(own, &seconds[i]));
        return COPY / best(seconds) / 1e9;
}

static double pair_kernel(struct pair *pair)
{
        void *parameters[] = { &pair->data, &pair->far };
        double seconds[TRIES];
        CUfunction function;
        CUmodule module;

        if (!pair->direct)
                return 0;
        need_pair(pair, gpu_load(&pair->own, bench_ptx_limits, 4, "plain", &module) &&
                                gpu_function(&pair->own, module, "plain_pull", &function));
        for (int i = 0; i < TRIES; i++)
                need_pair(pair,
                        gpu_time_start(&pair->own) &&
                                gpu_launch(&pair->own, function, COPY / TILE, 256, parameters) &&
                                gpu_time_end(&pair->own, &seconds[i]));
        return COPY / best(seconds) / 1e9;
}

static int print_pairs(void)
{
        struct device first = { .index = 0 };
        struct pair pair;
        int count = 0;

        find_device(&first);
        need(GPU(&gpu, cuDeviceGetCount, &count));
        if (!gpu.cuda.cuMemcpyPeerAsync || !gpu.cuda.cuCtxEnablePeerAccess) {
                fputs("bench: this libcuda.so.1 has no copies between GPUs\n", stderr);
                return 1;
        }
        for (int i = 0; i < count * count; i++) {
                if (i / count == i % count)
                        continue;
                open_pair(&pair, i / count, i % count);
                printf("GPU %d to %d copy %.1f GB/s kernel %.1f GB/s%s\n", i / count, i % count,
                        pair_copy(&pair), pair_kernel(&pair), pair.direct ? "" : " not direct");
                gpu.cuda.cuCtxDestroy(pair.own.context);
                gpu.cuda.cuCtxDestroy(pair.context);
        }
        return 0;
}

/* --- parts of a multiprocessor --- */

#define WARPS 16u

struct warps {
        uint32_t id[WARPS];
        uint64_t clocks[WARPS];
};

static struct warps run_warps(CUfunction function, CUdeviceptr data, uint32_t one, uint32_t other)
{
        struct warps warps = { 0 };
        CUdeviceptr clocks = data + offsetof(struct warps, clocks), out = data + sizeof(warps);
        void *parameters[] = { &data, &clocks, &out, &one, &other };

        need(gpu_upload(&gpu, data, &warps, sizeof(warps)) &&
                gpu_launch(&gpu, function, 1, 32 * WARPS, parameters) &&
                gpu_download(&gpu, &warps, data, sizeof(warps)));
        return warps;
}

/* True if what the two share is what their %warpid promises. */
static bool print_pair_of_warps(CUfunction function, CUdeviceptr data, uint32_t one, uint32_t other)
{
        double alone = (double)run_warps(function, data, one, one).clocks[one];
        struct warps both = run_warps(function, data, one, other);
        double share = (double)both.clocks[one] / alone;
        bool same = both.id[one] % CHECK_QUARTERS == both.id[other] % CHECK_QUARTERS;

        printf("%%warpid %2u and %2u: %.2f times as long as alone\n", both.id[one], both.id[other],
                share);
        return same == (share > 1.5);
}

/* Two warps of one part take twice as long as one; two of different parts, no longer. */
static int print_quarters(void)
{
        unsigned pairs = 0, right = 0;
        CUfunction function;
        CUdeviceptr data = 0;
        CUmodule module;

        need(gpu_load(&gpu, bench_ptx_limits, 4, "plain", &module) &&
                gpu_function(&gpu, module, "plain_quarters", &function) &&
                gpu_allocate(&gpu, sizeof(struct warps) + 64, &data));
        run_warps(function, data, 0, 0); /* loads the code */
        for (uint32_t one = 0; one < WARPS; one++) {
                for (uint32_t other = 0; other < WARPS; other++) {
                        if (one == other)
                                continue;
                        pairs++;
                        right += print_pair_of_warps(function, data, one, other);
                }
        }
        printf("%u of %u pairs are on one part just where %%warpid %% 4 is the same\n", right,
                pairs);
        return right == pairs ? 0 : 1;
}

static void open_device(void)
{
        struct device first = { .index = 0 };

        find_device(&first);
        need(GPU(&gpu, cuDeviceGet, &gpu.device, 0) &&
                GPU(&gpu, cuCtxCreate, &gpu.context, 0, gpu.device) && gpu_prepare(&gpu));
}

int main(int argc, char **argv)
{
        static char quick[] = "quick";
        struct device device = { .index = 0 };
        struct job job = { .check = { .level = argc > 1 ? argv[1] : quick } };
        json_t *tests;

        if (strcmp(job.check.level, "pairs") == 0)
                return print_pairs();
        if (strcmp(job.check.level, "quarters") == 0) {
                open_device();
                return print_quarters();
        }
        if (argc > 2)
                job.check.duration_ms = strtoull(argv[2], NULL, 10) * 1000;
        ask_device(&device);
        start_s = clock_seconds();
        tests = run_check(&job, &device);
        printf("%s, %s: Level=%s in %.2f s\n", device.name, device.uuid, job.check.level,
                clock_seconds() - start_s);
        open_device();
        print_table(tests);
        json_decref(tests);
        return 0;
}
