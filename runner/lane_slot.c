#include "runner/lane_slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/jobfile.h"
#include "runner/machine/xid.h"
#include "runner/record/record.h"

#define MAX_XIDS 6 /* that a RESULT names */

/* The processes that do the entry's job among others; NULL: it has one of its own. */
struct crew *slot_crew(const struct lanes *lanes, const struct entry *entry)
{
        if (entry->decided || !job_shares_context(entry->job))
                return NULL;
        return &lanes->crew[entry->device - lanes->run->machine.device];
}

struct slot *slot_new(struct lanes *lanes, size_t number)
{
        static const struct kind *const kinds[] = {
                [JOB_KERNEL] = &kind_kernel,
                [JOB_PROGRAM] = &kind_program,
                [JOB_CHECK] = &kind_check,
        };
        const struct entry *entry = &lanes->run->plan.entry[number];
        struct slot *slot = calloc(1, sizeof(*slot));

        if (!slot)
                return NULL;
        slot->number = number;
        slot->entry = *entry;
        if (entry->job->sweep) {
                slot->entry.job = &slot->point;
                if (!jobfile_point(entry->job, entry->point, &slot->point)) {
                        slot_free(slot);
                        return NULL;
                }
        }
        attempt_init(&slot->attempt, kinds[entry->job->type], &slot->entry, &lanes->place);
        slot->attempt.crew = slot_crew(lanes, entry);
        return slot;
}

void slot_free(struct slot *slot)
{
        if (!slot)
                return;
        attempt_clear(&slot->attempt);
        for (size_t i = 0; i < slot->members; i++)
                slot_free(slot->member[i]);
        job_clear(&slot->point);
        json_decref(slot->end);
        free(slot);
}

/* --- room in the region --- */

uint64_t slot_room(const struct lanes *lanes, size_t number)
{
        return plan_room(&lanes->run->plan.entry[number]) - lanes->spent[number];
}

/* NULL: nothing. */
static uint64_t held_by(const struct slot *slot)
{
        uint64_t bytes = slot ? slot->own_bytes + slot->attempt.extra_bytes : 0;

        for (size_t i = 0; slot && i < slot->members; i++)
                bytes += held_by(slot->member[i]);
        return bytes;
}

void slot_hold_room(struct lanes *lanes)
{
        uint64_t bytes = lanes->waiting_bytes;

        for (size_t i = 0; i < lanes->count; i++)
                bytes += held_by(lanes->lane[i].running) + held_by(lanes->lane[i].done) +
                         held_by(lanes->lane[i].flight);
        for (const struct slot *slot = lanes->waiting; slot; slot = slot->next)
                bytes += held_by(slot);
        if (!journal_hold(&lanes->run->journal, bytes))
                lanes->run->journal.broken = true;
}

/* --- what the GPUs' driver says meanwhile --- */

static void add_xid(struct outcome *outcome, const struct xid *xid)
{
        if (!outcome->xid)
                outcome->xid = json_array();
        if (json_array_size(outcome->xid) < MAX_XIDS)
                json_array_append_new(outcome->xid,
                        json_pack("{s:i, s:s}", "code", (int)xid->code, "message", xid->message));
}

/* A message belongs to the job that runs on its GPU. */
void slot_read_xids(struct lanes *lanes)
{
        const char *line;
        struct xid xid;
        size_t length;

        while (kernel_log_next(&lanes->run->kernel_log, &line, &length)) {
                if (!xid_parse(line, length, &xid))
                        continue;
                for (size_t i = 0; i < lanes->count; i++) {
                        struct slot *slot = lanes->lane[i].running;

                        if (slot && slot->attempt.entry->device &&
                                xid_is_of(&xid, slot->attempt.entry->device->pci))
                                add_xid(&slot->attempt.outcome, &xid);
                }
        }
}

/* --- its records --- */

json_t *slot_new_start(const struct entry *entry, size_t together)
{
        json_t *event = journal_new_event("job.start");

        record_name_entry(event, entry);
        if (together > 0)
                json_object_set_new(event, "beside", json_integer((json_int_t)together - 1));
        return event;
}

json_t *slot_new_end(const struct entry *entry, const struct outcome *outcome)
{
        json_t *event = journal_new_event("job.end");

        record_name_entry(event, entry);
        json_object_set_new(event, "status", json_string(status_name(outcome->status)));
        json_object_set_new(event, "wall_s", json_real(outcome->wall_s));
        return event;
}

static void write_result(
        struct supervisor *run, const struct entry *entry, const struct outcome *outcome)
{
        char name[JOB_MAX_NAME + 20], job[JOB_MAX_NAME + 1], device[16];

        plan_job_name(entry, job);
        plan_device_name(entry, device);
        snprintf(name, sizeof(name), "%s/%s", job, device);
        journal_result(&run->journal, name, record_result(entry, outcome, run->machine.rehearsal));
}

void slot_finish(struct lanes *lanes, size_t number, const struct outcome *outcome, json_t *end)
{
        struct supervisor *run = lanes->run;

        progress_ended(&run->progress, number, outcome);
        journal_event(&run->journal, end);
        write_result(run, &run->plan.entry[number], outcome);
        run->count[outcome->status]++;
        slot_hold_room(lanes);
}
