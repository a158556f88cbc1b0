/* A program's environment: fixed, and nothing of the caller's shell in it. */
#include "runner/program/environment.h"

#include <stdio.h>

#include "tests/unit/tap.h"

static struct device device = { .index = 3, .uuid = "GPU-11111111-1111-1111-1111-111111111103" };

static char *const shell[] = { "PATH=/home/me/bin", "HOME=/root", "LANG=de_DE", "SECRET=hunter2",
        "AWS_SECRET_ACCESS_KEY=x", "LD_PRELOAD=/tmp/x.so", "LD_LIBRARY_PATH=/opt/cuda",
        "TMPDIR=/scratch", "CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=0",
        "CUDA_LAUNCH_BLOCKING=1", "FORESTAGE_REHEARSAL_DEVICES=4", "FORESTAGE_REHEARSAL=1",
        "TMPDIR_OTHER=x", "BASH_FUNC_x%%=() { :; }", NULL };

/* The entries, one a line. */
static char *joined_with(const struct job *job, char *const outer[], bool preload)
{
        static char text[2048];
        char **environment = environment_make(job, &device, "/tmp/forestage-run-x",
                &(struct surroundings){ outer, "/home/me", preload });

        assert_non_null(environment);
        text[0] = '\0';
        for (char **entry = environment; *entry; entry++) {
                strcat(text, *entry);
                strcat(text, "\n");
        }
        environment_free(environment);
        return text;
}

static char *joined(const struct job *job, char *const outer[])
{
        return joined_with(job, outer, false);
}

#define FIRST                                                                 \
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n" \
        "HOME=/tmp/forestage-run-x\nLANG=C.UTF-8\n"
#define GPU "CUDA_VISIBLE_DEVICES=GPU-11111111-1111-1111-1111-111111111103\nFORESTAGE_DEVICE=3\n"

static void the_shell_stays_outside(void **state)
{
        struct job job = { .type = JOB_PROGRAM };

        (void)state;
        assert_string_equal(joined(&job, shell),
                FIRST "LD_LIBRARY_PATH=/opt/cuda\nTMPDIR=/scratch\nCUDA_DEVICE_ORDER=PCI_BUS_ID\n"
                      "FORESTAGE_REHEARSAL_DEVICES=4\n" GPU);
}

static void nothing_is_needed_outside(void **state)
{
        struct job job = { .type = JOB_PROGRAM };
        char *const none[] = { NULL };

        (void)state;
        assert_string_equal(joined(&job, none), FIRST GPU);
}

/* With --preload-programs: the library, what it is told, and nothing else of the shell. */
static void a_library_is_let_in_when_it_is_asked_for(void **state)
{
        char *const outer[] = { "SECRET=hunter2", "LD_PRELOAD=/lib/x.so", "INJECT=cached",
                "INJECT_ABOVE=4096", "INJECTED=no", "LD_PRELOADED=no", "LD_AUDIT=/tmp/a.so", NULL };
        char *own[] = { "LD_PRELOAD=" };
        struct job job = { .type = JOB_PROGRAM };

        (void)state;
        assert_string_equal(joined_with(&job, outer, true),
                FIRST "LD_PRELOAD=/lib/x.so\nINJECT=cached\nINJECT_ABOVE=4096\n" GPU);
        assert_string_equal(joined_with(&job, outer, false), FIRST GPU);
        job.program.environment = (struct words){ own, 1 };
        assert_string_equal(joined_with(&job, outer, true),
                FIRST "LD_PRELOAD=\nINJECT=cached\nINJECT_ABOVE=4096\n" GPU);
}

/* A program runs in another folder than the one from which they were named. */
static void folders_are_those_of_the_caller(void **state)
{
        static const struct {
                char *given;
                const char *taken;
        } cases[] = {
                { "LD_LIBRARY_PATH=build/rehearsal", "LD_LIBRARY_PATH=/home/me/build/rehearsal" },
                { "LD_LIBRARY_PATH=.:/opt/cuda:../x",
                        "LD_LIBRARY_PATH=/home/me/.:/opt/cuda:/home/me/../x" },
                { "LD_LIBRARY_PATH=/a;b", "LD_LIBRARY_PATH=/a;/home/me/b" },
                { "LD_LIBRARY_PATH=/a:", "LD_LIBRARY_PATH=/a:/home/me" },
                { "LD_LIBRARY_PATH=:/a", "LD_LIBRARY_PATH=/home/me:/a" },
                { "LD_LIBRARY_PATH=$ORIGIN/x:y", "LD_LIBRARY_PATH=$ORIGIN/x:/home/me/y" },
                { "LD_LIBRARY_PATH=", "LD_LIBRARY_PATH=" },
                { "LD_LIBRARY_PATH=/a:/b", "LD_LIBRARY_PATH=/a:/b" },
                { "TMPDIR=scratch:1", "TMPDIR=/home/me/scratch:1" },
                { "TMPDIR=/scratch", "TMPDIR=/scratch" },
                { "TMPDIR=", "TMPDIR=" },
                { "FORESTAGE_REHEARSAL_FAULT=bits", "FORESTAGE_REHEARSAL_FAULT=bits" },
        };
        struct job job = { .type = JOB_PROGRAM };
        char wanted[512];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *const outer[] = { cases[i].given, NULL };

                snprintf(wanted, sizeof(wanted), FIRST "%s\n" GPU, cases[i].taken);
                assert_string_equal(joined(&job, outer), wanted);
        }
}

/* In its place, so that there is one of each name. */
static void the_job_has_the_last_word(void **state)
{
        char *own[] = { "HOME=/nowhere", "A=b=c", "CUDA_VISIBLE_DEVICES=", "A=d", "PATHS=x" };
        struct job job = { .type = JOB_PROGRAM, .program.environment = { own, 5 } };
        char *const none[] = { NULL };

        (void)state;
        assert_string_equal(joined(&job, none),
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                "HOME=/nowhere\nLANG=C.UTF-8\nCUDA_VISIBLE_DEVICES=\nFORESTAGE_DEVICE=3\nA=d\n"
                "PATHS=x\n");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_shell_stays_outside),
                cmocka_unit_test(nothing_is_needed_outside),
                cmocka_unit_test(a_library_is_let_in_when_it_is_asked_for),
                cmocka_unit_test(folders_are_those_of_the_caller),
                cmocka_unit_test(the_job_has_the_last_word),
        };

        return run_tap(tests);
}
