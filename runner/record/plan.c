#include "runner/record/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "jobs/room.h"
#include "lib/grow.h"

static bool is_uuid(const char *word)
{
        return word[0] == 'G';
}

const struct device *plan_find_device(const struct machine *machine, const char *word)
{
        for (size_t i = 0; i < machine->devices; i++) {
                const struct device *device = &machine->device[i];

                if (is_uuid(word) ? strcasecmp(device->uuid, word) == 0
                                  : device->index == strtoul(word, NULL, 10))
                        return device;
        }
        return NULL;
}

/* Whether the device `device`, or the index that no device has, is one of the chosen ones. */
static bool is_chosen(
        const struct machine *machine, const struct words *chosen, const struct device *device)
{
        for (size_t i = 0; chosen && i < chosen->count; i++) {
                if (plan_find_device(machine, chosen->word[i]) == device)
                        return true;
        }
        return !chosen;
}

static struct entry *add(struct plan *plan, const struct job *job, int index)
{
        struct entry *entry = grow(plan->entry, plan->count, sizeof(*entry));

        if (!entry)
                return NULL;
        plan->entry = entry;
        entry += plan->count++;
        *entry = (struct entry){ .job = job, .index = index };
        return entry;
}

/* Plans the job as one that does not run, with the reason. */
__attribute__((format(printf, 5, 6))) static bool decide(struct plan *plan, const struct job *job,
        int index, enum status status, const char *format, ...)
{
        struct entry *entry = add(plan, job, index);
        char reason[JOB_MAX_ERROR + 1];
        va_list arguments;

        if (!entry)
                return false;
        entry->decided = true;
        entry->status = status;
        va_start(arguments, format);
        vsnprintf(reason, sizeof(reason), format, arguments);
        va_end(arguments);
        entry->reason = strdup(reason);
        return entry->reason != NULL;
}

static bool add_device(struct plan *plan, const struct job *job, const struct device *device)
{
        struct entry *entry = add(plan, job, (int)device->index);

        if (entry)
                entry->device = device;
        return entry != NULL;
}

static bool has_entry(const struct plan *plan, size_t first, int index)
{
        for (size_t i = first; i < plan->count; i++) {
                if (plan->entry[i].index == index)
                        return true;
        }
        return false;
}

/* The devices that the job names; one that the machine does not have is an error of its own. */
static bool add_named(struct plan *plan, const struct job *job, const struct machine *machine,
        const struct words *chosen)
{
        size_t first = plan->count;

        for (size_t i = 0; i < job->devices.count; i++) {
                const char *word = job->devices.word[i];
                const struct device *device = plan_find_device(machine, word);
                int index = is_uuid(word) ? -1 : atoi(word);

                if (device)
                        index = (int)device->index;
                if (has_entry(plan, first, index) ||
                        (device && !is_chosen(machine, chosen, device)))
                        continue;
                if (device ? !add_device(plan, job, device)
                           : !decide(plan, job, index, STATUS_ERROR,
                                     "Device=%s: this machine has no such GPU", word))
                        return false;
        }
        return true;
}

static bool add_all(struct plan *plan, const struct job *job, const struct machine *machine,
        const struct words *chosen)
{
        for (size_t i = 0; i < machine->devices; i++) {
                const struct device *device = &machine->device[i];

                if (is_chosen(machine, chosen, device) && !add_device(plan, job, device))
                        return false;
        }
        return true;
}

static bool add_job(struct plan *plan, const struct job *job, const struct machine *machine,
        const struct words *chosen)
{
        size_t before = plan->count;

        if (job->error[0])
                return decide(plan, job, -1, STATUS_ERROR, "%s", job->error);
        if (machine->devices == 0)
                return decide(plan, job, -1, STATUS_ERROR, "%s", machine->error);
        for (size_t i = 0; chosen && i < chosen->count; i++) {
                if (!plan_find_device(machine, chosen->word[i]))
                        return decide(plan, job, -1, STATUS_ERROR,
                                "--device %s: this machine has no such GPU", chosen->word[i]);
        }
        if (!(job->all_devices ? add_all : add_named)(plan, job, machine, chosen))
                return false;
        if (plan->count > before)
                return true;
        return decide(plan, job, -1, STATUS_SKIP, "%s",
                "none of the job's devices is among those chosen with --device");
}

/* Where a job runs does not depend on the point: its text is not looked at. */
static bool add_points(struct plan *plan, const struct job *job, const struct machine *machine,
        const struct words *chosen)
{
        size_t runs = job->sweep ? sweep_runs(job->sweep) : 1;

        for (size_t i = 0; i < runs; i++) {
                size_t first = plan->count;

                if (!add_job(plan, job, machine, chosen))
                        return false;
                for (; job->sweep && first < plan->count; first++)
                        plan->entry[first].point = sweep_run(job->sweep, i);
        }
        return true;
}

bool plan_make(const struct job *job, size_t jobs, const struct machine *machine,
        const struct words *chosen, struct plan *ret_plan)
{
        struct plan plan = { NULL, 0 };

        for (size_t i = 0; i < jobs; i++) {
                if (!add_points(&plan, &job[i], machine, chosen)) {
                        plan_clear(&plan);
                        return false;
                }
        }
        *ret_plan = plan;
        return true;
}

void plan_clear(struct plan *plan)
{
        for (size_t i = 0; i < plan->count; i++)
                free(plan->entry[i].reason);
        free(plan->entry);
        *plan = (struct plan){ NULL, 0 };
}

bool plan_compares_peers(const struct entry *entry)
{
        return !entry->decided && entry->device && entry->job->type == JOB_CHECK &&
               (entry->job->check.has_peer_percent || !entry->device->rehearsal);
}

bool plan_has_limits(const struct entry *entry)
{
        return !entry->decided && entry->device && entry->job->type == JOB_CHECK &&
               !entry->job->check.no_limits && !entry->device->rehearsal;
}

/* Entries of a job lie side by side. */
size_t plan_next_peer(const struct plan *plan, size_t of, size_t number)
{
        const struct entry *entry = &plan->entry[of];
        size_t i = number == SIZE_MAX ? of : number + 1;

        while (number == SIZE_MAX && i > 0 && plan->entry[i - 1].job == entry->job)
                i--;
        for (; i < plan->count && plan->entry[i].job == entry->job; i++)
                if (!plan->entry[i].decided && plan->entry[i].device &&
                        strcmp(plan->entry[i].device->name, entry->device->name) == 0)
                        return i;
        return SIZE_MAX;
}

void plan_job_name(const struct entry *entry, char ret_name[JOB_MAX_NAME + 1])
{
        if (entry->job->sweep)
                snprintf(ret_name, JOB_MAX_NAME + 1, "%.*s@%u",
                        (int)(JOB_MAX_NAME - 1 - SWEEP_MAX_DIGITS), entry->job->name,
                        (unsigned)entry->point);
        else
                snprintf(ret_name, JOB_MAX_NAME + 1, "%s", entry->job->name);
}

void plan_device_name(const struct entry *entry, char ret_name[16])
{
        if (entry->index < 0)
                snprintf(ret_name, 16, "none");
        else
                snprintf(ret_name, 16, "%d", entry->index);
}

uint64_t plan_room(const struct entry *entry)
{
        return room_of_job(entry->job, entry->device != NULL);
}
