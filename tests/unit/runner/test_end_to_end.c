/*
 * forestage-run as it is called, with a libcuda of the tests' own that fails on request: the exit
 * code, and every record of the region that is left behind.
 *
 * Runs the sanitised program that lies beside this one, so a leak or a bad access fails the test.
 */
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/unit/runner/harness.h"

/* --- tests --- */

static void passes(void **state)
{
        json_t *event, *result, *output, *run_record;

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 0);
        assert_log_has("job 1 of 1 one on GPU 0: pass (");
        load(true);
        assert_result("one/0", "pass", NULL);
        assert_file("jobs/one/0/out.bin", "\2\3\4\5", 4);
        result = json_of(REGION_RESULT, "one/0", 0);
        assert_string_equal(string_in(result, "kind"), "kernel");
        assert_string_equal(string_in(result, "name"), "Fake GPU 0");
        assert_string_equal(string_in(result, "uuid"), "GPU-11111111-1111-1111-1111-111111111100");
        assert_string_equal(string_in(result, "pci"), "0000:a0:00.0");
        assert_true(json_is_false(json_object_get(result, "rehearsal")));
        output = json_array_get(json_object_get(result, "outputs"), 0);
        assert_string_equal(string_in(output, "file"), "out.bin");
        assert_string_equal(string_in(output, "expect"), "pass");
        assert_int_equal(json_integer_value(json_object_get(output, "bytes")), 4);
        assert_true(json_is_real(json_object_get(json_object_get(result, "timings"), "launch_s")));
        event = json_of(REGION_EVENT, "run.plan", 0);
        assert_int_equal(json_array_size(json_object_get(event, "planned")), 1);
        run_record = json_of(REGION_RUN, NULL, 0);
        assert_string_equal(string_in(run_record, "sealed_by"), "forestage-run");
        json_decref(run_record);
        json_decref(event);
        json_decref(result);
        event = json_of(REGION_EVENT, "run.where", 0);
        assert_true(json_is_boolean(json_object_get(event, "hypervisor")));
        assert_int_equal(json_integer_value(json_object_get(event, "cuda_version")), 12020);
        json_decref(event);
        release();
}

static void wrong_value_fails(void **state)
{
        json_t *result, *output, *worst;

        (void)state;
        put_job("one", "increment", "", EXPECT_WRONG);
        check_one(1, "fail",
                "out.bin: 4 of 4 u8 elements are wrong, the worst is [0]: expected 1, found 2");
        load(true);
        assert_file("jobs/one/0/out.bin", "\2\3\4\5", 4);
        result = json_of(REGION_RESULT, "one/0", 0);
        output = json_array_get(json_object_get(result, "outputs"), 0);
        worst = json_object_get(output, "worst");
        assert_string_equal(string_in(output, "expect"), "fail");
        assert_int_equal(json_integer_value(json_object_get(output, "mismatches")), 4);
        assert_int_equal(json_integer_value(json_object_get(worst, "expected")), 1);
        assert_int_equal(json_integer_value(json_object_get(worst, "error")), 1);
        json_decref(result);
        release();
}

static void wrong_hash_fails(void **state)
{
        (void)state;
        put_job("one", "increment", "",
                "out.bin=sha256:"
                "0000000000000000000000000000000000000000000000000000000000000000");
        check_one(1, "fail", "out.bin has SHA-256 ");
}

