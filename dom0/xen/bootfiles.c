#include "dom0/xen/bootfiles.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* --- what the reader asks --- */

static bool search_file(const struct bootfiles *files, const char *what, char **ret_device)
{
        const struct mount *mount = NULL;

        for (size_t i = 0; i < files->devices.count; i++) {
                _cleanup_free_ char *path =
                        bootdevice_is_disk(&files->devices.mounts[i])
                                ? bootdevice_file(&files->devices, &files->devices.mounts[i], what)
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

                if (mount ? !mount_same_device(mount, other) : !bootdevice_is_disk(other))
                        continue;
                full = bootdevice_file(&files->devices, other, path);
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
