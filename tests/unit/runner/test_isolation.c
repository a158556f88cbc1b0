/*
 * What jobs do to each other, to the machine and to the run: nothing. Jobs side by side, jobs that
 * take too much, GPUs that are left sick, processes that are started ahead.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/runner/harness.h"

static void set_path(const char *variable, const char *name)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        setenv(variable, path, 1);
}

static json_t *result_of(const char *name)
{
        return json_of(REGION_RESULT, name, 0);
}

/* --- side by side --- */

static int set_up_two(void **state)
{
        char path[128];

        if (set_up_fake(state) != 0)
                return -1;
        setenv("FAKE_CUDA", "2", 1);
        set_path("FAKE_CUDA_MEET", "meet");
        snprintf(path, sizeof(path), "%s/meet", scratch);
        return mkdir(path, 0755);
}

static int tear_down_all(void **state)
{
        unsetenv("FAKE_CUDA_MEET");
        unsetenv("FAKE_CUDA_LOG");
        unsetenv("FAKE_CUDA_CONTEXTS");
        unsetenv("FAKE_CUDA");
        return tear_down(state);
}

/* Each waits for the other: they pass only when both run at the same time. */
static void devices_run_side_by_side(void **state)
{
        (void)state;
        put_job("one", "meet", "Timeout=40s\n", EXPECT_RIGHT);
        assert_int_equal(run(), 0);
        load(true);
        assert_result("one/0", "pass", NULL);
        assert_result("one/1", "pass", NULL);
        assert_file("jobs/one/0/out.bin", "\2\3\4\5", 4);
        assert_file("jobs/one/1/out.bin", "\2\3\4\5", 4);
        release();
}

static void serial_means_one_after_the_other(void **state)
{
        const char *const serial[] = { "--serial", NULL };

        (void)state;
        put_job("one", "meet", "Timeout=3s\n", EXPECT_RIGHT);
        assert_int_equal(run_more(serial), 1);
        load(true);
        assert_result("one/0", "timeout", "killed after its 3 s during the kernel");
        assert_result("one/1", "pass", NULL); /* the other's file is there, it was just too late */
        release();
}