static void hang_times_out(void **state)
{
        (void)state;
        put_job("one", "hang", "Timeout=1s\n", EXPECT_RIGHT);
        put_job("two", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("one/0", "timeout", "killed after its 1 s during the kernel");
        assert_result("two/0", "pass", NULL);
        assert_no_file("jobs/one/0/out.bin");
        release();
}

static void crash_is_an_error(void **state)
{
        json_t *result;

        (void)state;
        put_job("one", "crash", "", EXPECT_RIGHT);
        put_job("two", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result(
                "one/0", "error", "killed by signal 11 (Segmentation fault) during the kernel");
        assert_result("two/0", "pass", NULL);
        result = json_of(REGION_RESULT, "one/0", 0);
        assert_int_equal(json_integer_value(json_object_get(result, "signal")), SIGSEGV);
        json_decref(result);
        release();
}

static void leaving_early_is_an_error(void **state)
{
        (void)state;
        put_job("one", "leave", "", EXPECT_RIGHT);
        check_one(
                1, "error", "ended during the kernel with exit code 0 before everything was done");
}

static void illegal_address_is_an_error(void **state)
{
        (void)state;
        put_job("one", "illegal", "", EXPECT_RIGHT);
        check_one(1, "error",
                "the kernel, at cuCtxSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS (700), a fault");
}

/* Even an expectation that the untouched buffer meets does not help. */
static void unwritten_output_fails(void **state)
{
        (void)state;
        put_bytes("jobs/right.bin", "\xf5\xff\xf5\xff", 4);
        put_job("one", "nothing", "", EXPECT_RIGHT);
        check_one(1, "fail", "out.bin was never written");
}

static void nan_never_passes(void **state)
{
        static const float values[4] = { 1, 2, 3, 4 };

        (void)state;
        put_bytes("jobs/floats.bin", values, sizeof(values));
        put("jobs/one.conf", "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=make_"
                             "nan\nGrid=1\nBlock=1\n"
                             "Argument=in floats.bin\nArgument=out out.bin 16\nArgument=u32 16\n"
                             "[Expect]\nout.bin=like floats.bin tolerance 1e30 as f32\n");
        check_one(1, "fail",
                "out.bin: 1 of 4 f32 elements are wrong, the worst is [1]: expected 2, found nan");
}

static void forgotten_elements_are_told(void **state)
{
        static const float values[4] = { 1, 2, 3, 4 }, others[4] = { 1, 7, 3, 4 };
        static const char job[] =
                "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=half\nGrid=1\nBlock=1\n"
                "Argument=in floats.bin\nArgument=out out.bin 16\nArgument=u32 16\n"
                "[Expect]\nout.bin=like expected.bin tolerance 1e30 as f32\n";
        json_t *result, *output;

        (void)state;
        put_bytes("jobs/floats.bin", values, sizeof(values));
        put_bytes("jobs/expected.bin", values, sizeof(values));
        put("jobs/one.conf", job);
        check_one(1, "fail", "out.bin: 2 of 4 f32 elements were never written, the first is [2]");
        load(true);
        result = json_of(REGION_RESULT, "one/0", 0);
        output = json_array_get(json_object_get(result, "outputs"), 0);
        assert_int_equal(json_integer_value(json_object_get(output, "mismatches")), 2);
        assert_int_equal(json_integer_value(json_object_get(output, "untouched")), 2);
        assert_null(json_object_get(output, "worst"));
        json_decref(result);
        release();
        put_bytes("jobs/expected.bin", others, sizeof(others));
        put("jobs/one.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=half\nGrid=1\nBlock=1\n"
                "Argument=in floats.bin\nArgument=out out.bin 16\nArgument=u32 16\n"
                "[Expect]\nout.bin=like expected.bin as f32\n");
        check_one(1, "fail",
                "out.bin: 1 of 4 f32 elements are wrong and 2 were never written, the worst is "
                "[1]: expected 7, found 2");
}

static void repeat_starts_afresh(void **state)
{
        (void)state;
        put_bytes("jobs/right.bin", "\1\1\1\1", 4);
        put("jobs/one.conf",
                "[Job]\nType=kernel\nRepeat=5\n[Kernel]\nModule=fake.ptx\nFunction=count_up\n"
                "Grid=1\nBlock=1\nArgument=scratch 4\nArgument=out out.bin 4\nArgument=u32 4\n"
                "[Expect]\n" EXPECT_RIGHT "\n");
        check_one(0, "pass", NULL);
}

static void missing_files_are_errors(void **state)
{
        (void)state;
        put_job("one", "increment", "", "out.bin=like absent.bin tolerance 0 as u8");
        check_one(1, "error",
                "one.conf:12: the reference 'absent.bin' does not exist in the job folder");
        put_bytes("jobs/absent.bin", "\1", 1);
        check_one(1, "error", "the reference 'absent.bin' is smaller than 'out.bin'");
        put_bytes("jobs/absent.bin", "\1\2\3\4\5", 5);
        check_one(1, "error", "the reference 'absent.bin' is larger than 'out.bin'");
        put_job("one", "increment", "", EXPECT_RIGHT);
        char path[128];

        snprintf(path, sizeof(path), "%s/jobs/in.bin", scratch);
        unlink(path);
        check_one(1, "error", "one.conf:8: 'in.bin' does not exist in the job folder");
        assert_int_equal(symlink("/etc/passwd", path), 0);
        check_one(1, "error", "one.conf:8: 'in.bin' leads out of the job folder");
        unlink(path);
        assert_int_equal(mkfifo(path, 0600), 0);
        check_one(1, "error", "one.conf:8: 'in.bin' is not a regular file");
        unlink(path);
        put_bytes("jobs/in.bin", "", 0);
        check_one(1, "error", "one.conf:8: 'in.bin' is empty");
}

static void module_problems_are_errors(void **state)
{
        (void)state;
        put_job("one", "nosuch", "", EXPECT_RIGHT);
        check_one(1, "error", "fake.ptx has no kernel 'nosuch': cuModuleGetFunction: ");
        put("jobs/fake.ptx", "real");
        check_one(1, "error",
                "CUDA_ERROR_INVALID_PTX (218), a fault of the fake: line 1; fatal : "
                "not fake enough");
}

static void launch_is_checked(void **state)
{
        static const char form[] =
                "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\nGrid=1\n%s\n"
                "Argument=in in.bin\nArgument=out out.bin 4\n%s\n[Expect]\n" EXPECT_RIGHT "\n";
        char text[1024];

        (void)state;
        snprintf(text, sizeof(text), form, "Block=1", "Argument=u64 4");
        put("jobs/one.conf", text);
        check_one(1, "error",
                "one.conf:10: argument 3 has 8 bytes, but parameter 3 of 'increment' "
                "has 4");
        snprintf(text, sizeof(text), form, "Block=1", "");
        put("jobs/one.conf", text);
        check_one(1, "error", "'increment' takes 3 parameters, but the job file has 2 Argument=");
        snprintf(text, sizeof(text), form, "Block=1024", "Argument=u32 4");
        put("jobs/one.conf", text);
        check_one(1, "error", "has 1024 threads, but 'increment' can have at most 512 on this GPU");
        snprintf(text, sizeof(text), form, "Block=1\nSharedMemory=64K", "Argument=u32 4");
        put("jobs/one.conf", text);
        check_one(1, "error", "SharedMemory=65536 with the kernel's own 1024 bytes is more than");
        snprintf(text, sizeof(text), form, "Block=1\nSharedMemory=60K", "Argument=u32 4");
        put("jobs/one.conf", text);
        check_one(0, "pass", NULL);
}

static void output_streams_are_kept(void **state)
{
        const char *const large[] = { "--region-size", "4M", NULL };
        struct region_record record;
        json_t *result;

        (void)state;
        put_job("one", "speak", "", EXPECT_RIGHT);
        check_one(0, "pass", NULL);
        load(true);
        assert_file("jobs/one/0/stdout", "hello from the kernel\n", 22);
        assert_file("jobs/one/0/stderr", "and an error\n", 13);
        release();
        put_job("one", "babble", "", EXPECT_RIGHT);
        assert_int_equal(run_more(large), 0);
        load(true);
        assert_result("one/0", "pass", NULL);
        assert_true(find(REGION_FILE, "jobs/one/0/stdout", 0, &record));
        assert_in_range(record.data_length, 1 << 20, (1 << 20) + 128);
        assert_non_null(memmem(record.data, record.data_length, "4194304 more bytes", 18));
        result = json_of(REGION_RESULT, "one/0", 0);
        assert_int_equal(
                json_integer_value(json_object_get(result, "stdout_dropped_bytes")), 4194304);
        json_decref(result);
        release();
}

/* A stray process, in a session of its own, is gone when the job is. */
static void orphans_are_ended(void **state)
{
        (void)state;
        put_job("one", "orphan", "Timeout=10s\n", EXPECT_RIGHT);
        check_one(0, "pass", NULL);
        assert_false(is_running(scratch));
}

static void region_is_out_of_reach(void **state)
{
        (void)state;
        put_job("one", "vandal", "", EXPECT_RIGHT);
        put_job("two", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("one/0", "error", "killed by signal 11");
        assert_result("two/0", "pass", NULL);
        release();
}

/* Every byte of results of all sizes around those of the buffers that they come through. */
static void large_outputs(void **state)
{
        static const struct {
                unsigned size;
                const char *region; /* what is free in it is cleared and read, too */
        } sizes[] = {
                { 65536, "1M" },
                { 65537, "1M" },
                { 4194304, "5M" },
                { 4194305, "5M" },
                { 9000001, "10M" },
        };
        size_t most = 9000001;
        unsigned char *in = malloc(2 * most);

        (void)state;
        assert_non_null(in);
        for (size_t i = 0; i < most; i++) {
                in[i] = (unsigned char)(i * 2654435761u >> 13);
                in[most + i] = (unsigned char)(in[i] + 1);
        }
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                const char *const large[] = { "--region-size", sizes[i].region, NULL };
                unsigned size = sizes[i].size;
                char text[512];

                put_bytes("jobs/large.bin", in, size);
                put_bytes("jobs/right.bin", in + most, size);
                snprintf(text, sizeof(text),
                        "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\n"
                        "Grid=1\nBlock=1\nArgument=in large.bin\nArgument=out out.bin %u\n"
                        "Argument=u32 %u\n[Expect]\n" EXPECT_RIGHT "\n",
                        size, size);
                put("jobs/one.conf", text);
                assert_int_equal(run_more(large), 0);
                load(true);
                assert_file("jobs/one/0/out.bin", (char *)in + most, size);
                release();
        }
        free(in);
}

static void no_jobs(void **state)
{
        json_t *event, *run_record;

        (void)state;
        assert_int_equal(run(), 1);
        assert_log_has("no jobs");
        load(true);
        event = json_of(REGION_EVENT, "run.plan", 0);
        assert_int_equal(json_array_size(json_object_get(event, "planned")), 0);
        run_record = json_of(REGION_RUN, NULL, 0);
        assert_string_equal(string_in(run_record, "reason"), "no jobs");
        json_decref(event);
        json_decref(run_record);
        release();
}

static void check_no_gpu(const char *reason)
{
        json_t *event;

        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("one/none", "error", reason);
        event = json_of(REGION_EVENT, "run.devices", 0);
        assert_non_null(strstr(string_in(event, "error"), reason));
        assert_int_equal(json_array_size(json_object_get(event, "devices")), 0);
        json_decref(event);
        release();
}

static void no_library(void **state)
{
        (void)state;
        set_library("nowhere");
        check_no_gpu("libcuda.so.1: cannot open shared object file");
}

static void no_device(void **state)
{
        (void)state;
        setenv("FAKE_CUDA", "no-device", 1);
        check_no_gpu("cuInit: CUDA_ERROR_NO_DEVICE (100), a fault of the fake");
}

/* What the stage has said of Fabric Manager, and which of its ends error 802 then names. */
static void gpus_behind_switches(void **state)
{
        static const char *const rows[][2] = {
                { NULL, "; on a host it is nvidia-fabricmanager.service" },
                { "none", ", and the image has none: give it to make image as FABRIC=" },
                { "mismatch", ", and the image's is of another version than the driver" },
                { "failed", ", which ended with an error here" },
                { "late", ", which was not ready in time here" },
        };

        (void)state;
        setenv("FAKE_CUDA_FAULT", "cuInit:0:1:802", 1);
        put_job("one", "increment", "", EXPECT_RIGHT);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const char *const told[] = { rows[i][0] ? "--fabric" : NULL, rows[i][0], NULL };
                char reason[256];

                snprintf(reason, sizeof(reason),
                        "(802), a fault of the fake: GPUs that NVSwitches join need NVIDIA's "
                        "Fabric Manager%s",
                        rows[i][1]);
                assert_int_equal(run_more(told), 1);
                load(true);
                assert_result("one/none", "error", reason);
                release();
        }
        unsetenv("FAKE_CUDA_FAULT");
}

static void library_crashes(void **state)
{
        (void)state;
        setenv("FAKE_CUDA", "init-crash", 1);
        check_no_gpu("the process that looks for GPUs was killed by signal 11 while cuInit");
}

static void device_moved(void **state)
{
        const char *const never[] = { "--ahead", "0", NULL };

        (void)state;
        setenv("FAKE_CUDA", "moved", 1);
        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(never), 1);
        load(true);
        assert_result("one/0", "error",
                "GPU 0, GPU-11111111-1111-1111-1111-111111111100, was planned, but is not there");
        release();
}

