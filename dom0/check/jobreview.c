#include "dom0/check/jobreview.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/check/jobkernel.h"
#include "dom0/check/jobmachine.h"
#include "dom0/check/jobnames.h"
#include "dom0/check/jobpoints.h"
#include "dom0/check/jobprogram.h"
#include "dom0/check/jobtotals.h"
#include "jobs/argument.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/escape.h"

/* JSON has no such large numbers; what needs that much needs too much in any case. */
static json_t *number(uint64_t value)
{
        return json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX);
}

/* "NAME.conf:LINE: message", as the parser says it. */
static void take_complaint(struct review *review, const char *text)
{
        const char *message = strstr(text, ": ");
        const char *colon = strchr(text, ':');
        unsigned line = 0;

        if (colon && colon < message)
                line = (unsigned)strtoul(colon + 1, NULL, 10);
        review_complain(review, line, "%s", message ? message + 2 : text);
}

/* --- a job, and all of them --- */

/* Its name is the job's but for the end, unless it had to be changed: then that is complained of.
 */
static void review_file(struct review *review)
{
        char file[JOB_MAX_NAME + 8];
        struct stat status;

        snprintf(file, sizeof(file), "%s.conf", review->job->name);
        if (fstatat(review->jobs->fd, file, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISLNK(status.st_mode))
                review_warn(review, 0,
                        "the file is a symbolic link, and forestage arm takes none along");
}

/* Other mistakes of a name are the parser's to say. */
static void miss(struct review *review, unsigned line, const char *file)
{
        uint64_t bytes;
        _cleanup_close_ int fd = file ? folder_open(review->jobs->fd, file, &bytes) : -1;

        if (file && fd == -ENOENT)
                review_complain(review, line, "'%s' %s", file, folder_strerror(fd));
}

/* Of a job file that is wrong: whether the files are there that its other lines name. More may
 * follow from what is wrong. */
static void review_named(struct review *review)
{
        const struct job *job = review->job;

        miss(review, job_line_of(job, "Module", 0), job->kernel.module);
        miss(review, job_line_of(job, "Exec", 0), jobprogram_file(review));
        miss(review, job_line_of(job, "Baseline", 0), job->check.baseline);
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT)
                        miss(review, argument->line, argument->file);
        }
        for (size_t i = 0; i < job->expectations; i++)
                if (job->expectation[i].kind == EXPECT_LIKE)
                        miss(review, job->expectation[i].line, job->expectation[i].reference);
}

static void review_parts(struct review *review, const struct joblist *list)
{
        const struct job *job = review->job;

        review_file(review);
        if (job->complaints.count > 0) {
                for (size_t i = 0; i < job->complaints.count; i++)
                        take_complaint(review, job->complaints.word[i]);
                review_named(review);
                return;
        }
        jobmachine_review(review);
        if (job->type == JOB_KERNEL)
                jobkernel_review(review);
        else if (job->type == JOB_PROGRAM)
                jobprogram_review(review);
        else
                jobmachine_review_check(review);
        jobkernel_review_expectations(review);
        if (list)
                jobnames_review(review, list);
        if (job->sweep && json_array_size(review->complaints) == 0)
                jobpoints_review(review, list);
}

static void add_hidden(json_t *notes, const struct joblist *list)
{
        char file[4 * NAME_MAX + 8], more[64] = "", message[160];

        if (!list || list->hidden == 0)
                return;
        escape_text(list->first_hidden, strlen(list->first_hidden), file, sizeof(file));
        if (list->hidden > 1)
                snprintf(more, sizeof(more), "; so it is with %zu more", list->hidden - 1);
        snprintf(message, sizeof(message),
                "it does not go along, because its name starts with a dot%s", more);
        json_array_append_new(
                notes, json_pack("{s:s, s:n, s:s}", "file", file, "line", "message", message));
}

/* Files that somebody may take for jobs, and those that a job may miss. */
static json_t *review_others(const struct jobfolder *jobs, const struct joblist *files)
{
        json_t *list = json_array();

        add_hidden(list, files);

        for (size_t i = 0; i < jobs->others; i++) {
                char file[4 * NAME_MAX + 8];

                escape_text(jobs->other[i].file, strlen(jobs->other[i].file), file, sizeof(file));
                json_array_append_new(list, json_pack("{s:s, s:n, s:s}", "file", file, "line",
                                                    "message", jobs->other[i].why));
        }
        return list;
}

