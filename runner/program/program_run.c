/*
 * The supervisor's side of one Type=program job on one device, and the process that becomes it. It
 * runs in a folder of its own; the files that it wrote, and that Collect= or [Expect] name, go into
 * the journal. Its exit status counts as one expectation: 0 is met.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs/executable.h"
#include "jobs/folder.h"
#include "jobs/room.h"
#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/path.h"
#include "runner/process/attempt.h"
#include "runner/program/environment.h"
#include "runner/program/inputs.h"
#include "runner/program/pattern.h"
#include "runner/program/resume.h"
#include "runner/program/start.h"
#include "runner/program/userland.h"
#include "runner/program/workdir.h"
#include "runner/record/output.h"
#include "runner/record/record.h"

struct program_run {
        const struct job *job;
        const struct device *device;
        int job_folder;
        struct workdir workdir;
        bool has_folder;
        bool preload;
        bool of_system; /* the program is no file of the job folder: an interpreter, or of Root= */
        struct words patterns; /* of Collect=, and the files of [Expect] */
        struct resume resume;  /* of Checkpoint= */
        uint64_t turn;         /* of Repeat= */
        char **reference;      /* one an expectation; NULL where it has none */
        size_t *reference_bytes;
};

/* --- the process that becomes the program --- */

/* "./" keeps a name in the folder: only what is meant to be the system's is looked for along PATH.
 */
static bool find_program(
        const struct program_run *run, char *const environment[], char ret_path[PATH_MAX])
{
        const char *name = run->job->program.exec.word[0];

        if (*name == '/') {
                snprintf(ret_path, PATH_MAX, "%s", name);
                return true;
        }
        if (run->of_system)
                return start_find(name, environment, ret_path, PATH_MAX);
        snprintf(ret_path, PATH_MAX, "%s%s", strncmp(name, "./", 2) ? "./" : "", name);
        return true;
}

/* The root that it asks for, if it does. */
static bool enter_root(const struct program_run *run, char **environment, char *why)
{
        const char *root = run->job->program.root;

        return !root || userland_enter(root, run->job_folder, run->workdir.fd, environment, why);
}

static int program_main(void *context, int report_fd, int order)
{
        const struct program_run *run = context;
        const struct words *exec = &run->job->program.exec;
        char **argv = calloc(exec->count + 1, sizeof(*argv));
        char path[PATH_MAX], why[WHY_SIZE], folder[PATH_MAX], from[PATH_MAX];
        char **environment = NULL;

        (void)order;
        for (size_t i = 0; argv && i < exec->count; i++)
                argv[i] = exec->word[i];
        report_step(report_fd, "the program");
        if (!getcwd(from, sizeof(from)))
                from[0] = '\0'; /* removed meanwhile: nothing is found from there either */
        if (argv && fchdir(run->workdir.fd) == 0 && getcwd(folder, sizeof(folder)))
                environment = environment_make(run->job, run->device, folder,
                        &(struct surroundings){ environ, from, run->preload });
        environment_settle(&run->job->limits);
        if (!environment) {
                why_not(why, "%s", strerror(errno));
        } else if (!enter_root(run, environment, why)) {
                report_error(report_fd, "%s", why);
                return 127;
        } else if (!find_program(run, environment, path)) {
                why_not(why, "it is neither in the job folder nor along PATH");
        } else {
                execve(path, argv, environment);
                start_explain(run->workdir.fd, path, errno, why);
        }
        report_error(report_fd, "%s cannot be executed: %s", exec->word[0], why);
        return 127;
}

/* --- before it runs --- */

static const char *program_path(const struct job *job)
{
        const char *path = job->program.exec.word[0];

        return strncmp(path, "./", 2) == 0 ? path + 2 : path;
}

