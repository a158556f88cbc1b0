/*
 * PID 1 of the boots that only look at the kernel: prints what it found of the machine, loads the
 * modules of /modules/order if there are any, and switches the machine off.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#define KLOG_READ_ALL 3
#define KLOG_BYTES    (1 << 20)

static void mount_all(void)
{
        static const char *const types[][2] = {
                { "proc", "/proc" },
                { "sysfs", "/sys" },
                { "devtmpfs", "/dev" },
        };

        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
                mkdir(types[i][1], 0755);
                mount(types[i][0], types[i][1], types[i][0], 0, NULL);
        }
        for (int fd = open("/dev/console", O_RDWR), i = 0; fd >= 0 && i <= STDERR_FILENO; i++)
                dup2(fd, i);
}

/* The first line of a file. */
static void print_file(const char *key, const char *path)
{
        char line[256] = "";
        FILE *file = fopen(path, "r");

        if (file) {
                if (!fgets(line, sizeof(line), file))
                        line[0] = '\0';
                fclose(file);
        }
        line[strcspn(line, "\n")] = '\0';
        printf("kernel: %s=%s\n", key, line);
}

/* The lines of the kernel's log that hold one of these words. */
static void print_log(void)
{
        static const char *const words[] = { "IRQ remapping", "x2apic", "AMD-Vi", "DMAR", "NVRM",
                "drm_", "Unknown symbol" };
        char *log = malloc(KLOG_BYTES);
        int length = klogctl(KLOG_READ_ALL, log, KLOG_BYTES - 1);

        log[length > 0 ? length : 0] = '\0';
        for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
                for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                        if (strstr(line, words[i])) {
                                printf("kernel: log: %s\n", line);
                                break;
                        }
        free(log);
}

static void load_modules(void)
{
        FILE *order = fopen("/modules/order", "r");
        char name[64], path[128];

        while (order && fscanf(order, "%63s", name) == 1) {
                int fd, error = 0;

                snprintf(path, sizeof(path), "/modules/%s.ko", name);
                fd = open(path, O_RDONLY);
                if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
                        error = errno;
                printf("kernel: module %s: %s\n", name, error ? strerror(error) : "loaded");
                if (fd >= 0)
                        close(fd);
        }
        if (order)
                fclose(order);
}

int main(void)
{
        struct utsname name;
        struct sysinfo info;

        mount_all();
        uname(&name);
        sysinfo(&info);
        printf("\nkernel: release=%s\n", name.release);
        printf("kernel: processors=%ld\n", sysconf(_SC_NPROCESSORS_ONLN));
        printf("kernel: memory_mib=%lu\n", info.totalram * info.mem_unit >> 20);
        print_file("nodes", "/sys/devices/system/node/online");
        print_file("possible", "/sys/devices/system/cpu/possible");
        load_modules();
        print_log();
        printf("kernel: end\n");
        fflush(stdout);
        sync();
        syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF,
                NULL);
        return 1;
}
