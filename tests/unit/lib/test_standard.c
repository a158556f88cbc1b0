/* The standard streams of a process that was started with some of them closed. */
#include "lib/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

/* Exit codes of the child: which promise was broken. */
enum {
        GOOD,
        A_STREAM_IS_CLOSED,
        IT_IS_NOT_NULL,
        IT_CAN_BE_USED,
        IT_ENDS_WITH_EXEC,
        A_FILE_GETS_IT,
        AN_OPEN_ONE_CHANGED
};

static bool works(int fd)
{
        char byte = 'x';

        return fd == 0 ? read(fd, &byte, 1) >= 0 : write(fd, &byte, 1) >= 0;
}

static int check_closed(int fd, bool with_dev)
{
        struct stat status;

        if (fstat(fd, &status) != 0)
                return A_STREAM_IS_CLOSED;
        if (with_dev && (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)))
                return IT_IS_NOT_NULL;
        if (works(fd))
                return IT_CAN_BE_USED;
        return fcntl(fd, F_GETFD) & FD_CLOEXEC ? IT_ENDS_WITH_EXEC : GOOD;
}

/* In a process of its own; a bit of `closed` for each stream. */
static int look(unsigned closed, bool with_dev)
{
        struct stat before[3], after;
        int code = GOOD;

        for (int fd = 0; fd < 3; fd++) {
                fstat(fd, &before[fd]);
                if (closed & 1u << fd)
                        close(fd);
        }
        standard_streams_open();
        for (int fd = 0; fd < 3 && code == GOOD; fd++)
                if (closed & 1u << fd)
                        code = check_closed(fd, with_dev);
                else if (fstat(fd, &after) != 0 || after.st_dev != before[fd].st_dev ||
                         after.st_ino != before[fd].st_ino)
                        code = AN_OPEN_ONE_CHANGED;
        if (code == GOOD && open("/", O_RDONLY | O_DIRECTORY) < 3)
                code = A_FILE_GETS_IT;
        return code;
}

static void try_all(const char *root)
{
        for (unsigned closed = 0; closed < 8; closed++) {
                int status;
                pid_t pid = fork();

                assert_true(pid >= 0);
                if (pid == 0)
                        _exit(root && chroot(root) != 0 ? 99 : look(closed, !root));
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFEXITED(status));
                assert_int_equal(WEXITSTATUS(status), GOOD);
        }
}

static void every_choice_of_closed_streams(void **state)
{
        (void)state;
        try_all(NULL);
}

static void where_there_is_no_dev(void **state)
{
        char folder[] = "/tmp/forestage-test-XXXXXX";

        (void)state;
        if (geteuid() != 0)
                skip();
        assert_non_null(mkdtemp(folder));
        try_all(folder);
        assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_choice_of_closed_streams),
                cmocka_unit_test(where_there_is_no_dev),
        };

        return run_tap(tests);
}
