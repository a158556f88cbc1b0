/*
 * Kernel jobs of one GPU in one process and one context: what one of them leaves reaches no other,
 * what goes wrong is the one's that did it, and the records say which process it was.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/runner/harness.h"

/* What the RESULT says of the process: "shared 1", "own"; and why it was not used again. */
static void assert_worker(const char *name, const char *wanted, const char *unfit)
{
        json_t *result = json_of(REGION_RESULT, name, 0);
        json_t *worker = json_object_get(result, "worker");
        char text[64];

        if (worker)
                snprintf(text, sizeof(text), "%s %d", string_in(result, "context"),
                        (int)json_integer_value(worker));
        else
                snprintf(text, sizeof(text), "%s", string_in(result, "context"));
        if (strcmp(text, wanted) != 0)
                fail_msg("%s: %s, not %s", name, text, wanted);
        if (unfit && !strstr(string_in(result, "worker_unfit"), unfit))
                fail_msg("%s: %s, not %s", name, string_in(result, "worker_unfit"), unfit);
        if (!unfit)
                assert_null(json_object_get(result, "worker_unfit"));
        json_decref(result);
}

static bool is_true(const char *name, const char *key)
{
        json_t *result = json_of(REGION_RESULT, name, 0);
        bool is = json_is_true(json_object_get(result, key));

        json_decref(result);
        return is;
}

static void set_path(const char *variable, const char *name)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        setenv(variable, path, 1);
}

static size_t loads(void)
{
        char path[128];
        size_t length;

        snprintf(path, sizeof(path), "%s/loads", scratch);
        free(slurp(path, &length));
        unlink(path);
        return length;
}

static int tear_down_shared(void **state)
{
        unsetenv("FAKE_CUDA");
        unsetenv("FAKE_CUDA_LOADS");
        unsetenv("FAKE_CUDA_DIRTY");
        unsetenv("FAKE_CUDA_LOG");
        return tear_down(state);
}

/* --- who shares --- */

static void jobs_share_a_process(void **state)
{
        (void)state;
        contexts_differ = true; /* that is what they are about */
        put_job("a", "count_jobs", "", "out.bin=like zero.bin tolerance 0 as u8");
        put_job("b", "count_jobs", "", "out.bin=like one.bin tolerance 0 as u8");
        put_job("c", "count_jobs", "Context=own\n", "out.bin=like zero.bin tolerance 0 as u8");
        put_job("d", "count_jobs", "Context=shared\n", "out.bin=like zero.bin tolerance 0 as u8");
        put_bytes("jobs/zero.bin", "\0\3\4\5", 4);
        put_bytes("jobs/one.bin", "\1\3\4\5", 4);
        assert_int_equal(run(), 0);
        load(true);
        assert_worker("a/0", "shared 1", NULL);
        assert_worker("b/0", "shared 1", NULL);
        assert_worker("c/0", "own", NULL);
        assert_worker("d/0", "shared 2", NULL);
        assert_true(is_true("a/0", "started_ahead")); /* the process that looked for the GPUs */
        assert_false(is_true("b/0", "started_ahead"));
        release();
}

/* What is held for a whole process is held for one of its own. */
static void limits_of_a_process_take_one(void **state)
{
        static const char *const limits[] = { "Memory=8G", "Processes=40", "OpenFiles=64",
                "KeepOutput=4", "Output=1K" };
        char text[256];

        (void)state;
        put_job("z", "increment", "", EXPECT_RIGHT);
        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
                put_job("a", "increment", "", EXPECT_RIGHT);
                snprintf(text, sizeof(text), EXPECT_RIGHT "\n[Limits]\n%s", limits[i]);
                put_job("b", "increment", "", text);
                assert_int_equal(run(), 0);
                load(true);
                assert_worker("b/0", i < 3 ? "own" : "shared 1", NULL);
                release();
        }
}

/* A check and a program find no context of others on their GPU: the process has ended before. */
static void programs_and_checks_are_alone(void **state)
{
        (void)state;
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", "increment", "", EXPECT_RIGHT);
        put_program("c", "pgrep -cP $PPID", "[Program]\nExec=c.sh\n", 0755);
        put_job("d", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 0);
        load(true);
        assert_worker("b/0", "shared 1", NULL);
        assert_file("jobs/c/0/stdout", "2\n", 2); /* this one, and that which keeps GPUs awake */
        assert_worker("d/0", "shared 2", NULL);
        release();
}