static void several_devices(void **state)
{
        const char *const only_one[] = { "--device", "1", NULL };

        (void)state;
        setenv("FAKE_CUDA", "2", 1);
        put_job("a", "increment", "", EXPECT_RIGHT);
        put_job("b", "increment", "Device=GPU-11111111-1111-1111-1111-111111111100\n",
                EXPECT_RIGHT);
        put_job("c", "increment", "Device=1,7\n", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("a/0", "pass", NULL);
        assert_result("a/1", "pass", NULL);
        assert_result("b/0", "pass", NULL);
        assert_result("c/1", "pass", NULL);
        assert_result("c/7", "error", "Device=7: this machine has no such GPU");
        assert_file("jobs/a/1/out.bin", "\2\3\4\5", 4);
        release();
        put_job("c", "increment", "Device=1\n", EXPECT_RIGHT);
        assert_int_equal(run_more(only_one), 0);
        load(true);
        assert_result("a/1", "pass", NULL);
        assert_result("b/none", "skip", "none of the job's devices");
        assert_result("c/1", "pass", NULL);
        release();
}

static void broken_job_stops_no_other(void **state)
{
        (void)state;
        put("jobs/bad.conf", "[Job]\nType=kernel\nColour=red\n");
        put("jobs/check.conf", "[Job]\nType=check\n[Check]\nLevel=quick\n");
        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("bad/none", "error", "bad.conf:3: the key Colour= is not known in [Job]");
        assert_result("check/0", "error",
                "libcuda.so.1 has no cuMemHostGetDevicePointer_v2: the driver is too old");
        assert_result("one/0", "pass", NULL);
        release();
}

static void full_region(void **state)
{
        const char *const small[] = { "--region-size", "64K", NULL };

        (void)state;
        put("jobs/big.conf",
                "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\nGrid=1\n"
                "Block=1\nArgument=in in.bin\nArgument=out out.bin 40K\nArgument=u32 4\n[Expect]\n"
                "out.bin=sha256:"
                "0000000000000000000000000000000000000000000000000000000000000000\n");
        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(small), 1);
        load(true);
        assert_result("big/0", "error", "its outputs do not fit: 41088 bytes are needed in the");
        assert_result("one/0", "pass", NULL);
        release();
}

