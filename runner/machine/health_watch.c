#include "runner/machine/health_watch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/io.h"
#include "runner/machine/bridge_read.h"
#include "runner/machine/nvlink_read.h"

#define SAMPLE_SECONDS  0.1
#define BRIDGES_SECONDS 0.5
#define KERNEL_LOG      "/dev/kmsg"

/* --- NVML --- */

static const struct number {
        size_t reader; /* in struct nvml: nvmlReturn (*)(nvmlDevice device, unsigned *value) */
        enum health_item item;
} numbers[] = {
/* the first one changes while the GPU works */
#define READER(name) offsetof(struct nvml, nvmlDeviceGet##name)
        { READER(PowerUsage), HEALTH_POWER_MW },
        { READER(EnforcedPowerLimit), HEALTH_POWER_LIMIT_MW },
        { READER(PcieReplayCounter), HEALTH_PCIE_REPLAYS },
        { READER(CurrPcieLinkGeneration), HEALTH_PCIE_GENERATION },
        { READER(MaxPcieLinkGeneration), HEALTH_PCIE_GENERATION_MAX },
        { READER(CurrPcieLinkWidth), HEALTH_PCIE_WIDTH },
        { READER(MaxPcieLinkWidth), HEALTH_PCIE_WIDTH_MAX },
#undef READER
};

static void read_number(struct health *health, const struct nvml *nvml, const struct number *number)
{
        nvmlReturn (*reader)(nvmlDevice device, unsigned *value);
        unsigned value;

        memcpy(&reader, (const char *)nvml + number->reader, sizeof(reader));
        if (reader && reader(nvml->device, &value) == NVML_SUCCESS)
                health_set(health, number->item, value);
}

static void read_clock(
        struct health *health, const struct nvml *nvml, int clock, enum health_item item)
{
        unsigned mhz;

        if (nvml->nvmlDeviceGetClockInfo &&
                nvml->nvmlDeviceGetClockInfo(nvml->device, clock, &mhz) == NVML_SUCCESS)
                health_set(health, item, mhz);
}

/* What changes while the GPU works; a fraction of a millisecond. */
static void read_load(struct health *health, const struct nvml *nvml)
{
        nvmlCount reasons;
        unsigned celsius;

        read_number(health, nvml, &numbers[0]);
        read_clock(health, nvml, NVML_CLOCK_SM, HEALTH_CLOCK_SM);
        if (nvml->nvmlDeviceGetTemperature &&
                nvml->nvmlDeviceGetTemperature(nvml->device, NVML_TEMPERATURE_GPU, &celsius) ==
                        NVML_SUCCESS)
                health_set(health, HEALTH_TEMPERATURE, celsius);
        if (nvml->nvmlDeviceGetCurrentClocksThrottleReasons &&
                nvml->nvmlDeviceGetCurrentClocksThrottleReasons(nvml->device, &reasons) ==
                        NVML_SUCCESS)
                health_set(health, HEALTH_THROTTLE, reasons);
}

static const struct {
        int type, counter;
        enum health_item item;
} totals[] = {
        { NVML_CORRECTED, NVML_VOLATILE, HEALTH_ECC_CORRECTED_VOLATILE },
        { NVML_UNCORRECTED, NVML_VOLATILE, HEALTH_ECC_UNCORRECTED_VOLATILE },
        { NVML_CORRECTED, NVML_AGGREGATE, HEALTH_ECC_CORRECTED_AGGREGATE },
        { NVML_UNCORRECTED, NVML_AGGREGATE, HEALTH_ECC_UNCORRECTED_AGGREGATE },
};

static const struct {
        int type, location;
        enum health_item item;
} places[] = {
        { NVML_CORRECTED, NVML_LOCATION_DRAM, HEALTH_DRAM_CORRECTED },
        { NVML_UNCORRECTED, NVML_LOCATION_DRAM, HEALTH_DRAM_UNCORRECTED },
        { NVML_CORRECTED, NVML_LOCATION_SRAM, HEALTH_SRAM_CORRECTED },
        { NVML_UNCORRECTED, NVML_LOCATION_SRAM, HEALTH_SRAM_UNCORRECTED },
};

