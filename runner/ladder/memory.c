#include "runner/ladder/memory.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "runner/ladder/stamp.h"

#define HOST_BYTES   (64 * BENCH_MIB) /* more than a context asks for at a time */
#define DEVICE_BYTES (256 * BENCH_MIB)

#define WORDS_OF_MIB (BENCH_MIB / sizeof(uint32_t))
#define FIRST_ROUND  0xa5c31u
#define SECOND_ROUND 0x5a3ceu

/* --- memory of the host --- */

/* From it and into it: what the GPU reads there, and what it writes. */
static bool use_host(struct bench *bench, const char *what, void *host, CUdeviceptr device,
        void *plain, uint64_t bytes)
{
        const struct bench_journey out = { what, host, device, plain, bytes, FIRST_ROUND };
        const struct bench_journey in = { what, plain, device, host, bytes, SECOND_ROUND };
        double there, back;

        bench_doing(bench, "writing that memory");
        stamp_fill(host, bytes, FIRST_ROUND);
        stamp_clear(plain, bytes);
        if (!bench_carry(bench, &out, &there, NULL))
                return false;
        bench_doing(bench, "writing that memory");
        stamp_fill(plain, bytes, SECOND_ROUND);
        stamp_clear(host, bytes);
        if (!bench_carry(bench, &in, NULL, &back))
                return false;
        finding_rate(&bench->finding, "read_gbps", bytes, there);
        finding_rate(&bench->finding, "write_gbps", bytes, back);
        return true;
}

static void try_host(struct bench *bench, const char *kind, unsigned flags)
{
        void *host = NULL;
        _cleanup_free_ void *plain = NULL;
        CUdeviceptr device;
        uint64_t bytes;
        char what[80];

        if (!bench_room(bench, HOST_BYTES, &bytes))
                return;
        finding_count(&bench->finding, "bytes", bytes);
        snprintf(what, sizeof(what), "%llu MiB of %s memory of the host",
                (unsigned long long)(bytes / BENCH_MIB), kind);
        plain = malloc(bytes);
        if (!plain) {
                finding_say(&bench->finding, STATUS_ERROR, "out of memory");
                return;
        }
        if (CU(bench, what, cuMemHostAlloc, &host, bytes, flags) &&
                bench_allocate(bench, bytes, &device) &&
                use_host(bench, what, host, device, plain, bytes) &&
                CU(bench, NULL, cuMemFree, device))
                CU(bench, NULL, cuMemFreeHost, host);
}

void memory_write_combined(struct bench *bench)
{
        try_host(bench, "write-combined", CU_MEMHOSTALLOC_WRITECOMBINED);
}

void memory_cached(struct bench *bench)
{
        try_host(bench, "cached", 0);
}

/* --- memory of the GPU --- */

/* Each MiB has a value of its own, so that one that lies in another's place is seen. */
static bool set_all(struct bench *bench, CUdeviceptr device, uint64_t bytes, uint32_t salt)
{
        for (uint32_t i = 0; i < bytes / BENCH_MIB; i++) {
                if (!CU(bench, NULL, cuMemsetD32, device + i * BENCH_MIB, salt ^ i, WORDS_OF_MIB))
                        return false;
        }
        return CU(bench, NULL, cuCtxSynchronize);
}

static bool read_all(
        struct bench *bench, CUdeviceptr device, uint64_t bytes, uint32_t salt, uint32_t *word)
{
        for (uint32_t i = 0; i < bytes / BENCH_MIB; i++) {
                if (!CU(bench, NULL, cuMemcpyDtoH, word, device + i * BENCH_MIB, BENCH_MIB))
                        return false;
                for (uint32_t at = 0; at < WORDS_OF_MIB; at++) {
                        if (word[at] != (salt ^ i))
                                return finding_say(&bench->finding, STATUS_FAIL,
                                        "the GPU's memory is wrong: in MiB %u, byte %zu, is %08x "
                                        "and not %08x",
                                        i, at * sizeof(*word), word[at], salt ^ i);
                }
        }
        return true;
}

void memory_device(struct bench *bench)
{
        static uint32_t word[WORDS_OF_MIB];
        CUdeviceptr device;
        uint64_t bytes;
        char what[64];

        if (!bench_room(bench, DEVICE_BYTES, &bytes))
                return;
        finding_count(&bench->finding, "bytes", bytes);
        snprintf(what, sizeof(what), "%llu MiB", (unsigned long long)(bytes / BENCH_MIB));
        if (CU(bench, what, cuMemAlloc, &device, bytes) &&
                set_all(bench, device, bytes, 0x5a5a0000) &&
                read_all(bench, device, bytes, 0x5a5a0000, word) &&
                set_all(bench, device, bytes, 0xa5a5ffff) &&
                read_all(bench, device, bytes, 0xa5a5ffff, word))
                CU(bench, NULL, cuMemFree, device);
}
