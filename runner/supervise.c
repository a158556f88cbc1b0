#include "runner/supervise.h"

#include <stdio.h>
#include <string.h>

#include "runner/argument.h"
#include "runner/clock.h"
#include "runner/journal.h"
#include "runner/kernel_run.h"
#include "runner/plan.h"
#include "runner/probe.h"
#include "runner/process.h"
#include "runner/program_run.h"
#include "runner/record.h"
#include "runner/where.h"

#define CLOSING_BYTES 4096u               /* for our own RUN */
#define STAGE_BYTES   (UINT64_C(1) << 18) /* for what init writes after us, at most */
#define WHY_BYTES     512u

struct run {
        const struct options *options;
        const struct jobfolder *jobs;
        struct journal journal;
        struct machine machine;
        struct plan plan;
        size_t count[STATUSES];
        char reason[WHY_BYTES]; /* why the run did not go as planned; "" */
};

/* --- what a job will need in the region besides its outputs --- */

static uint64_t bytes_of_entry(const struct entry *entry)
{
        uint64_t bytes = RECORD_ENTRY_BYTES;

        /* A program's files are not known before; it asks for more as they come. */
        for (size_t i = 0; i < entry->job->kernel.arguments; i++) {
                if (argument_is_output(&entry->job->kernel.argument[i]))
                        bytes += RECORD_OUTPUT_BYTES;
        }
        return bytes;
}

static uint64_t bytes_from(const struct plan *plan, size_t first)
{
        uint64_t bytes = 0;

        for (size_t i = first; i < plan->count; i++)
                bytes += bytes_of_entry(&plan->entry[i]);
        return bytes;
}

static uint64_t closing_bytes(const struct run *run)
{
        uint64_t share = run->journal.writer.size / 8;

        if (!run->options->keep_open)
                return CLOSING_BYTES;
        return share < STAGE_BYTES ? share : STAGE_BYTES;
}

/* --- before the first job --- */

static void write_where(struct run *run)
{
        json_t *event = journal_new_event("run.where");

        where_describe(event, &run->machine);
        journal_event(&run->journal, event);
}

static void write_devices(struct run *run)
{
        json_t *event = journal_new_event("run.devices"), *list = json_array();

        for (size_t i = 0; i < run->machine.devices; i++)
                json_array_append_new(list, record_device(&run->machine.device[i]));
        json_object_set_new(event, "devices", list);
        if (run->machine.devices == 0)
                json_object_set_new(event, "error", json_string(run->machine.error));
        journal_event(&run->journal, event);
}

static void write_plan(struct run *run)
{
        json_t *event = journal_new_event("run.plan");

        json_object_set_new(event, "planned", record_planned(&run->plan));
        journal_event(&run->journal, event);
}

static void print_machine(const struct run *run)
{
        for (size_t i = 0; i < run->machine.devices; i++) {
                const struct device *device = &run->machine.device[i];

                printf("GPU %u: %s, %s, PCI %s\n", device->index, device->name, device->uuid,
                        device->pci);
        }
        if (run->machine.devices == 0)
                printf("no GPU: %s\n", run->machine.error);
        fflush(stdout);
}

/* False when the run cannot start; then `reason` says why. */
static bool start(struct run *run)
{
        const struct words *chosen = run->options->devices.count ? &run->options->devices : NULL;

        run->journal.closing_bytes = closing_bytes(run);
        journal_hold(&run->journal, 0);
        if (!probe_machine(&run->machine)) {
                snprintf(run->reason, WHY_BYTES, "ended by signal %d before the jobs were planned",
                        process_stop_signal());
                return false;
        }
        print_machine(run);
        if (!plan_make(run->jobs->job, run->jobs->count, &run->machine, chosen, &run->plan)) {
                snprintf(run->reason, WHY_BYTES, "out of memory");
                return false;
        }
        write_where(run);
        write_devices(run);
        write_plan(run);
        if (!run->journal.broken && journal_hold(&run->journal, bytes_from(&run->plan, 0)))
                return true;
        run->journal.broken = true;
        snprintf(run->reason, WHY_BYTES,
                "the region is too small: the plan of %zu jobs and devices needs %llu bytes for "
                "its "
                "results alone, and %llu are free",
                run->plan.count, (unsigned long long)bytes_from(&run->plan, 0),
                (unsigned long long)region_writer_free(&run->journal.writer));
        return false;
}

/* --- the jobs --- */

/* "job 2 of 5 reduce on GPU 0" */
static void print_name(const struct run *run, size_t number)
{
        const struct entry *entry = &run->plan.entry[number];

        printf("job %zu of %zu %s", number + 1, run->plan.count, entry->job->name);
        if (entry->index >= 0)
                printf(" on GPU %d", entry->index);
}

