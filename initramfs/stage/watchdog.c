#include "initramfs/stage/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"

#define LONGEST_S 600 /* asked for when it cannot be switched off; drivers cut it to theirs */

void watchdog_load(const char *folder)
{
        /* each behind what it needs */
        static const char *const names[] = { "watchdog", "mfd-core", "lpc_ich",
                "iTCO_vendor_support", "iTCO_wdt", "i6300esb" };
        char path[256];

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                int fd;

                snprintf(path, sizeof(path), "%s/%s.ko", folder, names[i]);
                fd = open(path, O_RDONLY | O_CLOEXEC);
                if (fd < 0)
                        continue;
                syscall(SYS_finit_module, fd, "", 0);
                close(fd);
        }
}

/* Anything but a V is a pet; a V would let the next close switch it off. */
static void pet(const struct watchdog *watchdog)
{
        ssize_t written = write(watchdog->fd, "", 1);

        (void)written; /* the next one may work; if none does, the reset is right */
}

static void *pet_until_the_end(void *argument)
{
        const struct watchdog *watchdog = argument;
        struct pollfd wake = { .fd = watchdog->wake, .events = POLLIN };

        do {
                if (clock_ms() < atomic_load(&watchdog->end_ms))
                        pet(watchdog);
        } while (poll(&wake, 1, watchdog->period_s * 1000 / 4) <= 0);
        return NULL;
}

/* The time that the hardware really keeps, and its name. */
static void ask(struct watchdog *watchdog, int period_s)
{
        struct watchdog_info info = { 0 };

        watchdog->period_s = period_s;
        ioctl(watchdog->fd, WDIOC_SETTIMEOUT, &watchdog->period_s);
        if (ioctl(watchdog->fd, WDIOC_GETTIMEOUT, &watchdog->period_s) < 0 ||
                watchdog->period_s < 1)
                watchdog->period_s = period_s;
        if (ioctl(watchdog->fd, WDIOC_GETSUPPORT, &info) == 0)
                snprintf(watchdog->name, sizeof(watchdog->name), "%.31s",
                        (const char *)info.identity);
}

bool watchdog_start(
        struct watchdog *watchdog, const char *device, int period_s, unsigned int limit_s)
{
        *watchdog = (struct watchdog){ .fd = open(device, O_WRONLY | O_CLOEXEC), .wake = -1 };
        if (watchdog->fd < 0)
                return false;
        watchdog->wake = eventfd(0, EFD_CLOEXEC);
        ask(watchdog, period_s);
        watchdog_limit(watchdog, limit_s);
        errno = pthread_create(&watchdog->petter, NULL, pet_until_the_end, watchdog);
        if (errno == 0)
                return true;
        watchdog_leave(watchdog, true);
        return false;
}

void watchdog_limit(struct watchdog *watchdog, unsigned int limit_s)
{
        atomic_store(&watchdog->end_ms, clock_ms() + limit_s * 1000ll);
}

static void join(struct watchdog *watchdog)
{
        if (watchdog->petter && eventfd_write(watchdog->wake, 1) == 0)
                pthread_join(watchdog->petter, NULL);
        watchdog->petter = 0;
        close(watchdog->wake);
}

/* The magic close of the interface; a driver with nowayout keeps on and says so when asked. */
static bool switch_off(struct watchdog *watchdog)
{
        int off = WDIOS_DISABLECARD, longest = LONGEST_S;
        bool stopped = ioctl(watchdog->fd, WDIOC_SETOPTIONS, &off) == 0;

        if (!stopped)
                ioctl(watchdog->fd, WDIOC_SETTIMEOUT, &longest);
        pet(watchdog);
        return write(watchdog->fd, "V", 1) == 1 && stopped;
}

bool watchdog_leave(struct watchdog *watchdog, bool disarm)
{
        bool stopped = true;

        if (watchdog->fd < 0)
                return true;
        join(watchdog);
        if (disarm)
                stopped = switch_off(watchdog);
        else
                pet(watchdog);
        /* without the V before it, closing leaves the watchdog on */
        close(watchdog->fd);
        watchdog->fd = -1;
        return stopped;
}
