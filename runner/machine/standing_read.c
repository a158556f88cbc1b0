#include "runner/machine/standing_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/io.h"

#define MAX_PROCESSES 256u
#define MAX_DEPTH     64 /* of a process below the supervisor */

/* --- modes --- */

static const char *switch_word(int state)
{
        return state == 0 ? "off" : state == 1 ? "on" : "";
}

static void read_modes(const struct nvml *nvml, struct standing *standing)
{
        int ecc, ecc_pending;
        unsigned mig, mig_pending;

        if (nvml->nvmlDeviceGetEccMode &&
                nvml->nvmlDeviceGetEccMode(nvml->device, &ecc, &ecc_pending) == NVML_SUCCESS) {
                standing_set_word(standing, STANDING_ECC_MODE, switch_word(ecc));
                standing_set_word(standing, STANDING_ECC_MODE_PENDING, switch_word(ecc_pending));
        }
        if (nvml->nvmlDeviceGetMigMode &&
                nvml->nvmlDeviceGetMigMode(nvml->device, &mig, &mig_pending) == NVML_SUCCESS) {
                standing_set_word(standing, STANDING_MIG_MODE, switch_word((int)mig));
                standing_set_word(
                        standing, STANDING_MIG_MODE_PENDING, switch_word((int)mig_pending));
        }
}

/* --- what has been wrong --- */

static void *inforom_main(void *context)
{
        struct standing_reading *reading = context;
        double start = clock_seconds();

        reading->inforom = reading->nvml->nvmlDeviceValidateInforom(reading->nvml->device);
        reading->inforom_s = clock_seconds() - start;
        return NULL;
}

static void start_inforom(struct standing_reading *reading)
{
        if (!reading->nvml->nvmlDeviceValidateInforom)
                return;
        reading->running = pthread_create(&reading->thread, NULL, inforom_main, reading) == 0;
        if (!reading->running)
                inforom_main(reading);
}

static void read_banks(const struct nvml *nvml, struct standing *standing)
{
        struct nvmlRemapHistogram banks;

        if (!nvml->nvmlDeviceGetRowRemapperHistogram ||
                nvml->nvmlDeviceGetRowRemapperHistogram(nvml->device, &banks) != NVML_SUCCESS)
                return;
        standing_set_number(standing, STANDING_BANKS_HIGH, banks.high);
        standing_set_number(standing, STANDING_BANKS_PARTIAL, banks.partial);
        standing_set_number(standing, STANDING_BANKS_LOW, banks.low);
        standing_set_number(standing, STANDING_BANKS_NONE, banks.none);
}

static void read_sram(const struct nvml *nvml, struct standing *standing)
{
        struct nvmlSramStatus status = { .version = NVML_SRAM_STATUS_VERSION };

        if (nvml->nvmlDeviceGetSramEccErrorStatus &&
                nvml->nvmlDeviceGetSramEccErrorStatus(nvml->device, &status) == NVML_SUCCESS)
                standing_set_word(standing, STANDING_SRAM_THRESHOLD,
                        status.threshold_exceeded ? "exceeded" : "kept");
}

static void read_recovery(const struct nvml *nvml, struct standing *standing)
{
        static const char *const actions[] = { "none", "gpu-reset", "node-reboot", "drain-p2p",
                "drain-and-reset" };
        uint64_t action;

        if (nvml_field(nvml, NVML_FIELD_RECOVERY_ACTION, &action))
                standing_set_word(standing, STANDING_RECOVERY_ACTION,
                        action < sizeof(actions) / sizeof(actions[0]) ? actions[action]
                                                                      : "unknown");
}

/* Of a GPU that NVSwitches join to others: whether it is registered with Fabric Manager. */
static void read_fabric(const struct nvml *nvml, struct standing *standing)
{
        static const char *const states[] = { "not-supported", "not-started", "in-progress",
                "completed" };
        struct nvmlFabric fabric = { .status = NVML_SUCCESS };
        const char *word;

        if (!nvml->nvmlDeviceGetGpuFabricInfo ||
                nvml->nvmlDeviceGetGpuFabricInfo(nvml->device, &fabric) != NVML_SUCCESS)
                return;
        word = fabric.state < sizeof(states) / sizeof(states[0]) ? states[fabric.state] : "unknown";
        if (fabric.state == NVML_FABRIC_COMPLETED && fabric.status != NVML_SUCCESS)
                word = "failed";
        standing_set_word(standing, STANDING_FABRIC, word);
}

static void read_faults(const struct nvml *nvml, struct standing *standing)
{
        read_sram(nvml, standing);
        read_recovery(nvml, standing);
        read_fabric(nvml, standing);
}

