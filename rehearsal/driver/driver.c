/* The driver as a whole: initialisation, version, the lock, faults on demand. */
#include "rehearsal/driver/driver.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "lib/toolkit.h"

const char forestage_rehearsal[] = "1";

struct driver driver;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void driver_lock(void)
{
        pthread_mutex_lock(&lock);
}

void driver_unlock(const int *unused)
{
        (void)unused;
        pthread_mutex_unlock(&lock);
}

void forestage_rehearsal_part(unsigned part)
{
        LOCKED;

        driver.heap.part = part;
}

/* A comma-separated list of fault names. */
static unsigned parse_faults(const char *text)
{
        static const struct {
                const char *name;
                enum fault fault;
        } faults[] = { { "init", FAULT_INIT }, { "launch", FAULT_LAUNCH }, { "hang", FAULT_HANG },
                { "bits", FAULT_BITS }, { "context", FAULT_CONTEXT },
                { "write-combined", FAULT_WRITE_COMBINED } };
        unsigned result = 0;

        while (text && *text) {
                size_t length = strcspn(text, ",");

                for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                        if (strlen(faults[i].name) == length &&
                                strncmp(faults[i].name, text, length) == 0)
                                result |= faults[i].fault;
                }
                text += length + (text[length] == ',');
        }
        return result;
}

static int parse_count(const char *text)
{
        long count = text ? strtol(text, NULL, 10) : 1;

        return count < 0 ? 0 : count > MAX_DEVICES ? MAX_DEVICES : (int)count;
}

/* Half of the host's memory, whole MiB. */
static uint64_t memory_limit(void)
{
        struct sysinfo info;

        if (sysinfo(&info) < 0)
                return UINT64_C(512) << 20;
        return (uint64_t)info.totalram * info.mem_unit / 2 & ~((UINT64_C(1) << 20) - 1);
}

static bool is_no(const char *word)
{
        return word && strcmp(word, "no") == 0;
}

CUresult cuInit(unsigned flags)
{
        LOCKED;
        if (flags)
                return CUDA_ERROR_INVALID_VALUE;
        driver.faults = parse_faults(getenv("FORESTAGE_REHEARSAL_FAULT"));
        if (driver.faults & FAULT_INIT)
                return CUDA_ERROR_UNKNOWN;
        driver.device_count = parse_count(getenv("FORESTAGE_REHEARSAL_DEVICES"));
        if (!driver.device_count)
                return CUDA_ERROR_NO_DEVICE;
        driver.heap.limit = memory_limit();
        driver.heap.is_zeroed = is_no(getenv("FORESTAGE_REHEARSAL_POISON"));
        driver.is_ready = true;
        return CUDA_SUCCESS;
}

/* One that no driver has is as if nothing was said. */
unsigned driver_cuda(void)
{
        const char *text = getenv("FORESTAGE_REHEARSAL_CUDA");
        unsigned major, minor, cuda = DRIVER_VERSION;
        char rest;

        if (text && sscanf(text, "%3u.%2u%c", &major, &minor, &rest) == 2 &&
                toolkit_ptx(1000 * major + 10 * minor) > 0)
                cuda = 1000 * major + 10 * minor;
        return cuda;
}

CUresult cuDriverGetVersion(int *version)
{
        if (!version)
                return CUDA_ERROR_INVALID_VALUE;
        *version = (int)driver_cuda();
        return CUDA_SUCCESS;
}
