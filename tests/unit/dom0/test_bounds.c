/*
 * Regions and folders that want too much: what is written, held and read stays below what is said
 * in docs/records.md, each limit names itself once, and nothing that was cut passes. And runs that
 * are large and honest: nothing is in their way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/base/tree.h"
#include "dom0/check/jobreview.h"
#include "dom0/collect/room.h"
#include "dom0/host/source.h"
#include "dom0/proof/read.h"
#include "dom0/report/page.h"
#include "dom0/run/bounds.h"
#include "dom0/run/document.h"
#include "dom0/run/jsonfile.h"
#include "dom0/run/run.h"
#include "tests/unit/dom0/json_counter.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/tap.h"

#define ONE    "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0}]"
#define PAGE   ((size_t)4096)
#define EXITED "{\"exit_code\":0}"
#define HUGE   ((size_t)512) /* pages that the kernel may hand out for one */

static char folder[64];

static int set_up(void **state)
{
        (void)state;
        strcpy(folder, "/tmp/forestage-test-XXXXXX");
        return mkdtemp(folder) ? 0 : 1;
}

static int tear_down(void **state)
{
        (void)state;
        tree_remove(folder);
        return 0;
}

/* How many of a run's reasons start so. */
static size_t reasons(const struct run *run, const char *start)
{
        const json_t *reason;
        size_t i, count = 0;

        json_array_foreach(run->problems.list, i, reason)
                count += strncmp(json_string_value(reason), start, strlen(start)) == 0;
        return count;
}

static void read_sample(const struct sample *sample, struct run *ret_run)
{
        json_counter_peak();
        run_read(sample->base, sample->size, sample_run_id, ret_run);
}

/* --- files and folders --- */

static void put_file(struct sample *sample, const char *start, size_t number, size_t depth)
{
        char path[512];
        int length = snprintf(path, sizeof(path), "%s/%zx", start, number);

        for (size_t i = 0; i < depth; i++)
                length += snprintf(path + length, sizeof(path) - (size_t)length, "/f");
        sample_file(sample, path, "x", 1);
}

static void folders_are_limited(void **state)
{
        struct sample sample;
        struct run run;

        (void)state;
        sample_start(&sample, (size_t)1 << 20);
        sample_begin(&sample, ONE);
        sample_result(&sample, "a", "pass");
        for (size_t i = 0; i < 4500; i++)
                put_file(&sample, "jobs/a/0", i, 28);
        sample_finish(&sample, EXITED);
        read_sample(&sample, &run);
        assert_int_equal(run.verdict, VERDICT_FAIL);
        assert_true(run.folders_count <= BOUNDS_FIRST + BOUNDS_A_JOB);
        assert_true(run.files_count <= BOUNDS_FIRST + BOUNDS_A_JOB);
        assert_true(run.files_count + run.folders_count < 1200);
        assert_int_equal(reasons(&run, "over the limit of 1088 folders"), 1);
        assert_int_equal(reasons(&run, "over the limit of"), 2); /* and of files */
        assert_int_equal(json_array_size(run.refused), 0);
        run_free(&run);
        sample_free(&sample);
}

static void files_are_limited(void **state)
{
        struct sample sample;
        struct run run;

        (void)state;
        sample_start(&sample, (size_t)1 << 20);
        sample_begin(&sample, ONE);
        sample_result(&sample, "a", "pass");
        for (size_t i = 0; i < 4500; i++)
                put_file(&sample, "jobs/a/0", i, 0);
        sample_finish(&sample, EXITED);
        read_sample(&sample, &run);
        assert_int_equal(run.verdict, VERDICT_FAIL);
        assert_int_equal(run.files_count, BOUNDS_FIRST + BOUNDS_A_JOB);
        assert_int_equal(reasons(&run, "over the limit of 1088 files for the planned jobs: 4501 "
                                       "asked for; left out: 3413 files"),
                1);
        assert_int_equal(reasons(&run, "over the limit of"), 1);
        run_free(&run);
        sample_free(&sample);
}

