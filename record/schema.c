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
#define END                   \
        {                     \
                NULL, 0, NULL \
        }

const char *const record_kinds[] = { "kernel", "program", "check", NULL };
const char *const record_statuses[] = { "pass", "fail", "error", "timeout", "skip", "notrun",
        NULL };

/* --- events --- */

const struct record_key record_event_keys[] = {
        { "event", STRING | MUST, NULL },
        { "tsc", COUNT | MUST, NULL },
        { "monotonic_s", AMOUNT, NULL },
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
        { "region_address", COUNT | NEW, NULL },
        { "region_bytes", COUNT | NEW, NULL },
        { "ebda_address", COUNT | NEW, NULL },
        END,
};

static const struct record_key bundle_keys[] = {
        { "files", COUNT | NEW, NULL },
        { "bytes", COUNT | NEW, NULL },
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
        { "period_s", AMOUNT | NEW, NULL },
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
        { "exit_code", COUNT, NULL },
        { "signal", COUNT, NULL },
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
        { "memory_bytes", COUNT | NOTHING | NEW, NULL },
        { "driver", STRING | NOTHING | NEW, NULL },
        { "firmware", STRING | NOTHING | NEW, NULL },
        { "cuda_version", COUNT | NOTHING | NEW, NULL },
        { "rehearsal", BOOLEAN | NOTHING | NEW, NULL },
        { "version", STRING | NOTHING | NEW, NULL },
        END,
};

static const struct record_key device_keys[] = {
        { "index", COUNT | MUST, NULL },
        { "name", STRING | MUST, NULL },
        { "uuid", STRING | FILLED | MUST, NULL },
        { "pci", STRING | NOTHING | MUST, NULL },
        { "memory_bytes", COUNT | NOTHING | NEW, NULL },
        { "compute", STRING | NOTHING | NEW, NULL },
        { "multiprocessors", COUNT | NOTHING | NEW, NULL },
        { "rehearsal", BOOLEAN | MUST, NULL },
        END,
};

static const struct record_key devices_keys[] = { { "devices", LIST | MUST, device_keys }, END };

static const struct record_key promise_keys[] = {
        { "outputs", STRINGS, NULL },
        { "expect", STRINGS, NULL },
        { "level", STRING, NULL },
        { "tests", STRINGS, NULL },
        { "require", STRINGS, NULL },
        { "devices", COUNT | NOTHING, NULL },
        { "baseline_percent", AMOUNT | NOTHING, NULL },
        END,
};

static const struct record_key planned_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "kind", STRING | MUST, NULL },
        { "device", COUNT | NOTHING | MUST, NULL },
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
        { "device", COUNT | NOTHING | MUST, NULL },
        END,
};

static const struct record_key job_end_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "device", COUNT | NOTHING | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "wall_s", AMOUNT | NEW, NULL },
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

static const struct record_key output_keys[] = {
        { "file", STRING | FILLED | MUST, NULL },
        { "bytes", COUNT | MUST, NULL },
        { "sha256", STRING | NOTHING | MUST, NULL },
        { "expect", STRING | NOTHING | MUST, NULL },
        { "worst", OBJECT | NOTHING, worst_keys },
        { "mismatches", COUNT | NOTHING, NULL },
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
        { "peer", COUNT | MUST, NULL },
        { "direct", BOOLEAN | MUST, NULL },
        { "write_gbps", AMOUNT | MUST, NULL },
        { "read_gbps", AMOUNT | MUST, NULL },
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
static const struct record_key test_keys[] = {
        { "test", STRING | FILLED | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "reason", STRING, NULL },
        { "wall_s", AMOUNT | NEW, NULL },
        { "write_gbps", AMOUNT, NULL },
        { "verify_gbps", AMOUNT, NULL },
        { "turn_gbps", AMOUNT, NULL },
        { "gbytes", AMOUNT, NULL },
        { "memory_bytes", COUNT, NULL },
        { "covered_percent", AMOUNT, NULL },
        { "errors", COUNT, NULL },
        { "rounds", COUNT, NULL },
        { "first_errors", LIST, error_keys },
        { "by_bit", LIST | AMOUNTS, NULL },
        { "by_range", LIST, range_keys },
        { "wrong_multiprocessors", LIST, wrong_keys },
        { "tflops", AMOUNT, NULL },
        { "tops", AMOUNT, NULL },
        { "busy_s", AMOUNT, NULL },
        { "path", STRING, NULL },
        { "multiprocessors", COUNT, NULL },
        { "power_w", AMOUNT, NULL },
        { "power_max_w", AMOUNT, NULL },
        { "clock_mhz", AMOUNT, NULL },
        { "temperature_c", AMOUNT, NULL },
        { "throttle", STRINGS, NULL },
        { "gbps", AMOUNT, NULL },
        { "samples", COUNT, NULL },
        { "pairs", LIST, pair_keys },
        { "launch_us", AMOUNT, NULL },
        { "copy_us", AMOUNT, NULL },
        { "memory_ns", AMOUNT, NULL },
        { "pcie_width", AMOUNT, NULL },
        { "pcie_generation", AMOUNT, NULL },
        { "before", OBJECT, NULL },
        { "after", OBJECT, NULL },
        { "source", STRING, NULL },
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
        { "level", STRING, NULL },
        { "planned", COUNT | NOTHING, NULL },
        { "estimate_s", AMOUNT | NOTHING, NULL },
        { "devices", COUNT, NULL },
        { "tests", LIST | MUST, test_keys },
        { "requirements", LIST | NEW, requirement_keys },
        { "baseline_planned", COUNT, NULL },
        { "baseline_compared", LIST, compared_keys },
        END,
};

const struct record_key record_result_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "kind", STRING | MUST, NULL },
        { "device", COUNT | NOTHING | MUST, NULL },
        { "name", STRING | NOTHING | MUST, NULL },
        { "uuid", STRING | NOTHING | MUST, NULL },
        { "pci", STRING | NOTHING | MUST, NULL },
        { "rehearsal", BOOLEAN | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "reason", STRING | NOTHING, NULL },
        { "start_s", AMOUNT | NOTHING | NEW, NULL },
        { "wall_s", AMOUNT | NOTHING | NEW, NULL },
        { "timings", OBJECT | NOTHING | AMOUNTS | NEW, NULL },
        { "outputs", LIST | NOTHING | NEW, output_keys },
        { "check", OBJECT, check_keys },
        { "exit_code", COUNT | NOTHING, NULL },
        { "signal", COUNT | NOTHING, NULL },
        { "xid", LIST | NOTHING, xid_keys },
        { "fresh_context", BOOLEAN, NULL },
        { "started_ahead", BOOLEAN, NULL },
        { "stdout_dropped_bytes", COUNT, NULL },
        { "stderr_dropped_bytes", COUNT, NULL },
        END,
};

/* --- RUN --- */

static const struct record_key runner_keys[] = {
        { "exit_code", COUNT, NULL },
        { "signal", COUNT, NULL },
        END,
};

const struct record_key record_run_keys[] = {
        { "sealed_by", STRING | FILLED | MUST, NULL },
        { "runner", OBJECT | NOTHING | MUST, runner_keys },
        { "reason", STRING | NOTHING, NULL },
        END,
};
