#include "dom0/host/esp.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/mount.h"
#include "dom0/host/source.h"

#define MOUNTINFO_MAX ((size_t)4 << 20)
#define ROOM_MARGIN   ((uint64_t)1 << 20) /* FAT's own tables, and what the host writes meanwhile */

static const char *const usual_places[] = { "/boot/efi", "/efi", "/boot" };

static bool is_fat(const struct mount *mount)
{
        return strcmp(mount->type, "vfat") == 0 || strcmp(mount->type, "msdos") == 0;
}

static bool has_folder(const char *path, const char *name)
{
        struct stat status;
        char *full = NULL;
        bool there;

        if (asprintf(&full, "%s/%s", path, name) < 0)
                return false;
        there = stat(full, &status) == 0 && S_ISDIR(status.st_mode);
        free(full);
        return there;
}

/* Whether an ESP is mounted at `point`; why not, otherwise. */
static const char *try_place(
        const struct host *host, const char *mounts, const char *point, struct mount *ret_mount)
{
        char *path;
        bool good;

        if (!mount_find(mounts, point, ret_mount))
                return "nothing is mounted there";
        if (!is_fat(ret_mount))
                return "what is mounted there is not FAT, so no EFI system partition";
        path = host_path(host, "%s", point);
        good = has_folder(path, "EFI");
        free(path);
        return good ? NULL : "it has no folder EFI";
}

static bool choose(const struct host *host, const char *mounts, const char *given,
        struct mount *ret_mount, struct failure *error)
{
        const char *problem;

        if (given) {
                problem = try_place(host, mounts, given, ret_mount);
                return !problem || fail(error, EXIT_FAIL, "--esp %s: %s", given, problem);
        }
        for (size_t i = 0; i < sizeof(usual_places) / sizeof(usual_places[0]); i++)
                if (!try_place(host, mounts, usual_places[i], ret_mount))
                        return true;
        return fail(error, EXIT_FAIL,
                "no EFI system partition is mounted at /boot/efi, /efi or /boot; mount it "
                "(usually: mount /boot/efi) or name its mount point with --esp");
}

/* The value of KEY= in a device's uevent file; "" when there is none. */
static void read_uevent(const char *path, const char *key, char *out, size_t size)
{
        size_t length;
        char *text = source_read_text(path, 4096, &length);
        char *found = text ? strstr(text, key) : NULL;

        *out = '\0';
        if (found) {
                found += strlen(key);
                snprintf(out, size, "%.*s", (int)strcspn(found, "\n"), found);
        }
        free(text);
}

/* The name of the link in /dev/disk/by-uuid that leads to the device. */
static void find_uuid(const struct host *host, const char *device, struct esp *esp)
{
        char *path = host_path(host, "/dev/disk/by-uuid"), target[256];
        DIR *folder = opendir(path);
        struct dirent *entry;

        free(path);
        while (folder && (entry = readdir(folder))) {
                ssize_t length =
                        readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
                const char *name;

                if (length < 0)
                        continue;
                target[length] = '\0';
                name = strrchr(target, '/');
                if (strcmp(name ? name + 1 : target, device) == 0)
                        snprintf(esp->uuid, sizeof(esp->uuid), "%.60s", entry->d_name);
        }
        if (folder)
                closedir(folder);
}

/* Which partition it is; what cannot be found out stays empty. */
static void identify(const struct host *host, const struct mount *mount, struct esp *esp)
{
        char *base = host_path(host, "/sys/dev/block/%u:%u", mount->major, mount->minor);
        char name[64], *path = NULL, *text;
        size_t length;

        if (asprintf(&path, "%s/uevent", base) > 0) {
                read_uevent(path, "DEVNAME=", name, sizeof(name));
                if (*name)
                        find_uuid(host, name, esp);
                free(path);
        }
        if (asprintf(&path, "%s/../uevent", base) > 0) {
                read_uevent(path, "DEVNAME=", name, sizeof(name));
                free(path);
        }
        if (asprintf(&path, "%s/partition", base) > 0) {
                text = source_read_text(path, 64, &length);
                esp->number = text ? (unsigned)strtoul(text, NULL, 10) : 0;
                free(text);
                free(path);
        }
        if (esp->number > 0 && *name)
                snprintf(esp->disk, sizeof(esp->disk), "/dev/%.50s", name);
        free(base);
}

bool esp_find(
        const struct host *host, const char *given, struct esp *ret_esp, struct failure *ret_error)
{
        char *path = host_path(host, "/proc/self/mountinfo");
        size_t length;
        char *mounts = source_read_text(path, MOUNTINFO_MAX, &length);
        struct esp esp = { 0 };
        struct mount mount;
        bool good;

        if (!mounts) {
                fail(ret_error, EXIT_FAIL, "cannot read %s: %s", path, strerror(errno));
                free(path);
                return false;
        }
        free(path);
        good = choose(host, mounts, given, &mount, ret_error);
        free(mounts);
        if (!good)
                return false;
        esp.point = memory_copy_text(mount.point, strlen(mount.point));
        esp.path = host_path(host, "%s", mount.point);
        esp.folder = host_path(host, "%s/EFI/forestage", mount.point);
        esp.read_only = mount.read_only;
        identify(host, &mount, &esp);
        *ret_esp = esp;
        return true;
}

void esp_free(struct esp *esp)
{
        free(esp->point);
        free(esp->path);
        free(esp->folder);
        *esp = (struct esp){ 0 };
}

bool esp_check_room(
        const struct host *host, const struct esp *esp, uint64_t bytes, struct failure *ret_error)
{
        uint64_t room;

        if (esp->read_only)
                return fail(ret_error, EXIT_FAIL,
                        "the EFI system partition at %s is mounted read-only; nothing was changed; "
                        "first: mount -o remount,rw %s",
                        esp->point, esp->point);
        if (!host->room(esp->path, &room))
                return fail(
                        ret_error, EXIT_FAIL, "cannot measure %s: %s", esp->point, strerror(errno));
        if (room < bytes + ROOM_MARGIN)
                return fail(ret_error, EXIT_FAIL,
                        "the EFI system partition at %s is too full: %llu KiB are needed, %llu KiB "
                        "are free; nothing was changed",
                        esp->point, (unsigned long long)((bytes + ROOM_MARGIN) >> 10),
                        (unsigned long long)(room >> 10));
        return true;
}

char *esp_file(const struct esp *esp, const char *format, ...)
{
        char *tail = NULL, *path = NULL;
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vasprintf(&tail, format, arguments);
        va_end(arguments);
        if (length >= 0)
                length = asprintf(&path, "%s/%s", esp->folder, tail);
        free(tail);
        return length >= 0 ? path : memory_allocate(SIZE_MAX);
}