static void files_are_those_of_planned_jobs(void **state)
{
        static const char *const others[] = { "x", "jobs", "jobs/a", "jobs/a/0", "jobs/a/00/x",
                "jobs/a/1/x", "jobs/a/none/x", "jobs/b/0/x", "Jobs/a/0/x", "stage", "stages/x",
                "job/a/0/x", "run.json", "events.jsonl/x", "stage/../x", "etc/passwd" };
        struct sample sample;
        struct run run;

        (void)state;
        sample_start(&sample, SAMPLE_SIZE);
        sample_file(&sample, "jobs/a/0/early", "x", 1); /* nothing is planned yet */
        sample_file(&sample, "stage/early", "x", 1);
        sample_begin(&sample, ONE);
        sample_result(&sample, "a", "pass");
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                sample_file(&sample, others[i], "x", 1);
        sample_finish(&sample, EXITED);
        read_sample(&sample, &run);
        assert_int_equal(run.verdict, VERDICT_FAIL);
        assert_int_equal(run.files_count, 2); /* stage/early and the output of the job */
        assert_int_equal(json_array_size(run.refused), 1 + sizeof(others) / sizeof(others[0]));
        run_free(&run);
        sample_free(&sample);
}

/* --- JSON --- */

/* A RESULT whose key "x" is a list of `count` times `piece`. */
static void put_list(struct sample *sample, const char *name, const char *piece, size_t count)
{
        size_t length = strlen(piece);
        char *text = malloc(count * (length + 1) + 256), *at = text;

        at += sprintf(at,
                "{\"job\":\"%s\",\"kind\":\"kernel\",\"device\":1,\"name\":null,\"uuid\":null,"
                "\"pci\":null,\"rehearsal\":false,\"status\":\"fail\",\"reason\":\"x\",\"x\":[",
                name);
        for (size_t i = 0; i < count; i++)
                at += sprintf(at, "%s%s", i > 0 ? "," : "", piece);
        at += sprintf(at, "]}");
        sprintf(text + count * (length + 1) + 224, "%.20s/1", name);
        assert_int_equal(
                region_append(&sample->writer, REGION_RESULT, text + count * (length + 1) + 224,
                        strlen(text + count * (length + 1) + 224), text, (size_t)(at - text)),
                REGION_OK);
        free(text);
}

static void memory_for_json_is_limited(void **state)
{
        static const char *const pieces[] = { "[]", "{}", "{\"a\":0}", "[[[[]]]]", "\"\"" };
        struct sample sample;
        struct run run;
        char name[16];

        (void)state;
        for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
                sample_start(&sample, (size_t)16 << 20);
                sample_begin(&sample, ONE);
                sample_result(&sample, "a", "pass");
                for (size_t k = 0; k < 5; k++) {
                        snprintf(name, sizeof(name), "b%zu", k);
                        put_list(&sample, name, pieces[i], (2 << 20) / (strlen(pieces[i]) + 1));
                }
                sample_finish(&sample, EXITED);
                read_sample(&sample, &run);
                assert_true(json_counter_peak() <
                            BOUNDS_JSON_FIRST + BOUNDS_JSON_TIMES * (11u << 20) + (1 << 20));
                assert_int_equal(run.verdict, VERDICT_FAIL);
                run_free(&run);
                sample_free(&sample);
        }
}

/* Jobs that are not planned, and kinds of events that nobody knows: each is told of once. */
static void strangers_take_no_memory(void **state)
{
        struct sample sample;
        struct run run;
        char name[160], more[192];

        (void)state;
        sample_start(&sample, (size_t)16 << 20);
        sample_begin(&sample, ONE);
        sample_result(&sample, "a", "pass");
        for (size_t i = 0; i < 10000; i++) {
                snprintf(more, sizeof(more), ",\"job\":\"%0100zu\",\"device\":0", i);
                sample_event(&sample, "job.start", more);
                snprintf(name, sizeof(name), "stage.%0100zu", i);
                sample_event(&sample, name, "");
        }
        sample_finish(&sample, EXITED);
        read_sample(&sample, &run);
        assert_true(json_counter_peak() < 128 << 10);
        assert_int_equal(run.verdict, VERDICT_FAIL);
        assert_int_equal(reasons(&run, "00000000000000000000"), 1);
        assert_int_equal(reasons(&run, "there are more than 64 kinds of events"), 1);
        run_free(&run);
        sample_free(&sample);
}

