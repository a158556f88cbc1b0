#include "runner/machine/where.h"

#include <cpuid.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/text.h"
#include "version.h"

#define MSR_PAT 0x277

bool where_driver_version(const char *text, char *ret_version, size_t size)
{
        const char *end = text + strcspn(text, "\n");

        for (const char *at = text; at < end;) {
                size_t length = strcspn(at, " \t\n");

                if (length > 0 && length < size && memchr(at, '.', length) &&
                        strspn(at, "0123456789.") == length && isdigit((unsigned char)at[0])) {
                        memcpy(ret_version, at, length);
                        ret_version[length] = '\0';
                        return true;
                }
                at += length + strspn(at + length, " \t");
                if (length == 0 && at < end)
                        at++;
        }
        return false;
}

bool where_value_of(const char *text, const char *key, char *ret_value, size_t size)
{
        size_t key_length = strlen(key);

        for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
                const char *value = line + key_length, *end = line + strcspn(line, "\n");

                if (strncmp(line, key, key_length) != 0)
                        continue;
                value += strspn(value, " \t");
                if (*value != ':')
                        continue;
                value++;
                value += strspn(value, " \t");
                while (end > value && isspace((unsigned char)end[-1]))
                        end--;
                if (end <= value || (size_t)(end - value) >= size)
                        return false;
                memcpy(ret_value, value, (size_t)(end - value));
                ret_value[end - value] = '\0';
                return true;
        }
        return false;
}

bool where_pat_line(const char *record, char *ret_line, size_t size)
{
        const char *message = strchr(record, ';');
        size_t length;

        if (!message || !strstr(message, "PAT: Configuration"))
                return false;
        message++;
        length = strcspn(message, "\n");
        if (length >= size)
                return false;
        memcpy(ret_line, message, length);
        ret_line[length] = '\0';
        return true;
}

static void add_text(json_t *event, const char *key, bool found, char *text)
{
        if (found)
                text_make_line(text);
        json_object_set_new(event, key, found && text[0] ? json_string(text) : json_null());
}

static void add_hypervisor(json_t *event)
{
        unsigned eax, ebx, ecx = 0, edx;
        bool hypervisor = __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & 1u << 31);
        char vendor[13] = "";

        json_object_set_new(event, "hypervisor", json_boolean(hypervisor));
        if (hypervisor) {
                __cpuid(0x40000000, eax, ebx, ecx, edx);
                memcpy(vendor, &ebx, 4);
                memcpy(vendor + 4, &ecx, 4);
                memcpy(vendor + 8, &edx, 4);
        }
        add_text(event, "hypervisor_vendor", hypervisor, vendor);
}

static void add_cpu(json_t *event)
{
        unsigned brand[13] = { 0 };
        bool found = (unsigned)__get_cpuid_max(0x80000000, NULL) >= 0x80000004;
        char text[sizeof(brand)];

        for (unsigned i = 0; found && i < 3; i++)
                __cpuid(0x80000002 + i, brand[4 * i], brand[4 * i + 1], brand[4 * i + 2],
                        brand[4 * i + 3]);
        memcpy(text, brand, sizeof(text));
        add_text(event, "cpu", found, text);
}

/* Needs the msr module; without it Linux's own line about the PAT has to do. */
static void add_pat(json_t *event)
{
        _cleanup_close_ int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
        uint64_t pat;
        char text[17];
        bool found = fd >= 0 && pread(fd, &pat, sizeof(pat), MSR_PAT) == sizeof(pat);

        if (found)
                snprintf(text, sizeof(text), "%016llx", (unsigned long long)pat);
        add_text(event, "pat", found, text);
}

static void add_pat_names(json_t *event)
{
        _cleanup_close_ int fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        char record[8192], line[256];
        bool found = false;
        ssize_t got;

        /* One record a read; EPIPE: some were overwritten meanwhile. */
        for (int i = 0; fd >= 0 && !found && i < 100000; i++) {
                got = read(fd, record, sizeof(record) - 1);
                if (got < 0 && errno == EPIPE)
                        continue;
                if (got <= 0)
                        break;
                record[got] = '\0';
                found = where_pat_line(record, line, sizeof(line));
        }
        add_text(event, "pat_names", found, line);
}

static void add_machine(json_t *event)
{
        char text[256];
        struct utsname names;
        struct sysinfo info;
        bool found = uname(&names) == 0;

        json_object_set_new(event, "kernel", found ? json_string(names.release) : json_null());
        found = io_read_text("/sys/class/dmi/id/product_name", text, sizeof(text));
        add_text(event, "machine", found, text);
        if (sysinfo(&info) == 0)
                json_object_set_new(event, "memory_bytes",
                        json_integer((json_int_t)info.totalram * info.mem_unit));
        else
                json_object_set_new(event, "memory_bytes", json_null());
}

static void add_driver(json_t *event)
{
        char text[4096], value[64] = "";
        glob_t files = { .gl_pathc = 0 };
        bool found = io_read_text("/proc/driver/nvidia/version", text, sizeof(text)) &&
                     where_driver_version(text, value, sizeof(value));

        add_text(event, "driver", found, value);
        found = glob("/proc/driver/nvidia/gpus/*/information", 0, NULL, &files) == 0 &&
                io_read_text(files.gl_pathv[0], text, sizeof(text)) &&
                where_value_of(text, "GPU Firmware", value, sizeof(value));
        add_text(event, "firmware", found, value);
        globfree(&files);
}

void where_describe(json_t *event, const struct machine *machine)
{
        add_hypervisor(event);
        add_pat(event);
        add_pat_names(event);
        add_machine(event);
        add_cpu(event);
        add_driver(event);
        json_object_set_new(event, "cuda_version",
                machine->cuda_version > 0 ? json_integer(machine->cuda_version) : json_null());
        json_object_set_new(event, "rehearsal", json_boolean(machine->rehearsal));
        json_object_set_new(event, "version", json_string(FORESTAGE_VERSION));
}