static void each_gpu_has_its_own(void **state)
{
        const char *const serial[] = { "--serial", NULL };

        (void)state;
        setenv("FAKE_CUDA", "2", 1);
        for (int i = 0; i < 3; i++) {
                char name[2] = { (char)('a' + i), '\0' };

                put_job(name, "increment", "", EXPECT_RIGHT);
        }
        for (int i = 0; i < 2; i++) {
                assert_int_equal(i == 0 ? run() : run_more(serial), 0);
                load(true);
                assert_worker("a/0", "shared 1", NULL);
                assert_worker("c/0", "shared 1", NULL);
                assert_worker("a/1", "shared 1", NULL);
                assert_worker("c/1", "shared 1", NULL);
                assert_file("jobs/c/1/out.bin", "\2\3\4\5", 4);
                release();
        }
}

static void put_large(const char *name, const char *start, off_t bytes)
{
        char path[128];

        put_bytes(name, start, strlen(start));
        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        assert_int_equal(truncate(path, bytes), 0);
}

/*
 * With several GPUs in use outputs wait in memory that a process knows since its start: one that is
 * larger than that needs another process, and those behind it do not.
 */
static void outputs_of_any_size(void **state)
{
        const char *const large[] = { "--region-size", "160M", NULL };
        const off_t bytes = (off_t)66 << 20;

        (void)state;
        setenv("FAKE_CUDA", "2", 1);
        put_large("jobs/large.bin", "", bytes);
        put_large("jobs/large-right.bin", "\2\3\4\5", bytes);
        put_job("a", "increment", "", EXPECT_RIGHT);
        put("jobs/b.conf", "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\n"
                           "Grid=1\nBlock=4\nArgument=in in.bin\nArgument=inout large.bin\n"
                           "Argument=u32 4\n[Expect]\nlarge.bin=like large-right.bin as u8\n");
        put_job("c", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(large), 0);
        load(true);
        for (int gpu = 0; gpu < 2; gpu++) {
                assert_worker(gpu ? "a/1" : "a/0", "shared 1", NULL);
                assert_worker(gpu ? "b/1" : "b/0", "shared 2", NULL);
                assert_worker(gpu ? "c/1" : "c/0", "shared 2", NULL);
        }
        assert_file("jobs/c/1/out.bin", "\2\3\4\5", 4);
        release();
}

/* --- what takes a process away --- */

static const struct lapse {
        const char *function, *options, *expect;
        const char *status, *reason; /* of the job */
        const char *unfit;
        bool doubt;
} lapses[] = {
        { "nothing", "", EXPECT_RIGHT, "fail", "out.bin was never written", "never written",
                false },
        { "illegal", "", EXPECT_RIGHT, "error", "CUDA_ERROR_ILLEGAL_ADDRESS", NULL, true },
        { "crash", "", EXPECT_RIGHT, "error", "killed by signal 11", NULL, true },
        { "leave", "", EXPECT_RIGHT, "error", "before everything was done", NULL, true },
        { "hang", "Timeout=1s\n", EXPECT_RIGHT, "timeout", "during the kernel", NULL, true },
        { "vandal", "", EXPECT_RIGHT, "error", "killed by signal 11", NULL, true },
        { "nosuch", "", EXPECT_RIGHT, "error", "has no kernel 'nosuch'", NULL, true },
        { "grow_stack", "", EXPECT_RIGHT, "pass", NULL, "limits have changed", false },
        { "poison", "", EXPECT_RIGHT, "pass", NULL, "the context has an error", false },
        { "orphan", "", EXPECT_RIGHT, "pass", NULL, "it left processes", false },
};

/* The jobs around it pass, those before it in its process, those after it in another. */
static void check_lapse(const struct lapse *lapse)
{
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", lapse->function, lapse->options, lapse->expect);
        put_job("c", "increment", "", EXPECT_RIGHT);
        put_job("d", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), lapse->reason ? 1 : 0);
        load(true);
        assert_result("a/0", "pass", NULL);
        assert_result("b/0", lapse->status, lapse->reason);
        assert_worker("a/0", "shared 1", NULL);
        assert_worker("b/0", "shared 1", lapse->unfit);
        assert_result("c/0", "pass", NULL);
        assert_worker("c/0", "shared 2", NULL);
        assert_worker("d/0", "shared 2", NULL);
        assert_file("jobs/a/0/out.bin", "\2\3\4\5", 4);
        assert_file("jobs/d/0/out.bin", "\2\3\4\5", 4);
        assert_int_equal(is_true("c/0", "fresh_context"), lapse->doubt);
        release();
        assert_false(is_running(scratch));
}

