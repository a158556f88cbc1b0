/*
 * Kernel jobs of one GPU side by side (--concurrency): they have one process and each its own
 * result; what has to be alone is; and whatever goes wrong is the one's that did it, as if each had
 * run alone.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/proof/read.h"
#include "dom0/run/run.h"
#include "tests/unit/runner/harness.h"
#include "tests/unit/tap.h"

#define MOST 16 /* options */

static int set_up_flight(void **state)
{
        int code = set_up_fake(state);

        contexts_differ = true; /* they are held against runs of --concurrency 1 here */
        return code;
}

static int tear_down_flight(void **state)
{
        unsetenv("FAKE_CUDA");
        unsetenv("FAKE_CUDA_LOG");
        unsetenv("FAKE_CUDA_DIRTY");
        unsetenv("FAKE_CUDA_FAULT");
        return tear_down(state);
}

/* `number` of them, and further options up to a NULL. */
static int run_together(const char *number, const char *const *more)
{
        const char *words[MOST] = { NULL };
        size_t count = 0;

        for (; more && *more; more++)
                words[count++] = *more;
        words[count++] = "--concurrency";
        words[count] = number;
        unlink(region_path);
        return run_more(words);
}

/* Jobs "a", "b", ... that pass. */
static void put_jobs(int count)
{
        for (int i = 0; i < count; i++) {
                char name[2] = { (char)('a' + i), '\0' };

                put_job(name, "increment", "", EXPECT_RIGHT);
        }
}

static json_int_t integer_in(const char *name, const char *key)
{
        json_t *result = json_of(REGION_RESULT, name, 0);
        json_int_t value = json_integer_value(json_object_get(result, key));

        json_decref(result);
        return value;
}

static void assert_beside(const char *name, int others)
{
        if (integer_in(name, "beside") != others)
                fail_msg("%s ran with %d others, not %d", name, (int)integer_in(name, "beside"),
                        others);
}

/* That it began side by side and then ran alone, for a reason that has `text` in it; NULL: not. */
static void assert_apart(const char *name, const char *text)
{
        json_t *result = json_of(REGION_RESULT, name, 0);
        const char *reason = string_in(result, "apart");

        if (text ? !strstr(reason, text) : json_object_get(result, "apart") != NULL)
                fail_msg("%s ran apart: %s, not %s", name, reason, text ? text : "so");
        if (text)
                assert_null(json_object_get(result, "beside"));
        json_decref(result);
}

static void assert_timed(const char *name)
{
        static const char *const keys[] = { "module_s", "allocate_s", "fill_s", "launch_s",
                "output_s" };
        json_t *result = json_of(REGION_RESULT, name, 0);
        json_t *timings = json_object_get(result, "timings");

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                if (!json_is_real(json_object_get(timings, keys[i])))
                        fail_msg("%s has no %s", name, keys[i]);
        }
        json_decref(result);
}

/* --- the same as alone --- */

struct results {
        char *bytes;
        size_t length;
};

static struct results keep(void)
{
        struct results results;

        results.bytes = slurp(region_path, &results.length);
        return results;
}

/* Of the record in the region at hand. */
static char *told(const char *name)
{
        json_t *result = json_of(REGION_RESULT, name, 0);
        char *text = NULL, *outputs;

        outputs = json_dumps(json_object_get(result, "outputs"), JSON_SORT_KEYS);
        assert_true(asprintf(&text, "%s|%s|%s", string_in(result, "status"),
                            string_in(result, "reason"), outputs) > 0);
        free(outputs);
        json_decref(result);
        return text;
}

/* Every RESULT comes in the same order, says the same, and has the same files; the region at hand
 * is that of the jobs side by side. */
static void assert_as_alone(struct results alone)
{
        char *bytes = region_bytes;
        size_t length = region_length;
        struct region_record record, twin;

        for (int i = 0; find(REGION_RESULT, NULL, i, &record); i++) {
                char name[REGION_MAX_NAME + 1], *one, *other;

                snprintf(name, sizeof(name), "%.*s", (int)record.name_length, record.name);
                one = told(name);
                region_bytes = alone.bytes;
                region_length = alone.length;
                assert_true(find(REGION_RESULT, NULL, i, &twin));
                assert_int_equal(twin.name_length, record.name_length);
                assert_memory_equal(twin.name, record.name, record.name_length);
                other = told(name);
                region_bytes = bytes;
                region_length = length;
                assert_string_equal(one, other);
                free(one);
                free(other);
        }
        region_bytes = alone.bytes;
        region_length = alone.length;
        for (int i = 0; find(REGION_FILE, NULL, i, &twin); i++) {
                char name[REGION_MAX_NAME + 1];

                snprintf(name, sizeof(name), "%.*s", (int)twin.name_length, twin.name);
                region_bytes = bytes;
                region_length = length;
                assert_file(name, (const char *)twin.data, twin.data_length);
                region_bytes = alone.bytes;
                region_length = alone.length;
        }
        region_bytes = bytes;
        region_length = length;
        free(alone.bytes);
}

