#include "record/schema.h"

#include <string.h>

#include "record/table.h"

const char *const record_kinds[] = { "kernel", "program", "check", NULL };
const char *const record_statuses[] = { "pass", "fail", "error", "timeout", "skip", "notrun",
        NULL };

const struct record_range record_ranges[RECORD_UNITS] = {
        [RECORD_PLAIN] = { 0, 0, NULL },
        [RECORD_SECONDS] = { 0, 1e9, "from 0 to 1e9" },
        [RECORD_BYTES] = { 0, 1e18, "from 0 to 1e18" },
        [RECORD_TESTED] = { 524288, 1e18, "from two tiles, 524288, to 1e18" },
        [RECORD_PERCENT] = { 0, 100, "from 0 to 100" },
        [RECORD_GBYTES] = { 0, 1e12, "from 0 to 1e12" },
        [RECORD_GBPS] = { 0, 1e6, "from 0 to 1e6" },
        [RECORD_TERA] = { 0, 1e6, "from 0 to 1e6" },
        [RECORD_SHORT] = { 0, 1e12, "from 0 to 1e12" },
        [RECORD_WATTS] = { 0, 1e5, "from 0 to 1e5" },
        [RECORD_MILLIWATTS] = { 0, 1e8, "from 0 to 1e8" },
        [RECORD_MHZ] = { 0, 1e6, "from 0 to 1e6" },
        [RECORD_CELSIUS] = { 0, 1000, "from 0 to 1000" },
        [RECORD_SLOPE] = { -1000, 1000, "from -1000 to 1000" },
        [RECORD_DEVICE] = { 0, 4095, "from 0 to 4095" },
        [RECORD_PARTS] = { 0, 65535, "from 0 to 65535" },
        [RECORD_TIMES] = { 0, 1e9, "from 0 to 1e9" },
        [RECORD_EXIT_CODE] = { 0, 255, "from 0 to 255" },
        [RECORD_SIGNAL] = { 0, 64, "from 0 to 64" },
};

static const char *const levels[] = { "quick", "medium", "long", NULL };
static const char *const paths[] = { "fma", "integer", "mma.sync", "wgmma", NULL };
static const char *const sources[] = { "nvml", "sysfs", NULL };
static const char *const contexts[] = { "shared", "own", NULL };
static const char *const throttles[] = { "application-clocks", "software-power-cap",
        "hardware-slowdown", "sync-boost", "software-thermal", "hardware-thermal",
        "hardware-power-brake", "display-clocks", NULL };

const char *const *const record_words[RECORD_VOCABULARIES] = {
        [RECORD_ANY_WORD] = NULL,
        [RECORD_LEVEL] = levels,
        [RECORD_PATH] = paths,
        [RECORD_SOURCE] = sources,
        [RECORD_THROTTLE] = throttles,
        [RECORD_CONTEXT] = contexts,
};

/* --- events --- */

const struct record_key record_event_keys[] = {
        { "event", STRING | MUST, NULL },
        { "tsc", COUNT | MUST, NULL },
        { "monotonic_s", SECONDS, NULL },
        { "error", STRING, NULL },
        END,
};

static const struct record_key entry_keys[] = {
        { "firmware_vendor", STRING | NEW, NULL },
        { "firmware_revision", COUNT | NEW, NULL },
        { "secure_boot", BOOLEAN | NEW, NULL },
        END,
};

static const struct record_key region_keys[] = {
        { "region_address", BYTES | NEW, NULL },
        { "region_bytes", BYTES | NEW, NULL },
        { "ebda_address", BYTES | NEW, NULL },
        END,
};

static const struct record_key bundle_keys[] = {
        { "files", COUNT | NEW, NULL },
        { "bytes", BYTES | NEW, NULL },
        { "helpers", COUNT | NEW, NULL },
        END,
};

static const struct record_key start_keys[] = { { "version", STRING | FILLED | NEW, NULL }, END };

static const struct record_key init_keys[] = {
        { "kernel", STRING | FILLED | NEW, NULL },
        { "cmdline", STRING | NEW, NULL },
        END,
};

static const struct record_key kexec_keys[] = {
        { "modules", COUNT, NULL },
        { "screen", STRING | FILLED, NULL },
        { "no_screen", STRING | FILLED, NULL },
        END,
};

static const struct record_key store_keys[] = {
        { "disk", STRING | FILLED, NULL },
        { "generation", COUNT, NULL },
        { "extents", COUNT, NULL },
        { "room_bytes", BYTES, NULL },
        END,
};

