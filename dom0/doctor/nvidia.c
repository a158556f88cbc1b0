#include "dom0/doctor/nvidia.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/host/lookup.h"
#include "dom0/host/program.h"
#include "lib/cleanup.h"

#define DRIVER     "/proc/driver/nvidia"
#define OUTPUT_MAX ((size_t)64 << 10)

/* The module on disk, as modinfo knows it. */
static void ask_modinfo(const struct host *host, const char *field, char *out, size_t size)
{
        const char *const argv[] = { "modinfo", "-F", field, "nvidia", NULL };
        _cleanup_free_ char *output = NULL;
        struct failure ignored;
        size_t length;

        *out = '\0';
        if (program_run(host, argv, OUTPUT_MAX, &output, &length, &ignored))
                escape_text(output, strcspn(output, "\n"), out, size);
}

static void look_on_disk(const struct host *host, struct nvidia *nvidia)
{
        char license[64];

        ask_modinfo(host, "version", nvidia->version, sizeof(nvidia->version));
        ask_modinfo(host, "license", license, sizeof(license));
        nvidia->installed = *nvidia->version != '\0';
        nvidia->is_open = strstr(license, "GPL") != NULL;
}

/* The firmware of the first GPU that tells. */
static void look_at_firmware(const struct host *host, struct nvidia *nvidia)
{
        _cleanup_free_ char *path = host_path(host, DRIVER "/gpus");
        _cleanup_closedir_ DIR *folder = opendir(path);
        struct dirent *entry;
        char file[300];

        while (folder && !*nvidia->firmware && (entry = readdir(folder))) {
                if (*entry->d_name == '.')
                        continue;
                snprintf(file, sizeof(file), DRIVER "/gpus/%s/information", entry->d_name);
                lookup_value(
                        host, file, "GPU Firmware", nvidia->firmware, sizeof(nvidia->firmware));
        }
}

void nvidia_look(const struct host *host, struct nvidia *ret_nvidia)
{
        struct nvidia found = { 0 };
        char line[512];

        if (lookup_line(host, DRIVER "/version", line, sizeof(line)))
                nvidia_parse(line, &found);
        if (found.loaded) {
                look_at_firmware(host, &found);
                lookup_value(host, DRIVER "/params", "UsePageAttributeTable", line, sizeof(line));
                found.pat_off = strcmp(line, "0") == 0;
        } else {
                look_on_disk(host, &found);
        }
        *ret_nvidia = found;
}
