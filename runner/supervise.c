#include "runner/supervise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "record/schema.h"
#include "runner/console/say.h"
#include "runner/lane.h"
#include "runner/lane_ahead.h"
#include "runner/machine/where.h"
#include "runner/probe.h"
#include "runner/process/process.h"
#include "runner/program/preload.h"
#include "runner/program/tmpdir.h"
#include "runner/record/record.h"
#include "runner/record/seal.h"

#define CLOSING_BYTES 4096u               /* for our own RUN */
#define STAGE_BYTES   (UINT64_C(1) << 18) /* for what init writes after us, at most */

static uint64_t bytes_of_plan(const struct plan *plan)
{
        uint64_t bytes = 0;

        for (size_t i = 0; i < plan->count; i++)
                bytes += plan_room(&plan->entry[i]);
        return bytes;
}

static uint64_t closing_bytes(const struct supervisor *run)
{
        uint64_t share = run->journal.writer.size / 8;

        if (!run->options->keep_open)
                return CLOSING_BYTES;
        return share < STAGE_BYTES ? share : STAGE_BYTES;
}

/* --- before the first job --- */

static void write_where(struct supervisor *run)
{
        json_t *event = journal_new_event("run.where");

        where_describe(event, &run->machine);
        journal_event(&run->journal, event);
}

/* What it changes is no part of a job: the record says that it was there, and whom it missed. */
static void write_preload(struct supervisor *run)
{
        const char *setting = getenv("INJECT");
        json_t *event, *unreached, *job;
        size_t i;

        if (!run->options->preload_programs)
                return;
        event = journal_new_event("run.preload");
        unreached = preload_unreached(run->jobs->fd, &run->plan);
        json_array_foreach(unreached, i, job)
                say_line(stderr,
                        "forestage-run: %s: LD_PRELOAD does not reach it: it is linked "
                        "statically",
                        json_string_value(job));
        json_object_set_new(event, "library", json_string(getenv("LD_PRELOAD")));
        json_object_set_new(event, "inject", setting ? json_string(setting) : json_null());
        json_object_set_new(event, "unreached", unreached);
        journal_event(&run->journal, event);
}

static void write_devices(struct supervisor *run)
{
        json_t *event = journal_new_event("run.devices"), *list = json_array();

        for (size_t i = 0; i < run->machine.devices; i++)
                json_array_append_new(list, record_device(&run->machine.device[i]));
        json_object_set_new(event, "devices", list);
        if (run->machine.devices == 0)
                json_object_set_new(event, "error", json_string(run->machine.error));
        journal_event(&run->journal, event);
}

/* False when it would be too long for its readers; then `reason` says so. */
static bool write_plan(struct supervisor *run)
{
        json_t *event = journal_new_event("run.plan");
        _cleanup_free_ char *text = NULL;
        size_t bytes = 0;

        json_object_set_new(event, "records", json_integer(RECORD_VERSION));
        text = record_plan(event, &run->plan, &bytes);
        json_decref(event);
        if (text && bytes <= RECORD_PLAN_MAX) {
                journal_event_text(&run->journal, "run.plan", text);
                return true;
        }
        run->journal.broken = true;
        if (!text)
                return why_not(run->reason, "out of memory");
        return why_not(run->reason,
                "the plan of %zu jobs and devices takes %zu bytes, and forestage collect reads no "
                "more than %zu of a record: run fewer jobs at a time",
                run->plan.count, bytes, RECORD_PLAN_MAX);
}

static void print_machine(const struct supervisor *run)
{
        for (size_t i = 0; i < run->machine.devices; i++) {
                const struct device *device = &run->machine.device[i];

                say_line(stdout, "GPU %u: %s, %s, PCI %s", device->index, device->name,
                        device->uuid, device->pci);
        }
        if (run->machine.devices == 0)
                say_line(stdout, "no GPU: %s", run->machine.error);
}

/* Most programs do not mind; those that have no execute permission, or write programs, do. */
static void warn_of_tmpdir(const struct supervisor *run)
{
        char why[WHY_SIZE];
        bool programs = false;

        for (size_t i = 0; i < run->plan.count; i++)
                programs = programs || (!run->plan.entry[i].decided &&
                                               run->plan.entry[i].job->type == JOB_PROGRAM);
        if (programs && tmpdir_forbids_execution(why))
                say_line(stderr,
                        "forestage-run: %s (only programs with execute permission can be run, and "
                        "none that they make)",
                        why);
}

