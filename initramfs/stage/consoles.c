#include "initramfs/stage/consoles.h"

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

#define ACTIVE        "/sys/class/tty/console/active" /* names, the one of /dev/console last */
#define MAX_CONSOLES  8u
#define CLOSE_SECONDS 2.0  /* a serial line of 9600 baud takes that for a screen of text */
#define CLOSE_PAUSE   2000 /* microseconds between two looks */

static struct {
        int outputs[MAX_CONSOLES];
        size_t count;
        int console;          /* /dev/console, for the time behind */
        int input;            /* of the pipe that stands in its place */
        pthread_mutex_t busy; /* held while something is on its way */
        pthread_t thread;
        bool open;
} consoles = { .busy = PTHREAD_MUTEX_INITIALIZER };

/* One console that does not take it keeps it from none of the others. */
static bool copy_some(void)
{
        char bytes[4096];
        ssize_t length;

        pthread_mutex_lock(&consoles.busy);
        length = read(consoles.input, bytes, sizeof(bytes));
        for (size_t i = 0; length > 0 && i < consoles.count; i++)
                io_write(consoles.outputs[i], bytes, (size_t)length);
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

/* Each of the names is opened by itself. */
static void open_outputs(char *names)
{
        for (char *name = strtok(names, " \n"); name; name = strtok(NULL, " \n")) {
                char path[64];
                int fd;

                snprintf(path, sizeof(path), "/dev/%.50s", name);
                fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
                if (fd >= 0 && consoles.count < MAX_CONSOLES)
                        consoles.outputs[consoles.count++] = fd;
        }
}

static void speak_to(int fd)
{
        fflush(stdout);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
}

void consoles_open(void)
{
        char names[256];
        int ends[2];

        if (!io_read_text(ACTIVE, names, sizeof(names)))
                return;
        open_outputs(names);
        consoles.console = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (consoles.count < 2 || consoles.console < 0 || pipe2(ends, O_CLOEXEC) < 0)
                return;
        consoles.input = ends[0];
        consoles.open = pthread_create(&consoles.thread, NULL, copy_all, NULL) == 0;
        if (consoles.open)
                speak_to(ends[1]);
        close(ends[1]);
}

/* Nothing waits, and nothing is on its way. */
static bool is_idle(void)
{
        int waiting = 0;
        bool idle;

        if (pthread_mutex_trylock(&consoles.busy) != 0)
                return false;
        idle = ioctl(consoles.input, FIONREAD, &waiting) < 0 || waiting == 0;
        pthread_mutex_unlock(&consoles.busy);
        return idle;
}

void consoles_close(void)
{
        double end = clock_seconds() + CLOSE_SECONDS;

        if (!consoles.open)
                return;
        speak_to(consoles.console);
        while (!is_idle() && clock_seconds() < end)
                usleep(CLOSE_PAUSE);
        consoles.open = false;
}
