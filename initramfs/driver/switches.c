#include "initramfs/driver/switches.h"

#include <dirent.h>
#include <stdio.h>

#include "initramfs/stage/file.h"

/* "0x10de", as the file has it. */
static bool says(struct slice text, struct slice value)
{
        text.length -= text.length > 0 && text.data[text.length - 1] == '\n';
        return slice_equal(text, value);
}

bool switches_is_one(struct slice vendor, struct slice class)
{
        return says(vendor, SLICE("0x10de")) && says(class, SLICE("0x068000"));
}

static bool read_fact(const char *folder, const char *address, const char *name, struct slice *ret)
{
        char path[256];

        snprintf(path, sizeof(path), "%.128s/%.64s/%s", folder, address, name);
        return file_read(path, ret);
}

static bool is_switch(const char *folder, const char *address)
{
        _cleanup_slice_ struct slice vendor = { 0 }, class = { 0 };

        return address[0] != '.' && read_fact(folder, address, "vendor", &vendor) &&
               read_fact(folder, address, "class", &class) && switches_is_one(vendor, class);
}

size_t switches_count(const char *folder)
{
        _cleanup_closedir_ DIR *devices = opendir(folder);
        struct dirent *entry;
        size_t count = 0;

        while (devices && (entry = readdir(devices)))
                count += is_switch(folder, entry->d_name);
        return count;
}