static void deep_json_is_left_out(void **state)
{
        struct sample sample;
        struct run run;
        char deep[200];

        (void)state;
        for (size_t depth = BOUNDS_DEPTH - 2; depth < BOUNDS_DEPTH; depth++) {
                sample_start(&sample, SAMPLE_SIZE);
                sample_begin(&sample, ONE);
                memset(deep, '[', depth);
                memset(deep + depth, ']', depth);
                deep[2 * depth] = '\0';
                sample_result(&sample, "a", "pass");
                put_list(&sample, "b", deep, 1); /* in an object and a list */
                sample_finish(&sample, EXITED);
                read_sample(&sample, &run);
                assert_int_equal(run.verdict, VERDICT_FAIL); /* b is not planned */
                assert_int_equal(reasons(&run, "over the limit of 64 levels of JSON in one "
                                               "another: 65 asked for; left out: 1 records"),
                        depth == BOUNDS_DEPTH - 1);
                assert_int_equal(run.results_count, depth == BOUNDS_DEPTH - 1 ? 1 : 2);
                run_free(&run);
                sample_free(&sample);
        }
}

static bool count_event(const json_t *event, void *arg)
{
        *(size_t *)arg += json_is_object(event);
        return true;
}

/* What is left out of the verdict is left out of events.jsonl, too. */
static void an_event_that_is_too_large(void **state)
{
        size_t length = (5 << 20), count = 0;
        char *text = malloc(length + 1);
        struct sample sample;
        struct run run;

        (void)state;
        memset(text, ' ', length);
        memcpy(text, "{\"event\":\"stage.x\",\"tsc\":5}", 27);
        sample_start(&sample, (size_t)8 << 20);
        sample_begin(&sample, ONE);
        sample_result(&sample, "a", "pass");
        assert_int_equal(
                region_append(&sample.writer, REGION_EVENT, "stage.x", 7, text, length), REGION_OK);
        sample_finish(&sample, EXITED);
        read_sample(&sample, &run);
        assert_int_equal(run.verdict, VERDICT_FAIL);
        assert_int_equal(reasons(&run, "over the limit of 4096 KiB of JSON in one record: 5120 "
                                       "asked for; left out: 1 records"),
                1);
        assert_true(run_each_event(&run, count_event, &count));
        assert_int_equal(count, run.events);
        run_free(&run);
        sample_free(&sample);
        free(text);
}

/* --- large and honest --- */

/* A run.plan of so many jobs, with the shortest names; owned by the caller. */
static char *plan_of(size_t jobs, size_t *ret_length)
{
        char *text = malloc(jobs * 64 + 256), *at = text;

        at += sprintf(at, "{\"event\":\"run.plan\",\"tsc\":9000000000,\"planned\":[");
        for (size_t i = 0; i < jobs; i++)
                at += sprintf(at, "%s{\"job\":\"%zu\",\"kind\":\"kernel\",\"device\":0}",
                        i > 0 ? "," : "", i);
        at += sprintf(at, "]}");
        *ret_length = (size_t)(at - text);
        return text;
}

static void put_plan(struct sample *sample, size_t jobs)
{
        size_t length;
        char *text = plan_of(jobs, &length);

        assert_int_equal(region_append(&sample->writer, REGION_EVENT, "run.plan", 8, text, length),
                REGION_OK);
        free(text);
}

/* Everything of a run but its plan. */
static void begin(struct sample *sample)
{
        sample_event(sample, "stage.init", "");
        sample_event(sample, "run.devices",
                ",\"devices\":[{\"index\":0,\"name\":\"NVIDIA H100\",\"uuid\":"
                "\"GPU-01234567-89ab-cdef-0123-456789abcdef\",\"pci\":\"0000:01:00.0\","
                "\"rehearsal\":false}]");
}

