#include "tests/unit/runner/harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dom0/proof/read.h"
#include "dom0/run/fields.h"
#include "dom0/run/run.h"
#include "record/result.h"

char here[PATH_MAX];   /* the folder of the unit tests */
char scratch[64];      /* a folder a test, with jobs/ in it */
char region_path[128]; /* scratch/out.region */

/* --- the job folder --- */

void put_bytes(const char *name, const void *data, size_t length)
{
        char path[256];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, length, file), length);
        fclose(file);
}

void put(const char *name, const char *text)
{
        put_bytes(name, text, strlen(text));
}

/* A job over in.bin (1 2 3 4), one output, and what is expected of it. */
void put_job(const char *name, const char *function, const char *options, const char *expect)
{
        char file[128], text[2048];

        snprintf(file, sizeof(file), "jobs/%s.conf", name);
        snprintf(text, sizeof(text),
                "[Job]\nType=kernel\n%s[Kernel]\nModule=fake.ptx\nFunction=%s\nGrid=1\nBlock=4\n"
                "Argument=in in.bin\nArgument=out out.bin 4\nArgument=u32 4\n[Expect]\n%s\n",
                options, function, expect);
        put(file, text);
}

/* To look for leaks takes the sanitiser longer than all the rest: once a test. */
static bool leaks_sought;

static bool contexts_compared; /* of the test at hand */

int set_up(void **state)
{
        (void)state;
        strcpy(scratch, "/tmp/runner-test-XXXXXX");
        if (!mkdtemp(scratch))
                return -1;
        snprintf(region_path, sizeof(region_path), "%s/out.region", scratch);
        char jobs[128];

        snprintf(jobs, sizeof(jobs), "%s/jobs", scratch);
        if (mkdir(jobs, 0755) != 0)
                return -1;
        put("jobs/fake.ptx", "fake .version");
        put_bytes("jobs/in.bin", "\1\2\3\4", 4);
        put_bytes("jobs/right.bin", "\2\3\4\5", 4);
        unsetenv("FAKE_CUDA");
        leaks_sought = contexts_differ = contexts_compared = false;
        return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)status;
        (void)type;
        (void)walk;
        return remove(path);
}

int tear_down(void **state)
{
        (void)state;
        return nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- running --- */

void set_library(const char *folder)
{
        char path[PATH_MAX + 64];

        snprintf(path, sizeof(path), "%s/%s", here, folder);
        setenv("LD_LIBRARY_PATH", path, 1);
}

static void add_sanitizer_options(const char *more)
{
        const char *options = getenv("ASAN_OPTIONS");
        char text[256];

        snprintf(text, sizeof(text), "%s:%s", options ? options : "", more);
        setenv("ASAN_OPTIONS", text, 1);
}

/* Starts forestage-run; its output goes to scratch/log. */
pid_t start_with(const char *jobs, const char *const *more)
{
        char program[PATH_MAX + 64], log[128];
        const char *words[16] = { program, "--jobs", jobs, "--region", region_path };
        int count = 5;
        pid_t pid;

        snprintf(program, sizeof(program), "%s/runner/asan/forestage-run", here);
        snprintf(log, sizeof(log), "%s/log", scratch);
        if (!more || !*more || strcmp(*more, "--region-size") != 0) {
                words[count++] = "--region-size"; /* quicker than the default */
                words[count++] = "512K";
        }
        while (more && *more && count < 15)
                words[count++] = *more++;
        pid = fork();
        if (pid == 0) {
                int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);

                dup2(fd, STDOUT_FILENO);
                dup2(fd, STDERR_FILENO);
                if (leaks_sought)
                        add_sanitizer_options("detect_leaks=0");
                setenv("TMPDIR", scratch, 1); /* where no other test's runner makes its folders */
                execv(program, (char *const *)words);
                _exit(127);
        }
        assert_true(pid > 0);
        leaks_sought = true;
        return pid;
}