/* Of an output that was written in part nobody knows what else was not done. */
static void an_output_in_part_takes_it_away(void **state)
{
        static const float values[4] = { 1, 2, 3, 4 };

        (void)state;
        put_bytes("jobs/floats.bin", values, sizeof(values));
        put_job("a", "increment", "", EXPECT_RIGHT);
        put("jobs/b.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=half\nGrid=1\nBlock=1\n"
                "Argument=in floats.bin\nArgument=out out.bin 16\nArgument=u32 16\n"
                "[Expect]\nout.bin=like floats.bin tolerance 1e30 as f32\n");
        put_job("c", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("b/0", "fail", "2 of 4 f32 elements were never written");
        assert_worker("b/0", "shared 1", "an output, or a part of one, was never written");
        assert_worker("c/0", "shared 2", NULL);
        release();
}

static void no_lapse_reaches_the_next(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(lapses) / sizeof(lapses[0]); i++) {
                print_message("# %s\n", lapses[i].function);
                check_lapse(&lapses[i]);
        }
}

/*
 * A wrong value says nothing against the process: it goes on, but for a module that may be what was
 * wrong. With an Xid it says something.
 */
static void a_wrong_value_keeps_the_process(void **state)
{
        static const char wrong_sum[] =
                "out.bin=sha256:00000000000000000000000000000000000000000000000000000000000000ff";

        (void)state;
        contexts_differ = true;
        set_path("FAKE_CUDA_LOADS", "loads");
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", "increment", "", EXPECT_WRONG);
        put_job("c", "count_jobs", "", EXPECT_RIGHT);
        put_job("d", "increment", "", EXPECT_RIGHT);
        put_job("e", "increment", "", wrong_sum);
        put_job("f", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("a/0", "pass", NULL);
        assert_result("b/0", "fail", "4 of 4 u8 elements are wrong");
        assert_result("c/0", "fail", "1 of 4 u8 elements are wrong");
        assert_result("d/0", "pass", NULL);
        assert_result("e/0", "fail", "out.bin has SHA-256");
        assert_result("f/0", "pass", NULL);
        for (const char *name = "abcdef"; *name; name++) {
                char result[8] = { *name, '/', '0', '\0' };

                assert_worker(result, "shared 1", NULL);
                assert_false(is_true(result, "fresh_context"));
        }
        assert_file("jobs/f/0/out.bin", "\2\3\4\5", 4);
        release();
        assert_int_equal(loads(), 4); /* of a, and behind each that failed */
}

static void a_wrong_value_with_an_xid_does_not(void **state)
{
        char log[128];
        const char *const options[] = { "--region-size", "512K", "--kernel-log", log, NULL };

        (void)state;
        snprintf(log, sizeof(log), "%s/kmsg", scratch);
        put("kmsg", "");
        set_path("FAKE_CUDA_LOG", "kmsg");
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", "mutter", "", EXPECT_WRONG);
        put_job("c", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("b/0", "fail", "4 of 4 u8 elements are wrong");
        assert_worker("c/0", "shared 2", NULL);
        assert_true(is_true("c/0", "fresh_context"));
        release();
}

/* Nobody who gets a job's memory after it finds anything there. */
static void memory_comes_back_clean(void **state)
{
        char path[128];
        size_t length;
        char *dirt;

        (void)state;
        contexts_differ = true;
        set_path("FAKE_CUDA_DIRTY", "dirt");
        put("dirt", "");
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", "increment", "", EXPECT_WRONG);
        put_job("c", "count_up", "", EXPECT_WRONG);
        put_job("d", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_worker("d/0", "shared 1", NULL);
        release();
        snprintf(path, sizeof(path), "%s/dirt", scratch);
        dirt = slurp(path, &length);
        free(dirt);
        assert_int_equal(length, 0);
}

/*
 * The first launch of a kernel may take memory that the driver keeps; no later one may. Where
 * another process was made ahead meanwhile, for a job that took long, nobody could tell whose it
 * is.
 */
static void memory_comes_back(void **state)
{
        const char *const options[] = { "--ahead", "0", NULL };

        (void)state;
        put_job("a", "leak", "", EXPECT_RIGHT);
        put_job("b", "leak", "", EXPECT_RIGHT);
        put_job("c", "leak", "", EXPECT_RIGHT);
        put_job("d", "increment", "", EXPECT_RIGHT);
        put_job("e", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(options), 0);
        load(true);
        assert_worker("a/0", "shared 1", NULL);
        assert_worker("b/0", "shared 1", "1048576 bytes of the GPU's memory were not given back");
        assert_worker("c/0", "shared 2", NULL);
        assert_worker("e/0", "shared 2", NULL);
        release();
}

/* Where there is no memory left by what came before, there is in a process of its own. */
static void what_others_left_is_no_result(void **state)
{
        json_t *result;

        (void)state;
        put_job("a", "hoard", "", EXPECT_RIGHT);
        put_job("b", "increment", "", EXPECT_RIGHT);
        put_job("c", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 0);
        load(true);
        assert_worker("a/0", "shared 1", NULL);
        assert_result("b/0", "pass", NULL);
        assert_worker("b/0", "shared 2", NULL);
        assert_worker("c/0", "shared 2", NULL);
        result = json_of(REGION_RESULT, "b/0", 0);
        assert_true(json_is_real(json_object_get(json_object_get(result, "timings"), "context_s")));
        json_decref(result);
        release();
}

/* An error of the GPU that its driver reports is that of the job that runs. */
static void an_xid_is_one_jobs(void **state)
{
        char log[128];
        const char *const options[] = { "--region-size", "512K", "--kernel-log", log, NULL };

        (void)state;
        snprintf(log, sizeof(log), "%s/kmsg", scratch);
        put("kmsg", "");
        set_path("FAKE_CUDA_LOG", "kmsg");
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", "mutter", "", EXPECT_RIGHT);
        put_job("c", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("a/0", "pass", NULL);
        assert_result("b/0", "error", "the driver reported an error of the GPU: Xid");
        assert_result("c/0", "pass", NULL);
        assert_true(is_true("c/0", "fresh_context"));
        assert_worker("c/0", "shared 2", NULL);
        release();
}

/* --- what it prints --- */

static void each_prints_for_itself(void **state)
{
        static const char cut[] = "hello\n[forestage-run: 17 more bytes were not kept]\n";
        const char *const large[] = { "--region-size", "8M", NULL };
        struct region_record record;

        (void)state;
        put_job("a", "speak", "", EXPECT_RIGHT);
        put_job("b", "increment", "", EXPECT_RIGHT);
        put_job("c", "speak", "", EXPECT_RIGHT);
        put_job("d", "babble", "", EXPECT_RIGHT);
        put_job("e", "speak", "", EXPECT_RIGHT "\n[Limits]\nKeepOutput=5");
        contexts_differ = true; /* how much of it has come when that is seen */
        put_job("f", "babble", "", EXPECT_RIGHT "\n[Limits]\nOutput=1K");
        put_job("g", "speak", "", EXPECT_RIGHT);
        assert_int_equal(run_more(large), 1);
        load(true);
        assert_file("jobs/a/0/stdout", "hello from the kernel\n", 22);
        assert_file("jobs/a/0/stderr", "and an error\n", 13);
        assert_no_file("jobs/b/0/stdout");
        assert_file("jobs/c/0/stdout", "hello from the kernel\n", 22);
        assert_true(find(REGION_FILE, "jobs/d/0/stdout", 0, &record));
        assert_non_null(memmem(record.data, record.data_length, "4194304 more bytes", 18));
        assert_worker("e/0", "shared 1", NULL);
        assert_file("jobs/e/0/stdout", cut, strlen(cut));
        assert_result("f/0", "error", "printed more than Output=1024 bytes on stdout");
        assert_file("jobs/g/0/stdout", "hello from the kernel\n", 22);
        assert_worker("g/0", "shared 2", NULL);
        release();
}

/* --- modules --- */

static void put_with_module(const char *name, const char *module)
{
        char file[64], text[512];

        snprintf(file, sizeof(file), "jobs/%s.conf", name);
        snprintf(text, sizeof(text),
                "[Job]\nType=kernel\n[Kernel]\nModule=%s\nFunction=increment\nGrid=1\nBlock=4\n"
                "Argument=in in.bin\nArgument=out out.bin 4\nArgument=u32 "
                "4\n[Expect]\n" EXPECT_RIGHT "\n",
                module);
        put(file, text);
}

/* By their bytes, whatever their name; one with variables for each job anew. */
static void modules_are_loaded_once(void **state)
{
        static const struct {
                const char *one, *other; /* modules of jobs in turns: a c e, b d f */
                size_t loads;
        } rows[] = {
                { "fake .version", "fake .version", 1 },
                { "fake .version", "fake .version ", 2 },
                { "fake .version\n.visible .global .align 4 .u32 count;", "fake .version", 4 },
                { "fake .version ld.global.u32", "fake .version .ptr .global .align 4 a", 2 },
        };

        (void)state;
        contexts_differ = true;
        set_path("FAKE_CUDA_LOADS", "loads");
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                put("jobs/one.ptx", rows[i].one);
                put("jobs/other.ptx", rows[i].other);
                for (int job = 0; job < 6; job++) {
                        char name[2] = { (char)('a' + job), '\0' };

                        put_with_module(name, job % 2 ? "other.ptx" : "one.ptx");
                }
                assert_int_equal(run(), 0);
                load(true);
                assert_worker("f/0", "shared 1", NULL);
                release();
                assert_int_equal(loads(), rows[i].loads);
        }
}

/* What a module's kernels may take of the context itself does not come back before its end. */
static void what_takes_memory_is_the_last(void **state)
{
        static const char *const modules[] = {
                "fake .version .extern .func (.param .b64 result) malloc (.param .b64 size);",
                "fake .version .extern .func  free\n(.param .b64 p);",
                "fake \1 .version", /* not known: no text from here on */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
                size_t length = strlen(modules[i]);

                put_bytes("jobs/one.ptx", modules[i], i == 2 ? length + 1 : length);
                put_with_module("a", "one.ptx");
                put_job("b", "increment", "", EXPECT_RIGHT);
                assert_int_equal(run(), 0);
                load(true);
                assert_worker("a/0", "shared 1", "can take memory of the context");
                assert_worker("b/0", "shared 2", NULL);
                release();
        }
        put("jobs/one.ptx", "fake .version .extern .func (.param .b32 r) vprintf (.param .b64 f);");
        assert_int_equal(run(), 0);
        load(true);
        assert_worker("b/0", "shared 1", NULL);
        release();
}

/* --- ended from outside --- */

/* The process between two jobs is no job's: who needs it next has another. */
static void no_process_is_left(void **state)
{
        char jobs[128];
        pid_t pid;

        (void)state;
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", "hang", "", EXPECT_RIGHT);
        put_job("c", "increment", "", EXPECT_RIGHT);
        snprintf(jobs, sizeof(jobs), "%s/jobs", scratch);
        pid = start_with(jobs, NULL);
        await_log("job 2 of 3 b on GPU 0: running");
        kill(pid, SIGTERM);
        assert_int_equal(finish(pid), 1);
        load(true);
        assert_result("a/0", "pass", NULL);
        assert_result("b/0", "error", "the run was ended by signal 15");
        assert_result("c/0", "notrun", "the run was ended by signal 15 before this job");
        release();
        assert_false(is_running(scratch));
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up_fake, tear_down_shared)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test(jobs_share_a_process),
                test(limits_of_a_process_take_one),
                test(programs_and_checks_are_alone),
                test(each_gpu_has_its_own),
                test(outputs_of_any_size),
                test(an_output_in_part_takes_it_away),
                test(no_lapse_reaches_the_next),
                test(a_wrong_value_keeps_the_process),
                test(a_wrong_value_with_an_xid_does_not),
                test(memory_comes_back_clean),
                test(memory_comes_back),
                test(what_others_left_is_no_result),
                test(an_xid_is_one_jobs),
                test(each_prints_for_itself),
                test(modules_are_loaded_once),
                test(what_takes_memory_is_the_last),
                test(no_process_is_left),
        };

        if (!harness_start())
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