static bool read_references(struct attempt *attempt, struct program_run *run)
{
        const struct job *job = run->job;

        run->reference = calloc(job->expectations + 1, sizeof(*run->reference));
        run->reference_bytes = calloc(job->expectations + 1, sizeof(*run->reference_bytes));
        for (size_t i = 0; i < job->expectations; i++) {
                const struct expectation *expectation = &job->expectation[i];
                int error = run->reference && run->reference_bytes ? 0 : -ENOMEM;

                if (!error && expectation->kind == EXPECT_LIKE)
                        error = folder_read(attempt->place->folder, expectation->reference,
                                attempt->place->journal->writer.size, &run->reference[i],
                                &run->reference_bytes[i]);
                bool empty =
                        expectation->kind == EXPECT_LIKE && !error && run->reference_bytes[i] == 0;

                if (error || empty) {
                        attempt_error(attempt, "%.*s.conf:%u: the reference '%s' %s", job_stem(job),
                                job->name, expectation->line, expectation->reference,
                                empty ? "is empty and compares nothing" : folder_strerror(error));
                        return false;
                }
        }
        return true;
}

/* A file of [Expect] is taken as it is called, whatever pattern it looks like. */
static bool add_literal(struct words *patterns, const char *file, char *why)
{
        char pattern[2 * PATH_MAX_LENGTH + 1], *to = pattern;

        for (; *file; file++) {
                if (strchr("*?[\\", *file))
                        *to++ = '\\';
                *to++ = *file;
        }
        *to = '\0';
        return words_add(patterns, pattern, why);
}

static bool collect_patterns(struct attempt *attempt, struct program_run *run)
{
        const struct job *job = run->job;
        char why[WHY_SIZE];
        bool good = true;

        for (size_t i = 0; good && i < job->program.collect.count; i++)
                good = words_add(&run->patterns, job_pattern(job->program.collect.word[i]), why);
        for (size_t i = 0; good && i < job->expectations; i++)
                good = add_literal(&run->patterns, job->expectation[i].file, why);
        if (!good)
                attempt_error(attempt, "Collect= and [Expect] together: %s", why);
        return good;
}

/* --- when it has run --- */

/* A size that cannot be compared is a wrong result: the program chose it. */
static bool size_fits(struct attempt *attempt, const struct output *output, uint64_t reference)
{
        if (!output->expectation || output->expectation->kind != EXPECT_LIKE)
                return true;
        if (output->bytes == reference && reference % element_bytes(output->expectation->type) == 0)
                return true;
        attempt->evidence.compared++;
        evidence_fail(&attempt->evidence,
                "%s has %llu bytes, but its reference has %llu, and its elements %zu", output->file,
                (unsigned long long)output->bytes, (unsigned long long)reference,
                element_bytes(output->expectation->type));
        return false;
}

/* What it is to be compared with; the number of that in the job. */
static size_t find_expectation(const struct program_run *run, struct output *output)
{
        size_t number = 0;

        output->expectation = job_expectation_of(run->job, output->file);
        if (output->expectation) {
                number = (size_t)(output->expectation - run->job->expectation);
                output->reference = run->reference[number];
        }
        return number;
}

/* `data` may be NULL where nothing is compared byte by byte (compares_bytes). */
static void judge(struct attempt *attempt, struct output *output, const void *data,
        const uint8_t digest[SHA256_SIZE])
{
        struct program_run *run = attempt->state;
        size_t number = find_expectation(run, output);
        json_t *last;

        if (size_fits(attempt, output, run->reference_bytes[number])) {
                output_judge_hashed(
                        output, data, digest, attempt->outcome.outputs, &attempt->evidence);
                return;
        }
        output->expectation = NULL; /* it has been judged by its size */
        output_judge_hashed(output, data, digest, attempt->outcome.outputs, &attempt->evidence);
        last = json_array_get(
                attempt->outcome.outputs, json_array_size(attempt->outcome.outputs) - 1);
        json_object_set_new(last, "expect", json_string("fail"));
}

/* --- into the store --- */

#define STORE_PIECE ((size_t)1 << 20)