int finish(pid_t pid)
{
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static int run_folder(const char *name, const char *const *more)
{
        char jobs[128];

        snprintf(jobs, sizeof(jobs), "%s/%s", scratch, name);
        return finish(start_with(jobs, more));
}

bool contexts_differ; /* of the test at hand */

static void compare_contexts(int code, const char *const *more);

int run_more(const char *const *more)
{
        int code = run_folder("jobs", more);

        if ((contexts_compared || getenv("FORESTAGE_CONTEXTS")) && !contexts_differ)
                compare_contexts(code, more);
        return code;
}

int run(void)
{
        return run_more(NULL);
}

char *slurp(const char *path, size_t *ret_length)
{
        FILE *file = fopen(path, "re");
        char *data;
        long length;

        assert_non_null(file);
        fseek(file, 0, SEEK_END);
        length = ftell(file);
        rewind(file);
        data = malloc((size_t)length + 1);
        assert_int_equal(fread(data, 1, (size_t)length, file), length);
        data[length] = '\0';
        fclose(file);
        *ret_length = (size_t)length;
        return data;
}

static char *read_log(void)
{
        char path[128];
        size_t length;

        snprintf(path, sizeof(path), "%s/log", scratch);
        return slurp(path, &length);
}

void assert_log_has(const char *text)
{
        char *log = read_log();

        if (!strstr(log, text))
                fail_msg("'%s' is not in: %s", text, log);
        free(log);
}

void assert_log_lacks(const char *text)
{
        char *log = read_log();

        if (strstr(log, text))
                fail_msg("'%s' is in: %s", text, log);
        free(log);
}

/* --- looking at the region --- */

const struct run_store *judge_store;
char *region_bytes;
size_t region_length;

/*
 * What the runner writes is what the verdict is taken from: nothing in it is malformed, missing or
 * contradicts the rest, and the verdict is that of the runner's own exit code.
 */
static void judge(void)
{
        struct run judged;
        json_t *reason;
        size_t i;

        run_read_stored(region_bytes, region_length, NULL, judge_store, &judged);
        if (judged.facts.contradictions > 0 ||
                (judged.verdict == VERDICT_PASS) != (judged.facts.runner_code == 0) ||
                judged.facts.runner != RUNNER_EXITED ||
                (judged.verdict == VERDICT_PASS && json_array_size(judged.warnings.list) > 0)) {
                json_array_foreach(judged.problems.list, i, reason)
                        print_message("# %s\n", json_string_value(reason));
                fail_msg("the region does not hold: %s", verdict_name(judged.verdict));
        }
        run_free(&judged);
}

/* Every record has every key that the table says it has. */
static void check_keys(void)
{
        struct region_record record;
        char why[512];

        for (int i = 0; find(REGION_EVENT, NULL, i, &record); i++) {
                json_t *event = run_record_json(&record);
                const struct record_event *row =
                        record_event_find(json_string_value(json_object_get(event, "event")));

                if (!row ||
                        (row->keys && fields_lack(event, row->keys, row->name, why, sizeof(why))))
                        fail_msg("%s", row ? why : "an event that is not in the table");
                json_decref(event);
        }
        for (int i = 0; find(REGION_RESULT, NULL, i, &record); i++) {
                json_t *result = run_record_json(&record);

                if (fields_lack(result, record_result_keys, "a RESULT", why, sizeof(why)))
                        fail_msg("%s", why);
                json_decref(result);
        }
}

/* Reads the region and checks that it is complete; release() when done. */
void load(bool complete)
{
        struct region_report report;

        region_bytes = slurp(region_path, &region_length);
        assert_int_equal(region_verify(region_bytes, region_length, &report), REGION_OK);
        assert_int_equal(report.complete, complete);
        check_keys();
        if (complete)
                judge();
        else /* nothing damaged: just not sealed */
                assert_int_equal(report.info.state, REGION_RUNNING);
}

void release(void)
{
        free(region_bytes);
        region_bytes = NULL;
}

/* The `number`th record of the type whose name is `name` (NULL: any). */
bool find(enum region_type type, const char *name, int number, struct region_record *ret_record)
{
        struct region_cursor cursor;
        struct region_info info;

        assert_int_equal(region_inspect(region_bytes, region_length, &info), REGION_OK);
        region_rewind(region_bytes, &info, &cursor);
        while (region_next(&cursor, ret_record) == REGION_OK) {
                bool same = !name || (strlen(name) == ret_record->name_length &&
                                             memcmp(name, ret_record->name, strlen(name)) == 0);

                if (ret_record->type == type && same && number-- == 0)
                        return true;
        }
        return false;
}

json_t *json_of(enum region_type type, const char *name, int number)
{
        struct region_record record;
        json_t *object;

        if (!find(type, name, number, &record))
                fail_msg("no record %s", name ? name : "(any)");
        object = json_loadb(record.data, record.data_length, 0, NULL);
        assert_true(json_is_object(object));
        return object;
}

const char *string_in(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text ? text : "(none)";
}

/* Checks the RESULT of JOB/DEVICE; `reason` has to be in its reason (NULL: there is none). */
void assert_result(const char *name, const char *status, const char *reason)
{
        json_t *result = json_of(REGION_RESULT, name, 0);

        assert_string_equal(string_in(result, "status"), status);
        if (!reason)
                assert_null(json_object_get(result, "reason"));
        else if (!strstr(string_in(result, "reason"), reason))
                fail_msg("%s: '%s' is not in the reason '%s'", name, reason,
                        string_in(result, "reason"));
        json_decref(result);
}

void assert_file(const char *name, const char *data, size_t length)
{
        struct region_record record;

        if (!find(REGION_FILE, name, 0, &record))
                fail_msg("no file %s", name);
        assert_int_equal(record.data_length, length);
        assert_memory_equal(record.data, data, length);
}

void assert_no_file(const char *name)
{
        struct region_record record;

        assert_false(find(REGION_FILE, name, 0, &record));
}

/* Runs the one job, checks exit code and result. */
void check_one(int code, const char *status, const char *reason)
{
        assert_int_equal(run(), code);
        load(true);
        assert_result("one/0", status, reason);
        release();
}

void await_log(const char *text)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/log", scratch);
        for (int i = 0; i < 6000; i++) {
                size_t length;
                char *log = access(path, R_OK) == 0 ? slurp(path, &length) : NULL;
                bool there = log && strstr(log, text);

                free(log);
                if (there)
                        return;
                usleep(10000);
        }
        fail_msg("the run has not said '%s'", text);
}

