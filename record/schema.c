#include "record/schema.h"

#include <string.h>

#define STRING  RECORD_STRING
#define INTEGER RECORD_INTEGER
#define NUMBER  RECORD_NUMBER
#define BOOLEAN RECORD_BOOLEAN
#define NOTHING RECORD_NULL /* null */
#define OBJECT  RECORD_OBJECT
#define LIST    RECORD_LIST
#define MUST    RECORD_REQUIRED
#define NEW     RECORD_EXPECTED
#define FILLED  RECORD_FILLED
#define AMOUNT  (RECORD_NUMBER | RECORD_NO_MINUS)
#define COUNT   (RECORD_INTEGER | RECORD_NO_MINUS)
#define STRINGS (RECORD_LIST | RECORD_OF_STRINGS)
#define AMOUNTS (RECORD_OF_AMOUNTS)
#define CLEAN   RECORD_CLEAN
#define SECONDS (AMOUNT | RECORD_OF(RECORD_SECONDS))
#define BYTES   (COUNT | RECORD_OF(RECORD_BYTES))
#define PERCENT (AMOUNT | RECORD_OF(RECORD_PERCENT))
#define GBPS    (AMOUNT | RECORD_OF(RECORD_GBPS))
#define TERA    (AMOUNT | RECORD_OF(RECORD_TERA))
#define SHORT   (AMOUNT | RECORD_OF(RECORD_SHORT))
#define WATTS   (AMOUNT | RECORD_OF(RECORD_WATTS))
#define MHZ     (AMOUNT | RECORD_OF(RECORD_MHZ))
#define CELSIUS (AMOUNT | RECORD_OF(RECORD_CELSIUS))
#define DEVICE  (COUNT | RECORD_OF(RECORD_DEVICE))
#define PARTS   (COUNT | RECORD_OF(RECORD_PARTS))
#define CODE    (COUNT | RECORD_OF(RECORD_EXIT_CODE))
#define SIGNAL  (COUNT | RECORD_OF(RECORD_SIGNAL))
#define END                   \
        {                     \
                NULL, 0, NULL \
        }

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
        [RECORD_DEVICE] = { 0, 4095, "from 0 to 4095" },
        [RECORD_PARTS] = { 0, 65535, "from 0 to 65535" },
        [RECORD_TIMES] = { 0, 1e9, "from 0 to 1e9" },
        [RECORD_EXIT_CODE] = { 0, 255, "from 0 to 255" },
        [RECORD_SIGNAL] = { 0, 64, "from 0 to 64" },
};

static const char *const levels[] = { "quick", "medium", "long", NULL };
static const char *const paths[] = { "fma", "mma.sync", "wgmma", NULL };
static const char *const sources[] = { "nvml", "sysfs", NULL };
static const char *const throttles[] = { "application-clocks", "software-power-cap",
        "hardware-slowdown", "sync-boost", "software-thermal", "hardware-thermal",
        "hardware-power-brake", "display-clocks", NULL };

const char *const *const record_words[RECORD_VOCABULARIES] = {
        [RECORD_ANY_WORD] = NULL,
        [RECORD_LEVEL] = levels,
        [RECORD_PATH] = paths,
        [RECORD_SOURCE] = sources,
        [RECORD_THROTTLE] = throttles,
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
        { "devices", COUNT | NOTHING, NULL },
        { "baseline_percent", PERCENT | NOTHING, NULL },
        { "duration_s", SECONDS | NOTHING, NULL },
        END,
};

