/*
 * A libnvidia-ml.so.1 for tests: a card whose counters behave as FAKE_NVML says. Whole words, with
 * commas between: `ecc` an ECC counter rises from the second reading on, `pending` a row waits to
 * be remapped, `replay` the PCIe replay counter rises, `narrow` the link has 8 of 16 lanes, `bare`
 * a card without ECC, row remapping and page retirement, `broken` the library finds no driver,
 * `none` no GPU, `lost` one that does not answer when they are counted, `links` four NVLinks, and
 * of these `link-errors` the last one's counter rises, `link-down` it goes down, `link-slow` it is
 * slower than the others, `link-old` only the calls of older drivers answer, `link-mute` nothing
 * tells of errors. Of its standing condition: `ecc-off`, `ecc-leaving` (off from the next reset
 * on), `mig`, `mig-coming`, `inforom`, `remapped` and `remapped-corrected` rows, `banks-high`,
 * `banks-partial`, `banks-low`, `banks-none`, `uncorrected` errors of its life, `sram` (the
 * threshold is exceeded), `recovery` (a reset is asked for), `recovery-new` (something later
 * drivers ask for), `stranger` another process, `drawing` one that draws, `elsewhere` process
 * numbers of another world, `patient` a third of a second for the InfoROM, `fabric` one that is
 * registered, `early` a driver without any of these calls. Under load: `slowdown`, `hot` and
 * `brake` are reasons of the hardware to throttle, `blink` is one in a single reading, `capped` the
 * software's power cap at its limit, `starved` far below it, `mute` power that cannot be read. Its
 * temperature is 41 degrees; it is `heating` by ten a second, `settling` the same for two seconds,
 * `blind` where nothing tells it, `dimming` from two seconds on.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOT_SUPPORTED     3
#define NEVER             "nothing rises"
#define INVALID_ARGUMENT  2
#define DRIVER_NOT_LOADED 9
#define CORRUPTED_INFOROM 14
#define GPU_IS_LOST       15
#define VERSION_MISMATCH  25
#define LINKS             4u
#define LINK_MBPS         26562u
#define FIELD_CRC_ERRORS  163u
#define FIELD_SPEED       164u
#define FIELD_REPLAYS     161u
#define FIELD_MEMORY_HEAT 82u
#define FIELD_RECOVERY    230u
#define TYPE_UNSIGNED     1u
#define TYPE_LONG_LONG    3u

typedef int result;
typedef unsigned long long count;
typedef struct device *handle;

static bool wants(const char *word)
{
        const char *text = getenv("FAKE_NVML");
        size_t length = strlen(word);

        for (const char *at = text; at && *at; at += strcspn(at, ","), at += *at == ',')
                if (strncmp(at, word, length) == 0 && (at[length] == ',' || !at[length]))
                        return true;
        return false;
}

static bool has_links(void)
{
        const char *text = getenv("FAKE_NVML");

        return text && strstr(text, "link");
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

result nvmlDeviceGetCount_v2(unsigned *number)
{
        *number = wants("none") ? 0 : 1;
        return wants("lost") ? GPU_IS_LOST : 0;
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
        *value = reading(type == 0 && counter == 0 ? "ecc" : NEVER, &turn[type][counter]);
        if (type == 1 && counter == 1)
                *value = wants("uncorrected") ? 2 : 0;
        return wants("bare") ? NOT_SUPPORTED : 0;
}

result nvmlDeviceGetRemappedRows(
        handle device, unsigned *first, unsigned *second, unsigned *pending, unsigned *failed)
{
        (void)device;
        *first = wants("remapped-corrected") ? 3 : 0;
        *second = wants("remapped") ? 4 : 0;
        *failed = 0;
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

result nvmlDeviceGetVbiosVersion(handle device, char *version, unsigned size)
{
        static const char text[] = "96.00.99.00.01";

        (void)device;
        if (size < sizeof(text))
                return INVALID_ARGUMENT;
        memcpy(version, text, sizeof(text));
        return 0;
}

/* Since this was asked for the first time. */
static double seconds(void)
{
        static struct timespec first;
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        if (first.tv_sec == 0)
                first = now;
        return (double)(now.tv_sec - first.tv_sec) + (double)(now.tv_nsec - first.tv_nsec) / 1e9;
}

