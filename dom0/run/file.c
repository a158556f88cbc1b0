/* FILE and STORED records: outputs and logs, under names that may be written. */
#include "dom0/run/file.h"

#include <string.h>
#include <unistd.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/path.h"
#include "dom0/run/fields.h"
#include "dom0/run/trace.h"
#include "lib/why.h"
#include "record/result.h"

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

/* Takes all of a file but its path; that is the record's. */
static void take(
        struct intake *intake, const struct region_record *record, const struct run_file *content)
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
        *file = *content;
        file->path = memory_copy_text(path, record->name_length);
        set_value(intake->file_index, path, json_integer((json_int_t)run->files_count++));
        note_owner(intake, path);
}

void intake_take_file(struct intake *intake, const struct region_record *record)
{
        struct run_file file = { .data = record->data, .length = record->data_length, .copy = -1 };

        sha256(record->data, record->data_length, file.sha256);
        take(intake, record, &file);
}

/* --- in the store --- */

static uint64_t get_count(const json_t *object, const char *key)
{
        return (uint64_t)get_integer(object, key); /* the table has none below 0 */
}

void intake_take_stored(struct intake *intake, const struct region_record *record)
{
        json_auto_t *object = run_record_json(record), *fields = NULL;
        struct run *run = intake->run;
        struct run_file file = { .data = NULL, .copy = -1 };
        const char *hash;
        bool good;

        fields = fields_take(object, record_stored_keys, "a STORED record", &run->problems, &good);
        hash = get_text(fields, "sha256");
        if (!good || !sha256_parse(hash, strlen(hash), file.sha256)) {
                refuse(run, record, "does not say where in the store it is");
                return;
        }
        file.length = get_count(fields, "bytes");
        file.place = (struct shelf_place){
                .from = get_count(fields, "from"),
                .size = get_count(fields, "size"),
                .offset = get_count(fields, "offset"),
                .number = get_count(fields, "number"),
        };
        take(intake, record, &file);
}

/* What is no copy of a file that is proven is none. */
static bool prove_copy(
        const struct run *run, const struct run_store *store, uint64_t all, struct run_file *file)
{
        int fd = store->make_copy ? store->make_copy(store->context, all) : -1;
        char why[WHY_SIZE];

        if (fd < 0)
                return false;
        if (store->read(store->context, run->report.info.run_id, file, fd, why)) {
                file->copy = fd;
                return true;
        }
        close(fd);
        return false;
}

/* Without a copy when none can be written: whoever writes the run finds out why. */
static void prove(
        struct intake *intake, const struct run_store *store, uint64_t all, struct run_file *file)
{
        struct run *run = intake->run;
        char why[WHY_SIZE];

        if (store && (prove_copy(run, store, all, file) ||
                             store->read(store->context, run->report.info.run_id, file, -1, why)))
                return;
        file->problem = memory_copy(store ? why : "nobody has looked there");
        contradict(run, "the file %s, which is in the store, cannot be had: %s", SHOWN(file->path),
                SHOWN(file->problem));
        if (json_array_size(run->refused) < PROBLEMS_KEPT)
                json_array_append_new(run->refused, json_pack("{s:s, s:s}", "name", file->path,
                                                            "reason", SHOWN(file->problem)));
}

void intake_prove_stored(struct intake *intake, const struct run_store *store)
{
        struct run *run = intake->run;
        uint64_t all = 0;

        for (size_t i = 0; i < run->files_count; i++)
                if (!run->files[i].data && run->files[i].length <= UINT64_MAX - all)
                        all += run->files[i].length;
        for (size_t i = 0; i < run->files_count; i++)
                if (!run->files[i].data)
                        prove(intake, store, all, &run->files[i]);
}
