#include "dom0/xen/bootdevice.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"
#include "lib/text.h"

#define FILE_MAX ((size_t)64 << 10)

#define MISSING   "missing,"
#define UNMOUNTED "unmounted,"

const struct mount *bootdevice_find(const struct bootdevices *devices, const char *name)
{
        unsigned major, minor;
        int end = 0;

        if (strcmp(name, BOOTDEVICE_HERE) == 0)
                return devices->here;
        if (sscanf(name, "%u:%u%n", &major, &minor, &end) != 2 || name[end])
                return NULL;
        for (size_t i = 0; i < devices->count; i++)
                if (devices->mounts[i].major == major && devices->mounts[i].minor == minor)
                        return &devices->mounts[i];
        return NULL;
}

char *bootdevice_name(const struct mount *mount)
{
        return memory_format("%u:%u", mount->major, mount->minor);
}

bool bootdevice_is_disk(const struct mount *mount)
{
        return mount->major != 0 || strcmp(mount->type, "btrfs") == 0 ||
               strcmp(mount->type, "zfs") == 0 || strcmp(mount->point, "/") == 0;
}

char *bootdevice_file(
        const struct bootdevices *devices, const struct mount *mount, const char *path)
{
        _cleanup_free_ char *inside = mount_from_grub(mount, path);

        if (!inside || mount_holding(devices->mounts, devices->count, inside) != mount)
                return NULL;
        return host_path(devices->host, "%s", inside);
}

static const char *base_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* Whether the mount is of the device file /dev/NAME, under whatever name it was mounted. */
static bool is_on(const struct host *host, const struct mount *mount, const char *name)
{
        _cleanup_free_ char *uevent =
                memory_format("/sys/dev/block/%u:%u/uevent", mount->major, mount->minor);
        _cleanup_free_ char *source = host_path(host, "%s", mount->source);
        _cleanup_free_ char *real = realpath(source, NULL);
        _cleanup_free_ char *path = host_path(host, "%s", uevent);
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, FILE_MAX, &length);
        _cleanup_free_ char *line = memory_format("DEVNAME=%s", name);

        return strcmp(base_of(mount->source), name) == 0 ||
               (real && strcmp(base_of(real), name) == 0) ||
               (text && text_has_word(text, "\n", line, strlen(line)));
}

/* udev writes what a name cannot hold as \x20. */
static bool is_same_name(const char *udev, const char *name)
{
        while (*udev && *name) {
                unsigned code = (unsigned char)*udev;
                int used = 1;

                if (*udev == '\\' && (sscanf(udev, "\\x%2x%n", &code, &used) != 1 || used != 4))
                        used = 1;
                if (code != (unsigned char)*name++)
                        return false;
                udev += used;
        }
        return *udev == *name;
}

/* FAT has capitals in its UUID, and GRUB does not care. */
static bool is_same(enum grub_search kind, const char *udev, const char *name)
{
        return kind == GRUB_SEARCH_UUID ? strcasecmp(udev, name) == 0 : is_same_name(udev, name);
}

/*
 * The name of the device that udev has under a UUID or label, owned. NULL: there is none;
 * `ret_known`: and udev would know.
 */
static char *ask_udev(
        const struct host *host, enum grub_search kind, const char *what, bool *ret_known)
{
        _cleanup_free_ char *path =
                host_path(host, "/dev/disk/by-%s", kind == GRUB_SEARCH_UUID ? "uuid" : "label");
        _cleanup_closedir_ DIR *folder = opendir(path);
        struct dirent *entry;

        *ret_known = folder != NULL;
        while (folder && (entry = readdir(folder))) {
                char target[256];
                ssize_t length =
                        readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

                if (length < 0 || !is_same(kind, entry->d_name, what))
                        continue;
                target[length] = '\0';
                return memory_copy(base_of(target));
        }
        return NULL;
}

/* Whether the running dom0 says that its root has this UUID or label. */
static bool is_root(const struct bootdevices *devices, enum grub_search kind, const char *what)
{
        _cleanup_free_ char *word =
                memory_format("root=%s=%s", kind == GRUB_SEARCH_UUID ? "UUID" : "LABEL", what);

        return devices->dom0_line && text_has_word(devices->dom0_line, " \t\n", word, strlen(word));
}

/* "missing,label=root-abcdef" */
static char *name_unknown(const char *what_of_it, enum grub_search kind, const char *what)
{
        static const char *const kinds[] = { [GRUB_SEARCH_UUID] = "UUID",
                [GRUB_SEARCH_LABEL] = "label",
                [GRUB_SEARCH_FILE] = "file" };
        char *name = memory_format("%s%s=%s", what_of_it, kinds[kind], what);

        for (char *c = name; *c; c++)
                if (strchr(" \t\n)", *c))
                        *c = '_';
        return name;
}

char *bootdevice_unknown(bool missing, enum grub_search kind, const char *what)
{
        return name_unknown(missing ? MISSING : "", kind, what);
}

char *bootdevice_why_not(const char *name)
{
        if (strncmp(name, MISSING, strlen(MISSING)) == 0)
                return memory_format("no file system here has the %s that the entry searches for",
                        name + strlen(MISSING));
        if (strncmp(name, UNMOUNTED, strlen(UNMOUNTED)) == 0)
                return memory_format("the file system with the %s, which the entry searches for, "
                                     "is not mounted: mount it, and try again",
                        name + strlen(UNMOUNTED));
        return NULL;
}

bool bootdevice_search(const struct bootdevices *devices, enum grub_search kind, const char *what,
        char **ret_device)
{
        bool known;
        _cleanup_free_ char *name = ask_udev(devices->host, kind, what, &known);

        for (size_t i = 0; name && i < devices->count; i++)
                if (is_on(devices->host, &devices->mounts[i], name)) {
                        *ret_device = bootdevice_name(&devices->mounts[i]);
                        return true;
                }
        if (!name && is_root(devices, kind, what)) {
                *ret_device = bootdevice_name(mount_holding(devices->mounts, devices->count, "/"));
                return true;
        }
        *ret_device = name_unknown(name ? UNMOUNTED : known ? MISSING : "", kind, what);
        return name || !known;
}