static void too_small_region(void **state)
{
        const char *const small[] = { "--region-size", "64K", NULL };
        char name[16];

        (void)state;
        for (int i = 0; i < 20; i++) {
                snprintf(name, sizeof(name), "job%02d", i);
                put_job(name, "increment", "", EXPECT_RIGHT);
        }
        assert_int_equal(run_more(small), 4);
        assert_log_has("the region is too small: the plan of 20 jobs and devices needs");
}

/* A plan that no reader would take is told when it is made, and not by a run that cannot pass. */
static void too_long_plan(void **state)
{
        const char *const large[] = { "--region-size", "256M", NULL };
        char *text = malloc(64 << 10), name[32];
        size_t length =
                (size_t)sprintf(text, "[Job]\nType=program\n[Program]\nExec=./a\n[Expect]\n");

        (void)state;
        for (int i = 0; i < 256; i++)
                length += (size_t)sprintf(text + length, "%0200d=like right.bin as u8\n", i);
        for (int i = 0; i < 7; i++) {
                snprintf(name, sizeof(name), "jobs/job%d.conf", i);
                put(name, text);
        }
        free(text);
        setenv("FAKE_CUDA", "256", 1);
        assert_int_equal(run_more(large), 4);
        assert_log_has("the plan of 1792 jobs and devices takes ");
        assert_log_has("and forestage collect reads no more than 67108864 of a record");
}

static void termination(void **state)
{
        json_t *run_record;
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
        assert_result("b/0", "error", "the run was ended by signal 15 (Terminated)");
        assert_result("c/0", "notrun", "the run was ended by signal 15 before this job");
        run_record = json_of(REGION_RUN, NULL, 0);
        assert_string_equal(string_in(run_record, "reason"), "ended by signal 15");
        json_decref(run_record);
        release();
}

static void keep_open_appends(void **state)
{
        const char *const open[] = { "--keep-open", NULL };
        struct region_record record;

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(open), 0);
        load(false);
        assert_false(find(REGION_RUN, NULL, 0, &record));
        assert_result("one/0", "pass", NULL);
        release();
        assert_int_equal(run_more(open), 0);
        load(false);
        assert_true(find(REGION_RESULT, "one/0", 1, &record));
        release();
        assert_int_equal(run(), 0); /* without it, the region is made anew */
        load(true);
        assert_false(find(REGION_RESULT, "one/0", 1, &record));
        release();
        assert_int_equal(run_more(open), 4); /* and that run has ended: it stays as it is */
        assert_log_has("holds a run that has ended, and --keep-open appends to one that has not");
        load(true);
        assert_result("one/0", "pass", NULL);
        release();
}

/* What a runner left that was killed while it wrote, at two places of the file. */
static void scribble(void)
{
        static const char garbage[] = "half a record";
        static const off_t places[] = { 300000, 400001 };
        int fd = open(region_path, O_RDWR | O_CLOEXEC);

        assert_true(fd >= 0);
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(pwrite(fd, garbage, sizeof(garbage), places[i]), sizeof(garbage));
        close(fd);
}

static enum region_error damage(void)
{
        struct region_report report;

        assert_int_equal(region_verify(region_bytes, region_length, &report), REGION_OK);
        return report.error;
}

static void keep_open_heals_what_is_left(void **state)
{
        const char *const open[] = { "--keep-open", NULL };

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(open), 0);
        scribble();
        load(false);
        assert_int_equal(damage(), REGION_BAD_FREE);
        release();
        assert_int_equal(run_more(open), 0);
        load(false);
        assert_int_equal(damage(), REGION_NOT_SEALED);
        assert_result("one/0", "pass", NULL);
        release();
}

static void only_regions_are_overwritten(void **state)
{
        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        put("out.region", "my diary\n");
        assert_int_equal(run(), 4);
        assert_log_has("neither empty nor a region");
        size_t length;
        char *text = slurp(region_path, &length);

        assert_string_equal(text, "my diary\n");
        free(text);
        /* What a run leaves that is killed before it has begun holds nothing of anybody's. */
        put("out.region", "");
        assert_int_equal(truncate(region_path, 65536), 0);
        assert_int_equal(run(), 0);
        put("out.region", "");
        assert_int_equal(run(), 0);
}

static struct stat look(const char *name)
{
        struct stat status = { 0 };
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        assert_int_equal(lstat(path, &status), 0);
        return status;
}

/* What is there is left alone, whatever it is, and `text` says why. */
static void assert_refused(const char *text)
{
        struct stat before = look("out.region"), after;

        assert_int_equal(run(), 4);
        assert_log_has(text);
        after = look("out.region");
        assert_int_equal(before.st_ino, after.st_ino);
        assert_int_equal(before.st_mode, after.st_mode);
        assert_int_equal(before.st_size, after.st_size);
        assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
        assert_int_equal(remove(region_path), 0);
}

static void a_region_is_ours_alone(void **state)
{
        char second[128];

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run(), 0);
        assert_int_equal(look("out.region").st_mode & 07777, 0600);
        assert_int_equal(run(), 0); /* again over the same one */
        assert_int_equal(truncate(region_path, 0), 0);
        assert_int_equal(chmod(region_path, 0644), 0); /* as touch makes it */
        assert_int_equal(run(), 0);
        assert_int_equal(look("out.region").st_mode & 07777, 0600);
        snprintf(second, sizeof(second), "%s/second", scratch);
        assert_int_equal(rename(region_path, second), 0);
        assert_int_equal(link(second, region_path), 0);
        assert_refused("has 2 names (hard links)");
        assert_int_equal(symlink("second", region_path), 0);
        assert_refused("is a symbolic link: name the file that it leads to");
        assert_int_equal(look("second").st_size, 512 << 10);
        assert_int_equal(mkfifo(region_path, 0600), 0);
        assert_refused("is not a regular file");
        assert_int_equal(mkdir(region_path, 0700), 0);
        assert_refused("Is a directory");
        assert_int_equal(rename(second, region_path), 0);
        assert_int_equal(chmod(region_path, 0666), 0);
        assert_refused("has mode 0666, so that others can write to it");
        if (geteuid() != 0)
                return;
        put("out.region", "");
        assert_int_equal(chown(region_path, 65534, 65534), 0);
        assert_refused("belongs to uid 65534, not to you (uid 0)");
        assert_int_equal(mknod(region_path, S_IFCHR | 0666, makedev(1, 3)), 0);
        assert_refused("is not a regular file");
}