/* False when the run cannot start; then `reason` says why. */
static bool start(struct supervisor *run)
{
        const struct words *chosen = run->options->devices.count ? &run->options->devices : NULL;

        run->journal.closing_bytes = closing_bytes(run);
        journal_hold(&run->journal, 0);
        run->persistence = persistence_start("/dev");
        if (!probe_machine(&run->machine, &run->probe))
                return why_not(run->reason, "ended by signal %d before the jobs were planned",
                        process_stop_signal());
        persistence_look_again(run->persistence);
        print_machine(run);
        if (!plan_make(run->jobs->job, run->jobs->count, &run->machine, chosen, &run->plan))
                return why_not(run->reason, "out of memory");
        warn_of_tmpdir(run);
        write_where(run);
        write_preload(run);
        write_devices(run);
        if (!write_plan(run))
                return false;
        if (!run->journal.broken && journal_hold(&run->journal, bytes_of_plan(&run->plan)))
                return true;
        run->journal.broken = true;
        return why_not(run->reason,
                "the region is too small: the plan of %zu jobs and devices needs %llu bytes for "
                "its results alone, and %llu are free",
                run->plan.count, (unsigned long long)bytes_of_plan(&run->plan),
                (unsigned long long)region_writer_free(&run->journal.writer));
}

/* --- the end --- */

static enum exit_code verdict(const struct supervisor *run)
{
        const size_t *count = run->count;

        if (run->journal.broken)
                return EXIT_NO_REGION;
        if (count[STATUS_PASS] > 0 && count[STATUS_PASS] + count[STATUS_SKIP] == run->plan.count)
                return EXIT_PASSED;
        return EXIT_NOT_PASSED;
}

static void print_summary(const struct supervisor *run)
{
        const char *separator = "";
        char text[STATUSES * 32] = "";

        for (int status = 0; status < STATUSES; status++) {
                if (run->count[status] == 0)
                        continue;
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%zu %s", separator,
                        run->count[status], status_name(status));
                separator = ", ";
        }
        say_line(stdout, "%s%s%s", text, run->reason[0] ? separator : "", run->reason);
        /* Who has closed it knows that; of a full disk nobody else would say anything. */
        if (say_error())
                say_line(stderr,
                        "forestage-run: standard output: %s: not all that was printed is there, "
                        "but the region has all of it",
                        strerror(say_error()));
}

static void close_region(struct supervisor *run, enum exit_code code)
{
        json_t *record = json_pack(
                "{s:s, s:{s:i}}", "sealed_by", "forestage-run", "runner", "exit_code", (int)code);

        if (run->reason[0])
                json_object_set_new(record, "reason", json_string(run->reason));
        if (!journal_run(&run->journal, record) || seal_region(&run->journal.writer) != REGION_OK)
                run->journal.broken = true;
}

/* What the records say is in the store must be there before they are sealed. */
static void settle_store(struct supervisor *run)
{
        char why[WHY_SIZE];

        if (run->journal.shelf && !shelf_sync(run->journal.shelf, why)) {
                run->journal.broken = true;
                why_not(run->reason, "the store: %s", why);
        }
}

enum exit_code supervise(const struct options *options, const struct jobfolder *jobs,
        struct region_map *map, struct storage *storage)
{
        struct supervisor run = {
                .options = options,
                .jobs = jobs,
                .inputs = &storage->inputs,
                .store = storage->shelf ? &storage->pen : NULL,
                .journal = { .writer = map->writer,
                        .shelf = storage->shelf,
                        .above = options->store_above },
        };
        enum exit_code code;

        if (start(&run)) {
                if (run.plan.count == 0)
                        why_not(run.reason, "no jobs");
                kernel_log_open(&run.kernel_log, options->kernel_log);
                progress_open(&run.progress, stdout, &run.plan);
                lanes_run(&run);
                progress_close(&run.progress);
                kernel_log_close(&run.kernel_log);
                if (process_stop_signal())
                        why_not(run.reason, "ended by signal %d", process_stop_signal());
        }
        ahead_drop_probe(&run);
        process_free(run.persistence);
        settle_store(&run);
        code = verdict(&run);
        if (!options->keep_open)
                close_region(&run, code);
        if (run.journal.broken) {
                code = EXIT_NO_REGION;
                say_line(stderr, "forestage-run: %s",
                        run.reason[0] ? run.reason : "the region is full: a record did not fit");
        }
        print_summary(&run);
        plan_clear(&run.plan);
        probe_clear(&run.machine);
        return code;
}
