#include "dom0/host/partition.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define FILE_MAX  4096u
#define UDEV_MAX  ((size_t)64 << 10)
#define MD_MAJOR  9u
#define DEPTH_MAX 8u /* devices on devices */

/* Metadata of Intel's or DDF's: firmware knows such an array, and drives it itself. */
#define OF_THE_FIRMWARE "external:"

/* A device in sysfs, by a folder and by its kernel name; either may be all that there is. */
struct device {
        char *folder; /* owned */
        char name[64];
};

static void device_free(struct device *device)
{
        free(device->folder);
}

/* The value after KEY at the start of a line; "" when there is none. */
static void read_value(const char *path, size_t limit, const char *key, char *out, size_t size)
{
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, limit, &length);
        const char *line = text ? text : "";

        *out = '\0';
        for (; *line && !*out; line += strcspn(line, "\n"), line += *line == '\n')
                if (strncmp(line, key, strlen(key)) == 0)
                        snprintf(out, size, "%.*s", (int)strcspn(line + strlen(key), "\n"),
                                line + strlen(key));
}

/* One file of the device; "" when it is not there. */
static bool read_attribute(const struct host *host, const struct device *device, const char *file,
        char *out, size_t size)
{
        _cleanup_free_ char *path = memory_format("%s/%s", device->folder, file);
        _cleanup_free_ char *other = host_path(host, "/sys/block/%s/%s", device->name, file);

        read_value(path, FILE_MAX, "", out, size);
        if (!*out && *device->name)
                read_value(other, FILE_MAX, "", out, size);
        return *out != '\0';
}

static void read_name(struct device *device)
{
        _cleanup_free_ char *path = memory_format("%s/uevent", device->folder);

        read_value(path, FILE_MAX, "DEVNAME=", device->name, sizeof(device->name));
}

/* The device that a link in `slaves` names, where a device rests on others. */
static struct device device_below(const struct host *host, const char *name)
{
        struct device device = { .folder = host_path(host, "/sys/class/block/%s", name) };

        snprintf(device.name, sizeof(device.name), "%.60s", name);
        if (access(device.folder, F_OK) != 0) {
                free(device.folder);
                device.folder = host_path(host, "/sys/block/%s", name);
        }
        return device;
}

static enum partition_kind examine(const struct host *host, const struct device *device,
        unsigned depth, struct partition *partition);

/* Whether any device that this one rests on is in an array. */
static bool rests_on_raid(const struct host *host, const struct device *device, unsigned depth,
        struct partition *partition)
{
        _cleanup_free_ char *path = memory_format("%s/slaves", device->folder);
        _cleanup_free_ char *other = host_path(host, "/sys/block/%s/slaves", device->name);
        _cleanup_closedir_ DIR *folder = opendir(access(path, F_OK) == 0 ? path : other);
        struct dirent *entry;
        bool found = false;

        while (folder && !found && depth < DEPTH_MAX && (entry = readdir(folder))) {
                _cleanup_(device_free) struct device below = { 0 };

                if (*entry->d_name == '.')
                        continue;
                below = device_below(host, entry->d_name);
                found = examine(host, &below, depth + 1, partition) == PARTITION_RAID;
        }
        return found;
}

/* md: its level and how many disks it is meant to have. */
static bool is_array(const struct host *host, const struct device *device, char *what, size_t size,
        bool *ret_of_firmware)
{
        char level[32], disks[32], metadata[64];

        if (!read_attribute(host, device, "md/level", level, sizeof(level)))
                return false;
        read_attribute(host, device, "md/raid_disks", disks, sizeof(disks));
        read_attribute(host, device, "md/metadata_version", metadata, sizeof(metadata));
        *ret_of_firmware = strncmp(metadata, OF_THE_FIRMWARE, strlen(OF_THE_FIRMWARE)) == 0;
        snprintf(what, size, "/dev/%s, %s%s%s%s", device->name, level, *disks ? " over " : "",
                disks, *disks ? " disks" : "");
        return true;
}

/* Maps of what firmware sees as one disk too: paths to a disk, and RAID of the firmware. */
static bool is_one_to_firmware(const char *uuid)
{
        static const char *const kinds[] = { "mpath-", "DMRAID-" };

        if (strncmp(uuid, "part", 4) == 0 && isdigit((unsigned char)uuid[4]) && strchr(uuid, '-'))
                uuid = strchr(uuid, '-') + 1;
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                if (strncmp(uuid, kinds[i], strlen(kinds[i])) == 0)
                        return true;
        return false;
}

static enum partition_kind examine_map(const struct host *host, const struct device *device,
        const char *uuid, struct partition *partition)
{
        char name[64] = "";

        if (is_one_to_firmware(uuid))
                return PARTITION_BARE;
        read_attribute(host, device, "dm/name", name, sizeof(name));
        snprintf(partition->what, sizeof(partition->what), "/dev/%s%s%s%s", device->name,
                *name ? ", \"" : "", name, *name ? "\"" : "");
        return PARTITION_MAPPED;
}