static void nothing_of_a_large_run_is_left_out(void **state)
{
        size_t jobs = 5000;
        struct sample sample;
        struct run run;
        char name[32];

        (void)state;
        sample_start(&sample, jobs * 1024 + SAMPLE_SIZE);
        begin(&sample);
        put_plan(&sample, jobs);
        for (size_t i = 0; i < jobs; i++) {
                snprintf(name, sizeof(name), "%zu", i);
                sample_result(&sample, name, "pass");
        }
        sample_finish(&sample, EXITED);
        read_sample(&sample, &run);
        assert_int_equal(reasons(&run, "over the limit"), 0);
        assert_int_equal(run.facts.counts[JOB_PASS], jobs);
        assert_int_equal(run.files_count, jobs);
        run_free(&run);
        sample_free(&sample);
}

/* Also with names of a few bytes, for which memory is largest beside the text. */
static void the_longest_plan_fits(void **state)
{
        size_t length;
        char *text = plan_of(BOUNDS_PLAN, &length);
        struct jsoncost cost = jsoncost(text, length);
        struct bounds bounds;

        (void)state;
        bounds_start(&bounds);
        assert_true(bounds_check_json(&bounds, &cost, length, true));
        assert_true(bounds_keep_json(&bounds, &cost, length));
        assert_int_equal(bounds_take_plan(&bounds, BOUNDS_PLAN), BOUNDS_PLAN);
        free(text);
}

/* --- files that are no regions, or mostly holes --- */

static void write_region(const struct sample *sample, size_t size, char path[128])
{
        size_t page = sample->size - PAGE;
        int fd;

        snprintf(path, 128, "%s/region", folder);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(ftruncate(fd, (off_t)size), 0);
        assert_int_equal(pwrite(fd, sample->base, page, 0), page);
        assert_int_equal(pwrite(fd, sample->base + page, PAGE, (off_t)(size - PAGE)), PAGE);
        close(fd);
}

/* Pages of a copy that take memory of their own. */
static size_t pages_held(const struct source *source)
{
        size_t pages = source->size / PAGE, held = 0;
        int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        for (size_t i = 0; i < pages; i++) {
                uint64_t entry = 0;

                assert_int_equal(
                        pread(fd, &entry, sizeof(entry),
                                (off_t)(((uintptr_t)source->base / PAGE + i) * sizeof(entry))),
                        sizeof(entry));
                held += entry >> 63;
        }
        close(fd);
        return held;
}

static void what_is_no_region_is_not_read(void **state)
{
        uint8_t noise[64 * 1024];
        struct failure failure;
        struct source source;
        char path[128];
        int fd;

        (void)state;
        memset(noise, 0x5a, sizeof(noise));
        snprintf(path, sizeof(path), "%s/noise", folder);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(fd, noise, sizeof(noise)), sizeof(noise));
        assert_int_equal(ftruncate(fd, (off_t)64 << 20), 0);
        close(fd);
        assert_true(source_open(NULL, path, NULL, &source, &failure));
        assert_false(source.is_whole);
        assert_true(pages_held(&source) <= 3 * HUGE);
        assert_int_equal(((uint8_t *)source.base)[3 * PAGE], 0);
        source_close(&source);
}

static void free_space_takes_no_memory(void **state)
{
        struct failure failure;
        struct source source;
        struct sample sample;
        char path[128];
        struct run run;
        size_t used;

        (void)state;
        sample_start(&sample, (size_t)64 << 20);
        begin(&sample);
        put_plan(&sample, 1);
        sample_result(&sample, "0", "pass");
        sample_finish(&sample, EXITED);
        used = sample.writer.offset;
        write_region(&sample, sample.size, path);
        assert_true(source_open(NULL, path, NULL, &source, &failure));
        assert_true(source.is_whole);
        assert_memory_equal(source.base, sample.base, sample.size);
        source_close(&source);
        assert_true(source_open(NULL, path, NULL, &source, &failure));
        assert_true(pages_held(&source) <= used / PAGE + 3 * HUGE);
        run_read(source.base, source.size, sample_run_id, &run);
        assert_true(run.facts.region_complete);
        run_free(&run);
        source_close(&source);
        sample_free(&sample);
}

