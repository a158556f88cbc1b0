#include "dom0/xen/bootfiles.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/durable.h"
#include "dom0/base/memory.h"
#include "dom0/grub/grubwords.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define MOUNTINFO_MAX ((size_t)4 << 20)
#define FILE_MAX      ((size_t)4 << 20)
#define LINE_MAX      ((size_t)64 << 10)

static enum grub_file_type look_at(const char *path, struct stat *ret_status)
{
        if (stat(path, ret_status) != 0)
                return GRUB_FILE_NONE;
        return S_ISREG(ret_status->st_mode)   ? GRUB_FILE_REGULAR
               : S_ISDIR(ret_status->st_mode) ? GRUB_FILE_FOLDER
                                              : GRUB_FILE_NONE;
}

/* The host's path of GRUB's, in one mount; NULL: it is not in there, or hidden by another mount. */
static char *try_mount(const struct bootfiles *files, const struct mount *mount, const char *path)
{
        _cleanup_free_ char *inside = mount_from_grub(mount, path);

        if (!inside || mount_holding(files->devices.mounts, files->devices.count, inside) != mount)
                return NULL;
        return host_path(files->devices.host, "%s", inside);
}

/* What a GRUB could read: a disk. Its names of the others are not of disks. */
static bool is_disk(const struct mount *mount)
{
        return mount->major != 0 || strcmp(mount->type, "btrfs") == 0 ||
               strcmp(mount->type, "zfs") == 0 || strcmp(mount->point, "/") == 0;
}

/* A file that was found, and another that is not the same. */
struct found {
        char *file, *other; /* owned */
        struct stat status;
};

static void found_free(struct found *found)
{
        free(found->file);
        free(found->other);
}

static bool is_same_file(const struct found *found, const char *path, const struct stat *status)
{
        uint8_t left[SHA256_SIZE], right[SHA256_SIZE];

        if (found->status.st_dev == status->st_dev && found->status.st_ino == status->st_ino)
                return true;
        return found->status.st_size == status->st_size && durable_hash(found->file, left) &&
               durable_hash(path, right) && memcmp(left, right, sizeof(left)) == 0;
}

/* Takes the path over. */
static void take_if_file(struct found *found, char *given)
{
        _cleanup_free_ char *path = given;
        struct stat status;

        if (!path || look_at(path, &status) != GRUB_FILE_REGULAR)
                return;
        if (!found->file) {
                found->file = TAKE_PTR(path);
                found->status = status;
        } else if (!found->other && !is_same_file(found, path, &status)) {
                found->other = TAKE_PTR(path);
        }
}

/* On one file system, whichever of its mounts shows it; `device` NULL: on any disk. */
static void find_file(const struct bootfiles *files, const struct mount *device, const char *path,
        struct found *found)
{
        for (size_t i = 0; i < files->devices.count; i++) {
                const struct mount *mount = &files->devices.mounts[i];

                if (device ? mount_same_device(device, mount) : is_disk(mount))
                        take_if_file(found, try_mount(files, mount, path));
        }
}

/* GRUB of some distributions takes paths on btrfs from the subvolume on that is mounted as root. */
static void find_in_subvolume(const struct bootfiles *files, const struct mount *device,
        const char *path, struct found *found)
{
        for (size_t i = 0; i < files->devices.count && !found->file; i++) {
                const struct mount *mount = &files->devices.mounts[i];

                if (strcmp(mount->type, "btrfs") == 0 && strcmp(mount->point, "/") == 0 &&
                        (!device || mount_same_device(device, mount)))
                        take_if_file(found, host_path(files->devices.host, "%s", path));
        }
}

bool bootfiles_resolve(const struct bootfiles *files, const struct grub_image *image,
        char **ret_file, struct failure *ret_error)
{
        const struct mount *device = bootdevice_find(&files->devices, image->device);
        _cleanup_(found_free) struct found found = { 0 };
        _cleanup_free_ char *reason = bootdevice_why_not(image->device);
        bool sure = device && device != files->devices.here;

        if (reason)
                return fail(ret_error, EXIT_FAIL, "%s", reason);
        if (device)
                find_file(files, device, image->path, &found);
        if (!found.file && !sure)
                find_file(files, NULL, image->path, &found);
        if (!found.file)
                find_in_subvolume(files, sure ? device : NULL, image->path, &found);
        if (!found.file)
                return fail(ret_error, EXIT_FAIL, "there is no such file on %s%s",
                        sure ? "the file system at " : "any mounted file system",
                        sure ? device->point : "");
        if (found.other)
                return fail(ret_error, EXIT_FAIL,
                        "this may be %s or %s, and they differ: which one GRUB takes cannot be "
                        "told here",
                        found.file, found.other);
        *ret_file = TAKE_PTR(found.file);
        return true;
}