static void usage(void **state)
{
        const char *const unknown[] = { "--frobnicate", NULL };
        const char *const absent[] = { "--only", "nosuch", NULL };
        const char *const only[] = { "--only", "one", NULL };
        const char *const some[] = { "--only", "t?o,nosuch*,one", NULL };
        const char *const patterns[] = { "--only", "o*,[x-z]*,th?ee", NULL };
        const char *const begin[] = { "--only", "on", NULL };
        struct region_record record;

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        put_job("two", "crash", "", EXPECT_RIGHT);
        assert_int_equal(run_more(unknown), 2);
        assert_log_has("--frobnicate: unknown option");
        assert_int_equal(run_more(absent), 2);
        assert_int_equal(run_more(only), 0);
        load(true);
        assert_false(find(REGION_RESULT, "two/0", 0, &record));
        release();
        /* Patterns: each has to be somebody's, and the whole of a name. */
        assert_int_equal(run_more(some), 2);
        assert_log_has("--only: the job folder has no such job: nosuch*");
        assert_int_equal(run_more(begin), 2);
        put_job("three", "increment", "", EXPECT_RIGHT);
        put_job("yes", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(patterns), 0);
        load(true);
        assert_false(find(REGION_RESULT, "two/0", 0, &record));
        assert_true(find(REGION_RESULT, "one/0", 0, &record));
        assert_true(find(REGION_RESULT, "three/0", 0, &record));
        assert_true(find(REGION_RESULT, "yes/0", 0, &record));
        release();
        assert_int_equal(finish(start_with("/nonexistent", NULL)), 2);
        assert_log_has("the job folder /nonexistent cannot be read");
}

/* --- programs --- */

static void program_runs(void **state)
{
        char folders[128];
        glob_t left;
        json_t *result;

        (void)state;
        put_program("one",
                "echo \"$1|$2|$WORD|$CUDA_VISIBLE_DEVICES|$FORESTAGE_DEVICE\"\n"
                "cat in.bin > copy.bin; mkdir sub; echo x > sub/a.csv; echo y > sub/b.txt; "
                "ln -s /etc/passwd sub/c.csv; echo z > left",
                "[Program]\nExec=./one.sh 'a b' c\nEnvironment=WORD=two words\n"
                "Collect=sub/*.csv\n[Expect]\ncopy.bin=like in.bin as u8\n",
                0755);
        check_one(0, "pass", NULL);
        load(true);
        assert_file("jobs/one/0/stdout",
                "a b|c|two words|GPU-11111111-1111-1111-1111-111111111100|0\n", 59);
        assert_file("jobs/one/0/copy.bin", "\1\2\3\4", 4);
        assert_file("jobs/one/0/sub/a.csv", "x\n", 2);
        assert_no_file("jobs/one/0/sub/b.txt");
        assert_no_file("jobs/one/0/sub/c.csv");
        assert_no_file("jobs/one/0/left");
        result = json_of(REGION_RESULT, "one/0", 0);
        assert_string_equal(string_in(result, "kind"), "program");
        assert_int_equal(json_array_size(json_object_get(result, "outputs")), 2);
        json_decref(result);
        release();
        snprintf(folders, sizeof(folders), "%s/forestage-run-*", scratch);
        assert_int_equal(glob(folders, 0, NULL, &left), GLOB_NOMATCH);
}

static void secrets_of_the_shell_stay_there(void **state)
{
        (void)state;
        put_program("one",
                "test -z \"$SECRET\" && test \"$LANG$HOME\" = \"C.UTF-8$PWD\" && env | wc -l",
                "[Program]\nExec=one.sh\n", 0755);
        setenv("SECRET", "hunter2", 1);
        check_one(0, "pass", NULL);
        unsetenv("SECRET");
}

static void program_status_is_the_verdict(void **state)
{
        (void)state;
        put_program("one", "true", "[Program]\nExec=one.sh\n", 0755);
        check_one(0, "pass", NULL);
        put_program("one", "echo oops >&2; exit 3", "[Program]\nExec=one.sh\n", 0755);
        check_one(1, "fail", "the program ended with exit code 3");
        load(true);
        assert_file("jobs/one/0/stderr", "oops\n", 5);
        release();
        put_program("one", "kill -ABRT $$", "[Program]\nExec=one.sh\n", 0755);
        check_one(1, "error", "killed by signal 6 (Aborted) during the program");
        put_program(
                "one", "sleep 100 & sleep 100", "Timeout=300ms\n[Program]\nExec=one.sh\n", 0755);
        /* Timeout= stands twice: the file is broken, and says so. */
        assert_int_equal(run(), 1);
        load(true);
        assert_result("one/none", "error", "one.conf:4: Timeout= stands on line 3 already");
        release();
}

static void program_times_out(void **state)
{
        char script[96];

        (void)state;
        snprintf(script, sizeof(script), "echo early > f; sleep %s & sleep %s", own_nap(),
                own_nap());
        put_program("one", script, "[Program]\nExec=one.sh\n", 0755);
        put("jobs/one.conf",
                "[Job]\nType=program\nTimeout=1500ms\n[Program]\nExec=one.sh\nCollect=f\n");
        check_one(1, "timeout", "killed after its 1.5 s during the program");
        load(true);
        assert_file("jobs/one/0/f", "early\n", 6); /* what there was is kept */
        release();
        assert_false(is_running(own_nap()));
}

static void program_outputs_are_compared(void **state)
{
        (void)state;
        put_program("one", "true",
                "[Program]\nExec=one.sh\n[Expect]\nright.bin=like in.bin as u8\n", 0755);
        /* right.bin is in the job folder, but this run did not write it. */
        check_one(1, "fail", "right.bin was not written");
        put_program("one", "cat right.bin > o",
                "[Program]\nExec=one.sh\n[Expect]\no=like in.bin as u8\n", 0755);
        check_one(1, "fail", "o: 4 of 4 u8 elements are wrong");
        put_program("one", "echo longer > o",
                "[Program]\nExec=one.sh\n[Expect]\no=like in.bin as u8\n", 0755);
        check_one(1, "fail", "o has 7 bytes, but its reference has 4");
        put_bytes("jobs/empty.bin", "", 0);
        put_program(
                "one", ": > o", "[Program]\nExec=one.sh\n[Expect]\no=like empty.bin as u8\n", 0755);
        check_one(1, "error", "the reference 'empty.bin' is empty and compares nothing");
}

static json_t *list_of(const char *name, const char *key)
{
        json_t *result, *unmatched;

        load(true);
        result = json_of(REGION_RESULT, name, 0);
        unmatched = json_incref(json_object_get(result, key));
        json_decref(result);
        release();
        return unmatched;
}

