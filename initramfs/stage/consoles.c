#include "initramfs/stage/consoles.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/io.h"

#define CONSOLE       "/dev/console"
#define MAX_CONSOLES  8u
#define PATIENCE_MS   2000 /* for a console that was never late so far */
#define CLOSE_SECONDS 2.0  /* a serial line of 9600 baud takes that for a screen of text */
#define CLOSE_PAUSE   2000 /* microseconds between two looks */

struct console {
        int fd;
        bool late; /* it did not take something in time: nobody waits for it until it does again */
};

static struct {
        struct console outputs[MAX_CONSOLES];
        size_t count;
        int input;            /* of the pipe that stands in the place of /dev/console */
        pthread_mutex_t busy; /* held while something is on its way */
        pthread_t thread;
        bool open;
} consoles = { .busy = PTHREAD_MUTEX_INITIALIZER };

/* Its descriptor does not block. */
static void write_some(struct console *console, const char *bytes, size_t length)
{
        struct pollfd room = { .fd = console->fd, .events = POLLOUT };

        while (length > 0) {
                ssize_t taken = write(console->fd, bytes, length);

                if (taken > 0) {
                        console->late = false;
                        bytes += taken;
                        length -= (size_t)taken;
                } else if (taken < 0 && errno == EINTR) {
                        continue;
                } else if (poll(&room, 1, console->late ? 0 : PATIENCE_MS) <= 0) {
                        console->late = true;
                        return;
                } else if (taken < 0 && errno != EAGAIN) {
                        return;
                }
        }
}

static bool copy_some(void)
{
        char bytes[4096];
        ssize_t length;

        pthread_mutex_lock(&consoles.busy);
        length = read(consoles.input, bytes, sizeof(bytes));
        for (size_t i = 0; length > 0 && i < consoles.count; i++)
                write_some(&consoles.outputs[i], bytes, (size_t)length);
        pthread_mutex_unlock(&consoles.busy);
        return length > 0;
}

static void *copy_all(void *nothing)
{
        struct pollfd input = { .fd = consoles.input, .events = POLLIN };

        (void)nothing;
        while (poll(&input, 1, -1) < 0 || copy_some())
                ;
        return NULL;
}

/* Opened by themselves, so that nobody else's descriptor stops to block. */
static void open_output(const char *path)
{
        int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

        if (fd >= 0)
                consoles.outputs[consoles.count++].fd = fd;
}

static void open_outputs(const char *active)
{
        char names[256], path[64], *rest = NULL;

        if (io_read_text(active, names, sizeof(names)))
                for (char *name = strtok_r(names, " \n", &rest);
                        name && consoles.count < MAX_CONSOLES;
                        name = strtok_r(NULL, " \n", &rest)) {
                        snprintf(path, sizeof(path), "/dev/%.50s", name);
                        open_output(path);
                }
        if (consoles.count == 0)
                open_output(CONSOLE);
}

static void speak_to(int fd)
{
        fflush(stdout);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
}

void consoles_open(const char *active)
{
        int ends[2];

        open_outputs(active);
        if (consoles.count == 0 || pipe2(ends, O_CLOEXEC) < 0)
                return;
        consoles.input = ends[0];
        consoles.open = pthread_create(&consoles.thread, NULL, copy_all, NULL) == 0;
        if (consoles.open)
                speak_to(ends[1]);
        close(ends[1]);
}

/* What the driver of a console has still to send; one that is late sends nothing. */
static bool has_sent(const struct console *console)
{
        int waiting = 0;

        return console->late || ioctl(console->fd, TIOCOUTQ, &waiting) < 0 || waiting == 0;
}

/* Nothing waits, nothing is on its way, and nothing is still to be sent. */
static bool is_idle(void)
{
        int waiting = 0;
        bool idle;

        if (pthread_mutex_trylock(&consoles.busy) != 0)
                return false;
        idle = ioctl(consoles.input, FIONREAD, &waiting) < 0 || waiting == 0;
        for (size_t i = 0; idle && i < consoles.count; i++)
                idle = has_sent(&consoles.outputs[i]);
        pthread_mutex_unlock(&consoles.busy);
        return idle;
}

void consoles_close(void)
{
        double end = clock_seconds() + CLOSE_SECONDS;
        int console;

        if (!consoles.open)
                return;
        console = open(CONSOLE, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (console >= 0)
                speak_to(console);
        while (!is_idle() && clock_seconds() < end)
                usleep(CLOSE_PAUSE);
        consoles.open = false;
}
