/*
 * A job that tries what docs/security.md says a job cannot do, and prints one line for each
 * attempt: "NAME: refused (REASON)", or "NAME: POSSIBLE". Ends with 1 when anything was possible.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int possible;

static void report(const char *name, long result)
{
        if (result < 0) {
                printf("%s: refused (%s)\n", name, strerror(errno));
                return;
        }
        printf("%s: POSSIBLE\n", name);
        possible++;
}

static void try_socket(const char *name, int family, int type, int protocol)
{
        report(name, socket(family, type, protocol));
}

static void try_files(void)
{
        static const char *const paths[] = { "/dev/kmem", "/dev/port", "/proc/kcore",
                "/proc/sysrq-trigger", "/sys/kernel/debug/sleep_time", "/proc/1/mem",
                "/sys/kernel/uevent_helper", "/proc/sys/kernel/core_pattern", "/dev/loop-control" };

        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
                report(paths[i], open(paths[i], O_RDWR));
}

int main(void)
{
        char nothing[256] = { 0 };

        try_socket("IPv4 socket", AF_INET, SOCK_STREAM, 0);
        try_socket("IPv6 socket", AF_INET6, SOCK_STREAM, 0);
        try_socket("raw frames", AF_PACKET, SOCK_RAW, 0);
        report("user namespace", unshare(CLONE_NEWUSER));
        report("mount debugfs", mount("debugfs", "/tmp", "debugfs", 0, NULL));
        report("bpf", syscall(SYS_bpf, 0, nothing, 64));
        report("io_uring", syscall(SYS_io_uring_setup, 1, nothing));
        report("userfaultfd", syscall(SYS_userfaultfd, 1));
        report("load a module", syscall(SYS_init_module, nothing, 64, ""));
        report("unload a module", syscall(SYS_delete_module, "nothing", O_NONBLOCK));
        report("load a kernel", syscall(SYS_kexec_load, 0, 0, NULL, 0));
        report("load a kernel file", syscall(SYS_kexec_file_load, -1, -1, 0, "", 0));
        report("reset the machine", syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
                                            LINUX_REBOOT_CMD_CAD_OFF, NULL));
        report("trace init", ptrace(PTRACE_SEIZE, 1, NULL, NULL));
        report("input and output ports", syscall(SYS_ioperm, 0x80, 1, 1));
        try_files();
        printf("%d possible\n", possible);
        return possible != 0;
}