static json_t *unmatched_of(const char *name)
{
        return list_of(name, "unmatched");
}

static void nothing_collected_is_told(void **state)
{
        json_t *unmatched;

        (void)state;
        put_program("one", "mkdir -p a/b; echo x > a/b/c.csv",
                "[Program]\nExec=one.sh\nCollect=*.csv\nCollect=**/*.csv\nCollect=*.bin\n", 0755);
        check_one(0, "pass", NULL);
        assert_log_has("job 1 of 1 one on GPU 0: warning: Collect=*.bin found no file");
        unmatched = unmatched_of("one/0");
        assert_int_equal(json_array_size(unmatched), 2);
        assert_string_equal(json_string_value(json_array_get(unmatched, 0)), "*.csv");
        assert_string_equal(json_string_value(json_array_get(unmatched, 1)), "*.bin");
        json_decref(unmatched);
        load(true);
        assert_file("jobs/one/0/a/b/c.csv", "x\n", 2);
        release();
        put_program("one", "echo x > c.csv", "[Program]\nExec=one.sh\nCollect=!*.csv\n", 0755);
        check_one(0, "pass", NULL);
        assert_null(unmatched_of("one/0"));
        put_program("one", "echo x > c.csv", "[Program]\nExec=one.sh\nCollect=!out/*\n", 0755);
        check_one(1, "error", "Collect=!out/* found no file");
        /* What a program says by its exit code comes first. */
        put_program("one", "exit 3", "[Program]\nExec=one.sh\nCollect=!out/*\n", 0755);
        check_one(1, "fail", "the program ended with exit code 3");
        unmatched = unmatched_of("one/0");
        assert_int_equal(json_array_size(unmatched), 1);
        json_decref(unmatched);
}

/* One thing that matches and is not collected; `told` NULL: none. */
static void check_left(const char *script, const char *collect, const char *told)
{
        char conf[128];
        json_t *left;

        snprintf(conf, sizeof(conf), "[Program]\nExec=one.sh\n%s", collect);
        put_program("one", script, conf, 0755);
        check_one(0, "pass", NULL);
        left = list_of("one/0", "left");
        assert_int_equal(json_array_size(left), told ? 1 : 0);
        if (told)
                assert_string_equal(json_string_value(json_array_get(left, 0)), told);
        json_decref(left);
}

/* What matches Collect= and is none of the files that are collected. */
static void what_is_left_is_told(void **state)
{
        char folder[128];

        (void)state;
        snprintf(folder, sizeof(folder), "%s/jobs/sub", scratch);
        assert_int_equal(mkdir(folder, 0755), 0);
        put("jobs/old.csv", "old\n");
        put("jobs/sub/old.csv", "old\n");
        check_left("cat old.csv > new.csv", "Collect=**/*.csv\n", NULL);
        check_left("echo x > old.csv; echo y > new.csv", "Collect=*.csv\n",
                "old.csv is a file of the job folder: what was written to it is not collected");
        assert_log_has("job 1 of 1 one on GPU 0: warning: old.csv is a file of the job folder");
        check_left("echo x > old.csv", "Collect=*.bin\n", NULL);
        check_left("rm old.csv; echo x > old.csv", "Collect=*.csv\n", NULL);
        check_left("echo x > sub/old.csv", "Collect=*.csv\n", NULL);
        check_left("echo x > sub/more.csv; echo y > a.csv", "Collect=**/*.csv\n",
                "sub/more.csv is a file of the job folder: what was written to it is not "
                "collected");
        check_left("echo x > a.csv; ln -s a.csv b.csv", "Collect=*.csv\n",
                "b.csv is a symbolic link, which is not followed");
        check_left("echo x > a.csv; mkfifo b.csv", "Collect=*.csv\n",
                "b.csv is neither a file nor a folder");
        check_left("echo x > a.csv; ln -s /etc b", "Collect=**/*.csv\n", NULL);
}

/* Folders that no path of a record can lead into; and no more than ten lines. */
static void much_that_is_left(void **state)
{
        static const char deep[] =
                "echo x > a.csv; for i in 1 2 3; do n=$(printf %0200d $i); mkdir $n; cd $n; done";
        json_t *left;

        (void)state;
        put_program("one", deep, "[Program]\nExec=one.sh\nCollect=*.csv\n", 0755);
        check_one(0, "pass", NULL);
        assert_null(list_of("one/0", "left"));
        put_program("one", deep, "[Program]\nExec=one.sh\nCollect=**/*.csv\n", 0755);
        check_one(0, "pass", NULL);
        left = list_of("one/0", "left");
        assert_int_equal(json_array_size(left), 1);
        assert_non_null(strstr(json_string_value(json_array_get(left, 0)),
                "... is a folder whose path is longer than 512 bytes"));
        json_decref(left);
        put_program("one", "for i in $(seq 13); do ln -s /dev/null $i.csv; done",
                "[Program]\nExec=one.sh\nCollect=*.csv\n", 0755);
        check_one(0, "pass", NULL);
        left = list_of("one/0", "left");
        assert_int_equal(json_array_size(left), 11);
        assert_string_equal(
                json_string_value(json_array_get(left, 10)), "3 more were not collected");
        json_decref(left);
}

static void program_cannot_start(void **state)
{
        (void)state;
        put("jobs/one.conf", "[Job]\nType=program\n[Program]\nExec=./absent\n");
        check_one(1, "error", "'absent' does not exist in the job folder");
        put("jobs/one.conf", "[Job]\nType=program\n[Program]\nExec=./python3 train.py\n");
        check_one(1, "error",
                "'python3' does not exist in the job folder; let train.py begin with "
                "#!/usr/bin/python3 and write Exec=./train.py");
        put("jobs/one.conf",
                "[Job]\nType=program\n[Program]\nExec=sh x\nEnvironment=PATH=/nowhere:/etc\n");
        check_one(1, "error",
                "sh cannot be executed: it is neither in the job folder nor along PATH");
        put("jobs/one.conf", "[Job]\nType=program\n[Program]\nExec=in.bin\n");
        check_one(1, "error",
                "in.bin cannot be executed: it is neither a program nor a script: line 1 has no "
                "#!");
        /* FAT knows no execute permission: the program runs all the same. */
        put_program("one", "true", "[Program]\nExec=one.sh\n", 0644);
        check_one(0, "pass", NULL);
}

