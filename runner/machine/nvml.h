/*
 * The part of NVIDIA's management library that the checks read, from its documented binary
 * interface, found in libnvidia-ml.so.1 at run time. Nothing here changes a setting.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/why.h"

typedef int nvmlReturn; /* 0: success, 3: not supported */
typedef struct nvmlDevice_st *nvmlDevice;
typedef unsigned long long nvmlCount;

enum {
        NVML_SUCCESS = 0,
        NVML_ERROR_NOT_SUPPORTED = 3,
        NVML_ERROR_CORRUPTED_INFOROM = 14,

        NVML_CORRECTED = 0,
        NVML_UNCORRECTED = 1,
        NVML_VOLATILE = 0,
        NVML_AGGREGATE = 1,
        NVML_LOCATION_DRAM = 2,
        NVML_LOCATION_SRAM = 7,
        NVML_RETIRED_SINGLE_BIT = 0,
        NVML_RETIRED_DOUBLE_BIT = 1,
        NVML_CLOCK_SM = 1,
        NVML_CLOCK_MEMORY = 2,
        NVML_TEMPERATURE_GPU = 0,
        NVML_FABRIC_COMPLETED = 3,

        NVML_NVLINK_REPLAY = 0,
        NVML_NVLINK_RECOVERY = 1,
        NVML_NVLINK_CRC_FLIT = 2,
        NVML_FIELD_NVLINK_REPLAYS = 161, /* with the link as the scope */
        NVML_FIELD_NVLINK_RECOVERIES = 162,
        NVML_FIELD_NVLINK_CRC_ERRORS = 163,
        NVML_FIELD_NVLINK_SPEED = 164,
        NVML_FIELD_MEMORY_TEMPERATURE = 82,
        NVML_FIELD_POWER_INSTANT = 186, /* mW; the plain reading is the mean of a second */
        NVML_FIELD_RECOVERY_ACTION = 230,
        NVML_TYPE_UNSIGNED = 1,
        NVML_TYPE_UNSIGNED_LONG = 2,
        NVML_TYPE_UNSIGNED_LONG_LONG = 3,
        NVML_TYPE_NONE = 255, /* ours: not answered */
};

/* Asked for by `id` and `scope`; each has a result of its own, 0 beforehand. */
struct nvmlField {
        unsigned id, scope;
        long long time_us, latency_us;
        unsigned type;
        nvmlReturn result;
        union {
                double d;
                unsigned u;
                unsigned long ul;
                unsigned long long ull;
        } value;
};

/* How many banks of the memory have how many of their spare rows left. */
struct nvmlRemapHistogram {
        unsigned max, high, partial, low, none;
};

struct nvmlProcess {
        unsigned pid;
        nvmlCount used_bytes;
        unsigned gpu_instance, compute_instance;
};

/* `status` is how the registration ended, once `state` says that it has. */
struct nvmlFabric {
        unsigned char cluster[16];
        nvmlReturn status;
        unsigned clique;
        unsigned char state;
};

/* The caller sets `version`. */
struct nvmlSramStatus {
        unsigned version;
        nvmlCount aggregate_parity, aggregate_secded, aggregate_corrected;
        nvmlCount volatile_parity, volatile_secded, volatile_corrected;
        nvmlCount l2, sm, pcie, microcontroller, other;
        unsigned threshold_exceeded;
};
#define NVML_SRAM_STATUS_VERSION ((unsigned)sizeof(struct nvmlSramStatus) | 1u << 24)