/* Runs the folder one by one and eight at a time; load(), then compared. */
static void run_both(int code, const char *const *more)
{
        struct results alone;

        assert_int_equal(run_together("1", more), code);
        alone = keep();
        assert_int_equal(run_together("8", more), code);
        load(true);
        assert_as_alone(alone);
}

/* --- good ones --- */

/* Where the record of an event about a job is; -1: there is none. */
static int place_of(const char *event, const char *job)
{
        struct region_record record;

        for (int i = 0; find(REGION_EVENT, event, i, &record); i++) {
                json_t *object = json_of(REGION_EVENT, event, i);
                bool is = strcmp(string_in(object, "job"), job) == 0;

                json_decref(object);
                if (is)
                        return (int)((const char *)record.data - region_bytes);
        }
        return -1;
}

static void jobs_run_side_by_side(void **state)
{
        (void)state;
        put_jobs(10);
        run_both(0, NULL);
        for (char name[] = "a/0"; name[0] <= 'j'; name[0]++) {
                assert_result(name, "pass", NULL);
                assert_beside(name, name[0] <= 'h' ? 7 : 1);
                assert_int_equal(integer_in(name, "worker"), 1);
                assert_timed(name);
        }
        assert_true(place_of("job.start", "h") < place_of("job.end", "a"));
        assert_true(place_of("job.end", "h") < place_of("job.start", "i"));
        release();
}

/* Nothing changes without the option, and one is none. */
static void one_by_one_is_the_default(void **state)
{
        const char *const serial[] = { "--serial", NULL };

        (void)state;
        put_jobs(3);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(i == 0 ? run() : run_together("1", NULL), 0);
                load(true);
                assert_beside("a/0", 0);
                assert_true(place_of("job.start", "b") > place_of("job.start", "a"));
                assert_int_equal(place_of("job.apart", "a"), -1);
                release();
        }
        assert_int_equal(run_together("8", serial), 2);
        assert_log_has("--concurrency does not go with --serial");
        assert_int_equal(run_together("33", NULL), 2);
        assert_log_has("--concurrency 33 is not a number from 1 to 32");
        assert_int_equal(run_together("0", NULL), 2);
}

static void each_gpu_has_its_own(void **state)
{
        (void)state;
        setenv("FAKE_CUDA", "2", 1);
        put_jobs(8);
        assert_int_equal(run_together("4", NULL), 0);
        load(true);
        for (char name[] = "a/0"; name[0] <= 'h'; name[0]++) {
                for (name[2] = '0'; name[2] <= '1'; name[2]++) {
                        assert_result(name, "pass", NULL);
                        assert_beside(name, 3);
                        assert_int_equal(integer_in(name, "worker"), 1);
                }
        }
        assert_file("jobs/h/1/out.bin", "\2\3\4\5", 4);
        release();
}

static void points_of_a_sweep(void **state)
{
        (void)state;
        put("jobs/s.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\nGrid=1\n"
                "Block=${n}\nArgument=in in.bin\nArgument=out out-${n}.bin 4\nArgument=u32 4\n"
                "[Expect]\nout-${n}.bin=like right.bin as u8\n[Sweep]\nn=1..20\n");
        run_both(0, (const char *const[]){ "--region-size", "2M", NULL });
        assert_beside("s@1/0", 7);
        assert_beside("s@20/0", 3);
        assert_file("jobs/s@20/0/out-20.bin", "\2\3\4\5", 4);
        release();
}