/* All have as many digits, so that none is in another. */
const char *own_nap(void)
{
        static char text[16];

        snprintf(text, sizeof(text), "777.%07d", (int)getpid());
        return text;
}

/* Whether a process other than this one has `text` in its command line. */
bool is_running(const char *text)
{
        DIR *proc = opendir("/proc");
        char path[300], line[4096];
        struct dirent *entry;
        bool found = false;

        assert_non_null(proc);
        while (!found && (entry = readdir(proc))) {
                ssize_t length;
                int fd;

                if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
                        atoi(entry->d_name) == getpid())
                        continue;
                snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
                fd = open(path, O_RDONLY | O_CLOEXEC);
                length = fd >= 0 ? read(fd, line, sizeof(line)) : 0;
                if (fd >= 0)
                        close(fd);
                found = length > 0 && memmem(line, (size_t)length, text, strlen(text));
        }
        closedir(proc);
        return found;
}

/* --- the same jobs with a context each, and side by side --- */

/* Options that change nothing but how the jobs run. */
static bool is_comparable(const char *const *more)
{
        static const char *const same[] = { "--region-size", "--ahead", "--serial",
                "--kernel-log" };
        bool is = !getenv("FAKE_CUDA_CONTEXTS") && !getenv("FAKE_CUDA_MEET");

        for (; more && *more && is; more++) {
                is = strncmp(*more, "--", 2) != 0;
                for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
                        is = is || strcmp(*more, same[i]) == 0;
        }
        return is;
}