static void read_ecc(struct health *health, const struct nvml *nvml)
{
        nvmlCount count;

        for (size_t i = 0; i < 4 && nvml->nvmlDeviceGetTotalEccErrors; i++) {
                if (nvml->nvmlDeviceGetTotalEccErrors(nvml->device, totals[i].type,
                            totals[i].counter, &count) == NVML_SUCCESS)
                        health_set(health, totals[i].item, count);
        }
        for (size_t i = 0; i < 4 && nvml->nvmlDeviceGetMemoryErrorCounter; i++) {
                if (nvml->nvmlDeviceGetMemoryErrorCounter(nvml->device, places[i].type,
                            NVML_AGGREGATE, places[i].location, &count) == NVML_SUCCESS)
                        health_set(health, places[i].item, count);
        }
}

static void read_rows(struct health *health, const struct nvml *nvml)
{
        unsigned correctable, uncorrectable, pending, failed;

        if (!nvml->nvmlDeviceGetRemappedRows ||
                nvml->nvmlDeviceGetRemappedRows(nvml->device, &correctable, &uncorrectable,
                        &pending, &failed) != NVML_SUCCESS)
                return;
        health_set(health, HEALTH_REMAPPED_CORRECTABLE, correctable);
        health_set(health, HEALTH_REMAPPED_UNCORRECTABLE, uncorrectable);
        health_set(health, HEALTH_REMAP_PENDING, pending);
        health_set(health, HEALTH_REMAP_FAILED, failed);
}

/* Cards before row remapping retire pages. A count of zero room asks for the number only. */
static void read_pages(struct health *health, const struct nvml *nvml)
{
        static const struct {
                int cause;
                enum health_item item;
        } causes[] = { { NVML_RETIRED_SINGLE_BIT, HEALTH_RETIRED_SINGLE_BIT },
                { NVML_RETIRED_DOUBLE_BIT, HEALTH_RETIRED_DOUBLE_BIT } };
        static nvmlCount addresses[4096];

        for (size_t i = 0; i < 2 && nvml->nvmlDeviceGetRetiredPages; i++) {
                unsigned count = sizeof(addresses) / sizeof(addresses[0]);

                if (nvml->nvmlDeviceGetRetiredPages(
                            nvml->device, causes[i].cause, &count, addresses) == NVML_SUCCESS)
                        health_set(health, causes[i].item, count);
        }
}

static void read_nvml(struct health *health, const struct nvml *nvml)
{
        struct nvlinks nvlinks = nvlink_read(nvml);

        health_set_nvlinks(health, &nvlinks);
        read_ecc(health, nvml);
        read_rows(health, nvml);
        read_pages(health, nvml);
        read_load(health, nvml);
        for (size_t i = 1; i < sizeof(numbers) / sizeof(numbers[0]); i++)
                read_number(health, nvml, &numbers[i]);
        read_clock(health, nvml, NVML_CLOCK_MEMORY, HEALTH_CLOCK_MEMORY);
}

/* --- /sys --- */

static bool read_sys(const struct health_watch *watch, const char *name, char *text, size_t size)
{
        char path[PATH_MAX];

        snprintf(path, sizeof(path), "%s/bus/pci/devices/%.32s/%.40s", watch->sys,
                watch->device->pci, name);
        return io_read_text(path, text, size);
}

static void read_sys_link(struct health *health, const struct health_watch *watch)
{
        static const struct {
                const char *name;
                enum health_item item;
                bool speed;
        } links[] = { { "current_link_speed", HEALTH_PCIE_GENERATION, true },
                { "max_link_speed", HEALTH_PCIE_GENERATION_MAX, true },
                { "current_link_width", HEALTH_PCIE_WIDTH, false },
                { "max_link_width", HEALTH_PCIE_WIDTH_MAX, false } };
        char text[64];

        for (size_t i = 0; i < 4; i++) {
                unsigned value;

                if (health_knows(health, links[i].item) ||
                        !read_sys(watch, links[i].name, text, sizeof(text)))
                        continue;
                value = links[i].speed ? health_generation(text) : (unsigned)atoi(text);
                if (value > 0)
                        health_set(health, links[i].item, value);
        }
}

static void read_sys_errors(struct health *health, const struct health_watch *watch)
{
        static const struct {
                const char *name, *key;
                enum health_item item;
        } counters[] = {
                { "aer_dev_correctable", "TOTAL_ERR_COR", HEALTH_PCIE_AER_CORRECTABLE },
                { "aer_dev_nonfatal", "TOTAL_ERR_NONFATAL", HEALTH_PCIE_AER_NONFATAL },
                { "aer_dev_fatal", "TOTAL_ERR_FATAL", HEALTH_PCIE_AER_FATAL },
        };
        char text[2048];
        uint64_t value;

        for (size_t i = 0; i < 3; i++) {
                if (read_sys(watch, counters[i].name, text, sizeof(text)) &&
                        health_counter(text, counters[i].key, &value))
                        health_set(health, counters[i].item, value);
        }
}

