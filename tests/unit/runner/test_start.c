/* Programs that cannot start, and what is said of it: as their result, and before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/runner/harness.h"

static void put_file(const char *file, const void *data, size_t length, mode_t mode)
{
        char name[64], path[192];

        snprintf(name, sizeof(name), "jobs/%s", file);
        put_bytes(name, data, length);
        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        assert_int_equal(chmod(path, mode), 0);
}

static const char *in_scratch(const char *name, char ret_path[192])
{
        snprintf(ret_path, 192, "%s/%s", scratch, name);
        return ret_path;
}

/* A program of these bytes ends as `status`, with the reason. */
static void assert_bytes(
        const void *data, size_t length, int code, const char *status, const char *reason)
{
        put_file("one", data, length, 0755);
        put("jobs/one.conf", "[Job]\nType=program\nTimeout=5s\n[Program]\nExec=./one\n");
        check_one(code, status, reason);
}

#define assert_text(text, status, reason) assert_bytes(text, strlen(text), 1, status, reason)

static void says_what_is_wrong_with_line_1(void **state)
{
        (void)state;
        assert_text("#!/bin/sh\r\nexit 0\r\n", "error",
                "./one cannot be executed: the interpreter in line 1 ends with a carriage return");
        assert_text("\xef\xbb\xbf#!/bin/sh\nexit 0\n", "error",
                "a UTF-8 byte order mark stands before the #! of line 1");
        assert_text("#!/opt/no/such/sh\nexit 0\n", "error",
                "its interpreter /opt/no/such/sh is not there");
        assert_text("echo hello\n", "error", "it is neither a program nor a script");
        assert_text("#!/etc/passwd\n", "error", "its interpreter /etc/passwd cannot be executed");
        assert_text("", "error", "it is empty");
        /* These start, and the reason is still that. */
        assert_text(
                "#!/usr/bin/env sh\r\nexit 0\r\n", "fail", "the program ended with exit code 127");
        assert_text("#!/bin/sh -e\r\nexit 0\r\n", "fail",
                "line 1 ends with a carriage return, which the interpreter gets as part of its");
}

