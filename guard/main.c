/*
 * forestage-guard: PID 1 of dom0's initrd for a moment, in a boot that tries something
 * (`forestage trial`). It starts Xen's watchdog of dom0, so that a dom0 that hangs, or never comes
 * as far as the unit that ends the trial, is reset, and gives way to the initrd's own /init. A
 * trial without this net is not made: if the watchdog cannot be started, the machine is reset at
 * once, and the boot behind that is a normal one.
 *
 * The initrd holds GUARD_MODULE where the kernel has privcmd as a module. How long dom0 has is
 * forestage.guard=SECONDS of the kernel's command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guard/seconds.h"
#include "guard/watchdog.h"
#include "lib/cleanup.h"

#define GUARD_SELF   "/forestage-guard"
#define GUARD_MODULE "/forestage-guard.ko"
#define FOLDER       "/forestage-guard.d"
#define DEV          FOLDER "/dev"
#define PROC         FOLDER "/proc"

/*
 * To the kernel's log, which goes to the console; and to that itself, if nothing is mounted. One
 * write is one record there; vdprintf would seek first, which the log does not let it.
 */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
        _cleanup_close_ int log = open(DEV "/kmsg", O_WRONLY | O_CLOEXEC);
        char text[512];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        if (write(log >= 0 ? log : STDERR_FILENO, text, strlen(text)) < 0)
                return; /* nobody is left who could be told */
}

static int fail(const char *what)
{
        return say("<2>forestage-guard: %s: %s\n", what, strerror(errno)), -1;
}

static int mount_own(void)
{
        if (mkdir(FOLDER, 0700) != 0 || mkdir(DEV, 0700) != 0 || mkdir(PROC, 0700) != 0)
                return fail(FOLDER);
        if (mount("devtmpfs", DEV, "devtmpfs", 0, NULL) != 0)
                return fail(DEV);
        return mount("proc", PROC, "proc", 0, NULL) == 0 ? 0 : fail(PROC);
}

/* What follows is the initrd's own, and finds it as if nobody had been here. */
static void leave_nothing(void)
{
        umount2(PROC, MNT_DETACH);
        umount2(DEV, MNT_DETACH);
        rmdir(PROC);
        rmdir(DEV);
        rmdir(FOLDER);
        unlink(GUARD_MODULE);
        unlink(GUARD_SELF);
}

/* The command line, NUL-terminated; false: errno says why not. */
static int read_line(char *text, size_t size)
{
        _cleanup_close_ int fd = open(PROC "/cmdline", O_RDONLY | O_CLOEXEC);
        ssize_t length = fd >= 0 ? read(fd, text, size - 1) : -1;

        if (length < 0)
                return fail("the kernel's command line");
        text[length] = '\0';
        return 0;
}

static int open_xen(void)
{
        const char *path = DEV "/" XEN_WATCHDOG_DEVICE;
        int device = open(path, O_RDWR | O_CLOEXEC);
        _cleanup_close_ int module = -1;

        if (device >= 0 || errno != ENOENT)
                return device >= 0 ? device : fail(path);
        module = open(GUARD_MODULE, O_RDONLY | O_CLOEXEC);
        if (module < 0)
                return say("<2>forestage-guard: there is no /dev/%s, and no %s\n",
                               XEN_WATCHDOG_DEVICE, GUARD_MODULE),
                       -1;
        if (syscall(SYS_finit_module, module, "", 0) != 0 && errno != EEXIST)
                return fail(GUARD_MODULE);
        device = open(path, O_RDWR | O_CLOEXEC);
        return device >= 0 ? device : fail(path);
}

static int start_watchdog(void)
{
        char line[GUARD_LINE_MAX];
        _cleanup_close_ int device = -1;
        uint32_t seconds;
        int number;

        if (mount_own() != 0 || read_line(line, sizeof(line)) != 0)
                return -1;
        if (!guard_seconds(line, &seconds))
                return say("<2>forestage-guard: the command line has no forestage.guard=SECONDS, "
                           "%u to %u\n",
                               GUARD_SECONDS_LEAST, GUARD_SECONDS_MOST),
                       -1;
        device = open_xen();
        if (device < 0)
                return -1;
        number = xen_watchdog_set(device, 0, seconds);
        if (number != (int)XEN_WATCHDOG_GUARD) {
                errno = number < 0 ? -number : EBUSY;
                return fail("Xen's watchdog of this domain");
        }
        say("<5>forestage-guard: Xen resets this machine in %u s, unless the trial goes on\n",
                seconds);
        return 0;
}

int main(int argc, char **argv, char **environment)
{
        (void)argc;
        if (getpid() != 1) {
                fputs("forestage-guard: this runs as PID 1 of dom0's initrd only\n", stderr);
                return 2;
        }
        if (start_watchdog() == 0) {
                leave_nothing();
                argv[0] = (char[]){ "/init" };
                execve("/init", argv, environment);
                fail("/init");
        }
        say("<2>forestage-guard: no trial without it: the machine is reset\n");
        sleep(5);
        sync();
        reboot(RB_AUTOBOOT);
        for (;;)
                pause();
}