/* Small outputs come through pinned memory, those above 64 KiB or behind its end in another way. */
static void outputs_of_any_size(void **state)
{
        static const unsigned kilobytes[] = { 1, 64, 65, 500, 3000, 64, 64 };
        char text[512];

        (void)state;
        for (size_t i = 0; i < sizeof(kilobytes) / sizeof(kilobytes[0]); i++) {
                size_t bytes = kilobytes[i] * 1024 + i;
                char *data = calloc(1, bytes), file[32];

                for (size_t j = 0; j < bytes; j++)
                        data[j] = (char)(j * 7 + i);
                snprintf(file, sizeof(file), "jobs/in%zu.bin", i);
                put_bytes(file, data, bytes);
                for (size_t j = 0; j < bytes; j++)
                        data[j]++;
                snprintf(file, sizeof(file), "jobs/right%zu.bin", i);
                put_bytes(file, data, bytes);
                free(data);
                snprintf(file, sizeof(file), "jobs/%zu.conf", i);
                snprintf(text, sizeof(text),
                        "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\n"
                        "Grid=1\nBlock=1\nArgument=in in%zu.bin\nArgument=out out.bin %zu\n"
                        "Argument=u32 %zu\n[Expect]\nout.bin=like right%zu.bin as u8\n",
                        i, bytes, bytes, i);
                put(file, text);
        }
        run_both(0, (const char *const[]){ "--region-size", "16M", NULL });
        assert_beside("6/0", 6);
        release();
}

/* --- who is alone --- */

/*
 * A program may write what the next kernel reads, and nothing of that is looked at before it has
 * ended; what asks for a context of its own, or for many launches, or for much memory has it.
 */
static void what_has_to_be_alone_is(void **state)
{
        static const struct {
                const char *options, *arguments, *expect;
        } rows[] = {
                { "Context=own\n", "", "" },
                { "Repeat=2\n", "", "" },
                { "", "Argument=scratch 17M\n", "" },
                { "", "", "\n[Limits]\nMemory=8G" },
        };
        char text[1024];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                put_jobs(5);
                snprintf(text, sizeof(text),
                        "[Job]\nType=kernel\n%s[Kernel]\nModule=fake.ptx\nFunction=%s\n"
                        "Grid=1\nBlock=4\nArgument=in in.bin\nArgument=out out.bin 4\n"
                        "Argument=u32 4\n%s[Expect]\n" EXPECT_RIGHT "%s\n",
                        rows[i].options, rows[i].arguments[0] ? "spacious" : "increment",
                        rows[i].arguments, rows[i].expect);
                put("jobs/c.conf", text);
                run_both(0, NULL);
                assert_beside("a/0", 1);
                assert_beside("c/0", 0);
                assert_apart("c/0", NULL);
                assert_beside("d/0", 1);
                assert_true(place_of("job.start", "c") > place_of("job.end", "b"));
                assert_true(place_of("job.start", "d") > place_of("job.end", "c"));
                release();
        }
}

static void what_depends_on_others_waits_for_them(void **state)
{
        char script[200];

        (void)state;
        put_jobs(6);
        snprintf(script, sizeof(script), "sleep 0.3; printf '\\2\\3\\4\\5' >%s/jobs/made.bin",
                scratch);
        put_program("c", script, "[Program]\nExec=c.sh\n", 0755);
        put("jobs/d.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\nGrid=1\n"
                "Block=4\nArgument=in in.bin\nArgument=out out.bin 4\nArgument=u32 4\n"
                "[Expect]\nout.bin=like made.bin as u8\n");
        assert_int_equal(run_together("8", NULL), 0);
        load(true);
        assert_beside("b/0", 1);
        assert_beside("c/0", 0);
        assert_result("d/0", "pass", NULL);
        assert_beside("d/0", 2);
        assert_true(place_of("job.start", "c") > place_of("job.end", "b"));
        assert_true(place_of("job.start", "d") > place_of("job.end", "c"));
        release();
}

/* What may take memory of the context, or print, is known by its module. */
static void modules_that_are_alone(void **state)
{
        static const char *const modules[] = {
                "fake .version .extern .func (.param .b64 result) malloc (.param .b64 size);",
                "fake .version .extern .func (.param .b32 r) vprintf (.param .b64 format);",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
                put_jobs(4);
                put("jobs/fake.ptx", modules[i]);
                run_both(0, NULL);
                for (char name[] = "a/0"; name[0] <= 'd'; name[0]++) {
                        assert_beside(name, 0);
                        assert_apart(name, NULL);
                }
                release();
        }
}

/* --- one among eight that goes wrong --- */