static void print_end(const struct run *run, size_t number, const struct outcome *outcome)
{
        print_name(run, number);
        printf(": %s (%.3f s)%s%s\n", status_name(outcome->status), outcome->wall_s,
                outcome->reason[0] ? ": " : "", outcome->reason);
        fflush(stdout);
}

static void write_start(struct run *run, const struct entry *entry)
{
        json_t *event = journal_new_event("job.start");

        record_name_entry(event, entry);
        journal_event(&run->journal, event);
}

static void write_end(struct run *run, const struct entry *entry, const struct outcome *outcome)
{
        json_t *event = journal_new_event("job.end");
        char name[JOB_MAX_NAME + 20], device[16];

        record_name_entry(event, entry);
        json_object_set_new(event, "status", json_string(status_name(outcome->status)));
        json_object_set_new(event, "wall_s", json_real(outcome->wall_s));
        journal_event(&run->journal, event);
        plan_device_name(entry, device);
        snprintf(name, sizeof(name), "%s/%s", entry->job->name, device);
        journal_result(&run->journal, name, record_result(entry, outcome, run->machine.rehearsal));
}

static void run_job(struct run *run, const struct entry *entry, struct outcome *outcome)
{
        static struct attempt attempt; /* large, and there is one at a time */

        attempt_start(&attempt, entry, run->jobs->fd, &run->journal, outcome);
        if (entry->job->type == JOB_PROGRAM)
                program_run(&attempt);
        else
                kernel_run(&attempt);
        attempt_finish(&attempt);
}

static void run_entry(struct run *run, size_t number)
{
        const struct entry *entry = &run->plan.entry[number];
        struct outcome outcome = { .start_s = clock_seconds() };

        write_start(run, entry);
        if (process_stop_signal()) {
                outcome.status = STATUS_NOTRUN;
                snprintf(outcome.reason, sizeof(outcome.reason),
                        "the run was ended by signal %d before this job", process_stop_signal());
        } else if (entry->decided) {
                outcome.status = entry->status;
                snprintf(outcome.reason, sizeof(outcome.reason), "%s", entry->reason);
        } else {
                print_name(run, number);
                printf(": running, at most %.10g s\n", (double)entry->job->timeout_ms / 1e3);
                fflush(stdout);
                run_job(run, entry, &outcome);
        }
        print_end(run, number, &outcome);
        write_end(run, entry, &outcome);
        run->count[outcome.status]++;
        outcome_clear(&outcome);
        if (!journal_hold(&run->journal, bytes_from(&run->plan, number + 1)))
                run->journal.broken = true;
}

/* --- the end --- */

static enum exit_code verdict(const struct run *run)
{
        const size_t *count = run->count;

        if (run->journal.broken)
                return EXIT_NO_REGION;
        if (count[STATUS_PASS] > 0 && count[STATUS_PASS] + count[STATUS_SKIP] == run->plan.count)
                return EXIT_PASSED;
        return EXIT_NOT_PASSED;
}

static void print_summary(const struct run *run)
{
        const char *separator = "";

        for (int status = 0; status < STATUSES; status++) {
                if (run->count[status] == 0)
                        continue;
                printf("%s%zu %s", separator, run->count[status], status_name(status));
                separator = ", ";
        }
        printf("%s%s\n", run->reason[0] ? separator : "", run->reason);
        fflush(stdout);
}

static void close_region(struct run *run, enum exit_code code)
{
        json_t *record = json_pack(
                "{s:s, s:{s:i}}", "sealed_by", "forestage-run", "runner", "exit_code", (int)code);

        if (run->reason[0])
                json_object_set_new(record, "reason", json_string(run->reason));
        if (!journal_run(&run->journal, record) || region_seal(&run->journal.writer) != REGION_OK)
                run->journal.broken = true;
}

enum exit_code supervise(
        const struct options *options, const struct jobfolder *jobs, struct region_map *map)
{
        struct run run = { .options = options, .jobs = jobs, .journal.writer = map->writer };
        enum exit_code code;

        if (start(&run)) {
                if (run.plan.count == 0)
                        snprintf(run.reason, WHY_BYTES, "no jobs");
                for (size_t i = 0; i < run.plan.count && !run.journal.broken; i++)
                        run_entry(&run, i);
                if (process_stop_signal())
                        snprintf(
                                run.reason, WHY_BYTES, "ended by signal %d", process_stop_signal());
        }
        code = verdict(&run);
        if (!options->keep_open)
                close_region(&run, code);
        if (run.journal.broken) {
                code = EXIT_NO_REGION;
                fprintf(stderr, "forestage-run: %s\n",
                        run.reason[0] ? run.reason : "the region is full: a record did not fit");
        }
        print_summary(&run);
        plan_clear(&run.plan);
        probe_clear(&run.machine);
        return code;
}