/* Behind a hole, and where the file system has no holes, every byte is still found. */
static void a_byte_in_the_free_space_is_found(void **state)
{
        struct failure failure;
        struct source source;
        struct sample sample;
        char path[128];
        struct run run;
        int fd;

        (void)state;
        sample_start(&sample, (size_t)16 << 20);
        begin(&sample);
        put_plan(&sample, 1);
        sample_result(&sample, "0", "pass");
        sample_finish(&sample, EXITED);
        write_region(&sample, sample.size, path);
        fd = open(path, O_WRONLY);
        assert_int_equal(pwrite(fd, "x", 1, (10 << 20) + 77), 1);
        close(fd);
        assert_true(source_open(NULL, path, NULL, &source, &failure));
        run_read(source.base, source.size, sample_run_id, &run);
        assert_int_equal(run.verdict, VERDICT_INCOMPLETE);
        assert_int_equal(run.report.error, REGION_BAD_FREE);
        assert_int_equal(run.report.bad_offset, (10 << 20) + 77);
        run_free(&run);
        source_close(&source);
        sample_free(&sample);
}

/* --- room on the disk --- */

static uint64_t room_bytes;

static bool fake_room(const char *path, uint64_t *ret_bytes)
{
        (void)path;
        *ret_bytes = room_bytes;
        return true;
}

static void a_run_folder_needs_room(void **state)
{
        struct host host = { .room = fake_room };
        struct failure failure = { 0 };
        struct sample sample;
        struct run run;

        (void)state;
        sample_start(&sample, (size_t)4 << 20);
        begin(&sample);
        put_plan(&sample, 1);
        for (size_t i = 0; i < 100; i++)
                put_file(&sample, "jobs/0/0", i, 1);
        sample_finish(&sample, EXITED);
        read_sample(&sample, &run);
        assert_int_equal(run.files_count, 100);
        room_bytes = 100 * 2 * PAGE; /* the files and their folders, and nothing besides */
        assert_false(room_check(&host, folder, &run, false, &failure));
        assert_int_equal(failure.code, EXIT_INCOMPLETE);
        assert_non_null(strstr(failure.text, "nothing was written"));
        room_bytes = (uint64_t)3 << 19;
        assert_true(room_check(&host, folder, &run, false, &failure));
        room_bytes += SAMPLE_SIZE;
        assert_false(room_check(&host, folder, &run, true, &failure)); /* and the region */
        run_free(&run);
        sample_free(&sample);
}

/* --- documents of others --- */

static json_t *load(const char *text, size_t length)
{
        char path[128];
        json_t *value;
        int fd;

        snprintf(path, sizeof(path), "%s/run.json", folder);
        fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(fd, text, length), length);
        lseek(fd, 0, SEEK_SET);
        json_counter_peak();
        errno = 0;
        value = jsonfile_load(fd);
        close(fd);
        return value;
}

static void a_document_is_weighed_first(void **state)
{
        size_t length = (4 << 20);
        char *text = malloc(length + 2);
        json_t *value;

        (void)state;
        value = load("{\"a\":[1]}", 9);
        assert_true(json_is_object(value));
        json_decref(value);
        assert_null(load("{\"a\":", 5));
        assert_int_equal(errno, EINVAL);
        assert_null(load("", 0));
        assert_int_equal(errno, EINVAL);
        memset(text, '[', 200);
        memset(text + 200, ']', 200);
        assert_null(load(text, 400));
        assert_int_equal(errno, EFBIG);
        for (size_t i = 0; i < length; i++)
                text[i] = "[],"[i % 3];
        text[0] = '[';
        assert_null(load(text, length));
        assert_int_equal(errno, EFBIG);
        assert_true(json_counter_peak() < 4096);
        free(text);
}

/* --- no more than in proportion --- */