static const struct lapse {
        const char *function, *options, *expect;
        const char *status, *reason; /* of the job */
        const char *apart;           /* why all of them ran alone */
        bool stays;                  /* the process does */
} lapses[] = {
        { "increment", "", EXPECT_WRONG, "fail", "elements are wrong", "d: ", true },
        { "nothing", "", EXPECT_RIGHT, "fail", "never written", "d: out.bin was never written",
                false },
        { "illegal", "", EXPECT_RIGHT, "error", "ILLEGAL_ADDRESS", "ILLEGAL_ADDRESS", false },
        { "crash", "", EXPECT_RIGHT, "error", "signal 11", "signal 11", false },
        { "leave", "", EXPECT_RIGHT, "error", "before everything was done", "before everything",
                false },
        { "hang", "Timeout=200ms\n", EXPECT_RIGHT, "timeout", "killed after its 0.2 s",
                "killed after its", false },
        { "vandal", "", EXPECT_RIGHT, "error", "signal 11", "signal 11", false },
        { "nosuch", "", EXPECT_RIGHT, "error", "has no kernel 'nosuch'", "has no kernel", false },
        { "speak", "", EXPECT_RIGHT, "pass", NULL, "printed something", false },
        { "babble", "", EXPECT_RIGHT, "pass", NULL, "printed something", false },
        { "grow_stack", "", EXPECT_RIGHT, "pass", NULL, "limits have changed", false },
        { "poison", "", EXPECT_RIGHT, "pass", NULL, "the context has an error", false },
        { "orphan", "", EXPECT_RIGHT, "pass", NULL, "it left processes", false },
        { "mutter", "", EXPECT_RIGHT, "error", "Xid", "Xid", false },
        { "complain", "", EXPECT_RIGHT, "error", "ILLEGAL_ADDRESS", "ILLEGAL_ADDRESS", false },
};

static void check_lapse(const struct lapse *lapse, const char *const *more)
{
        put_jobs(10);
        put_job("d", lapse->function, lapse->options, lapse->expect);
        run_both(strcmp(lapse->status, "pass") == 0 ? 0 : 1, more);
        assert_result("d/0", lapse->status, lapse->reason);
        for (char name[] = "a/0"; name[0] <= 'h'; name[0]++) {
                assert_apart(name, lapse->apart);
                if (name[0] != 'd')
                        assert_result(name, "pass", NULL);
                if (lapse->stays)
                        assert_int_equal(integer_in(name, "worker"), 1);
                else if (name[0] < 'd')
                        assert_int_equal(integer_in(name, "worker"), 2);
        }
        assert_apart("i/0", NULL); /* it had not begun */
        assert_true(place_of("job.apart", "a") > place_of("job.start", "h"));
        release();
        assert_false(is_running(scratch));
}

static void blame_is_exact(void **state)
{
        char log[128];
        const char *const options[] = { "--region-size", "8M", "--kernel-log", log, NULL };

        (void)state;
        snprintf(log, sizeof(log), "%s/kmsg", scratch);
        put("kmsg", "");
        setenv("FAKE_CUDA_LOG", log, 1);
        for (size_t i = 0; i < sizeof(lapses) / sizeof(lapses[0]); i++) {
                print_message("# %s\n", lapses[i].function);
                check_lapse(&lapses[i], options);
        }
}

/*
 * Memory that does not come back is no result; but the process is not used again. Where another
 * process was made ahead meanwhile, for a job that took long, nobody could tell whose it is.
 */
static void memory_comes_back(void **state)
{
        const char *const options[] = { "--ahead", "0", NULL };

        (void)state;
        put_jobs(12);
        put_job("a", "leak", "", EXPECT_RIGHT);
        put_job("e", "leak", "", EXPECT_RIGHT);
        assert_int_equal(run_together("4", options), 0);
        load(true);
        assert_int_equal(integer_in("a/0", "worker"), 1);
        assert_int_equal(integer_in("e/0", "worker"), 1);
        assert_beside("e/0", 3);
        assert_int_equal(integer_in("i/0", "worker"), 2);
        release();
}

/* Nobody who gets a job's memory after it finds anything there. */
static void memory_comes_back_clean(void **state)
{
        char path[128];
        size_t length;

        (void)state;
        snprintf(path, sizeof(path), "%s/dirt", scratch);
        put("dirt", "");
        setenv("FAKE_CUDA_DIRTY", path, 1);
        put_jobs(9);
        assert_int_equal(run_together("8", NULL), 0);
        free(slurp(path, &length));
        assert_int_equal(length, 0);
}

/*
 * A long kernel takes its time from others for no more than a part of what it may take; that it
 * passes alone leaves nobody in doubt of the GPU.
 */
