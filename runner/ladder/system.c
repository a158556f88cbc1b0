#include "runner/ladder/system.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runner/ladder/nvrm.h"
#include "runner/machine/nvml.h"
#include "runner/machine/where.h"

/* Opens and closes a device file: 0, or the errno. */
static int try_node(const char *root, const char *name)
{
        char path[PATH_MAX];
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "%s/dev/%s", root, name);
        fd = open(path, O_RDWR | O_CLOEXEC);
        return fd >= 0 ? 0 : errno;
}

/* --- the module --- */

/* Its own file says more; /sys has the module's as soon as it is loaded, and has it longer. */
static bool read_version(const char *root, char *ret_version, size_t size)
{
        static const char *const files[] = { "/proc/driver/nvidia/version",
                "/sys/module/nvidia/version" };
        char path[PATH_MAX], text[4096];

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                snprintf(path, sizeof(path), "%s%s", root, files[i]);
                if (io_read_text(path, text, sizeof(text)) &&
                        where_driver_version(text, ret_version, size))
                        return true;
        }
        return false;
}

static void say_not_loaded(const char *kernel_log, struct finding *finding)
{
        json_t *lines = json_array();
        struct kernel_log log;
        const char *last;

        kernel_log_open(&log, kernel_log);
        nvrm_rewind(&log);
        nvrm_read(&log, lines);
        last = json_string_value(json_array_get(lines, json_array_size(lines) - 1));
        if (last)
                finding_say(finding, STATUS_FAIL,
                        "the module nvidia is not loaded; the last that the kernel's log says of "
                        "it is: %s",
                        last);
        else
                finding_say(finding, STATUS_FAIL,
                        "the module nvidia is not loaded, and the kernel's log (%s) %s: load it "
                        "with modprobe nvidia, or insmod, and look there",
                        kernel_log, log.fd < 0 ? "cannot be read" : "says nothing of it");
        finding_note(finding, "kernel", lines);
        kernel_log_close(&log);
}

void system_module(const char *root, const char *kernel_log, struct finding *finding)
{
        char version[64];

        if (read_version(root, version, sizeof(version)))
                finding_note(finding, "version", json_string(version));
        else if (try_node(root, "nvidiactl") == 0)
                finding_note(finding, "version", json_null()); /* a container hides the rest */
        else
                say_not_loaded(kernel_log, finding);
}

/* --- device files --- */

/* glibc has this as strerrorname_np, but not where dom0 is old. */
static const char *error_name(int error)
{
        static const struct {
                int error;
                const char *name;
        } names[] = {
                { EACCES, "EACCES" },
                { EBUSY, "EBUSY" },
                { EINVAL, "EINVAL" },
                { EIO, "EIO" },
                { ENODEV, "ENODEV" },
                { ENOENT, "ENOENT" },
                { ENOMEM, "ENOMEM" },
                { ENXIO, "ENXIO" },
                { EPERM, "EPERM" },
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (names[i].error == error)
                        return names[i].name;
        }
        return "another error";
}

static bool refuse_node(struct finding *finding, const char *name, int error, const char *advice)
{
        return finding_say(finding, STATUS_FAIL, "/dev/%s cannot be opened: %s, %s%s", name,
                error_name(error), strerror(error), error == ENOENT ? advice : "");
}

static bool is_gpu(const char *name)
{
        return strncmp(name, "nvidia", 6) == 0 && isdigit((unsigned char)name[6]) &&
               name[6 + strspn(name + 6, "0123456789")] == '\0';
}

/* One that can be opened is enough: others may be kept from whoever runs this, or be sick. */
static bool try_gpus(const char *root, struct finding *finding)
{
        json_t *open = json_array(), *closed = json_array();
        char path[PATH_MAX], refused[64] = "";
        struct dirent *entry;
        int error = 0;

        snprintf(path, sizeof(path), "%s/dev", root);
        _cleanup_closedir_ DIR *folder = opendir(path);

        while (folder && (entry = readdir(folder))) {
                int result;

                if (!is_gpu(entry->d_name))
                        continue;
                result = try_node(root, entry->d_name);
                json_array_append_new(result == 0 ? open : closed, json_string(entry->d_name));
                if (result) {
                        error = result;
                        snprintf(refused, sizeof(refused), "%.32s", entry->d_name);
                }
        }
        finding_note(finding, "open", open);
        finding_note(finding, "closed", closed);
        if (json_array_size(open) > 0)
                return true;
        if (refused[0])
                return refuse_node(finding, refused, error, "");
        return finding_say(finding, STATUS_FAIL,
                "there is no /dev/nvidia0: the module has found no GPU that it can use, or nobody "
                "has made the files (nvidia-modprobe -c 0)");
}

static bool try_fixed(const char *root, const char *name, const char *advice, struct finding *f)
{
        int error = try_node(root, name);

        return error == 0 || refuse_node(f, name, error, advice);
}

void system_nodes(const char *root, struct finding *finding)
{
        if (try_fixed(root, "nvidiactl", ": nobody has made the file (nvidia-modprobe)", finding) &&
                try_gpus(root, finding))
                try_fixed(root, "nvidia-uvm",
                        ": the module nvidia-uvm is not loaded, or nobody has made the file "
                        "(nvidia-modprobe -u)",
                        finding);
}

/* --- NVML --- */

void system_nvml(struct finding *finding)
{
        char why[WHY_SIZE];
        struct nvml nvml;
        unsigned count;

        if (!nvml_present()) {
                finding_say(finding, STATUS_SKIP,
                        "there is no libnvidia-ml.so.1, and nothing of CUDA needs it");
                return;
        }
        if (!nvml_start(&nvml, why)) {
                finding_say(finding, STATUS_FAIL, "%s", why);
                return;
        }
        if (!nvml_count(&nvml, &count, why))
                finding_say(finding, STATUS_FAIL, "%s", why);
        else if (count == 0)
                finding_say(finding, STATUS_FAIL, "NVML finds no GPU in this machine");
        else
                finding_count(finding, "devices", count);
        nvml_close(&nvml);
}
