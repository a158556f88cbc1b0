#include "runner/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/grow.h"
#include "lib/text.h"
#include "runner/kernel/kernel_job.h"
#include "runner/kernel/kernel_worker.h"
#include "runner/machine/cuda.h"
#include "runner/process/limits.h"
#include "runner/process/process.h"
#include "runner/record/record.h"

/* Several GPUs that nothing holds open take seconds each to initialise. */
#define PROBE_SECONDS    120.0
#define FABRIC_SECONDS   60.0 /* of them, at most, for Fabric Manager */
#define PROBE_KEEP_BYTES 4096 /* of what libcuda prints, which nobody reads */

/* --- in the child --- */

#define ASK(cuda, fd, name, ...) kernel_succeed((cuda), (fd), (cuda)->name(__VA_ARGS__), #name)

static bool describe_device(const struct cuda *cuda, int fd, int index)
{
        char why[WHY_SIZE];
        struct device device;
        json_t *message;

        if (!cuda_describe(cuda, index, &device, why)) {
                report_error(fd, "%s", why);
                return false;
        }
        message = record_device(&device);
        json_object_set_new(message, "type", json_string("device"));
        report(fd, message);
        return true;
}

/* The end of `order` means that nobody has a use for it. */
static int become_job(const struct cuda *cuda, int fd, int order)
{
        static struct kernel_handover handover;

        if (read(order, &handover, sizeof(handover)) != sizeof(handover))
                return 0;
        if (!limits_enter(
                    handover.task.limits, handover.task.region, handover.task.region_bytes, fd))
                return 1;
        handover.task.device = &handover.device;
        return kernel_job_continue(&handover.task, cuda, fd, order);
}

static int probe_main(void *context, int fd, int order)
{
        char why[WHY_SIZE];
        int version = 0, count = 0;
        struct cuda cuda;

        (void)context;
        report_step(fd, "waiting for Fabric Manager");
        cuda_await_fabric(FABRIC_SECONDS);
        report_step(fd, "loading libcuda.so.1");
        if (!cuda_open(&cuda, why)) {
                report_error(fd, "%s", why);
                return 0;
        }
        cuda.cuDriverGetVersion(&version);
        report(fd, json_pack("{s:s, s:i, s:b}", "type", "driver", "cuda_version", version,
                           "rehearsal", cuda.rehearsal));
        report_step(fd, "cuInit");
        if (!ASK(&cuda, fd, cuInit, 0) || !ASK(&cuda, fd, cuDeviceGetCount, &count))
                return 0;
        report_step(fd, "asking the GPUs who they are");
        for (int i = 0; i < count; i++) {
                if (!describe_device(&cuda, fd, i))
                        return 0;
        }
        report(fd, json_pack("{s:s}", "type", "end"));
        return count > 0 ? become_job(&cuda, fd, order) : 0;
}

/* --- in the supervisor --- */

struct findings {
        struct machine machine;
        char step[64];
        bool finished;
};

static void add_device(struct machine *machine, const json_t *message)
{
        struct device device, *grown;

        if (!record_read_device(message, &device))
                return;
        grown = grow(machine->device, machine->devices, sizeof(*grown));
        if (!grown)
                return;
        machine->device = grown;
        machine->device[machine->devices++] = device;
}

static void take(struct findings *findings, const json_t *message)
{
        const char *type = json_string_value(json_object_get(message, "type"));
        const char *text;
        struct machine *machine = &findings->machine;

        if (!type)
                return;
        if (strcmp(type, "driver") == 0) {
                machine->cuda_version =
                        (int)json_integer_value(json_object_get(message, "cuda_version"));
                machine->rehearsal = json_is_true(json_object_get(message, "rehearsal"));
        } else if (strcmp(type, "device") == 0) {
                add_device(machine, message);
        } else if (strcmp(type, "step") == 0) {
                text = json_string_value(json_object_get(message, "name"));
                snprintf(findings->step, sizeof(findings->step), "%s", text ? text : "");
        } else if (strcmp(type, "error") == 0) {
                text = json_string_value(json_object_get(message, "reason"));
                snprintf(machine->error, sizeof(machine->error), "%s", text ? text : "unknown");
        } else if (strcmp(type, "end") == 0) {
                findings->finished = true;
        }
}

/* Says what went wrong when the child did not get to its end by itself. */
static void explain(struct findings *findings, const struct process *process, bool late)
{
        struct machine *machine = &findings->machine;
        char ending[80] = "ended early";

        if (late)
                snprintf(ending, sizeof(ending), "did not answer within %.0f s", PROBE_SECONDS);
        else if (process->exited && WIFSIGNALED(process->wait_status))
                snprintf(ending, sizeof(ending), "was killed by signal %d",
                        WTERMSIG(process->wait_status));
        if (!findings->finished && !machine->error[0])
                snprintf(machine->error, sizeof(machine->error),
                        "the process that looks for GPUs %s while %s", ending, findings->step);
        if (findings->finished && machine->devices == 0)
                snprintf(machine->error, sizeof(machine->error),
                        "the driver finds no GPU in this machine");
        /* Half a list could run jobs on fewer GPUs than were asked for. */
        if (machine->error[0])
                machine->devices = 0;
        text_make_line(machine->error);
}

static bool refuse(struct machine *ret_machine, const char *why)
{
        memset(ret_machine, 0, sizeof(*ret_machine));
        snprintf(ret_machine->error, sizeof(ret_machine->error), "no process can be started: %s",
                why);
        return true;
}

bool probe_machine(struct machine *ret_machine, struct process **ret_process)
{
        struct findings findings = { .step = "starting" };
        double deadline = clock_seconds() + PROBE_SECONDS;
        struct process *process;
        json_t *message;
        bool stopped, late;
        int error = process_start(probe_main, NULL, PROBE_KEEP_BYTES, &process);

        *ret_process = NULL;
        if (error)
                return refuse(ret_machine, strerror(-error));
        while (!findings.finished && !process->exited && !process_stop_signal() &&
                clock_seconds() < deadline) {
                process_wait(deadline);
                while ((message = process_message(process))) {
                        take(&findings, message);
                        json_decref(message);
                }
        }
        stopped = !findings.finished && !process->exited && process_stop_signal();
        late = !findings.finished && !process->exited && !stopped;
        if (!findings.finished)
                process_end(process); /* how it ended says why */
        explain(&findings, process, late);
        if (findings.finished && findings.machine.devices > 0)
                *ret_process = process;
        else
                process_free(process);
        *ret_machine = findings.machine;
        return !stopped;
}

void probe_clear(struct machine *machine)
{
        free(machine->device);
        memset(machine, 0, sizeof(*machine));
}
