#include "dom0/check/jobtotals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "jobs/argument.h"
#include "jobs/room.h"
#include "region/region.h"

#define MINUTE_MS 60000u

uint64_t jobtotals_add(uint64_t a, uint64_t b)
{
        return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a;
}

uint64_t jobtotals_multiply(uint64_t a, uint64_t b)
{
        return __builtin_mul_overflow(a, b, &a) ? UINT64_MAX : a;
}

/* --- room --- */

uint64_t jobtotals_region(const struct jobtotals *totals)
{
        return jobtotals_add(jobtotals_add(totals->outputs, totals->results),
                ROOM_STAGE_BYTES + 2 * REGION_HEADER_SIZE);
}

void jobtotals_take_output(struct review *review, const char *file, uint64_t bytes)
{
        uint64_t above = review->target->store_above, name = strlen(file) + 16;
        bool stored = above > 0 && bytes > above;

        name += strlen(review->job->name);
        review->output_bytes = jobtotals_add(review->output_bytes,
                region_record_bytes(name, stored ? ROOM_STORED_BYTES : bytes));
        if (stored) /* each begins a block there, and has a filler behind it */
                review->store_bytes = jobtotals_add(review->store_bytes,
                        jobtotals_add(region_record_bytes(name, bytes), 2 * REGION_HEADER_SIZE));
}

/* The line of the largest output; 0: the job declares none. */
static unsigned largest_line(const struct job *job)
{
        const struct argument *largest = NULL;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument_is_output(argument) && (!largest || argument->size > largest->size))
                        largest = argument;
        }
        return largest ? largest->line : job->type_line;
}

static unsigned long long mebibytes(uint64_t bytes)
{
        return (unsigned long long)(bytes >> 20) + 1;
}

void jobtotals_take(struct jobtotals *totals, struct review *review)
{
        const struct job *job = review->job;
        uint64_t size = review->target->region_size, before = jobtotals_region(totals), needed;
        uint64_t points = review_points(job);
        uint64_t entries = jobtotals_multiply(review->gpus, points);

        totals->outputs = jobtotals_add(
                totals->outputs, jobtotals_multiply(review->gpus, review->output_bytes));
        totals->stored = jobtotals_add(
                totals->stored, jobtotals_multiply(review->gpus, review->store_bytes));
        totals->results = jobtotals_add(totals->results,
                jobtotals_multiply(entries, ROOM_PLAN_BYTES + room_of_job(job, true)));
        totals->printed = jobtotals_add(totals->printed,
                jobtotals_multiply(entries, jobtotals_multiply(2, job->limits.keep_bytes)));
        needed = jobtotals_region(totals);
        if (size > 0 && before <= size && needed > size)
                review_complain(review, largest_line(job),
                        "with this job's results on %llu GPU%s the region needs %llu MiB, and it "
                        "has %llu KiB: write region-size=%lluM in %s, or make the outputs smaller",
                        (unsigned long long)review->gpus, review->gpus == 1 ? "" : "s",
                        mebibytes(needed), (unsigned long long)size >> 10, mebibytes(needed),
                        review_conf(review->target));
        totals->complaints += json_array_size(review->complaints);
        totals->warnings += json_array_size(review->warnings);
        totals->jobs += points;
        totals->sweeps += job->sweep != NULL;
        totals->programs += job->type == JOB_PROGRAM;
        totals->entries = jobtotals_add(totals->entries, entries);
        totals->milliseconds =
                jobtotals_add(totals->milliseconds, jobtotals_multiply(points, job->timeout_ms));
}

/* --- time --- */

/* What runs on one GPU, one job after another. GPUs do not wait for each other. */
struct lane {
        const char *device; /* an index or a UUID, as Device= writes it */
        uint64_t least_ms, most_ms;
        size_t too_long;  /* the job with which it takes too long in any case; SIZE_MAX: none */
        size_t may_be_so; /* the same if all jobs take the time that they may */
};

static bool runs_on(const struct job *job, const char *device)
{
        for (size_t i = 0; i < job->devices.count; i++)
                if (strcmp(job->devices.word[i], device) == 0)
                        return true;
        return job->all_devices && device[0] != 'G';
}