static bool compares_bytes(const struct program_run *run, struct output *output)
{
        size_t number = find_expectation(run, output);

        return output->expectation && output->expectation->kind == EXPECT_LIKE &&
               output->bytes == run->reference_bytes[number];
}

/* Piece by piece; or, where `whole` is, through that. */
static bool copy_to_store(struct attempt *attempt, const struct workfile *file, int fd, char *whole)
{
        struct shelf *shelf = attempt->place->journal->shelf;
        _cleanup_free_ char *piece = whole ? NULL : malloc(STORE_PIECE);
        int failed = whole || piece ? 0 : -ENOMEM;
        size_t length;

        for (uint64_t done = 0; !failed && done < file->bytes; done += length) {
                char *to = whole ? whole + done : piece;

                length = file->bytes - done < STORE_PIECE ? (size_t)(file->bytes - done)
                                                          : STORE_PIECE;
                failed = io_read_all(fd, to, length);
                if (!failed)
                        shelf_add(shelf, to, length);
        }
        if (!failed)
                return true;
        shelf_drop(shelf);
        attempt_error(attempt, "the collected file '%s' cannot be read: %s", file->path,
                folder_strerror(failed));
        return false;
}

/* What is compared with a reference is as large as that, which is in memory, too. */
static bool store_file(struct attempt *attempt, const struct workfile *file, int fd)
{
        struct output output = { .file = file->path, .bytes = file->bytes, .stored = true };
        bool compares = compares_bytes(attempt->state, &output);
        _cleanup_free_ char *whole = compares ? malloc(file->bytes) : NULL;
        char path[REGION_MAX_NAME + 1];
        uint8_t digest[SHA256_SIZE];

        attempt_path(attempt, file->path, path);
        if (compares && !whole) {
                attempt_error(attempt, "no memory to compare '%s'", file->path);
                return false;
        }
        if (!attempt_hold(attempt, ROOM_OUTPUT_BYTES)) {
                attempt_full(attempt, file->path, ROOM_OUTPUT_BYTES);
                return false;
        }
        if (!attempt_store(attempt, file->path, path, file->bytes) ||
                !copy_to_store(attempt, file, fd, whole) ||
                !attempt_stored(attempt, file->path, path, file->bytes, digest))
                return false;
        judge(attempt, &output, whole, digest);
        return true;
}

/* Straight from the file into the region. */
static bool keep_file(struct attempt *attempt, const struct workfile *file, int fd)
{
        struct output output = { .file = file->path, .bytes = file->bytes };
        struct journal *journal = attempt->place->journal;
        char path[REGION_MAX_NAME + 1];
        enum region_error error = REGION_FULL;
        uint8_t digest[SHA256_SIZE];
        void *room;
        int failed;

        attempt_path(attempt, file->path, path);
        /* Every file makes the RESULT longer, for which the room was not kept before. */
        if (attempt_hold(attempt, ROOM_OUTPUT_BYTES))
                error = journal_reserve(journal, path, file->bytes, &room);
        if (!attempt_kept(attempt, file->path,
                    region_record_bytes(strlen(path), file->bytes) + ROOM_OUTPUT_BYTES, error))
                return false;
        failed = io_read_all(fd, room, file->bytes);
        if (failed) {
                journal_drop(journal, path, file->bytes);
                attempt_error(attempt, "the collected file '%s' cannot be read: %s", file->path,
                        folder_strerror(failed));
                return false;
        }
        sha256(room, file->bytes, digest);
        judge(attempt, &output, room, digest);
        journal_keep(journal, path, file->bytes);
        return true;
}

static bool collect_file(struct attempt *attempt, const struct workfile *file)
{
        struct program_run *run = attempt->state;
        uint64_t size;
        _cleanup_close_ int fd = folder_open(run->workdir.fd, file->path, &size);

        if (fd >= 0)
                return journal_stores(attempt->place->journal, file->bytes)
                               ? store_file(attempt, file, fd)
                               : keep_file(attempt, file, fd);
        attempt_error(attempt, "the collected file '%s' %s", file->path, folder_strerror(fd));
        return false;
}

