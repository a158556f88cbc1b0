/* Where a mount is, from /proc/self/mountinfo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/program/mount.h"

static void assert_point(const char *text, int id, const char *expected)
{
        FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
        char point[PATH_MAX] = "?";

        assert_non_null(file);
        assert_int_equal(mount_find(file, id, point, sizeof(point)), strcmp(expected, "?") != 0);
        assert_string_equal(point, expected);
        fclose(file);
}

static void finds_mounts(void **state)
{
        static const char text[] =
                "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
                "40 22 0:35 / /tmp rw,nosuid,nodev,noexec shared:18 master:1 - tmpfs tmpfs rw\n"
                "4 22 0:36 /a\\040b /mnt/two\\040words\\134\\011x ro - vfat /dev/sdb1 ro\n"
                "junk\n"
                "41 40 0:37 / /tmp/it's\"here rw - tmpfs none rw\n"
                "400 22";

        (void)state;
        assert_point(text, 22, "/");
        assert_point(text, 40, "/tmp");
        assert_point(text, 4, "/mnt/two words\\\tx");
        assert_point(text, 41, "/tmp/it's\"here");
        assert_point(text, 400, "?");
        assert_point(text, 0, "?");
        assert_point(text, -1, "?");
}

/* The kernel's own: /proc is mounted noexec nearly everywhere, and the root never. */
static void asks_the_kernel(void **state)
{
        char point[PATH_MAX];
        int proc = open("/proc", O_PATH | O_CLOEXEC), root = open("/", O_PATH | O_CLOEXEC);

        (void)state;
        assert_false(mount_forbids_execution(root, point, sizeof(point)));
        if (system("grep -q '^proc /proc proc [^ ]*noexec' /proc/self/mounts") == 0) {
                assert_true(mount_forbids_execution(proc, point, sizeof(point)));
                assert_string_equal(point, "/proc");
        } else {
                print_message("# not run: /proc is not mounted noexec here\n");
        }
        close(proc);
        close(root);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_mounts),
                cmocka_unit_test(asks_the_kernel),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