/* A NULL member is a function that this library does not have. */
struct nvml {
        void *library; /* NULL: there is none */
        nvmlDevice device;
        nvmlReturn (*nvmlInit)(void);
        nvmlReturn (*nvmlShutdown)(void);
        const char *(*nvmlErrorString)(nvmlReturn error);
        nvmlReturn (*nvmlDeviceGetCount)(unsigned *count);
        nvmlReturn (*nvmlDeviceGetHandleByUUID)(const char *uuid, nvmlDevice *device);
        nvmlReturn (*nvmlDeviceGetTotalEccErrors)(
                nvmlDevice device, int type, int counter, nvmlCount *count);
        nvmlReturn (*nvmlDeviceGetMemoryErrorCounter)(
                nvmlDevice device, int type, int counter, int location, nvmlCount *count);
        nvmlReturn (*nvmlDeviceGetRemappedRows)(nvmlDevice device, unsigned *correctable,
                unsigned *uncorrectable, unsigned *pending, unsigned *failed);
        nvmlReturn (*nvmlDeviceGetRetiredPages)(
                nvmlDevice device, int cause, unsigned *count, nvmlCount *addresses);
        nvmlReturn (*nvmlDeviceGetPcieReplayCounter)(nvmlDevice device, unsigned *count);
        nvmlReturn (*nvmlDeviceGetCurrPcieLinkGeneration)(nvmlDevice device, unsigned *generation);
        nvmlReturn (*nvmlDeviceGetMaxPcieLinkGeneration)(nvmlDevice device, unsigned *generation);
        nvmlReturn (*nvmlDeviceGetCurrPcieLinkWidth)(nvmlDevice device, unsigned *width);
        nvmlReturn (*nvmlDeviceGetMaxPcieLinkWidth)(nvmlDevice device, unsigned *width);
        nvmlReturn (*nvmlDeviceGetVbiosVersion)(nvmlDevice device, char *version, unsigned size);
        nvmlReturn (*nvmlDeviceGetSerial)(nvmlDevice device, char *serial, unsigned size);
        nvmlReturn (*nvmlDeviceGetEccMode)(nvmlDevice device, int *current, int *pending);
        nvmlReturn (*nvmlDeviceGetMigMode)(nvmlDevice device, unsigned *current, unsigned *pending);
        nvmlReturn (*nvmlDeviceValidateInforom)(nvmlDevice device);
        nvmlReturn (*nvmlDeviceGetRowRemapperHistogram)(
                nvmlDevice device, struct nvmlRemapHistogram *banks);
        nvmlReturn (*nvmlDeviceGetSramEccErrorStatus)(
                nvmlDevice device, struct nvmlSramStatus *status);
        nvmlReturn (*nvmlDeviceGetGpuFabricInfo)(nvmlDevice device, struct nvmlFabric *fabric);
        nvmlReturn (*nvmlDeviceGetComputeRunningProcesses)(
                nvmlDevice device, unsigned *count, struct nvmlProcess *processes);
        nvmlReturn (*nvmlDeviceGetGraphicsRunningProcesses)(
                nvmlDevice device, unsigned *count, struct nvmlProcess *processes);
        nvmlReturn (*nvmlDeviceGetTemperature)(nvmlDevice device, int sensor, unsigned *celsius);
        nvmlReturn (*nvmlDeviceGetPowerUsage)(nvmlDevice device, unsigned *milliwatts);
        nvmlReturn (*nvmlDeviceGetEnforcedPowerLimit)(nvmlDevice device, unsigned *milliwatts);
        nvmlReturn (*nvmlDeviceGetClockInfo)(nvmlDevice device, int clock, unsigned *mhz);
        nvmlReturn (*nvmlDeviceGetCurrentClocksThrottleReasons)(
                nvmlDevice device, nvmlCount *reasons);
        nvmlReturn (*nvmlDeviceGetNvLinkState)(nvmlDevice device, unsigned link, unsigned *active);
        nvmlReturn (*nvmlDeviceGetNvLinkVersion)(
                nvmlDevice device, unsigned link, unsigned *version);
        nvmlReturn (*nvmlDeviceGetNvLinkErrorCounter)(
                nvmlDevice device, unsigned link, int counter, nvmlCount *count);
        nvmlReturn (*nvmlDeviceGetFieldValues)(
                nvmlDevice device, int count, struct nvmlField *fields);
};

/* Driver 580.159.04 writes a time and a value into one field more than it was given. */
#define NVML_SPARE_FIELDS 4u

/* The field as a whole number; false when it was not answered, or is none. */
bool nvml_field_number(const struct nvmlField *field, uint64_t *ret_number);

/* Asks for one field, that of the whole GPU. */
bool nvml_field(const struct nvml *nvml, unsigned id, uint64_t *ret_number);

/* Whether the library can be loaded. */
bool nvml_present(void);

/* Loads and initialises it. When false, `why` (WHY_SIZE) says why not. */
bool nvml_start(struct nvml *ret_nvml, char *why);

/* How many GPUs it finds; `why` as above. */
bool nvml_count(const struct nvml *nvml, unsigned *ret_count, char *why);

/* Loads and initialises the library and finds the GPU. When false, `why` (WHY_SIZE) says why not.
 */
bool nvml_open(const char *uuid, struct nvml *ret_nvml, char *why);
void nvml_close(struct nvml *nvml);