/* A file that is expected and was not written is a wrong result. */
static void miss_files(struct attempt *attempt, const struct workfiles *files)
{
        const struct job *job = attempt->entry->job;

        for (size_t i = 0; i < job->expectations; i++) {
                const char *name = job->expectation[i].file;
                bool found = false;

                for (size_t k = 0; k < files->count; k++)
                        found = found || strcmp(files->file[k].path, name) == 0;
                if (found)
                        continue;
                attempt->evidence.compared++;
                evidence_fail(&attempt->evidence, "%s was not written", name);
        }
}

static bool is_matched(const char *pattern, const struct workfiles *files)
{
        for (size_t i = 0; i < files->count; i++) {
                if (pattern_matches(pattern, files->file[i].path))
                        return true;
        }
        return false;
}

/* A pattern that found no file is told: as an error where it must find one, else in the record. */
static void tell_unmatched(struct attempt *attempt, const struct workfiles *files)
{
        const struct words *collect = &attempt->entry->job->program.collect;
        const struct evidence *evidence = &attempt->evidence;

        for (size_t i = 0; i < collect->count; i++) {
                const char *word = collect->word[i];

                if (is_matched(job_pattern(word), files))
                        continue;
                if (!attempt_hold(attempt, ROOM_OUTPUT_BYTES)) {
                        attempt_full(attempt, "what Collect= did not find", ROOM_OUTPUT_BYTES);
                        return;
                }
                if (!attempt->outcome.unmatched)
                        attempt->outcome.unmatched = json_array();
                json_array_append_new(attempt->outcome.unmatched, json_string(job_pattern(word)));
                if (word[0] == '!' && evidence->exited && evidence->wait_status == 0)
                        attempt_error(attempt, "Collect=%s found no file", word);
        }
}

/* So is a file that matches and is not collected: it would be lost without a word. */
static void tell_left(struct attempt *attempt, const struct workfiles *files)
{
        size_t told = files->left.count;
        char more[64];

        if (told == 0)
                return;
        if (!attempt_hold(attempt, (int64_t)(told + 1) * ROOM_OUTPUT_BYTES)) {
                attempt_full(attempt, "what was not collected", (told + 1) * ROOM_OUTPUT_BYTES);
                return;
        }
        attempt->outcome.left = json_array();
        for (size_t i = 0; i < told; i++)
                json_array_append_new(attempt->outcome.left, json_string(files->left.word[i]));
        snprintf(more, sizeof(more), "%zu more were not collected", files->all_left - told);
        if (files->all_left > told)
                json_array_append_new(attempt->outcome.left, json_string(more));
}

static void collect(struct attempt *attempt)
{
        struct program_run *run = attempt->state;
        struct workfiles files;
        char why[WHY_SIZE];

        if (!workdir_find(&run->workdir, &run->patterns, &files, why)) {
                attempt_error(attempt, "%s", why);
                return;
        }
        for (size_t i = 0; i < files.count; i++) {
                if (!collect_file(attempt, &files.file[i]))
                        break;
        }
        miss_files(attempt, &files);
        tell_unmatched(attempt, &files);
        tell_left(attempt, &files);
        workfiles_clear(&files);
}

/* The exit status is one more expectation. */
static void judge_exit(struct attempt *attempt)
{
        struct evidence *evidence = &attempt->evidence;
        int code = WEXITSTATUS(evidence->wait_status);
        const char *doubt;

        if (!evidence->exited || !WIFEXITED(evidence->wait_status) || evidence->error[0])
                return;
        evidence->finished = true;
        evidence->compared++;
        if (code == 0)
                return;
        doubt = start_doubt(attempt->place->folder, program_path(attempt->entry->job));
        evidence_fail(evidence, "the program ended with exit code %d%s%s", code, doubt ? "; " : "",
                doubt ? doubt : "");
}

