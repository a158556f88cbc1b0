/* FILE records: outputs and logs, under names that may be written. */
#include "dom0/run/file.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/path.h"
#include "dom0/run/trace.h"

/* The files that collect writes itself; no record may pose as one of them. */
static const char *const own_files[] = { "run.json", "events.jsonl", "region.bin" };

/* Whether the path is one of `folder` or leads there: "run.json", "stage/…". */
static bool is_in(const char *path, const char *folder)
{
        size_t length = strlen(folder);

        return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* The JOB/DEVICE of "jobs/JOB/DEVICE/…"; false: it is no such path. */
static bool owner_of(const char *path, char ret_key[2 * (PATH_MAX_PART + 1)])
{
        static const char jobs[] = "jobs/";
        const char *job = path + sizeof(jobs) - 1;
        const char *slash, *end;

        if (strncmp(path, jobs, sizeof(jobs) - 1) != 0 || !(slash = strchr(job, '/')) ||
                !(end = strchr(slash + 1, '/')))
                return false;
        memcpy(ret_key, job, (size_t)(end - job));
        ret_key[end - job] = '\0';
        return true;
}

/* Every file is the stage's or that of a job which was planned before. */
static const char *check_owner(const struct intake *intake, const char *path)
{
        char key[2 * (PATH_MAX_PART + 1)];

        if (is_in(path, "stage") && path[strlen("stage")] == '/')
                return NULL;
        if (!owner_of(path, key))
                return "is neither in jobs/JOB/DEVICE/ nor in stage/";
        return get_value(intake->planned, key) ? NULL : "is of no job that was planned";
}

static const char *check_name(struct intake *intake, const struct region_record *record, char *path)
{
        const char *problem = path_problem(record->name, record->name_length);

        if (problem)
                return problem;
        memcpy(path, record->name, record->name_length);
        path[record->name_length] = '\0';
        for (size_t i = 0; i < sizeof(own_files) / sizeof(own_files[0]); i++)
                if (is_in(path, own_files[i]))
                        return "is that of a file which collect writes itself";
        return check_owner(intake, path);
}

static void refuse(struct run *run, const struct region_record *record, const char *why)
{
        struct shown name = shown(record->name, record->name_length);

        contradict(run, "the file name \"%s\" %s; the file was not written", name.text, why);
        if (json_array_size(run->refused) < PROBLEMS_KEPT)
                json_array_append_new(
                        run->refused, json_pack("{s:s, s:s}", "name", name.text, "reason", why));
}

const struct run_file *intake_find_file(const struct intake *intake, const char *path)
{
        const json_t *index = get_value(intake->file_index, path);

        return index ? &intake->run->files[json_integer_value(index)] : NULL;
}

static void note_owner(struct intake *intake, const char *path)
{
        char key[2 * (PATH_MAX_PART + 1)];
        json_t *list;

        if (!owner_of(path, key))
                return;
        list = get_value(intake->job_files, key);
        if (!list) {
                list = json_array();
                set_value(intake->job_files, key, list);
        }
        json_array_append_new(list, json_string(path));
        proof_take_file(intake, key);
}

/* What is over a limit is told of once, at the end. */
static bool has_room(struct intake *intake, const char *path)
{
        return bounds_take(&intake->bounds, BOUND_FILES, 1) &&
               bounds_take(&intake->bounds, BOUND_FOLDERS, path_new_folders(intake->taken, path));
}

void intake_take_file(struct intake *intake, const struct region_record *record)
{
        char path[REGION_MAX_NAME + 1];
        const char *why = check_name(intake, record, path);
        struct run *run = intake->run;
        struct run_file *file;

        if (!why && !has_room(intake, path))
                return;
        if (!why)
                why = path_claim(intake->taken, path);
        if (why) {
                refuse(run, record, why);
                return;
        }
        run->files = memory_grow(run->files, run->files_count, sizeof(*run->files));
        file = &run->files[run->files_count];
        *file = (struct run_file){
                .path = memory_copy_text(path, record->name_length),
                .data = record->data,
                .length = record->data_length,
        };
        sha256(record->data, record->data_length, file->sha256);
        set_value(intake->file_index, path, json_integer((json_int_t)run->files_count++));
        note_owner(intake, path);
}