static const struct record_key input_keys[] = {
        { "name", STRING | FILLED | MUST, NULL },
        { "bytes", BYTES | MUST, NULL },
        { "root", STRING | FILLED | MUST, NULL },
        END,
};

static const struct record_key inputs_keys[] = { { "inputs", LIST, input_keys }, END };

static const struct record_key modules_keys[] = { { "disabled", BOOLEAN | NEW, NULL }, END };

static const struct record_key watchdog_keys[] = {
        { "name", STRING | FILLED | NEW, NULL },
        { "period_s", SECONDS | NEW, NULL },
        END,
};

static const struct record_key module_keys[] = { { "module", STRING | FILLED | NEW, NULL }, END };

static const struct record_key gpu_keys[] = {
        { "pci", STRING | FILLED | NEW, NULL },
        { "minor", COUNT | NEW, NULL },
        END,
};

static const struct record_key cause_keys[] = {
        { "cause", STRING | NEW, NULL },
        { "reason", STRING | NEW, NULL },
        { "log", STRING, NULL },
        { "module", STRING, NULL },
        END,
};

static const struct record_key fabric_keys[] = {
        { "state", STRING | FILLED | NEW, NULL },
        { "switches", COUNT | NEW, NULL },
        { "seconds", SECONDS | NEW, NULL },
        { "version", STRING, NULL },
        END,
};

static const struct record_key end_keys[] = {
        { "exit_code", CODE, NULL },
        { "signal", SIGNAL, NULL },
        { "deadline", BOOLEAN, NULL },
        END,
};

static const struct record_key where_keys[] = {
        { "hypervisor", BOOLEAN | NOTHING | NEW, NULL },
        { "hypervisor_vendor", STRING | NOTHING | NEW, NULL },
        { "pat", STRING | NOTHING | NEW, NULL },
        { "pat_names", STRING | NOTHING | NEW, NULL },
        { "kernel", STRING | NOTHING | NEW, NULL },
        { "machine", STRING | NOTHING | NEW, NULL },
        { "cpu", STRING | NOTHING | NEW, NULL },
        { "memory_bytes", BYTES | NOTHING | NEW, NULL },
        { "driver", STRING | NOTHING | NEW, NULL },
        { "firmware", STRING | NOTHING | NEW, NULL },
        { "cuda_version", COUNT | NOTHING | NEW, NULL },
        { "rehearsal", BOOLEAN | NOTHING | NEW, NULL },
        { "version", STRING | NOTHING | NEW, NULL },
        END,
};

static const struct record_key preload_keys[] = {
        { "library", STRING | FILLED | MUST, NULL },
        { "inject", STRING | NOTHING, NULL },
        { "unreached", STRINGS, NULL },
        END,
};

static const struct record_key device_keys[] = {
        { "index", DEVICE | MUST, NULL },
        { "name", STRING | MUST, NULL },
        { "uuid", STRING | FILLED | MUST, NULL },
        { "pci", STRING | NOTHING | MUST, NULL },
        { "memory_bytes", BYTES | NOTHING | NEW, NULL },
        { "compute", STRING | NOTHING | NEW, NULL },
        { "multiprocessors", PARTS | NOTHING | NEW, NULL },
        { "rehearsal", BOOLEAN | MUST, NULL },
        END,
};

static const struct record_key devices_keys[] = { { "devices", LIST | MUST, device_keys }, END };

static const struct record_key promise_keys[] = {
        { "outputs", STRINGS, NULL },
        { "expect", STRINGS, NULL },
        { "level", STRING | RECORD_ONE_OF(RECORD_LEVEL), NULL },
        { "tests", STRINGS, NULL },
        { "require", STRINGS, NULL },
        { "standing", STRINGS, NULL },
        { "limits", BOOLEAN, NULL },
        { "devices", COUNT | NOTHING, NULL },
        { "baseline_percent", PERCENT | NOTHING, NULL },
        { "peer_percent", PERCENT | NOTHING, NULL },
        { "duration_s", SECONDS | NOTHING, NULL },
        END,
};

static const struct record_key planned_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "kind", STRING | MUST, NULL },
        { "device", DEVICE | NOTHING | MUST, NULL },
        { "promise", OBJECT | NEW, promise_keys },
        { "description", STRING, NULL },
        { "sweep", OBJECT, NULL },
        END,
};

static const struct record_key plan_keys[] = {
        { "planned", LIST | MUST, planned_keys },
        { "records", COUNT, NULL },
        END,
};

static const struct record_key job_start_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "device", DEVICE | NOTHING | MUST, NULL },
        { "beside", COUNT, NULL },
        END,
};

static const struct record_key job_apart_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "device", DEVICE | NOTHING | MUST, NULL },
        { "reason", STRING | FILLED | MUST, NULL },
        { "question", BOOLEAN | MUST, NULL },
        END,
};