/* A job that hangs holds up its own GPU only. */
static void a_hang_holds_up_no_other_gpu(void **state)
{
        double hang, others = 0;
        json_t *result;

        (void)state;
        put_job("a", "hang", "Device=0\nTimeout=3s\n", EXPECT_RIGHT);
        put_job("b", "increment", "Device=1\n", EXPECT_RIGHT);
        put_job("c", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("a/0", "timeout", "killed after its 3 s");
        assert_result("b/1", "pass", NULL);
        assert_result("c/0", "pass", NULL);
        assert_result("c/1", "pass", NULL);
        result = result_of("a/0");
        hang = json_real_value(json_object_get(result, "start_s"));
        json_decref(result);
        result = result_of("c/1");
        others = json_real_value(json_object_get(result, "start_s"));
        json_decref(result);
        assert_true(others < hang + 3);
        release();
}

/* Orphans of one job are ended with it; the job beside it, and its child, live on. */
static void ends_only_its_own(void **state)
{
        char script[96];

        (void)state;
        snprintf(script, sizeof(script), "sleep %s & setsid sleep %s & exit 0", own_nap(),
                own_nap());
        put_program("a", script, "[Program]\nExec=a.sh\n", 0755);
        put("jobs/a.conf", "[Job]\nType=program\nDevice=0\n[Program]\nExec=a.sh\n");
        put_program("b", "(sleep 1.5; echo fine > out) & wait",
                "[Program]\nExec=b.sh\nCollect=out\n", 0755);
        put("jobs/b.conf",
                "[Job]\nType=program\nDevice=1\nTimeout=20s\n[Program]\nExec=b.sh\nCollect=out\n");
        assert_int_equal(run(), 0);
        load(true);
        assert_file("jobs/b/1/out", "fine\n", 5);
        release();
        assert_false(is_running(own_nap()));
}

/* What a job's outputs need is kept for it, whatever others write meanwhile. */
static void outputs_have_their_room_kept(void **state)
{
        const char *const small[] = { "--region-size", "128K", NULL };

        (void)state;
        put("jobs/a.conf", "[Job]\nType=kernel\nDevice=0\nTimeout=40s\n[Kernel]\nModule=fake.ptx\n"
                           "Function=meet\nGrid=1\nBlock=1\nArgument=in in.bin\n"
                           "Argument=out out.bin 60K\nArgument=u32 4\n[Expect]\n"
                           "out.bin=sha256:"
                           "0000000000000000000000000000000000000000000000000000000000000000\n");
        put("jobs/b.conf", "[Job]\nType=kernel\nDevice=1\nTimeout=40s\n[Kernel]\nModule=fake.ptx\n"
                           "Function=meet\nGrid=1\nBlock=1\nArgument=in in.bin\n"
                           "Argument=out out.bin 60K\nArgument=u32 4\n[Expect]\n"
                           "out.bin=sha256:"
                           "0000000000000000000000000000000000000000000000000000000000000000\n");
        assert_int_equal(run_more(small), 1);
        load(true);
        /* The second one is refused before it runs; so nobody meets the first one. */
        assert_result("b/1", "error", "its outputs do not fit");
        assert_result("a/0", "fail", "out.bin was never written");
        release();
}

/* --- limits --- */

static void check_limit(const char *script, const char *limits, const char *reason)
{
        char keys[512];

        put_program("one", script, "", 0755);
        snprintf(keys, sizeof(keys),
                "[Job]\nType=program\nTimeout=30s\n[Program]\nExec=one.sh\nCollect=kept\n[Limits]"
                "\n%s",
                limits);
        put("jobs/one.conf", keys);
        put_job("two", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("one/0", "error", reason);
        assert_file("jobs/one/0/kept", "x\n", 2); /* what there was is kept */
        assert_result("two/0", "pass", NULL);
        release();
}

static void endless_processes(void **state)
{
        char script[96];

        (void)state;
        snprintf(script, sizeof(script), "echo x > kept; f() { sleep %s & f; }; f", own_nap());
        check_limit(script, "Processes=40\n", "ended because it had ");
        assert_false(is_running(own_nap()));
        assert_log_has("more than Processes=40");
}

static void endless_output(void **state)
{
        (void)state;
        check_limit("echo x > kept; exec yes", "Output=10M\nKeepOutput=1K\n",
                "ended because it printed more than Output=10485760 bytes on stdout");
}

/* It is gone before anybody looks: a limit all the same, on either stream and in any turn. */
static void quick_output(void **state)
{
        static const char *const scripts[] = {
                "echo x > kept; head -c 5000000 /dev/zero",
                "echo x > kept; head -c 5000000 /dev/zero >&2; exit 0",
                "echo x > kept; head -c 1048577 /dev/zero >&2",
        };

        (void)state;
        for (size_t i = 0; i < 3; i++)
                check_limit(scripts[i], "Output=1M\nKeepOutput=1K\n",
                        i == 0 ? "printed more than Output=1048576 bytes on stdout"
                               : "printed more than Output=1048576 bytes on stderr");
}

static void output_up_to_its_limit(void **state)
{
        (void)state;
        put_program("one", "head -c 1048576 /dev/zero",
                "[Program]\nExec=one.sh\n[Limits]\nOutput=1M\nKeepOutput=1K\n", 0755);
        check_one(0, "pass", NULL);
}

static void endless_memory(void **state)
{
        (void)state;
        check_limit("echo x > kept; a=x; while :; do a=$a$a; done", "Memory=64M\n",
                "more than Memory=67108864");
}

static void endless_files(void **state)
{
        (void)state;
        check_limit("echo x > kept; while :; do head -c 1000000 /dev/zero >> big; done",
                "Memory=64M\n", "more than Memory=67108864");
}

static void few_open_files(void **state)
{
        (void)state;
        put_program("one", "ulimit -n; ulimit -c",
                "[Program]\nExec=one.sh\n[Limits]\nOpenFiles=64\n", 0755);
        check_one(0, "pass", NULL);
        load(true);
        assert_file("jobs/one/0/stdout", "64\n0\n", 5);
        release();
}

static void output_is_kept_as_told(void **state)
{
        json_t *result;

        (void)state;
        put_program(
                "one", "echo 0123456789", "[Program]\nExec=one.sh\n[Limits]\nKeepOutput=4\n", 0755);
        check_one(0, "pass", NULL);
        load(true);
        assert_file("jobs/one/0/stdout", "0123\n[forestage-run: 7 more bytes were not kept]\n", 49);
        result = result_of("one/0");
        assert_int_equal(json_integer_value(json_object_get(result, "stdout_dropped_bytes")), 7);
        json_decref(result);
        release();
}

/* --- a sick GPU --- */

static bool is_true(const char *name, const char *key)
{
        json_t *result = result_of(name);
        bool is = json_is_true(json_object_get(result, key));

        json_decref(result);
        return is;
}

static void xids_are_attached(void **state)
{
        char log[128];
        const char *const options[] = { "--region-size", "512K", "--kernel-log", log, NULL };
        json_t *result, *list;

        (void)state;
        snprintf(log, sizeof(log), "%s/kmsg", scratch);
        put("kmsg", "3,1,2,-;NVRM: Xid (PCI:0000:a0:00): 8, from before the run\n");
        set_path("FAKE_CUDA_LOG", "kmsg");
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", "complain", "", EXPECT_RIGHT);
        put_job("c", "increment", "", EXPECT_RIGHT);
        put_job("d", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("b/0", "error", "CUDA_ERROR_ILLEGAL_ADDRESS");
        result = result_of("b/0");
        list = json_object_get(result, "xid");
        assert_int_equal(json_array_size(list), 1);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "code")), 31);
        assert_string_equal(string_in(json_array_get(list, 0), "message"),
                "Xid (PCI:0000:a0:00): 31, pid=1, name=x, MMU Fault");
        json_decref(result);
        result = result_of("a/0");
        assert_null(json_object_get(result, "xid"));
        json_decref(result);
        assert_false(is_true("b/0", "fresh_context"));
        assert_true(is_true("c/0", "fresh_context"));
        assert_false(is_true("c/0", "started_ahead"));
        assert_false(is_true("d/0", "fresh_context"));
        release();
}