/* Every RESULT and FILE of one region is in the other, with the same status and bytes. */
static void assert_same_results(const char *how, char *other, size_t other_length)
{
        struct region_record record, twin;
        char *own = region_bytes;
        size_t own_length = region_length, compared = 0;

        for (int i = 0; find(REGION_RESULT, NULL, i, &record); i++, compared++) {
                json_auto_t *here_is = run_record_json(&record), *there_is = NULL;
                char name[REGION_MAX_NAME + 1];

                snprintf(name, sizeof(name), "%.*s", (int)record.name_length, record.name);
                region_bytes = other;
                region_length = other_length;
                there_is = json_of(REGION_RESULT, name, 0);
                region_bytes = own;
                region_length = own_length;
                if (strcmp(string_in(here_is, "status"), string_in(there_is, "status")) != 0 ||
                        !json_equal(json_object_get(here_is, "outputs"),
                                json_object_get(there_is, "outputs")))
                        fail_msg("%s %s: %s (%s), shared: %s (%s)", name, how,
                                string_in(here_is, "status"), string_in(here_is, "reason"),
                                string_in(there_is, "status"), string_in(there_is, "reason"));
        }
        for (int i = 0; find(REGION_FILE, NULL, i, &record); i++, compared++) {
                char name[REGION_MAX_NAME + 1];
                bool same;

                snprintf(name, sizeof(name), "%.*s", (int)record.name_length, record.name);
                region_bytes = other;
                region_length = other_length;
                same = find(REGION_FILE, name, 0, &twin) &&
                       twin.data_length == record.data_length &&
                       memcmp(twin.data, record.data, record.data_length) == 0;
                region_bytes = own;
                region_length = own_length;
                if (!same)
                        fail_msg("%s has other bytes %s", name, how);
        }
        print_message("# %zu records are the same %s\n", compared, how);
}

/* Runs the folder, into a region of its own, and compares that with what was recorded first. */
static void compare_run(const char *folder, const char *how, int code, const char *const *more,
        char *first, size_t first_length)
{
        char first_path[sizeof(region_path)];

        strcpy(first_path, region_path);
        snprintf(region_path, sizeof(region_path), "%s/other.region", scratch);
        unlink(region_path);
        assert_int_equal(run_folder(folder, more), code);
        region_bytes = slurp(region_path, &region_length);
        assert_same_results(how, first, first_length);
        release();
        strcpy(region_path, first_path);
}

/* The same jobs side by side. */
static void compare_together(int code, const char *const *more, char *first, size_t length)
{
        const char *words[12];
        size_t count = 0;

        for (; more && *more && count < 9; more++) {
                if (strcmp(*more, "--serial") == 0)
                        return;
                words[count++] = *more;
        }
        words[count++] = "--concurrency";
        words[count++] = "8";
        words[count] = NULL;
        compare_run("jobs", "side by side with others", code, words, first, length);
}

static void compare_contexts(int code, const char *const *more)
{
        size_t shared_length;
        char line[1024], *shared;

        if (!is_comparable(more) || code > 1)
                return;
        snprintf(line, sizeof(line),
                "cd %s && cp log log.shared && rm -rf own && cp -a jobs own && "
                "find own -name '*.conf' -type f -exec grep -l '^Type=kernel' {} + | "
                "xargs -r grep -L '^Context=' | xargs -r sed -i 's/^Type=kernel/&\\nContext=own/'",
                scratch);
        assert_int_equal(system(line), 0);
        shared = slurp(region_path, &shared_length);
        compare_run("own", "with a context of its own", code, more, shared, shared_length);
        compare_together(code, more, shared, shared_length);
        free(shared);
        snprintf(line, sizeof(line), "cd %s && mv log.shared log", scratch);
        assert_int_equal(system(line), 0);
}

void put_program(const char *name, const char *script, const char *keys, mode_t mode)
{
        char file[128], path[256], text[2048];

        snprintf(file, sizeof(file), "jobs/%s.sh", name);
        snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
        put(file, text);
        snprintf(path, sizeof(path), "%s/%s", scratch, file);
        assert_int_equal(chmod(path, mode), 0);
        snprintf(file, sizeof(file), "jobs/%s.conf", name);
        snprintf(text, sizeof(text), "[Job]\nType=program\nTimeout=5s\n%s", keys);
        put(file, text);
}

int set_up_fake(void **state)
{
        set_library("runner/fake");
        return set_up(state);
}

int set_up_both(void **state)
{
        int code = set_up_fake(state);

        contexts_compared = true;
        return code;
}

bool harness_start(void)
{
        ssize_t length = readlink("/proc/self/exe", here, sizeof(here) - 1);

        if (length <= 0)
                return false;
        here[length] = '\0';
        for (int i = 0; i < 2; i++) /* HERE/ROOM/NAME.t */
                *strrchr(here, '/') = '\0';
        /* The faults are the fake's own; the sanitiser may not turn signals into exit codes. */
        add_sanitizer_options("handle_segv=0:allow_user_segv_handler=1");
        cmocka_set_message_output(CM_OUTPUT_TAP);
        return true;
}
