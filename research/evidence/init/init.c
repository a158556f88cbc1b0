/*
 * PID 1 of an evidence boot: loads the NVIDIA driver's real kernel module, one build of it after
 * the other, on a machine whose GPU is the outside of one (tests/driver/gpu.py), and says on the
 * console, as lines "evidence: KEY=VALUE", where it ran, what the kernel and the driver said, what
 * the driver's functions gave (dmaprobe), and what `forestage doctor` makes of it. In a PV dom0 all
 * of it again after the memory was ballooned. Then it switches the machine off. It decides nothing:
 * evidence.t does.
 *
 * The initramfs holds /forestage, /modules/order (names, one a line), /modules/NAME.ko, /drivers
 * and /rows (row.h).
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "research/evidence/init/balloon.h"
#include "research/evidence/init/log.h"
#include "research/evidence/init/module.h"
#include "research/evidence/init/row.h"
#include "research/evidence/init/say.h"

static const struct {
        const char *type, *target;
} mounts[] = {
        { "proc", "/proc" },
        { "sysfs", "/sys" },
        { "devtmpfs", "/dev" },
};

static void mount_all(void)
{
        for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
                mkdir(mounts[i].target, 0755);
                mount(mounts[i].type, mounts[i].target, mounts[i].type, 0, NULL);
        }
}

static void open_console(void)
{
        int fd = open("/dev/console", O_RDWR);

        for (int i = 0; fd >= 0 && i <= STDERR_FILENO; i++)
                dup2(fd, i);
}

static const struct {
        const char *key, *path;
} facts[] = {
        { "hypervisor", "/sys/hypervisor/type" },
        { "guest_type", "/sys/hypervisor/guest_type" },
        { "xen_major", "/sys/hypervisor/version/major" },
        { "xen_minor", "/sys/hypervisor/version/minor" },
        { "xen_extra", "/sys/hypervisor/version/extra" },
        { "cmdline", "/proc/cmdline" },
};

static void say_where(void)
{
        struct utsname kernel;
        char text[4096];

        uname(&kernel);
        say("kernel", kernel.release);
        for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
                if (read_text(facts[i].path, text, sizeof(text)))
                        say(facts[i].key, text);
}

/* Whether the CPU flag is in the first "flags" line of /proc/cpuinfo. */
static void say_cpu_flag(const char *flag)
{
        char line[8192], word[32];
        FILE *file = fopen("/proc/cpuinfo", "re");
        bool found = false;

        snprintf(word, sizeof(word), " %s ", flag);
        while (file && fgets(line, sizeof(line), file)) {
                if (strncmp(line, "flags", 5) != 0)
                        continue;
                line[strcspn(line, "\n")] = ' ';
                found = strstr(line, word) != NULL;
                break;
        }
        if (file)
                fclose(file);
        snprintf(word, sizeof(word), "cpu_%s", flag);
        say(word, found ? "yes" : "no");
}

/* What the driver stands on, and our own module about memory types. */
static void load_all(void)
{
        char order[1024], *rest = order, *name;

        if (!read_text("/modules/order", order, sizeof(order))) {
                say("error", "the initramfs has no /modules/order");
                return;
        }
        while ((name = strsep(&rest, "\n")) != NULL)
                if (*name != '\0')
                        module_load("/modules", name, "");
}

/*
 * Only there is ballooned memory another for a device. A PVH dom0's goes through the IOMMU, and to
 * change that page by page takes longer in QEMU than the kernel's watchdog waits.
 */
static bool is_pv(void)
{
        char type[16];

        return read_text("/sys/hypervisor/guest_type", type, sizeof(type)) &&
               strcmp(type, "PV") == 0;
}

int main(void)
{
        if (getpid() != 1) {
                fprintf(stderr, "evidence: this runs as PID 1 of an evidence boot only\n");
                return 2;
        }
        mount_all();
        open_console();
        log_open();
        say_where();
        say_cpu_flag("pat");
        say_cpu_flag("hypervisor");
        load_all();
        rows_run(true);
        if (is_pv() && balloon_down_and_up())
                rows_run(false);
        say("end", "yes");
        sync();
        reboot(RB_AUTOBOOT);
        for (;;)
                pause();
}
