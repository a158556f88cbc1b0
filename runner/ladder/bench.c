#include "runner/ladder/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/io.h"
#include "runner/ladder/stamp.h"
#include "runner/machine/where.h"
#include "runner/record/record.h"

#define REHEARSAL_BYTES (2 * BENCH_MIB)
#define HOST_SHARE      8 /* of what the host has free, a copy takes this part: there are several */
#define DEVICE_SHARE    4

void bench_doing(struct bench *bench, const char *call)
{
        snprintf(bench->place->doing, sizeof(bench->place->doing), "%s", call);
}

bool bench_succeed(struct bench *bench, CUresult result, const char *call, const char *what)
{
        char text[WHY_SIZE];

        bench_doing(bench, "");
        if (result == CUDA_SUCCESS)
                return true;
        cuda_explain(&bench->cuda, result, call, text);
        return finding_say(
                &bench->finding, STATUS_FAIL, "%s%s%s", what ? what : "", what ? ": " : "", text);
}

bool bench_lacks(struct bench *bench, const char *call)
{
        return finding_say(&bench->finding, STATUS_FAIL, "this driver has no %s", call);
}

bool bench_load(struct bench *bench)
{
        char why[WHY_SIZE];

        bench_doing(bench, "loading libcuda.so.1");
        if (!bench->cuda.library && !cuda_open(&bench->cuda, why))
                return finding_say(&bench->finding, STATUS_FAIL, "%s", why);
        bench_doing(bench, "");
        return true;
}

bool bench_init(struct bench *bench)
{
        if (!bench->initialised)
                bench->initialised = bench_load(bench) && CU(bench, NULL, cuInit, 0);
        return bench->initialised;
}

bool bench_enter(struct bench *bench)
{
        return bench->context ||
               (bench_init(bench) && CU(bench, NULL, cuDeviceGet, &bench->device, bench->number) &&
                       CU(bench, NULL, cuCtxCreate, &bench->context, 0, bench->device));
}

void bench_find(struct bench *bench)
{
        json_t *list = json_array();
        char why[WHY_SIZE];
        struct device device;
        int version = 0, count = 0;

        finding_note(&bench->finding, "devices", list);
        if (!bench_init(bench) || !CU(bench, NULL, cuDriverGetVersion, &version) ||
                !CU(bench, NULL, cuDeviceGetCount, &count))
                return;
        finding_count(&bench->finding, "cuda_version", (uint64_t)version);
        for (int i = 0; i < count; i++) {
                bench_doing(bench, "asking a GPU who it is");
                if (!cuda_describe(&bench->cuda, i, &device, why)) {
                        finding_say(&bench->finding, STATUS_FAIL, "GPU %d: %s", i, why);
                        return;
                }
                json_array_append_new(list, record_device(&device));
        }
        bench_doing(bench, "");
        if (count == 0)
                finding_say(
                        &bench->finding, STATUS_FAIL, "the driver finds no GPU in this machine");
}

void bench_use(struct bench *bench)
{
        size_t free_bytes = 0, total = 0;

        if (!bench_enter(bench) || !CU(bench, NULL, cuMemGetInfo, &free_bytes, &total))
                return;
        finding_count(&bench->finding, "free_bytes", free_bytes);
        finding_count(&bench->finding, "total_bytes", total);
}

/* --- memory --- */

static uint64_t free_of_host(void)
{
        char text[4096], value[64];

        if (io_read_text("/proc/meminfo", text, sizeof(text)) &&
                where_value_of(text, "MemAvailable", value, sizeof(value)))
                return strtoull(value, NULL, 10) << 10;
        return (uint64_t)sysconf(_SC_AVPHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

bool bench_room(struct bench *bench, uint64_t most, uint64_t *ret_bytes)
{
        uint64_t host = free_of_host() / HOST_SHARE, bytes = most;
        size_t free_bytes = 0, total = 0;

        if (!CU(bench, NULL, cuMemGetInfo, &free_bytes, &total))
                return false;
        if (bench->cuda.rehearsal && bytes > REHEARSAL_BYTES)
                bytes = REHEARSAL_BYTES;
        if (bytes > host)
                bytes = host;
        if (bytes > free_bytes / DEVICE_SHARE)
                bytes = free_bytes / DEVICE_SHARE;
        bytes -= bytes % BENCH_MIB;
        *ret_bytes = bytes ? bytes : BENCH_MIB;
        return true;
}

bool bench_allocate(struct bench *bench, uint64_t bytes, CUdeviceptr *ret_address)
{
        char text[WHY_SIZE];
        CUresult result;

        bench_doing(bench, "cuMemAlloc");
        result = bench->cuda.cuMemAlloc(ret_address, bytes);
        bench_doing(bench, "");
        if (result == CUDA_SUCCESS)
                return true;
        cuda_explain(&bench->cuda, result, "cuMemAlloc", text);
        return finding_say(&bench->finding, STATUS_NOTRUN, "needs device_memory: %llu MiB: %s",
                (unsigned long long)(bytes / BENCH_MIB), text);
}

/*
 * Which way the wrong page went wrong: it is fetched once more, by itself. A copy that small goes
 * through memory of the driver's own.
 */
static const char *wrong_way(
        struct bench *bench, const struct bench_journey *journey, uint64_t page)
{
        uint64_t found[STAMP_PAGE / sizeof(uint64_t)];
        const uint64_t *sent = (const void *)((const char *)journey->from + page * STAMP_PAGE);

        if (bench->cuda.cuMemcpyDtoH(found, journey->by + page * STAMP_PAGE, STAMP_PAGE) !=
                CUDA_SUCCESS)
                return "";
        for (size_t i = 0; i < STAMP_PAGE / sizeof(*found); i++) {
                if (found[i] != sent[i])
                        return " on the way to the GPU";
        }
        return " on the way back from the GPU";
}

bool bench_carry(struct bench *bench, const struct bench_journey *journey, double *ret_there,
        double *ret_back)
{
        double start = clock_seconds(), turn;
        struct stamp_fault fault;
        char text[WHY_SIZE];

        if (!CU(bench, journey->what, cuMemcpyHtoD, journey->by, journey->from, journey->bytes) ||
                !CU(bench, journey->what, cuCtxSynchronize))
                return false;
        turn = clock_seconds();
        if (!CU(bench, journey->what, cuMemcpyDtoH, journey->to, journey->by, journey->bytes) ||
                !CU(bench, journey->what, cuCtxSynchronize))
                return false;
        if (ret_there)
                *ret_there = turn - start;
        if (ret_back)
                *ret_back = clock_seconds() - turn;
        if (stamp_check(journey->to, journey->bytes, journey->round, &fault))
                return true;
        stamp_explain(&fault, journey->bytes, journey->round, text);
        return finding_say(&bench->finding, STATUS_FAIL, "%s: wrong%s: %.800s", journey->what,
                wrong_way(bench, journey, fault.page), text);
}