static const struct record_key planned_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "kind", STRING | MUST, NULL },
        { "device", DEVICE | NOTHING | MUST, NULL },
        { "promise", OBJECT | NEW, promise_keys },
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
        { "stage.kexec_load", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.modules", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_NO_PASS, modules_keys },
        { "stage.confine", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
        { "runner.start", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
        { "run.where", RECORD_BY_RUNNER, RECORD_ONCE, RECORD_NO_PASS, where_keys },
        { "run.devices", RECORD_BY_RUNNER, RECORD_ONCE, RECORD_NO_PASS, devices_keys },
        { "run.plan", RECORD_BY_RUNNER, RECORD_ONCE, RECORD_NO_PASS, plan_keys },
        { "job.start", RECORD_BY_RUNNER, RECORD_EACH_JOB, RECORD_NO_PASS, job_start_keys },
        { "job.end", RECORD_BY_RUNNER, RECORD_EACH_JOB, RECORD_NO_PASS, job_end_keys },
        { "runner.end", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, end_keys },
        { "stage.jobs", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
        { "driver.left", RECORD_BY_INIT, RECORD_AT_MOST, RECORD_TOLD, NULL },
        { "stage.driver_left", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.acpi", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.kernel_log", RECORD_BY_INIT, RECORD_ONCE, RECORD_TOLD, NULL },
        { "stage.seal", RECORD_BY_INIT, RECORD_ONCE, RECORD_NO_PASS, NULL },
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

/* --- RESULT --- */

static const struct record_key worst_keys[] = {
        { "index", COUNT | MUST, NULL },
        { "expected", STRING | NUMBER | MUST, NULL },
        { "found", STRING | NUMBER | MUST, NULL },
        { "error", STRING | NUMBER, NULL },
        END,
};

const struct record_key record_output_keys[] = {
        { "file", STRING | FILLED | MUST, NULL },
        { "bytes", BYTES | MUST, NULL },
        { "sha256", STRING | NOTHING | MUST, NULL },
        { "expect", STRING | NOTHING | MUST, NULL },
        { "worst", OBJECT | NOTHING | CLEAN, worst_keys },
        { "mismatches", COUNT | NOTHING | CLEAN, NULL },
        END,
};

static const struct record_key xid_keys[] = {
        { "code", COUNT | MUST, NULL },
        { "message", STRING | MUST, NULL },
        END,
};

static const struct record_key health_xid_keys[] = {
        { "xid", COUNT | MUST, NULL },
        { "message", STRING | MUST, NULL },
        END,
};

static const struct record_key pair_keys[] = {
        { "peer", DEVICE | MUST, NULL },
        { "direct", BOOLEAN | MUST, NULL },
        { "write_gbps", GBPS | MUST, NULL },
        { "read_gbps", GBPS | MUST, NULL },
        { "errors", COUNT | MUST, NULL },
        END,
};

static const struct record_key rise_keys[] = {
        { "counter", STRING | MUST, NULL },
        { "before", COUNT | MUST, NULL },
        { "after", COUNT | MUST, NULL },
        END,
};

static const struct record_key range_keys[] = {
        { "from", COUNT | MUST, NULL },
        { "to", COUNT | MUST, NULL },
        { "errors", COUNT | MUST, NULL },
        END,
};

static const struct record_key wrong_keys[] = {
        { "multiprocessor", COUNT | MUST, NULL },
        { "errors", COUNT | MUST, NULL },
        END,
};

static const struct record_key error_keys[] = {
        { "address", STRING, NULL },
        { "offset", COUNT, NULL },
        { "multiprocessor", COUNT, NULL },
        { "index", COUNT, NULL },
        { "expected", STRING | MUST, NULL },
        { "found", STRING | MUST, NULL },
        { "again", STRING, NULL },
        { "bits", LIST | AMOUNTS, NULL },
        END,
};

/* Which of them a test has is told by docs/validation.md. */
const struct record_key record_test_keys[] = {
        { "test", STRING | FILLED | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "reason", STRING, NULL },
        { "wall_s", SECONDS | NEW, NULL },
        { "write_gbps", GBPS, NULL },
        { "verify_gbps", GBPS, NULL },
        { "turn_gbps", GBPS, NULL },
        { "gbytes", AMOUNT | RECORD_OF(RECORD_GBYTES), NULL },
        { "memory_bytes", COUNT | RECORD_OF(RECORD_TESTED), NULL },
        { "covered_percent", PERCENT, NULL },
        { "errors", COUNT, NULL },
        { "rounds", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "first_errors", LIST, error_keys },
        { "by_bit", LIST | AMOUNTS, NULL },
        { "by_range", LIST, range_keys },
        { "wrong_multiprocessors", LIST, wrong_keys },
        { "tflops", TERA, NULL },
        { "tops", TERA, NULL },
        { "busy_s", SECONDS, NULL },
        { "path", STRING | RECORD_ONE_OF(RECORD_PATH), NULL },
        { "multiprocessors", PARTS, NULL },
        { "power_w", WATTS, NULL },
        { "power_max_w", WATTS, NULL },
        { "clock_mhz", MHZ, NULL },
        { "temperature_c", CELSIUS, NULL },
        { "throttle", STRINGS | RECORD_ONE_OF(RECORD_THROTTLE), NULL },
        { "gbps", GBPS, NULL },
        { "samples", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "pairs", LIST, pair_keys },
        { "launch_us", SHORT, NULL },
        { "copy_us", SHORT, NULL },
        { "memory_ns", SHORT, NULL },
        { "pcie_width", AMOUNT | RECORD_OF(RECORD_PARTS), NULL },
        { "pcie_generation", AMOUNT | RECORD_OF(RECORD_PARTS), NULL },
        { "before", OBJECT, record_reading_keys },
        { "after", OBJECT, record_reading_keys },
        { "source", STRING | RECORD_ONE_OF(RECORD_SOURCE), NULL },
        { "rises", LIST, rise_keys },
        { "not_readable", STRINGS, NULL },
        { "xids", LIST, health_xid_keys },
        END,
};

static const struct record_key requirement_keys[] = {
        { "require", STRING | FILLED | MUST, NULL },
        { "found", NUMBER, NULL },
        { "status", STRING | MUST, NULL },
        END,
};

static const struct record_key compared_keys[] = {
        { "metric", STRING | FILLED | MUST, NULL },
        { "baseline", AMOUNT | MUST, NULL },
        { "found", NUMBER, NULL },
        { "status", STRING | MUST, NULL },
        END,
};

static const struct record_key check_keys[] = {
        { "level", STRING | RECORD_ONE_OF(RECORD_LEVEL), NULL },
        { "planned", COUNT | NOTHING, NULL },
        { "estimate_s", SECONDS | NOTHING, NULL },
        { "devices", COUNT, NULL },
        { "tests", LIST | MUST, record_test_keys },
        { "requirements", LIST | NEW, requirement_keys },
        { "baseline_planned", COUNT, NULL },
        { "baseline_compared", LIST, compared_keys },
        END,
};

const struct record_key record_result_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "kind", STRING | MUST, NULL },
        { "device", DEVICE | NOTHING | MUST, NULL },
        { "name", STRING | NOTHING | MUST, NULL },
        { "uuid", STRING | NOTHING | MUST, NULL },
        { "pci", STRING | NOTHING | MUST, NULL },
        { "rehearsal", BOOLEAN | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "reason", STRING | NOTHING | CLEAN, NULL },
        { "start_s", SECONDS | NOTHING | NEW, NULL },
        { "wall_s", SECONDS | NOTHING | NEW, NULL },
        { "timings", OBJECT | NOTHING | AMOUNTS | RECORD_OF(RECORD_SECONDS) | NEW, NULL },
        { "outputs", LIST | NOTHING | NEW, record_output_keys },
        { "check", OBJECT, check_keys },
        { "exit_code", CODE | NOTHING | CLEAN, NULL },
        { "signal", SIGNAL | NOTHING | CLEAN, NULL },
        { "xid", LIST | NOTHING | CLEAN, xid_keys },
        { "fresh_context", BOOLEAN, NULL },
        { "started_ahead", BOOLEAN, NULL },
        { "stdout_dropped_bytes", COUNT, NULL },
        { "stderr_dropped_bytes", COUNT, NULL },
        END,
};

/* --- RUN --- */

static const struct record_key runner_keys[] = {
        { "exit_code", CODE, NULL },
        { "signal", SIGNAL, NULL },
        END,
};

const struct record_key record_run_keys[] = {
        { "sealed_by", STRING | FILLED | MUST, NULL },
        { "runner", OBJECT | NOTHING | MUST, runner_keys },
        { "reason", STRING | NOTHING, NULL },
        END,
};