result nvmlDeviceGetTemperature(handle device, int sensor, unsigned *celsius)
{
        double passed = seconds();

        (void)device;
        (void)sensor;
        *celsius = 41;
        if (wants("heating") || wants("settling"))
                *celsius += (unsigned)(10 * (wants("settling") && passed > 2 ? 2 : passed));
        return wants("blind") || (wants("dimming") && passed > 2) ? NOT_SUPPORTED : 0;
}

/* --- under load --- */

result nvmlDeviceGetPowerUsage(handle device, unsigned *milliwatts)
{
        (void)device;
        *milliwatts = wants("starved") ? 400000 : 690000;
        return wants("mute") ? NOT_SUPPORTED : 0;
}

result nvmlDeviceGetEnforcedPowerLimit(handle device, unsigned *milliwatts)
{
        (void)device;
        *milliwatts = 700000;
        return 0;
}

result nvmlDeviceGetClockInfo(handle device, int clock, unsigned *mhz)
{
        (void)device;
        *mhz = clock == 2 ? 3201 : 1980;
        return 0;
}

result nvmlDeviceGetCurrentClocksThrottleReasons(handle device, count *reasons)
{
        static int turn;

        (void)device;
        *reasons = (wants("slowdown") ? 0x8u : 0) | (wants("hot") ? 0x40u : 0) |
                   (wants("brake") ? 0x80u : 0) | (wants("capped") || wants("starved") ? 0x4u : 0);
        if (wants("blink") && turn++ == 5)
                *reasons = 0x8;
        return 0;
}

/* --- the standing condition --- */

/* As older drivers have it: the call is there, and not for this card. */
static result answer_unless_early(void)
{
        return wants("early") ? NOT_SUPPORTED : 0;
}

result nvmlDeviceGetSerial(handle device, char *serial, unsigned size)
{
        static const char text[] = "1650923000042";

        (void)device;
        if (size < sizeof(text))
                return INVALID_ARGUMENT;
        memcpy(serial, text, sizeof(text));
        return answer_unless_early();
}

result nvmlDeviceGetEccMode(handle device, int *current, int *pending)
{
        (void)device;
        *current = !wants("ecc-off");
        *pending = !wants("ecc-off") && !wants("ecc-leaving");
        return wants("bare") ? NOT_SUPPORTED : answer_unless_early();
}

result nvmlDeviceGetMigMode(handle device, unsigned *current, unsigned *pending)
{
        (void)device;
        *current = wants("mig");
        *pending = wants("mig") || wants("mig-coming");
        return wants("bare") ? NOT_SUPPORTED : answer_unless_early();
}

result nvmlDeviceValidateInforom(handle device)
{
        (void)device;
        if (wants("patient"))
                usleep(300000);
        return wants("inforom") ? CORRUPTED_INFOROM : answer_unless_early();
}

struct fabric {
        unsigned char cluster[16];
        result status;
        unsigned clique;
        unsigned char state;
};

result nvmlDeviceGetGpuFabricInfo(handle device, struct fabric *fabric)
{
        (void)device;
        fabric->status = 0;
        fabric->state = wants("fabric") ? 3 : 0;
        return answer_unless_early();
}

struct banks {
        unsigned max, high, partial, low, none;
};

result nvmlDeviceGetRowRemapperHistogram(handle device, struct banks *banks)
{
        (void)device;
        *banks = (struct banks){ 640, wants("banks-high"), wants("banks-partial"),
                wants("banks-low"), wants("banks-none") };
        return wants("bare") ? NOT_SUPPORTED : answer_unless_early();
}

struct sram {
        unsigned version;
        count counts[11];
        unsigned exceeded;
};