/* What the folder does not have, and only that, is looked for along the program's PATH. */
static void program_of_the_system(void **state)
{
        (void)state;
        put("jobs/script", "echo here >out; test $# = 1\n");
        put("jobs/one.conf", "[Job]\nType=program\n[Program]\nExec=sh script word\nCollect=!out\n");
        check_one(0, "pass", NULL);
        put("jobs/one.conf", "[Job]\nType=program\n[Program]\nExec=sh script\n");
        check_one(1, "fail", "the program ended with exit code 1");
        put("jobs/sh", "#!/bin/sh\nexit 3\n");
        check_one(1, "fail", "the program ended with exit code 3");
}

static void program_repeats(void **state)
{
        (void)state;
        put_program("one", "test ! -e mark && echo >> mark && cat mark >> count",
                "Repeat=3\n[Program]\nExec=one.sh\nCollect=count\n", 0755);
        check_one(0, "pass", NULL);
        load(true);
        assert_file("jobs/one/0/count", "\n", 1); /* each time in a fresh folder */
        release();
}

static void program_files_may_not_fit(void **state)
{
        const char *const small[] = { "--region-size", "128K", NULL };

        (void)state;
        put_program("one", "head -c 1000 /dev/zero > a; head -c 200000 /dev/zero > b; echo c > c",
                "[Program]\nExec=one.sh\nCollect=*\n", 0755);
        put_job("two", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(small), 1);
        load(true);
        assert_result("one/0", "error", "b: 202688 bytes are needed in the region, but ");
        assert_no_file("jobs/one/0/b");
        assert_result("two/0", "pass", NULL);
        release();
}

/* --- what looks like a pass and is none --- */

#define FAKE(function)                                                                  \
        "[Job]\nType=kernel\nTimeout=2s\n[Kernel]\nModule=fake.ptx\nFunction=" function \
        "\nGrid=1\nBlock=4\n"
#define THREE "Argument=in in.bin\nArgument=out out.bin 4\nArgument=u32 4\n"
#define OWN   "[Job]\nType=program\nTimeout=5s\n[Program]\nExec=./own.sh\n"

static const struct trick {
        const char *text;   /* of one.conf */
        const char *cuda;   /* FAKE_CUDA */
        const char *script; /* of own.sh */
        const char *result, *status, *reason;
} tricks[] = {
        { FAKE("increment") THREE, NULL, NULL, "one/none", "error", "nothing was compared" },
        { FAKE("increment") THREE "[Expect]\n", NULL, NULL, "one/none", "error",
                "nothing was compared" },
        { FAKE("increment") "Argument=in in.bin\n[Expect]\n" EXPECT_RIGHT "\n", NULL, NULL,
                "one/none", "error", "'out.bin' is not an output of this job" },
        { FAKE("increment") THREE "[Expect]\nother.bin=like right.bin as u8\n", NULL, NULL,
                "one/none", "error", "'other.bin' is not an output of this job" },
        { FAKE("increment") THREE "[Expect]\nout.bin=\n", NULL, NULL, "one/none", "error",
                "expected 'sha256:HEX'" },
        { FAKE("increment") THREE "[Expect]\nout.bin=like absent as u8\n", NULL, NULL, "one/0",
                "error", "the reference 'absent' does not exist" },
        { FAKE("increment") THREE "[Expect]\nout.bin=like out.bin as u8\n", NULL, NULL, "one/0",
                "error", "the reference 'out.bin' does not exist" },
        { FAKE("increment") THREE "[Expect]\nout.bin=like empty as u8\n", NULL, NULL, "one/0",
                "error", "the reference 'empty' is smaller" },
        { FAKE("increment") THREE "[Expect]\nout.bin=like right.bin tolerance inf as f32\n", NULL,
                NULL, "one/none", "error", "'inf' is not a tolerance" },
        { FAKE("increment") "Argument=in in.bin\nArgument=out out.bin 0\nArgument=u32 4\n[Expect]\n"
                            "out.bin=like empty as u8\n",
                NULL, NULL, "one/none", "error", "" },
        { FAKE("nothing") THREE "[Expect]\nout.bin=like poison as u8\n", NULL, NULL, "one/0",
                "fail", "out.bin was never written" },
        { FAKE("nothing") THREE "[Expect]\nout.bin=like poison tolerance 255 as u8\n", NULL, NULL,
                "one/0", "fail", "out.bin was never written" },
        { FAKE("leave") THREE "[Expect]\n" EXPECT_RIGHT "\n", NULL, NULL, "one/0", "error",
                "before everything was done" },
        { FAKE("hang") THREE "[Expect]\n" EXPECT_RIGHT "\n", NULL, NULL, "one/0", "timeout",
                "killed after its 2 s" },
        { FAKE("increment") THREE "[Expect]\n" EXPECT_RIGHT "\n", "no-device", NULL, "one/none",
                "error", "CUDA_ERROR_NO_DEVICE" },
        { FAKE("increment") THREE "[Expect]\n" EXPECT_RIGHT "\n", "init-crash", NULL, "one/none",
                "error", "killed by signal 11" },
        { OWN "[Expect]\nout=like right.bin as u8\n", NULL, "exit 0", "one/0", "fail",
                "out was not written" },
        { OWN "[Expect]\nright.bin=like right.bin as u8\n", NULL, "exit 0", "one/0", "fail",
                "right.bin was not written" },
        { OWN "[Expect]\nout=like right.bin as u8\n", NULL, "ln -s right.bin out", "one/0", "fail",
                "out was not written" },
        { OWN "[Expect]\nout=like empty as u8\n", NULL, ": > out", "one/0", "error",
                "the reference 'empty' is empty and compares nothing" },
        { OWN, NULL, "kill -KILL $$", "one/0", "error", "killed by signal 9" },
        { OWN, NULL, "exit 77", "one/0", "fail", "the program ended with exit code 77" },
        { OWN, "no-device", "exit 0", "one/none", "error", "CUDA_ERROR_NO_DEVICE" },
};

static void unlink_job(const char *name)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/jobs/%s.conf", scratch, name);
        unlink(path);
}

