#include "initramfs/xen/display.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "initramfs/stage/file.h"
#include "lib/cleanup.h"

#define BOOT_PARAMETERS "/sys/kernel/boot_params/data"
#define DEVICES         "/sys/bus/pci/devices"
#define NVIDIA          "0x10de"

static bool is_nvidias(const char *device)
{
        _cleanup_slice_ struct slice vendor = { 0 };
        char path[256];

        snprintf(path, sizeof(path), "%s/vendor", device);
        return file_read(path, &vendor) && slice_starts_with(vendor, SLICE(NVIDIA));
}

static bool holds(const char *device, const struct screen *screen)
{
        char path[256], line[128];
        bool found = false;
        FILE *file;

        snprintf(path, sizeof(path), "%s/resource", device);
        file = fopen(path, "re");
        while (file && !found && fgets(line, sizeof(line), file))
                found = screen_is_in(screen, line);
        if (file)
                fclose(file);
        return found;
}

/* A machine of which this cannot be found out has no such device either. */
static bool is_on_nvidia(const struct screen *screen)
{
        glob_t devices;
        bool found = false;

        if (glob(DEVICES "/*", 0, NULL, &devices) != 0)
                return false;
        for (size_t i = 0; i < devices.gl_pathc && !found; i++)
                found = is_nvidias(devices.gl_pathv[i]) && holds(devices.gl_pathv[i], screen);
        globfree(&devices);
        return found;
}

const char *display_find(struct screen *ret_screen)
{
        _cleanup_slice_ struct slice bytes = { 0 };
        struct screen screen;
        const char *problem;

        if (!file_read(BOOT_PARAMETERS, &bytes) || bytes.length < SCREEN_INFO_SIZE)
                return BOOT_PARAMETERS " cannot be read";
        problem = screen_read((const uint8_t *)bytes.data, &screen);
        if (!problem && is_on_nvidia(&screen))
                problem = "it is on an NVIDIA device";
        if (!problem)
                *ret_screen = screen;
        return problem;
}