static void a_long_one_runs_alone(void **state)
{
        json_t *result;

        (void)state;
        put_jobs(4);
        put_job("b", "linger", "Timeout=6s\n", EXPECT_RIGHT); /* 1.5 s */
        assert_int_equal(run_together("4", NULL), 0);
        load(true);
        for (char name[] = "a/0"; name[0] <= 'd'; name[0]++) {
                assert_result(name, "pass", NULL);
                assert_apart(name, "killed after its");
                result = json_of(REGION_RESULT, name, 0);
                assert_null(json_object_get(result, "fresh_context"));
                json_decref(result);
        }
        release();
        put_job("b", "linger", "Timeout=60s\n", EXPECT_RIGHT);
        assert_int_equal(run_together("4", NULL), 0);
        load(true);
        assert_beside("b/0", 3);
        release();
}

/* What goes wrong side by side and never again is no result, and not forgotten either. */
static void a_question_is_left(void **state)
{
        struct run judged;
        size_t length;
        char *bytes;

        (void)state;
        setenv("FAKE_CUDA_FAULT", "cuStreamCreate:0:2:2", 1);
        put_jobs(4);
        assert_int_equal(run_together("4", NULL), 0);
        bytes = slurp(region_path, &length);
        run_read(bytes, length, NULL, &judged);
        assert_int_equal(judged.verdict, VERDICT_PASS);
        assert_int_equal(json_array_size(judged.warnings.list), 1);
        assert_string_equal(json_string_value(json_array_get(judged.warnings.list, 0)),
                "4 jobs came to no good end side by side, and passed when each ran alone: "
                "cuStreamCreate: CUDA_ERROR_OUT_OF_MEMORY (2), a fault of the fake");
        run_free(&judged);
        free(bytes);
}

/* Jobs that go wrong again and again leave more and more to run alone. */
static void losses_are_few(void **state)
{
        struct region_record record;
        int lost = 0;

        (void)state;
        for (int i = 0; i < 300; i++) {
                char name[16];

                snprintf(name, sizeof(name), "j%03d", i);
                put_job(name, i % 10 == 9 ? "illegal" : "increment", "", EXPECT_RIGHT);
        }
        run_both(1, (const char *const[]){ "--region-size", "8M", NULL });
        while (find(REGION_EVENT, "job.apart", lost, &record))
                lost++;
        assert_in_range(lost, 16, 24); /* flights of eight, behind none, 8 and 64, and 128 more */
        release();
}

/* --- its ends --- */

static void no_process_is_left(void **state)
{
        const char *const options[] = { "--concurrency", "8", NULL };
        char jobs[128];
        pid_t pid;

        (void)state;
        for (char name[] = "a"; name[0] <= 'd'; name[0]++)
                put_job(name, name[0] == 'b' ? "hang" : "increment", "Timeout=600s\n",
                        EXPECT_RIGHT);
        snprintf(jobs, sizeof(jobs), "%s/jobs", scratch);
        pid = start_with(jobs, options);
        await_log("job 4 of 4 d on GPU 0: running");
        kill(pid, SIGTERM);
        assert_int_equal(finish(pid), 1);
        load(true);
        for (char name[] = "a/0"; name[0] <= 'd'; name[0]++)
                assert_result(name, "notrun", "the run was ended by signal 15 before this job");
        release();
        assert_false(is_running(scratch));
}

/* The least region that the jobs have room in alone is enough for a flight that is lost. */
static void the_region_has_room_for_it(void **state)
{
        char size[16] = "";
        const char *const options[] = { "--region-size", size, NULL };
        int kilobytes = 64, code = 4;

        (void)state;
        put_jobs(8);
        put_job("h", "illegal", "", EXPECT_RIGHT);
        for (; code == 4 && kilobytes < 512; kilobytes += 4) {
                snprintf(size, sizeof(size), "%dK", kilobytes);
                code = run_together("1", options);
        }
        assert_int_equal(code, 1);
        run_both(1, options);
        assert_apart("a/0", "ILLEGAL_ADDRESS");
        release();
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up_flight, tear_down_flight)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test(jobs_run_side_by_side),
                test(one_by_one_is_the_default),
                test(each_gpu_has_its_own),
                test(points_of_a_sweep),
                test(outputs_of_any_size),
                test(what_has_to_be_alone_is),
                test(what_depends_on_others_waits_for_them),
                test(modules_that_are_alone),
                test(blame_is_exact),
                test(memory_comes_back),
                test(memory_comes_back_clean),
                test(a_long_one_runs_alone),
                test(a_question_is_left),
                test(losses_are_few),
                test(no_process_is_left),
                test(the_region_has_room_for_it),
        };

        if (!harness_start())
                return 1;
        return run_tap(tests);
}