static void says_what_is_wrong_with_a_program(void **state)
{
        static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
        size_t length;
        char *program = slurp("/bin/true", &length), *at;
        char object[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\267\0"; /* of AArch64 */

        (void)state;
        assert_bytes(program, length, 0, "pass", NULL);
        at = memmem(program, length, loader, sizeof(loader));
        if (at) {
                at[5] = '9';
                assert_bytes(program, length, 1, "error",
                        "its loader /lib69/ld-linux-x86-64.so.2 is not there");
        }
        free(program);
        assert_bytes(
                object, sizeof(object), 1, "error", "it is a program for AArch64, not for x86-64");
        object[18] = 62;
        object[16] = 1;
        assert_bytes(object, sizeof(object), 1, "error", "it is an object file (.o)");
}

static void says_what_may_not_be_executed(void **state)
{
        char path[192];

        (void)state;
        snprintf(path, sizeof(path), "%s/jobs/bin", scratch);
        assert_int_equal(mkdir(path, 0755), 0);
        put_file("bin/one", "#!/bin/sh\n", 10, 0644);
        put("jobs/one.conf", "[Job]\nType=program\n[Program]\nExec=bin/one\n");
        check_one(1, "error", "'bin/one' has no execute permission");
        put_file("bin/one", "#!/bin/sh\n", 10, 0755);
        check_one(0, "pass", NULL);
}

/* --- names --- */

static void says_what_is_no_job(void **state)
{
        const char *const list[] = { "--list", NULL }, *const only[] = { "--list", "--only", "one",
                NULL };
        char path[192];

        (void)state;
        put_job("one", "increment", "", EXPECT_RIGHT);
        put("jobs/BURN.CONF", "[Job]\nType=program\n");
        put("jobs/.hidden.conf", "");
        put("jobs/one.conf~", "");
        assert_int_equal(run_more(list), 0);
        assert_log_has("note: BURN.CONF: it is no job, because its name does not end in .conf in");
        assert_log_has("note: .hidden.conf: it is no job, because its name starts with a dot");
        assert_log_has("note: one.conf~: it is no job, because its name does not end in .conf");
        assert_int_equal(run(), 0);
        assert_log_has("note: BURN.CONF: it is no job");
        assert_int_equal(run_more(only), 0);
        assert_log_lacks("note:");
        /* Where nothing is left, that is why. */
        assert_int_equal(unlink(in_scratch("jobs/one.conf", path)), 0);
        assert_int_equal(run_more(list), 1);
        assert_log_has("no jobs\nnote: .hidden.conf");
}

static void lists_the_gpus_of_a_job(void **state)
{
        const char *const list[] = { "--list", NULL };

        (void)state;
        put_job("one", "increment", "Device=0\n", EXPECT_RIGHT);
        put_job("two", "increment", "Device=0,3,12\n", EXPECT_RIGHT);
        put_job("all", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(list), 0);
        assert_log_has("one: kernel on GPU 0, ");
        assert_log_has("two: kernel on GPUs 0, 3, 12, ");
        assert_log_has("all: kernel on every GPU, ");
}

/* --- mounts --- */

/* Runs forestage-run where `line` of shell has mounted something; its output is in scratch/log. */
static int run_among_mounts(const char *line)
{
        char text[3 * PATH_MAX], program[PATH_MAX + 64];
        int status;

        snprintf(program, sizeof(program), "%s/runner/asan/forestage-run", here);
        snprintf(text, sizeof(text),
                "unshare -m sh -c 'cd %s && %s && exec %s --jobs %s/jobs --region %s "
                "--region-size 512K' >%s/log 2>&1",
                scratch, line, program, scratch, region_path, scratch);
        status = system(text);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void make_folder(const char *name)
{
        char path[192];

        snprintf(path, sizeof(path), "%s/%s", scratch, name);
        assert_int_equal(mkdir(path, 0700), 0);
}

static void says_where_nothing_can_be_executed(void **state)
{
        static const char mount[] = "mount -t tmpfs -o noexec none \"with blank\" && "
                                    "mkdir \"with blank/in\" && export TMPDIR=\"with blank/in\"";
        char path[192];

        (void)state;
        if (system("unshare -m sh -c 'mount -t tmpfs -o noexec none /mnt' 2>/dev/null") != 0) {
                print_message("# not run: nothing can be mounted here\n");
                return;
        }
        make_folder("with blank");
        put_file("one", "#!/bin/sh\n", 10, 0644);
        put("jobs/one.conf", "[Job]\nType=program\n[Program]\nExec=./one\n");
        assert_int_equal(run_among_mounts(mount), 1);
        assert_log_has("forestage-run: nothing can be executed in with blank/in: ");
        assert_log_has("/with blank is mounted noexec; set TMPDIR= to a folder on another mount");
        load(true);
        assert_result("one/0", "error",
                "'one' has no execute permission, and for a copy of it: nothing can be executed");
        release();
        /* One that can be executed where it is does not mind. */
        put_file("one", "#!/bin/sh\n", 10, 0755);
        assert_int_equal(run_among_mounts(mount), 0);
        assert_log_has("is mounted noexec; set TMPDIR= to a folder on another mount");
        /* Neither do jobs that are no programs, and nothing is said then. */
        assert_int_equal(unlink(in_scratch("jobs/one.conf", path)), 0);
        put_job("two", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_among_mounts(mount), 0);
        assert_log_lacks("noexec");
        /* The job folder itself. */
        put_file("one", "#!/bin/sh\n", 10, 0755);
        put("jobs/one.conf", "[Job]\nType=program\n[Program]\nExec=./one\n");
        assert_int_equal(run_among_mounts("mount --bind jobs jobs && "
                                          "mount -o remount,bind,noexec jobs"),
                1);
        load(true);
        assert_result("one/0", "error", "/jobs, which is mounted noexec");
        release();
        assert_log_lacks("set TMPDIR=");
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up_fake, tear_down)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test(says_what_is_wrong_with_line_1),
                test(says_what_is_wrong_with_a_program),
                test(says_what_may_not_be_executed),
                test(says_what_is_no_job),
                test(lists_the_gpus_of_a_job),
                test(says_where_nothing_can_be_executed),
        };

        if (!harness_start())
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
