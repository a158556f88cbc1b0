/* What the stage says on several consoles, one of which takes nothing. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "initramfs/stage/consoles.h"
#include "tests/unit/tap.h"

#define LINES 4000u
#define LINE  "forestage: a line of the run, as long as they are\n"

/* A pseudo-terminal, and what has come out of it. */
struct screen {
        int master, slave;
        size_t bytes;
};

static void screen_open(struct screen *screen)
{
        struct termios raw;

        screen->master = posix_openpt(O_RDWR | O_NOCTTY);
        assert_true(screen->master >= 0);
        assert_int_equal(grantpt(screen->master), 0);
        assert_int_equal(unlockpt(screen->master), 0);
        screen->slave = open(ptsname(screen->master), O_RDWR | O_NOCTTY);
        assert_true(screen->slave >= 0);
        assert_int_equal(tcgetattr(screen->slave, &raw), 0);
        raw.c_oflag &= ~(tcflag_t)OPOST; /* a byte is a byte */
        assert_int_equal(tcsetattr(screen->slave, TCSANOW, &raw), 0);
        screen->bytes = 0;
}

static void screen_close(struct screen *screen)
{
        close(screen->slave);
        close(screen->master);
}

/* What is there, within a tenth of a second. */
static void screen_read(struct screen *screen)
{
        struct pollfd there = { .fd = screen->master, .events = POLLIN };
        char bytes[4096];

        while (poll(&there, 1, 50) > 0 && (there.revents & POLLIN)) {
                ssize_t length = read(screen->master, bytes, sizeof(bytes));

                if (length <= 0)
                        return;
                screen->bytes += (size_t)length;
        }
}

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void write_names(const struct screen *first, const struct screen *second, char *path)
{
        char names[128];
        int fd = mkstemp(path);

        snprintf(names, sizeof(names), "%s ", ptsname(first->master) + 5);
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s\n",
                ptsname(second->master) + 5);
        assert_int_equal(write(fd, names, strlen(names)), strlen(names));
        close(fd);
}

/* A process that says LINES lines to both, and how long that took. */
static double speak(struct screen *first, struct screen *second)
{
        char path[] = "/tmp/forestage-test-XXXXXX";
        double start = now();
        int status;
        pid_t child;

        write_names(first, second, path);
        child = fork();
        if (child == 0) {
                consoles_open(path);
                for (unsigned i = 0; i < LINES; i++)
                        fputs(LINE, stdout);
                fflush(stdout);
                consoles_close();
                _exit(0);
        }
        do {
                screen_read(first);
                screen_read(second);
        } while (waitpid(child, &status, WNOHANG) == 0);
        screen_read(first);
        screen_read(second);
        unlink(path);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return now() - start;
}

static void both_get_all(void **state)
{
        struct screen first, second;

        (void)state;
        screen_open(&first);
        screen_open(&second);
        speak(&first, &second);
        screen_close(&first);
        screen_close(&second);
        assert_int_equal(first.bytes, LINES * strlen(LINE));
        assert_int_equal(second.bytes, LINES * strlen(LINE));
}

static void one_that_stops_holds_up_nothing(void **state)
{
        (void)state;
        for (unsigned stopped = 0; stopped < 2; stopped++) {
                struct screen screens[2];
                double seconds;

                screen_open(&screens[0]);
                screen_open(&screens[1]);
                assert_int_equal(tcflow(screens[stopped].slave, TCOOFF), 0); /* as Ctrl-S does */
                seconds = speak(&screens[0], &screens[1]);
                assert_int_equal(tcflow(screens[stopped].slave, TCOON), 0);
                screen_close(&screens[0]);
                screen_close(&screens[1]);
                assert_int_equal(screens[!stopped].bytes, LINES * strlen(LINE));
                assert_true(screens[stopped].bytes < LINES * strlen(LINE));
                assert_true(seconds < 30);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_get_all),
                cmocka_unit_test(one_that_stops_holds_up_nothing),
        };

        return run_tap(tests);
}
