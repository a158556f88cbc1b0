#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/stage/child.h"
#include "initramfs/stage/confine.h"
#include "tests/unit/tap.h"

static void format_leaves_three_out(void **state)
{
        char text[32];
        size_t length = confine_format(UINT64_MAX, text, sizeof(text));

        (void)state;
        /* all but bits 16, 19 and 22 */
        assert_string_equal(text, "4290183167 4294967295");
        assert_int_equal(length, strlen(text));
        confine_format(1ull << CAP_SYS_MODULE | 1ull << CAP_KILL | 1ull << 38, text, sizeof(text));
        assert_string_equal(text, "32 64");
}

/* Bit 27 of what else there is. */
static void nodes_are_one_more(void **state)
{
        char text[32];

        (void)state;
        confine_nodes();
        confine_format(UINT64_MAX, text, sizeof(text));
        assert_string_equal(text, "4155965439 4294967295");
}

/* The capabilities that a program started with confine_self can ever have. */
static unsigned long long bound_of_child(void)
{
        char *argv[] = { "/bin/sh", "-c", "grep CapBnd /proc/self/status", NULL };
        unsigned long long bound = 0;
        struct capture capture;
        struct outcome outcome;

        assert_true(child_run(argv, confine_self, 10, false, &outcome, &capture));
        assert_true(outcome.exited);
        assert_int_equal(outcome.exit_code, 0);
        capture.text[capture.length - 1] = '\0';
        assert_int_equal(sscanf(capture.text, "CapBnd: %llx", &bound), 1);
        free(capture.text);
        return bound;
}

static void child_has_lost_them(void **state)
{
        unsigned long long bound;

        (void)state;
        if (prctl(PR_CAPBSET_READ, CAP_SETPCAP, 0, 0, 0) != 1 || geteuid() != 0)
                skip();
        bound = bound_of_child();
        assert_int_equal(bound & (1ull << CAP_SYS_MODULE), 0);
        assert_int_equal(bound & (1ull << CAP_SYS_PTRACE), 0);
        assert_int_equal(bound & (1ull << CAP_SYS_BOOT), 0);
        assert_int_equal(!!(bound & (1ull << CAP_KILL)), prctl(PR_CAPBSET_READ, CAP_KILL, 0, 0, 0));
        /* this process has kept its own */
        assert_int_not_equal(prctl(PR_CAPBSET_READ, CAP_SETPCAP, 0, 0, 0), 0);
}

static bool refuse(void)
{
        errno = EPERM;
        return false;
}

static void unconfined_program_is_not_started(void **state)
{
        char *argv[] = { "/bin/sh", "-c", "echo started", NULL };
        struct capture capture;
        struct outcome outcome;

        (void)state;
        assert_true(child_run(argv, refuse, 10, false, &outcome, &capture));
        assert_int_equal(outcome.exit_code, 126);
        assert_null(memmem(capture.text, capture.length, "started", 7));
        assert_non_null(memmem(capture.text, capture.length, "Operation not permitted", 23));
        free(capture.text);
}

/* As in a stage whose rights somebody has taken from init: confine_self itself fails. */
static bool confine_without_the_right_to(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        if (syscall(SYS_capget, &header, data) != 0)
                return true;
        data[0].effective &= ~(1u << CAP_SETPCAP);
        if (syscall(SYS_capset, &header, data) != 0)
                return true; /* the test below sees it */
        return confine_self();
}

static void what_cannot_be_confined_is_not_started(void **state)
{
        char *argv[] = { "/bin/sh", "-c", "echo started", NULL };
        struct capture capture;
        struct outcome outcome;

        (void)state;
        assert_true(child_run(argv, confine_without_the_right_to, 10, false, &outcome, &capture));
        assert_int_equal(outcome.exit_code, CHILD_UNCONFINED);
        assert_null(memmem(capture.text, capture.length, "started", 7));
        free(capture.text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(format_leaves_three_out), cmocka_unit_test(child_has_lost_them),
                cmocka_unit_test(unconfined_program_is_not_started),
                cmocka_unit_test(what_cannot_be_confined_is_not_started),
                cmocka_unit_test(nodes_are_one_more), /* the last: there is no way back */
        };

        return run_tap(tests);
}
