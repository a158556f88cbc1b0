#include "runner/machine/nvml.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libnvidia-ml.so.1"

static const struct symbol {
        const char *name;
        size_t offset;
} symbols[] = {
#define SYMBOL(member, suffix)                                \
        {                                                     \
#member suffix, offsetof(struct nvml, member) \
        }
        SYMBOL(nvmlInit, "_v2"),
        SYMBOL(nvmlShutdown, ""),
        SYMBOL(nvmlErrorString, ""),
        SYMBOL(nvmlDeviceGetCount, "_v2"),
        SYMBOL(nvmlDeviceGetHandleByUUID, ""),
        SYMBOL(nvmlDeviceGetTotalEccErrors, ""),
        SYMBOL(nvmlDeviceGetMemoryErrorCounter, ""),
        SYMBOL(nvmlDeviceGetRemappedRows, ""),
        SYMBOL(nvmlDeviceGetRetiredPages, ""),
        SYMBOL(nvmlDeviceGetPcieReplayCounter, ""),
        SYMBOL(nvmlDeviceGetCurrPcieLinkGeneration, ""),
        SYMBOL(nvmlDeviceGetMaxPcieLinkGeneration, ""),
        SYMBOL(nvmlDeviceGetCurrPcieLinkWidth, ""),
        SYMBOL(nvmlDeviceGetMaxPcieLinkWidth, ""),
        SYMBOL(nvmlDeviceGetVbiosVersion, ""),
        SYMBOL(nvmlDeviceGetSerial, ""),
        SYMBOL(nvmlDeviceGetEccMode, ""),
        SYMBOL(nvmlDeviceGetMigMode, ""),
        SYMBOL(nvmlDeviceValidateInforom, ""),
        SYMBOL(nvmlDeviceGetGpuFabricInfo, ""),
        SYMBOL(nvmlDeviceGetRowRemapperHistogram, ""),
        SYMBOL(nvmlDeviceGetSramEccErrorStatus, ""),
        SYMBOL(nvmlDeviceGetComputeRunningProcesses, "_v2"),
        SYMBOL(nvmlDeviceGetGraphicsRunningProcesses, "_v2"),
        SYMBOL(nvmlDeviceGetTemperature, ""),
        SYMBOL(nvmlDeviceGetPowerUsage, ""),
        SYMBOL(nvmlDeviceGetEnforcedPowerLimit, ""),
        SYMBOL(nvmlDeviceGetClockInfo, ""),
        SYMBOL(nvmlDeviceGetCurrentClocksThrottleReasons, ""),
        SYMBOL(nvmlDeviceGetNvLinkState, ""),
        SYMBOL(nvmlDeviceGetNvLinkVersion, ""),
        SYMBOL(nvmlDeviceGetNvLinkErrorCounter, ""),
        SYMBOL(nvmlDeviceGetFieldValues, ""),
#undef SYMBOL
};

static void find_symbols(struct nvml *nvml)
{
        for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
                void *address = dlsym(nvml->library, symbols[i].name);

                memcpy((char *)nvml + symbols[i].offset, &address, sizeof(address));
        }
}

static bool succeed(const struct nvml *nvml, nvmlReturn result, const char *call, char *why)
{
        if (result == NVML_SUCCESS)
                return true;
        return why_not(why, "%s: error %d, %s", call, result,
                nvml->nvmlErrorString ? nvml->nvmlErrorString(result) : "no text for it");
}

bool nvml_present(void)
{
        void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

        if (library)
                dlclose(library);
        return library != NULL;
}

bool nvml_start(struct nvml *ret_nvml, char *why)
{
        struct nvml nvml = { .library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL) };

        if (!nvml.library)
                return why_not(why, "there is no " LIBRARY);
        find_symbols(&nvml);
        if (!nvml.nvmlInit || !nvml.nvmlDeviceGetHandleByUUID) {
                why_not(why, LIBRARY " is not NVIDIA's");
        } else if (succeed(&nvml, nvml.nvmlInit(), "nvmlInit", why)) {
                *ret_nvml = nvml;
                return true;
        }
        dlclose(nvml.library);
        return false;
}

bool nvml_count(const struct nvml *nvml, unsigned *ret_count, char *why)
{
        unsigned count = 0;

        if (!nvml->nvmlDeviceGetCount)
                return why_not(why, LIBRARY " has no nvmlDeviceGetCount_v2: it is too old");
        if (!succeed(nvml, nvml->nvmlDeviceGetCount(&count), "nvmlDeviceGetCount", why))
                return false;
        *ret_count = count;
        return true;
}

bool nvml_open(const char *uuid, struct nvml *ret_nvml, char *why)
{
        struct nvml nvml;

        if (!nvml_start(&nvml, why))
                return false;
        if (succeed(&nvml, nvml.nvmlDeviceGetHandleByUUID(uuid, &nvml.device),
                    "nvmlDeviceGetHandleByUUID", why)) {
                *ret_nvml = nvml;
                return true;
        }
        nvml_close(&nvml);
        return false;
}

void nvml_close(struct nvml *nvml)
{
        if (!nvml->library)
                return;
        if (nvml->nvmlShutdown)
                nvml->nvmlShutdown();
        dlclose(nvml->library);
        memset(nvml, 0, sizeof(*nvml));
}

/* NVML says what went wrong with a field; when nothing did, it may leave the result as it was. */
bool nvml_field_number(const struct nvmlField *field, uint64_t *ret_number)
{
        if (field->result != NVML_SUCCESS)
                return false;
        switch (field->type) {
        case NVML_TYPE_UNSIGNED:
                *ret_number = field->value.u;
                return true;
        case NVML_TYPE_UNSIGNED_LONG:
                *ret_number = field->value.ul;
                return true;
        case NVML_TYPE_UNSIGNED_LONG_LONG:
                *ret_number = field->value.ull;
                return true;
        default:
                return false;
        }
}

bool nvml_field(const struct nvml *nvml, unsigned id, uint64_t *ret_number)
{
        struct nvmlField field[1 + NVML_SPARE_FIELDS] = { { .id = id, .type = NVML_TYPE_NONE } };

        return nvml->nvmlDeviceGetFieldValues &&
               nvml->nvmlDeviceGetFieldValues(nvml->device, 1, field) == NVML_SUCCESS &&
               nvml_field_number(&field[0], ret_number);
}
