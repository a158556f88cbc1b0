#include "initramfs/stage/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define HELPERS_SET      "/proc/sys/kernel/usermodehelper/bset"
#define MODULES_DISABLED "/proc/sys/kernel/modules_disabled"

/* All but the last are always given up. */
static const unsigned int given_up[] = {
        CAP_SYS_MODULE, /* modules */
        CAP_SYS_PTRACE, /* or init could be made to load them */
        CAP_SYS_BOOT,   /* kexec_load and reboot: the next system is not the jobs' to choose */
        CAP_MKNOD,      /* of a disk, where one can be reached */
};

static size_t given_up_count = sizeof(given_up) / sizeof(given_up[0]) - 1;

void confine_nodes(void)
{
        given_up_count = sizeof(given_up) / sizeof(given_up[0]);
}

bool confine_self(void)
{
        for (size_t i = 0; i < given_up_count; i++)
                if (prctl(PR_CAPBSET_DROP, given_up[i], 0, 0, 0) < 0)
                        return false;
        return true;
}

size_t confine_format(uint64_t set, char *ret_text, size_t size)
{
        for (size_t i = 0; i < given_up_count; i++)
                set &= ~(1ull << given_up[i]);
        return (size_t)snprintf(
                ret_text, size, "%u %u", (unsigned int)set, (unsigned int)(set >> 32));
}

/* One write, whole: a sysctl takes nothing else. */
static bool write_text(const char *path, const char *text, size_t length)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

        return fd >= 0 && write(fd, text, length) == (ssize_t)length;
}

/* The kernel keeps of the set what it has already: giving it all ones asks for the rest. */
bool confine_helpers(void)
{
        char text[32];

        return write_text(HELPERS_SET, text, confine_format(UINT64_MAX, text, sizeof(text)));
}

bool confine_modules(void)
{
        return write_text(MODULES_DISABLED, "1", 1);
}