/* What came out is right, and the driver reported an error of the GPU meanwhile. */
static void a_result_beside_an_xid_is_no_pass(void **state)
{
        char log[128];
        const char *const options[] = { "--region-size", "512K", "--kernel-log", log, NULL };

        (void)state;
        snprintf(log, sizeof(log), "%s/kmsg", scratch);
        put("kmsg", "");
        set_path("FAKE_CUDA_LOG", "kmsg");
        put_job("a", "mutter", "", EXPECT_RIGHT);
        put_job("b", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("a/0", "error",
                "the driver reported an error of the GPU: Xid (PCI:0000:a0:00): 31");
        assert_result("b/0", "pass", NULL);
        assert_true(is_true("b/0", "fresh_context"));
        release();
}

/* --- started ahead --- */

static void next_jobs_are_started_ahead(void **state)
{
        const char *const never[] = { "--ahead", "0", NULL };
        const char *const wrong[] = { "--ahead", "9", NULL };

        (void)state;
        put_job("a", "linger", "Context=own\n", EXPECT_RIGHT);
        put_job("b", "increment", "Context=own\n", EXPECT_RIGHT);
        put_job("c", "linger", "Context=own\n", EXPECT_WRONG);
        put_job("d", "speak", "Context=own\n", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("a/0", "pass", NULL);
        assert_result("b/0", "pass", NULL);
        assert_result("c/0", "fail", "out.bin: 4 of 4");
        assert_result("d/0", "pass", NULL);
        assert_file("jobs/d/0/stdout", "hello from the kernel\n", 22);
        assert_true(is_true("a/0", "started_ahead")); /* in the process that looked for the GPUs */
        assert_true(is_true("b/0", "started_ahead"));
        assert_true(is_true("d/0", "started_ahead"));
        release();
        assert_int_equal(run_more(never), 1);
        load(true);
        assert_false(is_true("a/0", "started_ahead"));
        assert_false(is_true("b/0", "started_ahead"));
        release();
        assert_int_equal(run_more(wrong), 2);
        assert_log_has("--ahead 9 is not a number from 0 to 8");
}

/* Jobs a and b, and which contexts fail: the last of `contexts` is a's, that before it b's. */
static void put_two(const char *first, const char *contexts)
{
        set_path("FAKE_CUDA_CONTEXTS", "contexts");
        put("contexts", contexts);
        put_job("a", first, "Context=own\n", EXPECT_RIGHT);
        put_job("b", "increment", "Context=own\n", EXPECT_RIGHT);
}

static void check_afresh(const char *name)
{
        assert_result(name, "pass", NULL);
        assert_false(is_true(name, "started_ahead"));
        assert_false(is_true(name, "fresh_context"));
}

/* That a process started ahead of its time fails is nothing, when it does so before its turn. */
static void a_failed_start_ahead_is_no_result(void **state)
{
        (void)state;
        put_two("linger", "x ");
        assert_int_equal(run(), 0);
        load(true);
        assert_result("a/0", "pass", NULL);
        check_afresh("b/0");
        release();
}

/* Nor when its turn has come meanwhile: the first job's process is that which found the GPUs. */
static void nor_when_its_turn_has_come(void **state)
{
        (void)state;
        put_two("increment", "x");
        assert_int_equal(run(), 0);
        load(true);
        check_afresh("a/0");
        assert_result("b/0", "pass", NULL);
        release();
}

/* One that fails when it is its job's turn is that job's result. */
static void a_context_may_fail(void **state)
{
        const char *const never[] = { "--ahead", "0", NULL };

        (void)state;
        put_two("increment", "x");
        assert_int_equal(run_more(never), 1);
        load(true);
        assert_result("a/0", "error", "cuCtxCreate: CUDA_ERROR_OUT_OF_MEMORY");
        assert_result("b/0", "pass", NULL);
        assert_true(is_true("b/0", "fresh_context"));
        release();
}

/* So it is behind a start ahead that failed: nobody gets a third one. */
static void there_is_one_more_try(void **state)
{
        (void)state;
        put_two("linger", "xx ");
        assert_int_equal(run(), 1);
        load(true);
        assert_result("a/0", "pass", NULL);
        assert_result("b/0", "error", "cuCtxCreate: CUDA_ERROR_OUT_OF_MEMORY");
        release();
}

static void no_process_is_left(void **state)
{
        pid_t pid;
        char jobs[128];

        (void)state;
        put_job("a", "hang", "", EXPECT_RIGHT);
        put_job("b", "increment", "", EXPECT_RIGHT);
        put_job("c", "increment", "", EXPECT_RIGHT);
        snprintf(jobs, sizeof(jobs), "%s/jobs", scratch);
        pid = start_with(jobs, NULL);
        await_log("job 1 of 3 a on GPU 0: running");
        kill(pid, SIGTERM);
        assert_int_equal(finish(pid), 1);
        load(true);
        assert_result("a/0", "error", "the run was ended by signal 15");
        assert_result("b/0", "notrun", "the run was ended by signal 15 before this job");
        assert_result("c/0", "notrun", "the run was ended by signal 15 before this job");
        release();
        assert_false(is_running(scratch));
}

#define test(function)     cmocka_unit_test_setup_teardown(function, set_up_fake, tear_down_all)
#define test_two(function) cmocka_unit_test_setup_teardown(function, set_up_two, tear_down_all)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_two(devices_run_side_by_side),
                test_two(serial_means_one_after_the_other),
                test_two(a_hang_holds_up_no_other_gpu),
                test_two(ends_only_its_own),
                test_two(outputs_have_their_room_kept),
                test(endless_processes),
                test(endless_output),
                test(quick_output),
                test(output_up_to_its_limit),
                test(endless_memory),
                test(endless_files),
                test(few_open_files),
                test(output_is_kept_as_told),
                test(xids_are_attached),
                test(a_result_beside_an_xid_is_no_pass),
                test(next_jobs_are_started_ahead),
                test(a_failed_start_ahead_is_no_result),
                test(nor_when_its_turn_has_come),
                test(a_context_may_fail),
                test(there_is_one_more_try),
                test(no_process_is_left),
        };

        if (!harness_start())
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