/* --- before, during and after --- */

struct health health_read(const struct health_watch *watch)
{
        struct health health = { 0 };

        if (watch->nvml.library)
                read_nvml(&health, &watch->nvml);
        if (watch->sys) {
                read_sys_link(&health, watch);
                read_sys_errors(&health, watch);
        }
        health.bridges = bridges_read(watch->sys, watch->device->pci);
        return health;
}

struct health health_read_fast(const struct health_watch *watch)
{
        struct health health = { 0 };
        const struct nvml *nvml = &watch->nvml;

        if (!nvml->library)
                return health;
        read_load(&health, nvml);
        read_clock(&health, nvml, NVML_CLOCK_MEMORY, HEALTH_CLOCK_MEMORY);
        for (size_t i = 1; i < sizeof(numbers) / sizeof(numbers[0]); i++)
                if (numbers[i].item == HEALTH_PCIE_GENERATION ||
                        numbers[i].item == HEALTH_PCIE_WIDTH)
                        read_number(&health, nvml, &numbers[i]);
        return health;
}

void health_watch_start(struct health_watch *watch, const struct device *device, const char *sys)
{
        watch->device = device;
        watch->sys = sys;
        if (!nvml_open(device->uuid, &watch->nvml, watch->without))
                watch->nvml.library = NULL;
        kernel_log_open(&watch->log, KERNEL_LOG);
        watch->before = health_read(watch);
}

void health_watch_end(struct health_watch *watch)
{
        kernel_log_close(&watch->log);
        nvml_close(&watch->nvml);
}

void health_sample(const struct health_watch *watch, struct health_load *load)
{
        struct health health = { 0 };
        double now = clock_seconds();

        if (!watch->nvml.library || now < load->next)
                return;
        read_load(&health, &watch->nvml);
        load->next = now + SAMPLE_SECONDS;
        health_load_take(load, &health);
}

void health_sample_bridges(struct health_watch *watch)
{
        struct bridges now;

        if (watch->before.bridges.count == 0 || clock_seconds() < watch->next_bridges)
                return;
        watch->next_bridges = clock_seconds() + BRIDGES_SECONDS;
        now = bridges_read(watch->sys, watch->device->pci);
        bridges_take(&watch->under_load, &now);
}

bool health_watch_power(const struct health_watch *watch, double *ret_watts)
{
        const struct nvml *nvml = &watch->nvml;
        uint64_t milliwatts;
        unsigned mean;

        if (!nvml->library)
                return false;
        if (!nvml_field(nvml, NVML_FIELD_POWER_INSTANT, &milliwatts)) {
                if (!nvml->nvmlDeviceGetPowerUsage ||
                        nvml->nvmlDeviceGetPowerUsage(nvml->device, &mean) != NVML_SUCCESS)
                        return false;
                milliwatts = mean;
        }
        *ret_watts = (double)milliwatts / 1e3;
        return true;
}

static void take_mean(
        struct health_mean *mean, const struct health *health, enum health_item item, double scale)
{
        double value = (double)health->value[item] * scale;

        if (!health_knows(health, item))
                return;
        mean->samples++;
        mean->sum += value;
        if (value > mean->most)
                mean->most = value;
}

void health_load_take(struct health_load *load, const struct health *health)
{
        take_mean(&load->power_w, health, HEALTH_POWER_MW, 1e-3);
        take_mean(&load->clock_mhz, health, HEALTH_CLOCK_SM, 1);
        take_mean(&load->temperature_c, health, HEALTH_TEMPERATURE, 1);
        if (!health_knows(health, HEALTH_THROTTLE))
                return;
        load->throttles++;
        load->throttle |= health->value[HEALTH_THROTTLE];
}

static void add_mean(const struct health_mean *mean, const char *key, json_t *result)
{
        if (mean->samples > 0)
                json_object_set_new(result, key, json_real(mean->sum / mean->samples));
}

void health_load_add(const struct health_load *load, json_t *result)
{
        add_mean(&load->power_w, "power_w", result);
        if (load->power_w.samples > 0)
                json_object_set_new(result, "power_max_w", json_real(load->power_w.most));
        add_mean(&load->clock_mhz, "clock_mhz", result);
        if (load->temperature_c.samples > 0)
                json_object_set_new(result, "temperature_c",
                        json_integer((json_int_t)load->temperature_c.most));
        if (load->throttles > 0)
                json_object_set_new(result, "throttle", health_throttle_json(load->throttle));
}
