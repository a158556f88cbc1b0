#include "dom0/base/host.h"

#include <cpuid.h>
#include <stdarg.h>
#include <string.h>
#include <sys/statvfs.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

#define ROOT_PROGRAMS "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/xensource/bin"

const struct host host_default = {
        .command_line = "/proc/cmdline",
        .iomem = "/proc/iomem",
        .memory = "/dev/mem",
        .hypervisor = "/sys/hypervisor/type",
        .runs = "/var/lib/forestage/runs",
        .trials = "/var/lib/forestage/trials",
        .root = "",
        .programs = ROOT_PROGRAMS,
        .room = host_room,
        .cpuid = host_cpuid,
        .patience = 20,
        .disk_patience = 20,
};

char *host_path(const struct host *host, const char *format, ...)
{
        _cleanup_free_ char *tail = NULL;
        va_list arguments;

        va_start(arguments, format);
        tail = memory_format_list(format, arguments);
        va_end(arguments);
        return memory_format("%s%s", host->root, tail);
}

bool host_room(const char *path, uint64_t *ret_bytes)
{
        struct statvfs status;

        if (statvfs(path, &status) != 0)
                return false;
        *ret_bytes = (uint64_t)status.f_bavail * status.f_frsize;
        return true;
}

bool host_cpuid(char ret_vendor[13])
{
        unsigned eax, ebx, ecx = 0, edx;

        memset(ret_vendor, 0, 13);
        if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & 1u << 31))
                return false;
        __cpuid(0x40000000, eax, ebx, ecx, edx);
        memcpy(ret_vendor, &ebx, 4);
        memcpy(ret_vendor + 4, &ecx, 4);
        memcpy(ret_vendor + 8, &edx, 4);
        return true;
}