static void nothing_fools_pass(void **state)
{
        const char *const elsewhere[] = { "--device", "1", NULL };

        (void)state;
        put_bytes("jobs/empty", "", 0);
        put_bytes("jobs/poison", "\xf5\xff\xf5\xff", 4);
        for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
                const struct trick *trick = &tricks[i];

                unsetenv("FAKE_CUDA");
                if (trick->cuda)
                        setenv("FAKE_CUDA", trick->cuda, 1);
                if (trick->script)
                        put_program("own", trick->script, "", 0755);
                unlink_job("own");
                put("jobs/one.conf", trick->text);
                assert_int_equal(run(), 1);
                load(true);
                assert_result(trick->result, trick->status, trick->reason);
                release();
        }
        /* Nothing but skipped jobs is no pass of the run. */
        setenv("FAKE_CUDA", "2", 1);
        put("jobs/one.conf",
                "[Job]\nType=program\nDevice=0\nTimeout=5s\n[Program]\nExec=./own.sh\n");
        assert_int_equal(run_more(elsewhere), 1);
        load(true);
        assert_result("one/none", "skip", "none of the job's devices");
        release();
}

/* --- with the interpreter of this project --- */

#define PTX                                                              \
        ".version 6.3\n.target sm_70\n.address_size 64\n"                \
        ".visible .entry seven(.param .u64 to)\n{\n"                     \
        "  .reg .b32 %r<2>;\n  .reg .b64 %rd<3>;\n"                      \
        "  ld.param.u64 %rd1, [to];\n  cvta.to.global.u64 %rd2, %rd1;\n" \
        "  mov.u32 %r1, 7;\n  st.global.u32 [%rd2], %r1;\n  ret;\n}\n"   \
        ".visible .entry astray(.param .u64 to)\n{\n"                    \
        "  .reg .b32 %r<2>;\n  .reg .b64 %rd<2>;\n"                      \
        "  mov.u64 %rd1, 16;\n  mov.u32 %r1, 7;\n  st.global.u32 [%rd1], %r1;\n  ret;\n}\n"

static int set_up_rehearsal(void **state)
{
        set_library("../../rehearsal");
        if (set_up(state) != 0)
                return -1;
        put("jobs/seven.ptx", PTX);
        put_bytes("jobs/seven.bin", "\7\0\0\0", 4);
        put("jobs/one.conf",
                "[Job]\nType=kernel\nTimeout=2s\n[Kernel]\nModule=seven.ptx\nFunction=seven\n"
                "Grid=1\nBlock=1\nArgument=out o 4\n[Expect]\no=like seven.bin as u32\n");
        return 0;
}

static int tear_down_rehearsal(void **state)
{
        unsetenv("FORESTAGE_REHEARSAL_FAULT");
        return tear_down(state);
}

static void rehearsal_passes(void **state)
{
        json_t *result;

        (void)state;
        check_one(0, "pass", NULL);
        load(true);
        result = json_of(REGION_RESULT, "one/0", 0);
        assert_true(json_is_true(json_object_get(result, "rehearsal")));
        json_decref(result);
        result = json_of(REGION_EVENT, "run.where", 0);
        assert_true(json_is_true(json_object_get(result, "rehearsal")));
        json_decref(result);
        release();
}

static void rehearsed_faults(void **state)
{
        (void)state;
        setenv("FORESTAGE_REHEARSAL_FAULT", "hang", 1);
        check_one(1, "timeout", "killed after its 2 s during the kernel");
        setenv("FORESTAGE_REHEARSAL_FAULT", "bits", 1);
        check_one(1, "fail", "o: 1 of 1 u32 elements are wrong, the worst is [0]: expected 7");
        setenv("FORESTAGE_REHEARSAL_FAULT", "launch", 1);
        check_one(1, "error", "CUDA_ERROR_LAUNCH_FAILED");
        setenv("FORESTAGE_REHEARSAL_FAULT", "init", 1);
        assert_int_equal(run(), 1);
        load(true);
        assert_result("one/none", "error", "cuInit: CUDA_ERROR_");
        release();
}

static void rehearsed_illegal_address(void **state)
{
        (void)state;
        put("jobs/one.conf",
                "[Job]\nType=kernel\nTimeout=2s\n[Kernel]\nModule=seven.ptx\nFunction=astray\n"
                "Grid=1\nBlock=1\nArgument=out o 4\n[Expect]\no=like seven.bin as u32\n");
        check_one(1, "error", "CUDA_ERROR_ILLEGAL_ADDRESS");
}

static void samples_pass_in_rehearsal(void **state)
{
        (void)state;
        if (access("samples/jobs/vecadd.conf", R_OK) != 0)
                skip(); /* not run from the top of the tree */
        assert_int_equal(finish(start_with("samples/jobs", NULL)), 0);
        load(true);
        assert_result("vecadd/0", "pass", NULL);
        assert_result("reduce/0", "pass", NULL);
        release();
}

#define rehearse(function) \
        cmocka_unit_test_setup_teardown(function, set_up_rehearsal, tear_down_rehearsal)
#define test(function) cmocka_unit_test_setup_teardown(function, set_up_fake, tear_down)
/* Each way in which a kernel job ends: with a context that it shares as with one of its own. */
#define both(function) cmocka_unit_test_setup_teardown(function, set_up_both, tear_down)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                both(passes),
                both(wrong_value_fails),
                test(wrong_hash_fails),
                both(hang_times_out),
                both(crash_is_an_error),
                both(leaving_early_is_an_error),
                both(illegal_address_is_an_error),
                both(unwritten_output_fails),
                test(nan_never_passes),
                test(forgotten_elements_are_told),
                both(repeat_starts_afresh),
                test(missing_files_are_errors),
                both(module_problems_are_errors),
                test(launch_is_checked),
                test(output_streams_are_kept),
                test(orphans_are_ended),
                test(region_is_out_of_reach),
                test(large_outputs),
                test(no_jobs),
                test(no_library),
                test(no_device),
                test(gpus_behind_switches),
                test(library_crashes),
                test(device_moved),
                both(several_devices),
                both(broken_job_stops_no_other),
                test(full_region),
                test(too_small_region),
                test(too_long_plan),
                test(termination),
                test(keep_open_appends),
                test(keep_open_heals_what_is_left),
                test(only_regions_are_overwritten),
                test(a_region_is_ours_alone),
                test(usage),
                test(program_runs),
                test(secrets_of_the_shell_stay_there),
                test(program_status_is_the_verdict),
                test(program_times_out),
                test(program_outputs_are_compared),
                test(nothing_collected_is_told),
                test(what_is_left_is_told),
                test(much_that_is_left),
                test(program_cannot_start),
                test(program_of_the_system),
                test(program_repeats),
                test(program_files_may_not_fit),
                test(nothing_fools_pass),
                rehearse(rehearsal_passes),
                rehearse(rehearsed_faults),
                rehearse(rehearsed_illegal_address),
                rehearse(samples_pass_in_rehearsal),
        };

        if (!harness_start())
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
