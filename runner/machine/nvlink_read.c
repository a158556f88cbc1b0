#include "runner/machine/nvlink_read.h"

/* Newer drivers have fields with the link as their scope, older ones a call for the counters. */
static const struct source {
        enum nvlink_item item;
        unsigned field;
        int counter; /* of nvmlDeviceGetNvLinkErrorCounter; -1: none */
} sources[] = {
        { NVLINK_MBPS, NVML_FIELD_NVLINK_SPEED, -1 },
        { NVLINK_REPLAYS, NVML_FIELD_NVLINK_REPLAYS, NVML_NVLINK_REPLAY },
        { NVLINK_RECOVERIES, NVML_FIELD_NVLINK_RECOVERIES, NVML_NVLINK_RECOVERY },
        { NVLINK_CRC_ERRORS, NVML_FIELD_NVLINK_CRC_ERRORS, NVML_NVLINK_CRC_FLIT },
};

#define SOURCES (sizeof(sources) / sizeof(sources[0]))

static void read_fields(const struct nvml *nvml, unsigned number, struct nvlink *link)
{
        struct nvmlField field[SOURCES + NVML_SPARE_FIELDS] = { 0 };
        uint64_t value;

        for (size_t i = 0; i < SOURCES; i++) {
                field[i].id = sources[i].field;
                field[i].scope = number;
                field[i].type = NVML_TYPE_NONE;
        }
        if (!nvml->nvmlDeviceGetFieldValues ||
                nvml->nvmlDeviceGetFieldValues(nvml->device, SOURCES, field) != NVML_SUCCESS)
                return;
        for (size_t i = 0; i < SOURCES; i++)
                if (nvml_field_number(&field[i], &value))
                        nvlink_set(link, sources[i].item, value);
}

static void read_counters(const struct nvml *nvml, unsigned number, struct nvlink *link)
{
        nvmlCount value;

        for (size_t i = 0; i < SOURCES && nvml->nvmlDeviceGetNvLinkErrorCounter; i++)
                if (sources[i].counter >= 0 && !nvlink_knows(link, sources[i].item) &&
                        nvml->nvmlDeviceGetNvLinkErrorCounter(
                                nvml->device, number, sources[i].counter, &value) == NVML_SUCCESS)
                        nvlink_set(link, sources[i].item, value);
}

struct nvlinks nvlink_read(const struct nvml *nvml)
{
        struct nvlinks links = { 0 };
        unsigned value;

        while (links.count < NVLINK_MAX && nvml->nvmlDeviceGetNvLinkState &&
                nvml->nvmlDeviceGetNvLinkState(nvml->device, links.count, &value) == NVML_SUCCESS) {
                struct nvlink *link = &links.link[links.count];

                nvlink_set(link, NVLINK_ACTIVE, value != 0);
                if (nvml->nvmlDeviceGetNvLinkVersion &&
                        nvml->nvmlDeviceGetNvLinkVersion(nvml->device, links.count, &value) ==
                                NVML_SUCCESS)
                        nvlink_set(link, NVLINK_VERSION, value);
                read_fields(nvml, links.count, link);
                read_counters(nvml, links.count, link);
                links.count++;
        }
        return links;
}