static const struct record_key job_checkpoint_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "device", DEVICE | NOTHING | MUST, NULL },
        { "file", STRING | FILLED | MUST, NULL },
        { "given_bytes", COUNT, NULL },
        { "given_run", STRING, NULL },
        { "not_given", STRING, NULL },
        { "left_bytes", COUNT, NULL },
        { "left_sha256", STRING, NULL },
        END,
};

static const struct record_key job_end_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "device", DEVICE | NOTHING | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "wall_s", SECONDS | NEW, NULL },
        END,
};

const struct record_event record_events[] = {
        { "efi.entry", RECORD_BY_EFI, RECORD_ONCE, RECORD_NO_PASS, entry_keys },
        { "efi.region", RECORD_BY_EFI, RECORD_ONCE, RECORD_NO_PASS, region_keys },
        { "efi.bundle", RECORD_BY_EFI, RECORD_ONCE, RECORD_NO_PASS, bundle_keys },
        { "efi.start", RECORD_BY_EFI, RECORD_ONCE, RECORD_NO_PASS, start_keys },
        { "stage.init", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, init_keys },
        { "stage.region", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
        { "stage.config", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.watchdog_on", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_NO_PASS, watchdog_keys },
        { "stage.watchdog", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.driver", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "driver.fabric", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_TOLD, fabric_keys },
        { "stage.fabric", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_TOLD, NULL },
        { "stage.store", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_NO_PASS, store_keys },
        { "stage.inputs", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_NO_PASS, inputs_keys },
        { "stage.kexec_load", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, kexec_keys },
        { "stage.modules", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_NO_PASS, modules_keys },
        { "stage.confine", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
        { "runner.start", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
        { "run.where", RECORD_BY_RUNNER, RECORD_ONCE, RECORD_NO_PASS, where_keys },
        { "run.preload", RECORD_BY_RUNNER, RECORD_AT_MOST, RECORD_TOLD, preload_keys },
        { "run.devices", RECORD_BY_RUNNER, RECORD_ONCE, RECORD_NO_PASS, devices_keys },
        { "run.plan", RECORD_BY_RUNNER, RECORD_ONCE, RECORD_NO_PASS, plan_keys },
        { "job.start", RECORD_BY_RUNNER, RECORD_EACH_JOB, RECORD_NO_PASS, job_start_keys },
        { "job.apart", RECORD_BY_RUNNER, RECORD_EACH_JOB, RECORD_TOLD, job_apart_keys },
        { "job.end", RECORD_BY_RUNNER, RECORD_EACH_JOB, RECORD_NO_PASS, job_end_keys },
        { "runner.end", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, end_keys },
        { "driver.fabric_left", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_TOLD, NULL },
        { "stage.jobs", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
        { "driver.left", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_TOLD, NULL },
        { "stage.driver_left", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.acpi", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.kernel_log", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.seal", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
        { "job.checkpoint", RECORD_BY_RUNNER, RECORD_ANY, RECORD_TOLD, job_checkpoint_keys },
        { "driver.module", RECORD_BY_INIT, RECORD_ANY, RECORD_TOLD, module_keys },
        { "driver.gpu", RECORD_BY_INIT, RECORD_ANY, RECORD_NO_PASS, gpu_keys },
        { "driver.cause", RECORD_BY_INIT, RECORD_ANY, RECORD_TOLD, cause_keys },
        { "efi.", RECORD_BY_EFI, RECORD_AT_MOST, RECORD_TOLD, NULL },
        { "stage.", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_TOLD, NULL },
        { "driver.", RECORD_BY_INIT, RECORD_ANY, RECORD_TOLD, NULL },
        { "runner.", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_TOLD, NULL },
        { "run.", RECORD_BY_RUNNER, RECORD_ANY, RECORD_TOLD, NULL },
        { "job.", RECORD_BY_RUNNER, RECORD_ANY, RECORD_TOLD, NULL },
        { NULL, RECORD_BY_RUNNER, RECORD_ANY, RECORD_TOLD, NULL },
};

const struct record_event *record_event_find(const char *name)
{
        for (const struct record_event *event = record_events; event->name; event++) {
                size_t length = strlen(event->name);

                if (event->name[length - 1] == '.' ? strncmp(name, event->name, length) == 0
                                                   : strcmp(name, event->name) == 0)
                        return event;
        }
        return NULL;
}

bool record_knows(const char *const *list, const char *word)
{
        for (; word && *list; list++)
                if (strcmp(*list, word) == 0)
                        return true;
        return false;
}