result nvmlDeviceGetSramEccErrorStatus(handle device, struct sram *sram)
{
        (void)device;
        if (sram->version != (sizeof(*sram) | 1u << 24))
                return VERSION_MISMATCH;
        sram->exceeded = wants("sram");
        return wants("bare") ? NOT_SUPPORTED : answer_unless_early();
}

struct process {
        unsigned pid;
        count bytes;
        unsigned instance, compute;
};

/* The caller, and what else there is. */
result nvmlDeviceGetComputeRunningProcesses_v2(
        handle device, unsigned *number, struct process *process)
{
        (void)device;
        if (*number < 2)
                return INVALID_ARGUMENT;
        process[0].pid = wants("elsewhere") ? 4000000 : (unsigned)getpid();
        process[1].pid = 1;
        *number = 1 + wants("stranger");
        return answer_unless_early();
}

result nvmlDeviceGetGraphicsRunningProcesses_v2(
        handle device, unsigned *number, struct process *process)
{
        (void)device;
        process[0].pid = 1;
        *number = wants("drawing");
        return answer_unless_early();
}

/* --- NVLink --- */

struct field {
        unsigned id, scope;
        long long time_us, latency_us;
        unsigned type;
        result result;
        unsigned long long value;
};

static bool is_last(unsigned link)
{
        return link == LINKS - 1;
}

result nvmlDeviceGetNvLinkState(handle device, unsigned link, unsigned *active)
{
        static int turn[LINKS];

        (void)device;
        if (!has_links() || link >= LINKS)
                return INVALID_ARGUMENT;
        *active = !(is_last(link) && reading("link-down", &turn[link]) > 100);
        return 0;
}

result nvmlDeviceGetNvLinkVersion(handle device, unsigned link, unsigned *version)
{
        (void)device;
        *version = 6;
        return link < LINKS ? 0 : INVALID_ARGUMENT;
}

result nvmlDeviceGetNvLinkErrorCounter(handle device, unsigned link, int counter, count *value)
{
        static int turn[LINKS][3];

        (void)device;
        if (!wants("link-old") || link >= LINKS || counter > 2)
                return NOT_SUPPORTED;
        *value = reading(
                is_last(link) && counter == 0 ? "link-errors" : NEVER, &turn[link][counter]);
        return 0;
}

static result answer(struct field *field)
{
        static int turn[LINKS][3];

        if (field->id == FIELD_RECOVERY) {
                field->type = TYPE_UNSIGNED;
                field->value = wants("recovery-new") ? 99 : wants("recovery");
                return answer_unless_early();
        }
        if (field->id == FIELD_MEMORY_HEAT) {
                field->type = TYPE_UNSIGNED;
                field->value = 57;
                return 0;
        }
        if (wants("link-old") || field->scope >= LINKS)
                return NOT_SUPPORTED;
        field->type = field->id == FIELD_SPEED ? TYPE_UNSIGNED : TYPE_LONG_LONG;
        if (field->id == FIELD_SPEED) {
                field->value =
                        is_last(field->scope) && wants("link-slow") ? LINK_MBPS / 2 : LINK_MBPS;
                return 0;
        }
        if (field->id < FIELD_REPLAYS || field->id > FIELD_CRC_ERRORS || wants("link-mute"))
                return NOT_SUPPORTED;
        field->value =
                reading(is_last(field->scope) && field->id == FIELD_REPLAYS ? "link-errors" : NEVER,
                        &turn[field->scope][field->id - FIELD_REPLAYS]);
        return 0;
}

result nvmlDeviceGetFieldValues(handle device, int fields, struct field *field)
{
        (void)device;
        for (int i = 0; i < fields; i++) {
                result error = answer(&field[i]);

                if (error) /* else it stays as it was, as with NVIDIA's */
                        field[i].result = error;
        }
        /* NVIDIA's 580.159.04 writes these behind the last one, too. */
        field[fields].time_us = 1234567;
        field[fields].value = 0;
        return 0;
}