/* What the readings of the health have. */
static void take_counters(const struct health *health, struct standing *standing)
{
        static const struct {
                enum standing_item item;
                enum health_item reading;
        } counters[] = {
                { STANDING_REMAPPED_CORRECTABLE, HEALTH_REMAPPED_CORRECTABLE },
                { STANDING_REMAPPED_UNCORRECTABLE, HEALTH_REMAPPED_UNCORRECTABLE },
                { STANDING_ECC_UNCORRECTED, HEALTH_ECC_UNCORRECTED_AGGREGATE },
        };

        for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
                if (health_knows(health, counters[i].reading))
                        standing_set_number(
                                standing, counters[i].item, health->value[counters[i].reading]);
}

/* --- who else is there --- */

/* 0: there is no such process, or it has no parent. */
static pid_t parent_of(pid_t pid)
{
        char path[64], text[1024], *at;

        snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        if (!io_read_text(path, text, sizeof(text)))
                return 0;
        at = strrchr(text, ')'); /* the program's name may hold anything; behind it the state */
        return at && strlen(at) > 4 ? (pid_t)strtol(at + 4, NULL, 10) : 0;
}

/* Whether it is of this run: below the supervisor, as this process is. */
static bool is_own(pid_t pid)
{
        pid_t supervisor = getppid();

        for (int i = 0; i < MAX_DEPTH && pid > 1; i++, pid = parent_of(pid))
                if (pid == supervisor || pid == getpid())
                        return true;
        return false;
}

/* False: they cannot be listed. Counts those of others, and sees whether this one is there. */
static bool count_processes(const struct nvml *nvml,
        nvmlReturn (*list)(nvmlDevice device, unsigned *count, struct nvmlProcess *processes),
        unsigned *others, bool *self)
{
        static struct nvmlProcess process[MAX_PROCESSES];
        unsigned count = MAX_PROCESSES;

        if (!list || list(nvml->device, &count, process) != NVML_SUCCESS || count > MAX_PROCESSES)
                return false;
        for (unsigned i = 0; i < count; i++) {
                *self = *self || (pid_t)process[i].pid == getpid();
                *others += !is_own((pid_t)process[i].pid);
        }
        return true;
}

/* The numbers are of another world where this process, which uses the GPU, is not among them: in
 * a container that has process numbers of its own. */
static void read_processes(const struct nvml *nvml, struct standing *standing)
{
        unsigned others = 0;
        bool self = false;

        if (!count_processes(nvml, nvml->nvmlDeviceGetComputeRunningProcesses, &others, &self) ||
                !self)
                return;
        count_processes(nvml, nvml->nvmlDeviceGetGraphicsRunningProcesses, &others, &self);
        standing_set_number(standing, STANDING_OTHER_PROCESSES, others);
}

/* --- what it is --- */

static void read_text(const struct nvml *nvml,
        nvmlReturn (*reader)(nvmlDevice device, char *text, unsigned size),
        struct standing *standing, enum standing_item item)
{
        char text[STANDING_TEXT];

        if (!reader || reader(nvml->device, text, sizeof(text)) != NVML_SUCCESS)
                return;
        text[sizeof(text) - 1] = '\0';
        for (const char *at = text; *at; at++)
                if (*at < ' ' || *at > '~')
                        return; /* no name of anything */
        standing_set_word(standing, item, text);
}

static void read_names(const struct nvml *nvml, struct standing *standing)
{
        read_text(nvml, nvml->nvmlDeviceGetVbiosVersion, standing, STANDING_VBIOS);
        read_text(nvml, nvml->nvmlDeviceGetSerial, standing, STANDING_SERIAL);
}

/* --- all of it --- */

static void (*const groups[STANDING_GROUPS])(const struct nvml *nvml, struct standing *standing) = {
        [STANDING_MODES] = read_modes,
        [STANDING_ROWS] = read_banks,
        [STANDING_FAULTS] = read_faults,
        [STANDING_PROCESSES] = read_processes,
        [STANDING_NAMES] = read_names,
};

void standing_read_start(
        struct standing_reading *ret_reading, const struct nvml *nvml, const struct health *health)
{
        *ret_reading =
                (struct standing_reading){ .nvml = nvml, .inforom = NVML_ERROR_NOT_SUPPORTED };
        if (!nvml->library)
                return;
        for (enum standing_group i = 0; i < STANDING_GROUPS; i++) {
                double start = clock_seconds();

                groups[i](nvml, &ret_reading->read);
                ret_reading->group_s[i] = clock_seconds() - start;
        }
        take_counters(health, &ret_reading->read);
        start_inforom(ret_reading); /* behind the others: NVML does one thing at a time */
}

void standing_read_end(struct standing_reading *reading)
{
        nvmlReturn result;

        if (reading->running)
                pthread_join(reading->thread, NULL);
        reading->running = false;
        result = reading->inforom;
        if (result == NVML_SUCCESS || result == NVML_ERROR_CORRUPTED_INFOROM)
                standing_set_word(&reading->read, STANDING_INFOROM,
                        result == NVML_SUCCESS ? "valid" : "corrupt");
}
