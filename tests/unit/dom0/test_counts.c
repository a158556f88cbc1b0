/* What check says of how many there are, and of programs that are named wrongly; what status says
 * to do first. */
#include <stdio.h>

#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

#define CHECK   "[Job]\nType=check\n[Check]\nLevel=quick\n"
#define PROGRAM "[Job]\nType=program\n[Program]\nExec="

static int check(struct stand_in *host, const char *more)
{
        return stand_in_run(host, "check %s/jobs %s", host->root, more);
}

static void counts_have_their_plural(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/jobs/a.conf", CHECK);
        assert_int_equal(check(host, "--gpus 1"), 0);
        assert_output(host, "1 job, 0 faults; for 1 GPU\n");
        stand_in_text(host, "/jobs/b.conf", CHECK "Colour=red\n");
        assert_int_equal(check(host, "--gpus 2"), 1);
        assert_output(host, "2 jobs, 1 fault; for 2 GPUs\n");
        stand_in_delete(host, "/jobs/a.conf");
        stand_in_text(host, "/jobs/b.conf", CHECK "Colour=red\nTaste=sweet\n");
        assert_int_equal(check(host, "--gpus 1024"), 1);
        assert_output(host, "1 job, 2 faults; for 1024 GPUs\n");
}

/* Nobody has asked for a size; forestage-run and a host have one all the same. */
static void the_usual_region_may_be_too_small(void **state)
{
        struct stand_in *host = *state;
        static const char told[] = "more than a region has unless told otherwise, 64 MiB: ";

        stand_in_text(host, "/jobs/a.conf", CHECK);
        assert_int_equal(check(host, "--gpus 8"), 0);
        assert_null(strstr(host->output, told));
        assert_int_equal(check(host, "--gpus 1024"), 0);
        assert_output(host, told);
        assert_int_equal(check(host, "--gpus 1024 --region-size 2G"), 0);
        assert_null(strstr(host->output, told));
        assert_int_equal(stand_in_run(host, "check %s/jobs/a.conf", host->root), 2);
        assert_errors(host, "/jobs/a.conf: a file: name the folder that it is in");
}

/* On a machine without GPUs, which is not the one that they are for. */
static void jobs_say_how_many_gpus_there_are(void **state)
{
        static const struct {
                const char *more, *options, *says;
        } cases[] = {
                { "", "", "for 1 GPU\n" },
                { "Expect-Devices=8\n", "", "for 8 GPUs\n" },
                { "Expect-Devices=1\n", "", "for 1 GPU\n" },
                { "Expect-Devices=8\n", "--gpus 2", "for 2 GPUs\n" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                stand_in_text(host, "/jobs/a.conf", CHECK "%s", cases[i].more);
                stand_in_text(host, "/jobs/b.conf", CHECK "Expect-Devices=1\n");
                check(host, cases[i].options);
                if (!strstr(host->output, cases[i].says))
                        fail_msg("case %zu: %s", i, host->output);
        }
}

static void an_interpreter_is_no_program_of_the_folder(void **state)
{
        static const struct {
                const char *exec, *says, *says_not;
        } cases[] = {
                { "python3 train.py",
                        "'train.py', which python3 is given, does not exist in the job folder\n",
                        "begin with" },
                { "bin/python3.11 -u ./train.py",
                        "; let SCRIPT begin with #!/usr/bin/python3.11 and write Exec=./SCRIPT\n",
                        NULL },
                { "bash run.sh", "'run.sh', which bash is given, does not exist", NULL },
                { "/opt/venv/bin/python train.py",
                        "is absolute, but must be inside the job folder; let train.py begin with "
                        "#!/opt/venv/bin/python and write Exec=./train.py\n",
                        NULL },
                { "./sh", "; let SCRIPT begin with #!/bin/sh and", NULL },
                { "pythonic", "Exec=pythonic does not exist in the job folder\n", "begin with" },
                { "./vecadd 7", "Exec=vecadd does not exist in the job folder\n", "begin with" },
                { "/usr/local/bin/gpu-burn", "is absolute, but must be inside the job folder\n",
                        "begin with" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                stand_in_text(host, "/jobs/a.conf", PROGRAM "%s\n", cases[i].exec);
                assert_int_equal(check(host, ""), 1);
                if (!strstr(host->output, cases[i].says) ||
                        (cases[i].says_not && strstr(host->output, cases[i].says_not)))
                        fail_msg("%s: %s", cases[i].exec, host->output);
        }
        /* One that the folder does bring is a program like any other. */
        stand_in_text(host, "/jobs/a.conf", PROGRAM "python3 train.py\n");
        stand_in_text(host, "/jobs/python3", "#!/bin/sh\n");
        check(host, "");
        assert_null(strstr(host->output, "begin with"));
}

/* Whether a host can is the doctor's to say, and install refuses some of what it finds. */
static void status_asks_the_doctor_first(void **state)
{
        struct stand_in *host = *state;
        const char *doctor, *install;

        assert_int_equal(stand_in_run(host, "status"), 3);
        assert_output(host, "Forestage is not installed");
        doctor = strstr(host->output, "forestage doctor");
        install = strstr(host->output, "forestage install");
        assert_true(doctor && install && doctor < install);
        stand_in_delete(host, "/boot/grub/grub.cfg");
        assert_int_equal(stand_in_run(host, "doctor"), 1);
        assert_output(host, "Obstacle:");
        assert_int_equal(stand_in_run(host, "status"), 3);
        assert_output(host, "forestage doctor");
}

#define ON_HOST(test) cmocka_unit_test_setup_teardown(test, stand_in_debian, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_HOST(counts_have_their_plural),
                ON_HOST(the_usual_region_may_be_too_small),
                ON_HOST(jobs_say_how_many_gpus_there_are),
                ON_HOST(an_interpreter_is_no_program_of_the_folder),
                ON_HOST(status_asks_the_doctor_first),
        };

        return run_tap(tests);
}