/* --- what the reader asks --- */

static bool search_file(const struct bootfiles *files, const char *what, char **ret_device)
{
        const struct mount *mount = NULL;

        for (size_t i = 0; i < files->devices.count; i++) {
                _cleanup_free_ char *path =
                        is_disk(&files->devices.mounts[i])
                                ? try_mount(files, &files->devices.mounts[i], what)
                                : NULL;
                struct stat status;

                if (!path || look_at(path, &status) == GRUB_FILE_NONE)
                        continue;
                if (mount && !mount_same_device(mount, &files->devices.mounts[i])) {
                        *ret_device = bootdevice_unknown(false, GRUB_SEARCH_FILE, what);
                        return true;
                }
                mount = &files->devices.mounts[i];
        }
        *ret_device =
                mount ? bootdevice_name(mount) : bootdevice_unknown(true, GRUB_SEARCH_FILE, what);
        return mount != NULL;
}

static bool search(void *context, enum grub_search kind, const char *what, char **ret_device)
{
        const struct bootfiles *files = context;

        return kind == GRUB_SEARCH_FILE
                       ? search_file(files, what, ret_device)
                       : bootdevice_search(&files->devices, kind, what, ret_device);
}

/* The host's path of what GRUB sees, a file or a folder; NULL: it sees nothing. Owned. */
static char *find_any(const struct bootfiles *files, const char *device, const char *path,
        struct stat *ret_status)
{
        const struct mount *mount = bootdevice_find(&files->devices, device);
        _cleanup_free_ char *reason = bootdevice_why_not(device);

        if (reason)
                return NULL;
        for (size_t i = 0; i < files->devices.count; i++) {
                const struct mount *other = &files->devices.mounts[i];
                _cleanup_free_ char *full = NULL;

                if (mount ? !mount_same_device(mount, other) : !is_disk(other))
                        continue;
                full = try_mount(files, other, path);
                if (full && look_at(full, ret_status) != GRUB_FILE_NONE)
                        return TAKE_PTR(full);
        }
        return NULL;
}

static enum grub_file_type look(
        void *context, const char *device, const char *path, uint64_t *ret_size)
{
        struct stat status;
        _cleanup_free_ char *full = find_any(context, device, path, &status);

        if (!full)
                return GRUB_FILE_NONE;
        *ret_size = (uint64_t)status.st_size;
        return look_at(full, &status);
}

static char *read_file(void *context, const char *device, const char *path)
{
        struct stat status;
        _cleanup_free_ char *full = find_any(context, device, path, &status);
        size_t length;
        char *text = full && look_at(full, &status) == GRUB_FILE_REGULAR
                             ? source_read_text(full, FILE_MAX, &length)
                             : NULL;

        if (text)
                grub_words_mark_nuls(text, length);
        return text;
}

/* --- open and close --- */

/* A host whose mounts cannot be told has one file system. */
static void add_root(struct bootfiles *files)
{
        static const struct mount root = { .id = -1, .parent = -2, .root = "/", .point = "/" };

        if (mount_holding(files->devices.mounts, files->devices.count, "/"))
                return;
        files->devices.mounts = memory_resize(
                files->devices.mounts, (files->devices.count + 1) * sizeof(*files->devices.mounts));
        files->devices.mounts[files->devices.count++] = root;
}

bool bootfiles_open(const struct host *host, const char *config, struct bootfiles *ret_files,
        struct failure *ret_error)
{
        _cleanup_free_ char *path = host_path(host, "/proc/self/mountinfo"), *full = NULL;
        const char *inside = config + strlen(host->root);
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, MOUNTINFO_MAX, &length);
        struct bootfiles files = { .devices.host = host };

        if (!text)
                return fail_errno(ret_error, EXIT_FAIL, "cannot read", path);
        files.devices.mounts = mount_list(text, &files.devices.count);
        add_root(&files);
        files.devices.here = mount_holding(files.devices.mounts, files.devices.count, inside);
        full = mount_to_grub(files.devices.here, inside);
        files.folder = memory_copy_text(full, (size_t)(strrchr(full, '/') - full));
        files.devices.dom0_line = source_read_text(host->command_line, LINE_MAX, &length);
        *ret_files = files;
        ret_files->grub = (struct grub_files){ ret_files, BOOTDEVICE_HERE, ret_files->folder,
                search, look, read_file };
        return true;
}

void bootfiles_close(struct bootfiles *files)
{
        free(files->devices.mounts);
        free(files->folder);
        free(files->devices.dom0_line);
        *files = (struct bootfiles){ 0 };
}
