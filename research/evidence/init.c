/*
 * PID 1 of an evidence boot: loads the NVIDIA driver's real kernel module on a machine without a
 * GPU and says on the console, as lines "evidence: KEY=VALUE", where it ran, what the kernel and
 * the driver said, and what `forestage doctor` makes of it. Then it switches the machine off. It
 * decides nothing: evidence.t does.
 *
 * The initramfs holds /forestage, /modules/order (names, one a line) and /modules/NAME.ko; the
 * kernel command line may carry evidence.options=, module parameters for the last of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define MSR_IA32_PAT   0x277
#define KMSG_LINE      8192
#define OPTIONS        "evidence.options="
#define MODULES_FOLDER "/modules/"
#define DOCTOR         "/forestage"
#define ANSWER_MAX     65536

static void say(const char *key, const char *value)
{
        printf("evidence: %s=%s\n", key, value);
        fflush(stdout);
}

/* Reads at most size - 1 bytes of a small file and cuts the line break; false when it is not there.
 */
static bool read_text(const char *path, char *ret_text, size_t size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = fd < 0 ? -1 : read(fd, ret_text, size - 1);

        if (fd >= 0)
                close(fd);
        if (got < 0)
                return false;
        ret_text[got] = '\0';
        while (got > 0 && ret_text[got - 1] == '\n')
                ret_text[--got] = '\0';
        return true;
}

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

static void say_pat(const char *key)
{
        int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
        char text[32];
        uint64_t value;

        if (fd < 0 || pread(fd, &value, sizeof(value), MSR_IA32_PAT) != sizeof(value))
                snprintf(text, sizeof(text), "unreadable");
        else
                snprintf(text, sizeof(text), "%016" PRIx64, value);
        say(key, text);
        if (fd >= 0)
                close(fd);
}

static void load(const char *name, const char *options)
{
        char path[128], key[160];
        int fd;

        snprintf(path, sizeof(path), MODULES_FOLDER "%s.ko", name);
        snprintf(key, sizeof(key), "insmod_%s", name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || syscall(SYS_finit_module, fd, options, 0) < 0)
                say(key, strerror(errno));
        else
                say(key, "loaded");
        if (fd >= 0)
                close(fd);
}

/* Module parameters for the driver, from the kernel's command line. */
static void find_options(char *ret_options, size_t size)
{
        char line[4096], *found;

        ret_options[0] = '\0';
        if (!read_text("/proc/cmdline", line, sizeof(line)))
                return;
        found = strstr(line, OPTIONS);
        if (!found)
                return;
        found += strlen(OPTIONS);
        found[strcspn(found, " ")] = '\0';
        snprintf(ret_options, size, "%s", found);
}

static void load_all(void)
{
        char order[1024], options[256], *rest = order, *name;

        find_options(options, sizeof(options));
        if (!read_text(MODULES_FOLDER "order", order, sizeof(order))) {
                say("error", "the initramfs has no /modules/order");
                return;
        }
        while ((name = strsep(&rest, "\n")) != NULL)
                if (*name != '\0')
                        load(name, rest ? "" : options);
}

static bool wanted(const char *message)
{
        static const char *const marks[] = { "x86/PAT", "NVRM", "nvidia", "patprobe", "AMD-Vi",
                "swiotlb", "Call Trace", "BUG:", "Oops" };

        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
                if (strstr(message, marks[i]))
                        return true;
        return false;
}

/* One record a read: "priority,sequence,time,flags;text\n" and lines of detail. */
static void say_kernel_log(void)
{
        char record[KMSG_LINE + 1], *text;
        int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        ssize_t got;

        while (fd >= 0 && (got = read(fd, record, KMSG_LINE)) > 0) {
                record[got] = '\0';
                text = strchr(record, ';');
                if (!text || !wanted(++text))
                        continue;
                text[strcspn(text, "\n")] = '\0';
                say("log", text);
        }
        if (fd >= 0)
                close(fd);
}

/* All that a descriptor gives, on one line. */
static void read_line(int fd, char *ret_text, size_t size)
{
        size_t length = 0;
        ssize_t got;

        while (length < size - 1 && (got = read(fd, ret_text + length, size - 1 - length)) > 0)
                length += (size_t)got;
        ret_text[length] = '\0';
        for (size_t i = 0; i < length; i++)
                if (ret_text[i] == '\n')
                        ret_text[i] = ' ';
}

/* What `forestage doctor --json` makes of this system, and its exit code. */
static void say_doctor(void)
{
        static char answer[ANSWER_MAX];
        int pipes[2], status = 0;
        char code[16];
        pid_t pid;

        if (pipe2(pipes, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
                say("error", strerror(errno));
                return;
        }
        if (pid == 0) {
                dup2(pipes[1], STDOUT_FILENO);
                execl(DOCTOR, "forestage", "doctor", "--json", (char *)NULL);
                _exit(127);
        }
        close(pipes[1]);
        read_line(pipes[0], answer, sizeof(answer));
        close(pipes[0]);
        waitpid(pid, &status, 0);
        snprintf(code, sizeof(code), "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        say("doctor", answer);
        say("doctor_exit", code);
}

int main(void)
{
        if (getpid() != 1) {
                fprintf(stderr, "evidence: this runs as PID 1 of an evidence boot only\n");
                return 2;
        }
        mount_all();
        open_console();
        say_where();
        say_cpu_flag("pat");
        say_cpu_flag("hypervisor");
        load("msr", "");
        say_pat("pat_before");
        load_all();
        say_pat("pat");
        say_kernel_log();
        say_doctor();
        say("end", "yes");
        sync();
        reboot(RB_AUTOBOOT);
        for (;;)
                pause();
}