static bool is_made_by_linux(const struct device *device)
{
        _cleanup_free_ char *path = realpath(device->folder, NULL);

        return path && strstr(path, "/devices/virtual/block/");
}

/* A disk, or what stands in the place of one. */
static enum partition_kind examine(const struct host *host, const struct device *device,
        unsigned depth, struct partition *partition)
{
        char text[128];
        bool of_firmware = false;

        if (read_attribute(host, device, "partition", text, sizeof(text))) {
                _cleanup_(device_free) struct device disk = { .folder = memory_format(
                                                                      "%s/..", device->folder) };

                read_name(&disk);
                return depth < DEPTH_MAX ? examine(host, &disk, depth + 1, partition)
                                         : PARTITION_UNKNOWN;
        }
        if (is_array(host, device, partition->what, sizeof(partition->what), &of_firmware))
                return of_firmware ? PARTITION_PLAIN : PARTITION_RAID;
        if (rests_on_raid(host, device, depth, partition))
                return PARTITION_RAID;
        if (read_attribute(host, device, "dm/uuid", text, sizeof(text)) ||
                read_attribute(host, device, "dm/name", text, sizeof(text)))
                return examine_map(host, device, text, partition);
        if (!*device->name)
                return PARTITION_UNKNOWN;
        snprintf(partition->what, sizeof(partition->what), "/dev/%s", device->name);
        return is_made_by_linux(device) ? PARTITION_VIRTUAL : PARTITION_PLAIN;
}

/* The name of the link in `folder` that leads to the device. */
static void find_link(
        const struct host *host, const char *folder, const char *device, char *out, size_t size)
{
        _cleanup_free_ char *path = host_path(host, "%s", folder);
        _cleanup_closedir_ DIR *links = opendir(path);
        struct dirent *entry;
        char target[256];

        while (links && (entry = readdir(links))) {
                ssize_t length =
                        readlinkat(dirfd(links), entry->d_name, target, sizeof(target) - 1);
                const char *name;

                if (length < 0)
                        continue;
                target[length] = '\0';
                name = strrchr(target, '/');
                if (strcmp(name ? name + 1 : target, device) == 0 && strlen(entry->d_name) < size)
                        snprintf(out, size, "%s", entry->d_name);
        }
}

/* PARTUUID: udev's link, else the kernel's word (since 6.11), else udev's own notes. */
static void find_name(const struct host *host, const struct device *device, unsigned major,
        unsigned minor, struct partition *partition)
{
        _cleanup_free_ char *kernel = memory_format("%s/uevent", device->folder);
        _cleanup_free_ char *udev = host_path(host, "/run/udev/data/b%u:%u", major, minor);
        char *name = partition->name;

        find_link(host, "/dev/disk/by-partuuid", device->name, name, sizeof(partition->name));
        if (!*name)
                read_value(kernel, FILE_MAX, "PARTUUID=", name, sizeof(partition->name));
        if (!*name)
                read_value(udev, UDEV_MAX, "E:ID_PART_ENTRY_UUID=", name, sizeof(partition->name));
        for (; *name; name++)
                *name = (char)tolower((unsigned char)*name);
}

static void find_place(
        const struct host *host, const struct device *device, struct partition *partition)
{
        _cleanup_(device_free) struct device disk = { .folder = memory_format(
                                                              "%s/..", device->folder) };
        char number[32];

        partition->kind = examine(host, device, 0, partition);
        if (partition->kind != PARTITION_PLAIN)
                return;
        read_attribute(host, device, "partition", number, sizeof(number));
        partition->number = (unsigned)strtoul(number, NULL, 10);
        read_name(&disk);
        if (partition->number > 0 && *disk.name)
                snprintf(partition->disk, sizeof(partition->disk), "/dev/%.50s", disk.name);
        else
                partition->kind = PARTITION_BARE; /* a disk without a table */
}

void partition_identify(
        const struct host *host, unsigned major, unsigned minor, struct partition *ret_partition)
{
        _cleanup_(device_free) struct device device = {
                .folder = host_path(host, "/sys/dev/block/%u:%u", major, minor)
        };
        struct partition partition = { .kind = PARTITION_UNKNOWN };

        read_name(&device);
        if (!*device.name && major == MD_MAJOR)
                snprintf(device.name, sizeof(device.name), "md%u", minor);
        if (*device.name) {
                snprintf(partition.device, sizeof(partition.device), "/dev/%.50s", device.name);
                find_link(host, "/dev/disk/by-uuid", device.name, partition.uuid,
                        sizeof(partition.uuid));
                find_name(host, &device, major, minor, &partition);
        }
        find_place(host, &device, &partition);
        *ret_partition = partition;
}