static bool ended_well(const struct evidence *evidence)
{
        return evidence->exited && evidence->wait_status == 0 && !evidence->error[0] &&
               !evidence->late && !evidence->stop_signal;
}

static bool is_of_system(int folder, const struct job *job)
{
        const char *name = job->program.exec.word[0];

        if (*name == '/')
                return true;
        return (job->program.root ? strncmp(name, "./", 2) != 0
                                  : executable_is_interpreter(name)) &&
               faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

/* What to do where the program is no file of the folder, but an interpreter of the system. */
static void advise(
        const struct attempt *attempt, const struct job *job, char advice[EXECUTABLE_ADVICE_SIZE])
{
        const struct words *exec = &job->program.exec;

        *advice = '\0';
        if (faccessat(attempt->place->folder, program_path(job), F_OK, 0) != 0 && errno == ENOENT)
                executable_advice(exec->word, exec->count, advice);
}

/* Every turn has a fresh folder. */
static void start_turn(struct attempt *attempt)
{
        struct program_run *run = attempt->state;
        char why[WHY_SIZE], advice[EXECUTABLE_ADVICE_SIZE];

        run->of_system = is_of_system(attempt->place->folder, run->job);
        if (!workdir_make(attempt->place->folder, run->of_system ? NULL : program_path(run->job),
                    &run->workdir, why)) {
                advise(attempt, run->job, advice);
                attempt_error(attempt, "%s%s", why, advice);
                return;
        }
        run->has_folder = true;
        run->turn++;
        if (resume_give(attempt, &run->workdir, &run->resume))
                attempt_launch(attempt, program_main, run);
}

static void remove_folder(struct program_run *run)
{
        if (run->has_folder)
                workdir_remove(&run->workdir);
        run->has_folder = false;
}

/* Repeat= times, until one does not end well; the last one counts. */
static void ended(struct attempt *attempt)
{
        struct program_run *run = attempt->state;
        const struct inputs *inputs = attempt->place->inputs;
        char why[WHY_SIZE];
        bool last;

        /* Whatever it made of a block that Linux did not give it. */
        if (inputs && !inputs_are_sound(inputs, run->job, why))
                attempt_error(attempt, "%s", why);
        last = run->turn >= run->job->repeat || !ended_well(&attempt->evidence);

        if (last) {
                judge_exit(attempt);
                attempt_keep_streams(attempt);
                collect(attempt);
                resume_take(attempt, &run->workdir, &run->resume);
        }
        remove_folder(run);
        if (!last)
                start_turn(attempt);
}

static uint64_t folder_bytes(struct attempt *attempt)
{
        struct program_run *run = attempt->state;

        return workdir_bytes(&run->workdir);
}

static bool has_inputs(struct attempt *attempt, const struct program_run *run)
{
        const struct inputs *inputs = attempt->place->inputs;
        char why[WHY_SIZE];

        if (!inputs || inputs_are_there(inputs, attempt->place->folder, run->job, why))
                return true;
        attempt_error(attempt, "%s", why);
        return false;
}

static void begin(struct attempt *attempt)
{
        struct program_run *run = attempt_make_state(attempt, sizeof(*run));

        if (!run)
                return;
        run->job = attempt->entry->job;
        run->device = attempt->entry->device;
        run->job_folder = attempt->place->folder;
        run->preload = attempt->place->preload;
        attempt->evidence.expected = run->job->expectations + 1;
        attempt->evidence.program = true;
        if (has_inputs(attempt, run) && read_references(attempt, run) &&
                collect_patterns(attempt, run))
                start_turn(attempt);
}

static void clear(struct attempt *attempt)
{
        struct program_run *run = attempt->state;

        for (size_t i = 0; run->reference && i < run->job->expectations; i++)
                free(run->reference[i]);
        free(run->reference);
        free(run->reference_bytes);
        words_clear(&run->patterns);
        remove_folder(run);
}

const struct kind kind_program = {
        .begin = begin,
        .folder_bytes = folder_bytes,
        .ended = ended,
        .clear = clear,
};
