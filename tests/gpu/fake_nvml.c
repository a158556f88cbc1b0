/*
 * A libnvidia-ml.so.1 for tests: a card whose counters behave as FAKE_NVML says. Words, with
 * commas between: `ecc` an ECC counter rises from the second reading on, `pending` a row waits to
 * be remapped, `replay` the PCIe replay counter rises, `narrow` the link has 8 of 16 lanes, `bare`
 * a card without ECC, row remapping and page retirement, `broken` the library finds no driver.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NOT_SUPPORTED     3
#define DRIVER_NOT_LOADED 9

typedef int result;
typedef unsigned long long count;
typedef struct device *handle;

static bool wants(const char *word)
{
        const char *text = getenv("FAKE_NVML");

        return text && strstr(text, word);
}

/* 100 at the first reading of a counter, more at the next if it is to rise. */
static count reading(const char *word, int *turn)
{
        bool later = (*turn)++ > 0;

        return 100 + (later && wants(word) ? 3 : 0);
}

result nvmlInit_v2(void)
{
        return wants("broken") ? DRIVER_NOT_LOADED : 0;
}

result nvmlShutdown(void)
{
        return 0;
}

const char *nvmlErrorString(result error)
{
        return error == DRIVER_NOT_LOADED ? "Driver Not Loaded" : "a fault of the fake";
}

result nvmlDeviceGetHandleByUUID(const char *uuid, handle *device)
{
        static int card;

        *device = (void *)&card;
        return strncmp(uuid, "GPU-", 4) == 0 ? 0 : NOT_SUPPORTED;
}

result nvmlDeviceGetTotalEccErrors(handle device, int type, int counter, count *value)
{
        static int turn[2][2];

        (void)device;
        *value = reading(type == 0 && counter == 0 ? "ecc" : "-", &turn[type][counter]);
        return wants("bare") ? NOT_SUPPORTED : 0;
}

result nvmlDeviceGetRemappedRows(
        handle device, unsigned *first, unsigned *second, unsigned *pending, unsigned *failed)
{
        (void)device;
        *first = *second = *failed = 0;
        *pending = wants("pending");
        return wants("bare") ? NOT_SUPPORTED : 0;
}

result nvmlDeviceGetPcieReplayCounter(handle device, unsigned *value)
{
        static int turn;

        (void)device;
        *value = (unsigned)reading("replay", &turn);
        return 0;
}

result nvmlDeviceGetCurrPcieLinkWidth(handle device, unsigned *width)
{
        (void)device;
        *width = wants("narrow") ? 8 : 16;
        return 0;
}

result nvmlDeviceGetMaxPcieLinkWidth(handle device, unsigned *width)
{
        (void)device;
        *width = 16;
        return 0;
}

result nvmlDeviceGetTemperature(handle device, int sensor, unsigned *celsius)
{
        (void)device;
        (void)sensor;
        *celsius = 41;
        return 0;
}