static json_t *review_job(const struct jobfolder *jobs, const struct job *job,
        const struct joblist *list, const struct target *target, struct jobtotals *totals)
{
        struct review review = {
                .jobs = jobs,
                .job = job,
                .target = target,
                .complaints = json_array(),
                .warnings = json_array(),
                .gpus = 1,
        };

        review_parts(&review, list);
        jobtotals_take(totals, &review);
        return json_pack("{s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:o}", "job", job->name, "kind",
                job_type_name(job->type), "description", job->description, "points",
                number(review_points(job)), "gpus", number(review.gpus), "timeout_s",
                json_real((double)job->timeout_ms / 1e3), "outputs_bytes",
                number(jobtotals_multiply(review.gpus, review.output_bytes)), "complaints",
                review.complaints, "warnings", review.warnings);
}

static json_t *region_object(const struct jobtotals *totals, uint64_t size)
{
        uint64_t needed = jobtotals_region(totals);

        return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o*}", "needed_bytes", number(needed),
                "outputs_bytes", number(totals->outputs), "results_bytes", number(totals->results),
                "printed_bytes", number(totals->printed), "size_bytes",
                size > 0 ? number(size) : json_null(), "fits",
                size > 0 ? json_boolean(needed <= size) : json_null(), "stored_bytes",
                totals->stored > 0 ? number(totals->stored) : NULL);
}

/* "12.4" of 1000 * 12 + 10 * 4, and the like; null: not known. */
static json_t *version(unsigned value, unsigned major, unsigned minor)
{
        char text[24];

        snprintf(text, sizeof(text), "%u.%u", value / major, value % major / minor);
        return value > 0 ? json_string(text) : json_null();
}

static json_t *image_object(const struct image *image)
{
        if (!image)
                return json_null();
        return json_pack("{s:s, s:s, s:o, s:o, s:o}", "driver", image->driver, "fabric",
                image->fabric, "cuda", version(image->cuda, 1000, 10), "ptx",
                version(image->ptx, 10, 1), "files", number(image->files));
}

static json_t *deadline_object(const struct target *target, uint64_t most_s)
{
        return json_pack("{s:o, s:o}", "most_s", number(most_s), "size_s",
                target->deadline_s > 0 ? number(target->deadline_s) : json_null());
}

/* What is said of several jobs together is in their lists, too. */
static void count_notes(json_t *list, struct jobtotals *totals)
{
        json_t *job;
        size_t i;

        totals->complaints = totals->warnings = 0;
        json_array_foreach(list, i, job) {
                totals->complaints += json_array_size(get_value(job, "complaints"));
                totals->warnings += json_array_size(get_value(job, "warnings"));
        }
}

/* A rehearsal has devices of its own, whatever the host has. */
static struct target as_seen(const struct target *target)
{
        struct target seen = *target;

        if (seen.image && strcmp(seen.image->driver, "rehearsal") == 0)
                seen.gpu = NULL;
        return seen;
}

json_t *jobreview_make(const struct jobfolder *jobs, const char *folder, const struct joblist *list,
        const struct target *given)
{
        const struct target seen = as_seen(given), *target = &seen;
        struct jobtotals totals = { 0 };
        json_t *reviews = json_array(), *region, *name;
        uint64_t most_s;
        bool good;

        for (size_t i = 0; i < jobs->count; i++)
                json_array_append_new(
                        reviews, review_job(jobs, &jobs->job[i], list, target, &totals));
        most_s = jobtotals_compare_times(jobs, target, reviews);
        count_notes(reviews, &totals);
        region = region_object(&totals, target->region_size);
        good = jobs->count > 0 && totals.complaints == 0 &&
               !json_is_false(get_value(region, "fits"));
        name = json_string(folder);
        return json_pack(
                "{s:s, s:o, s:b, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o, s:o, s:o}, s:f, s:o, "
                "s:o, s:o}",
                "schema", "forestage-check/1", "folder", name ? name : json_null(), "good", good,
                "gpus", number(target->gpus), "jobs", reviews, "others", review_others(jobs, list),
                "counts", "jobs", number(totals.jobs), "sweeps", number(totals.sweeps),
                "complaints", number(totals.complaints), "warnings", number(totals.warnings),
                "programs", number(totals.programs), "entries", number(totals.entries),
                "timeouts_s", (double)totals.milliseconds / 1e3, "region", region, "deadline",
                deadline_object(target, most_s), "image", image_object(target->image));
}

void jobreview_print_notes(FILE *to, const json_t *list, const char *before, const char *what)
{
        const json_t *note;
        size_t i;

        json_array_foreach(list, i, note) {
                const json_t *line = get_value(note, "line");
                char place[32] = "";

                if (json_is_integer(line))
                        snprintf(place, sizeof(place), ":%lld", get_integer(note, "line"));
                print_line(to, "%s%s%s: %s%s", before, get_string(note, "file"), place, what,
                        get_string(note, "message"));
        }
}

uint64_t jobreview_number(const json_t *review, const char *object, const char *key)
{
        return (uint64_t)get_integer(get_value(review, object), key);
}
