#include "jobs/jobfolder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "jobs/folder.h"
#include "jobs/jobfile.h"
#include "jobs/sweep/table.h"
#include "lib/cleanup.h"
#include "lib/escape.h"
#include "lib/grow.h"

static bool is_job_file(const char *name)
{
        size_t length = strlen(name);

        return length > 5 && name[0] != '.' && strcmp(name + length - 5, ".conf") == 0;
}

const char *jobfolder_refusal(const char *file)
{
        const char *conf = strcasestr(file, ".conf");

        if (!conf || is_job_file(file))
                return NULL;
        if (file[0] == '.')
                return "it is no job, because its name starts with a dot";
        while (strlen(conf) > 5 && strcasestr(conf + 1, ".conf"))
                conf = strcasestr(conf + 1, ".conf");
        if (strlen(conf) == 5)
                return "it is no job, because its name does not end in .conf in lower case";
        return "it is no job, because its name does not end in .conf";
}

static int is_wanted_name(const struct dirent *entry)
{
        return is_job_file(entry->d_name) || entry->d_type == DT_DIR ||
               jobfolder_refusal(entry->d_name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

/*
 * The job's name is a folder in the results and part of record names. False when the file's name
 * has to be changed for that.
 */
static bool name_job(const char *file, char ret_name[JOB_MAX_NAME + 1])
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789._-";
        size_t length = strlen(file) - 5;
        bool good = length <= JOB_MAX_NAME;

        if (length > JOB_MAX_NAME)
                length = JOB_MAX_NAME;
        for (size_t i = 0; i < length; i++) {
                bool kept = strchr(plain, file[i]) != NULL;

                ret_name[i] = file[i];
                if (!kept)
                        ret_name[i] = '_';
                good = good && kept;
        }
        ret_name[length] = '\0';
        return good;
}

/*
 * The names that jobs have, as keys; the value is the number that was last put behind one to make
 * another of it. So a folder of names that all have to be changed costs no more than any other.
 */
static bool take_name(json_t *names, const char *name)
{
        return !json_object_get(names, name) &&
               json_object_set_new(names, name, json_integer(1)) == 0;
}

/* Two names that had to be changed may have become one, or that of a job which has it rightly. */
static void make_unique(json_t *names, char *name)
{
        char stem[JOB_MAX_NAME + 1];
        json_t *last;

        if (take_name(names, name))
                return;
        snprintf(stem, sizeof(stem), "%.*s", (int)JOB_MAX_NAME - 12, name);
        take_name(names, stem); /* taken or not: from here on it counts */
        last = json_object_get(names, stem);
        do {
                json_integer_set(last, json_integer_value(last) + 1);
                snprintf(name, JOB_MAX_NAME + 1, "%.*s-%u", (int)JOB_MAX_NAME - 12, stem,
                        (unsigned)json_integer_value(last));
        } while (last && !take_name(names, name));
}

static bool leads_nowhere(int folder, const char *file, int error)
{
        struct stat status;

        return error == -ENOENT && fstatat(folder, file, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISLNK(status.st_mode);
}

/* --- sweeps --- */

/* A sweep_reader's: a table of the job folder. */
static bool read_table(
        void *context, const char *file, char **ret_text, size_t *ret_length, char *why)
{
        const struct jobfolder *jobs = context;
        int error = folder_read(jobs->fd, file, TABLE_MAX_BYTES, ret_text, ret_length);

        return !error ||
               why_not(why, "'%s' %s", file,
                       error == -EFBIG ? "is larger than 16 MiB" : folder_strerror(error));
}

/* Whether a pattern may ask for points and not for all of their sweep. */
static bool has_points(const struct words *only)
{
        for (size_t i = 0; i < only->count; i++)
                if (strpbrk(only->word[i], "@*?["))
                        return true;
        return false;
}

/* The points that are asked for become those that the sweep has; false: none is. */
static bool asks_for_points(
        const struct words *only, const struct job *job, bool *used, uint32_t *ret_chosen)
{
        char name[JOB_MAX_NAME + 1];
        uint32_t count = 0;

        for (size_t i = 0; i < sweep_runs(job->sweep); i++) {
                uint32_t point = sweep_run(job->sweep, i);

                snprintf(name, sizeof(name), "%.*s@%u", (int)(JOB_MAX_NAME - 1 - SWEEP_MAX_DIGITS),
                        job->name, (unsigned)point);
                if (!words_match(only, name, used))
                        continue;
                if (ret_chosen)
                        ret_chosen[count] = point;
                count++;
        }
        if (ret_chosen)
                job->sweep->chosen_count = count;
        return count > 0;
}

/* Of a broken file nobody knows the points. */
static bool asks_for_broken(const struct words *only, const struct job *job, bool *used)
{
        size_t length = strlen(job->name);
        bool any = false;

        for (size_t i = 0; i < only->count; i++) {
                const char *word = only->word[i];

                if (strncmp(word, job->name, length) != 0 || word[length] != '@')
                        continue;
                any = true;
                if (used)
                        used[i] = true;
        }
        return any;
}

bool jobfolder_asks(const struct words *only, const struct job *job, bool *used)
{
        bool whole = words_match(only, job->name, used), points = false;

        if (job->sweep && has_points(only))
                points = asks_for_points(only, job, used, NULL);
        else if (job->error[0])
                points = asks_for_broken(only, job, used);
        return whole || points;
}

/* What is left of the job when it is not asked for as a whole; false: nothing. */
static bool choose_points(struct job *job, const struct words *only)
{
        uint32_t *chosen;

        if (only->count == 0 || words_match(only, job->name, NULL))
                return true;
        if (!job->sweep)
                return job->error[0] && asks_for_broken(only, job, NULL);
        chosen = malloc(job->sweep->points * sizeof(*chosen));
        if (!chosen) {
                job_complain(job, "out of memory");
                sweep_free(job->sweep);
                job->sweep = NULL;
                return true;
        }
        if (!asks_for_points(only, job, NULL, chosen)) {
                free(chosen);
                return false;
        }
        job->sweep->chosen = chosen;
        return true;
}

/* --- a job --- */

static void read_job(
        struct jobfolder *jobs, json_t *names, const char *file, const struct words *only)
{
        struct sweep_reader reader = { read_table, jobs };
        struct job *job = &jobs->job[jobs->count];
        char name[JOB_MAX_NAME + 1], *text = NULL;
        bool good = name_job(file, name);
        size_t length = 0;
        int error = folder_read(jobs->fd, file, JOBFILE_MAX_BYTES, &text, &length);

        if (!good)
                make_unique(names, name);
        jobfile_parse_sweep(name, text ? text : "", length, &reader, job);
        if (error) {
                job_excuse(job);
                job_complain(job, "the file %s",
                        leads_nowhere(jobs->fd, file, error) ? "is a symbolic link to nothing"
                                                             : folder_strerror(error));
        }
        if (!good) {
                char shown[4 * NAME_MAX + 8];

                escape_text(file, strlen(file), shown, sizeof(shown));
                job_excuse(job);
                job_complain(job,
                        "the name of '%s' cannot be a job's: letters, digits, "
                        "'.', '_' and '-', at most 64",
                        shown);
        }
        free(text);
        if (job->error[0]) { /* whatever of it: it is one job, that does not run */
                sweep_free(job->sweep);
                job->sweep = NULL;
        }
        if (choose_points(job, only))
                jobs->count++;
        else
                job_clear(job);
}

/* --- what is no job --- */

/* `folder`: "sub/", or "". */
static bool add_other(struct jobfolder *jobs, const char *folder, const char *file, const char *why)
{
        struct jobfolder_other *grown = grow(jobs->other, jobs->others, sizeof(*grown));
        size_t bytes = strlen(folder) + strlen(file) + 1;
        char *name = malloc(bytes);

        if (grown)
                jobs->other = grown;
        if (!grown || !name) {
                free(name);
                return false;
        }
        snprintf(name, bytes, "%s%s", folder, file);
        grown[jobs->others++] = (struct jobfolder_other){ name, why };
        return true;
}

/* Programs have files of this name, too; a job begins with its section, but for comments. */
static bool is_job_text(int folder, const char *file)
{
        _cleanup_free_ char *text = NULL;
        size_t length;
        const char *section;

        if (folder_read(folder, file, JOBFILE_MAX_BYTES, &text, &length) != 0)
                return false;
        section = strstr(text, "[Job]");
        return section && (section == text || section[-1] == '\n');
}

/* The jobs of a folder in the job folder: somebody has put them in order. */
static bool add_others_below(struct jobfolder *jobs, const char *folder)
{
        _cleanup_close_ int fd =
                openat(jobs->fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct dirent **entries;
        char prefix[NAME_MAX + 2];
        bool good = true;
        int count = fd >= 0 ? scandirat(fd, ".", &entries, is_wanted_name, by_bytes) : -1;

        if (count < 0) /* a folder that nobody can read has no jobs */
                return true;
        snprintf(prefix, sizeof(prefix), "%s/", folder);
        for (int i = 0; i < count; i++) {
                const char *name = entries[i]->d_name;

                if (is_job_file(name) && is_job_text(fd, name))
                        good = add_other(jobs, prefix, name,
                                       "it is no job, because it is not on the top level of the "
                                       "job folder") &&
                               good;
                free(entries[i]);
        }
        free(entries);
        return good;
}

static bool take_other(struct jobfolder *jobs, const struct dirent *entry)
{
        const char *why = jobfolder_refusal(entry->d_name);

        if (entry->d_type != DT_DIR)
                return add_other(jobs, "", entry->d_name, why);
        return entry->d_name[0] == '.' || add_others_below(jobs, entry->d_name);
}

/* --- all of it --- */

static bool is_wanted(const char *file, const struct words *only)
{
        char name[JOB_MAX_NAME + 1];

        name_job(file, name);
        return only->count == 0 || words_match(only, name, NULL) || has_points(only);
}

/* The names that need no change come first: none of them is made another's. */
static json_t *take_good_names(struct dirent *const *entries, int count)
{
        json_t *names = json_object();
        char name[JOB_MAX_NAME + 1];

        for (int i = 0; i < count; i++)
                if (is_job_file(entries[i]->d_name) && name_job(entries[i]->d_name, name))
                        take_name(names, name);
        return names;
}

int jobfolder_read(const char *folder, const struct words *only, struct jobfolder *ret_jobs)
{
        struct jobfolder jobs = { .fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
        static const struct words all;
        struct dirent **entries;
        json_t *names;
        bool good = true;
        int count;

        if (jobs.fd < 0)
                return -errno;
        only = only ? only : &all;
        count = scandirat(jobs.fd, ".", &entries, is_wanted_name, by_bytes);
        if (count >= 0)
                jobs.job = calloc((size_t)count + 1, sizeof(*jobs.job));
        if (!jobs.job) {
                close(jobs.fd);
                return -errno;
        }
        names = take_good_names(entries, count);
        for (int i = 0; i < count; i++) {
                const char *name = entries[i]->d_name;

                if (!is_job_file(name))
                        good = good && (only->count > 0 || take_other(&jobs, entries[i]));
                else if (is_wanted(name, only))
                        read_job(&jobs, names, name, only);
                free(entries[i]);
        }
        free(entries);
        json_decref(names);
        if (!good) {
                jobfolder_close(&jobs);
                return -ENOMEM;
        }
        *ret_jobs = jobs;
        return 0;
}

void jobfolder_close(struct jobfolder *jobs)
{
        for (size_t i = 0; i < jobs->count; i++)
                job_clear(&jobs->job[i]);
        free(jobs->job);
        for (size_t i = 0; i < jobs->others; i++)
                free(jobs->other[i].file);
        free(jobs->other);
        close(jobs->fd);
        *jobs = (struct jobfolder){ .fd = -1 };
}