static double cpu_seconds(void)
{
        struct timespec time;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void make_page(size_t jobs)
{
        json_t *document = json_object(), *list = json_array();
        const json_t *const documents[] = { document, document };
        FILE *to = fopen("/dev/null", "w");
        char name[32];

        for (size_t i = 0; i < jobs; i++) {
                snprintf(name, sizeof(name), "%zu", i);
                json_array_append_new(
                        list, json_pack("{s:s, s:i, s:s, s:f, s:{s:f}}", "job", name, "device", 0,
                                      "status", "pass", "wall_s", 1.0, "timings", "run_s", 0.5));
        }
        json_object_set_new(document, "jobs", list);
        page_write(to, documents, NULL, 2);
        fclose(to);
        json_decref(document);
}

static void make_names(size_t jobs)
{
        struct jobfolder read;
        char path[256];

        snprintf(path, sizeof(path), "%s/jobs", folder);
        assert_int_equal(mkdir(path, 0700), 0);
        for (size_t i = 0; i < jobs; i++) {
                size_t length = (size_t)snprintf(path, sizeof(path), "%s/jobs/x", folder);

                for (size_t k = 0; k < 14; k++)
                        path[length++] = i >> k & 1 ? '+' : ',';
                memcpy(path + length, ".conf", 6);
                close(open(path, O_WRONLY | O_CREAT, 0600));
        }
        snprintf(path, sizeof(path), "%s/jobs", folder);
        assert_int_equal(jobfolder_read(path, NULL, &read), 0);
        assert_int_equal(read.count, jobs);
        jobfolder_close(&read);
        tree_remove(path);
}

/* The least of three, in processor time: four times the work is four times that, not sixteen. */
static double seconds_of(void (*work)(size_t count), size_t count)
{
        double least = 1e9;

        for (int i = 0; i < 3; i++) {
                double start = cpu_seconds();

                work(count);
                if (cpu_seconds() - start < least)
                        least = cpu_seconds() - start;
        }
        return least;
}

static void four_times_the_work_takes_no_ten_times(void **state)
{
        static void (*const works[])(size_t count) = { make_page, make_names };

        (void)state;
        for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
                bool is_in_proportion = false;

                /* files take their time in the kernel, too, and more while others write */
                for (int tries = 0; !is_in_proportion && tries < 5; tries++) {
                        double once = seconds_of(works[i], 1000);

                        is_in_proportion = seconds_of(works[i], 4000) < 10 * once;
                }
                assert_true(is_in_proportion);
        }
}

/* --- names of jobs --- */

static void names_stay_unique(void **state)
{
        static const char *const files[] = { "a b.conf", "a+b.conf", "a_b.conf", "a_b-2.conf",
                "a,b.conf" };
        struct jobfolder jobs;
        char path[256];

        (void)state;
        snprintf(path, sizeof(path), "%s/jobs", folder);
        assert_int_equal(mkdir(path, 0700), 0);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                snprintf(path, sizeof(path), "%s/jobs/%s", folder, files[i]);
                close(open(path, O_WRONLY | O_CREAT, 0600));
        }
        snprintf(path, sizeof(path), "%s/jobs", folder);
        assert_int_equal(jobfolder_read(path, NULL, &jobs), 0);
        assert_int_equal(jobs.count, 5);
        for (size_t i = 0; i < jobs.count; i++)
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(jobs.job[i].name, jobs.job[k].name);
        assert_string_equal(jobs.job[0].name, "a_b-3"); /* "a b": both before it are others' */
        assert_string_equal(jobs.job[3].name, "a_b-2");
        assert_string_equal(jobs.job[4].name, "a_b");
        jobfolder_close(&jobs);
}

#define in_a_folder(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(folders_are_limited),
                cmocka_unit_test(files_are_limited),
                cmocka_unit_test(files_are_those_of_planned_jobs),
                cmocka_unit_test(memory_for_json_is_limited),
                cmocka_unit_test(strangers_take_no_memory),
                cmocka_unit_test(deep_json_is_left_out),
                cmocka_unit_test(an_event_that_is_too_large),
                cmocka_unit_test(nothing_of_a_large_run_is_left_out),
                cmocka_unit_test(the_longest_plan_fits),
                in_a_folder(what_is_no_region_is_not_read),
                in_a_folder(free_space_takes_no_memory),
                in_a_folder(a_byte_in_the_free_space_is_found),
                in_a_folder(a_run_folder_needs_room),
                in_a_folder(a_document_is_weighed_first),
                in_a_folder(names_stay_unique),
                in_a_folder(four_times_the_work_takes_no_ten_times),
        };

        json_counter_start();
        return run_tap(tests);
}