static struct lane measure(
        const struct jobfolder *jobs, const struct target *target, const char *device)
{
        uint64_t deadline_ms = (uint64_t)target->deadline_s * 1000;
        struct lane lane = { .device = device, .too_long = SIZE_MAX, .may_be_so = SIZE_MAX };

        for (size_t i = 0; i < jobs->count; i++) {
                const struct job *job = &jobs->job[i];

                if (job->complaints.count > 0 || !runs_on(job, device))
                        continue;
                /* A test is repeated until its duration is over. */
                if (job->type == JOB_CHECK)
                        lane.least_ms = jobtotals_add(lane.least_ms, job->check.duration_ms);
                lane.most_ms = jobtotals_add(
                        lane.most_ms, jobtotals_multiply(review_points(job), job->timeout_ms));
                if (lane.too_long == SIZE_MAX && lane.least_ms >= deadline_ms)
                        lane.too_long = i;
                if (lane.may_be_so == SIZE_MAX && lane.most_ms > deadline_ms)
                        lane.may_be_so = i;
        }
        return lane;
}

static unsigned long long seconds(uint64_t milliseconds)
{
        return (unsigned long long)(milliseconds / 1000 + (milliseconds % 1000 > 0));
}

static unsigned duration_line(const struct job *job)
{
        unsigned line = job_line_of(job, "Duration", 0);

        return line > 0 ? line : job_line_of(job, "Level", 0);
}

/* What it could say instead, in whole minutes that leave one to start and to end. */
static void advise(const struct job *job, const struct lane *lane, const struct target *target,
        char *ret_advice, size_t size)
{
        uint64_t others = lane->least_ms - job->check.duration_ms;
        uint64_t deadline_ms = (uint64_t)target->deadline_s * 1000;

        *ret_advice = '\0';
        if (deadline_ms > others + 2 * MINUTE_MS)
                snprintf(ret_advice, size, "Duration=%llumin here, or ",
                        (unsigned long long)((deadline_ms - others) / MINUTE_MS - 1));
}

static void complain_of_lane(const struct jobfolder *jobs, const struct target *target,
        const struct lane *lane, json_t *lists)
{
        const struct job *job = &jobs->job[lane->too_long];
        char advice[64];

        advise(job, lane, target, advice, sizeof(advice));
        review_note(get_value(json_array_get(lists, lane->too_long), "complaints"), job,
                duration_line(job),
                "with this check, which takes %llu s, the jobs of GPU %s take %llu s at least, and "
                "the stage ends them after %u s: write %sdeadline=%llu in %s",
                seconds(job->check.duration_ms), lane->device, seconds(lane->least_ms),
                target->deadline_s, advice, seconds(lane->most_ms), review_conf(target));
}

static void warn_of_lane(const struct jobfolder *jobs, const struct target *target,
        const struct lane *lane, json_t *lists)
{
        const struct job *job = &jobs->job[lane->may_be_so];

        review_note(get_value(json_array_get(lists, lane->may_be_so), "warnings"), job,
                job_line_of(job, "Timeout", 0),
                "if the jobs of GPU %s take all the time that they may, %llu s, the stage ends "
                "them before, after %u s: deadline=%llu in %s is enough for all, or a shorter "
                "Timeout=",
                lane->device, seconds(lane->most_ms), target->deadline_s, seconds(lane->most_ms),
                review_conf(target));
}

/* The first one of which there is something to say stands for all: they tend to be alike. */
struct longest {
        bool complained, warned;
        uint64_t most_ms;
};

static void take_lane(const struct jobfolder *jobs, const struct target *target, const char *device,
        json_t *lists, struct longest *longest)
{
        struct lane lane = measure(jobs, target, device);

        if (lane.most_ms > longest->most_ms)
                longest->most_ms = lane.most_ms;
        if (target->deadline_s == 0)
                return;
        if (lane.too_long != SIZE_MAX && !longest->complained) {
                complain_of_lane(jobs, target, &lane, lists);
                longest->complained = true;
        } else if (lane.too_long == SIZE_MAX && lane.may_be_so != SIZE_MAX && !longest->warned) {
                warn_of_lane(jobs, target, &lane, lists);
                longest->warned = true;
        }
}

uint64_t jobtotals_compare_times(
        const struct jobfolder *jobs, const struct target *target, json_t *lists)
{
        struct longest longest = { 0 };
        char device[24];

        for (uint64_t i = 0; i < target->gpus; i++) {
                snprintf(device, sizeof(device), "%llu", (unsigned long long)i);
                take_lane(jobs, target, device, lists, &longest);
        }
        for (size_t i = 0; i < jobs->count; i++)
                for (size_t k = 0; k < jobs->job[i].devices.count; k++)
                        if (jobs->job[i].devices.word[k][0] == 'G')
                                take_lane(jobs, target, jobs->job[i].devices.word[k], lists,
                                        &longest);
        return seconds(longest.most_ms);
}
