#include "dom0/xen/bootreading.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/durable.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"

/* One way to read paths. */
struct reading {
        const struct mount *device; /* one of its mounts */
        bool subvolume; /* as GRUB of some distributions: from the subvolume on that is root */
};

/* The files of one reading, each owned; NULL where it has none. */
struct set {
        char *files[BOOTREADING_MAX];
        size_t found;
};

struct sets {
        struct set *list; /* owned */
        size_t count;
};

/* Images that GRUB reads from one device. */
struct group {
        const struct grub_image *images[BOOTREADING_MAX];
        size_t at[BOOTREADING_MAX]; /* their places in the entry */
        size_t count;
        const struct mount *device; /* NULL: only GRUB knows which it is */
        bool sure;                  /* it is no other one */
};

static void free_set(struct set *set)
{
        for (size_t i = 0; i < BOOTREADING_MAX; i++)
                free(set->files[i]);
}

static void free_sets(struct sets *sets)
{
        for (size_t i = 0; i < sets->count; i++)
                free_set(&sets->list[i]);
        free(sets->list);
}

/* --- one reading --- */

static bool is_file(const char *path)
{
        struct stat status;

        return path && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static char *find_in_subvolume(
        const struct bootdevices *devices, const struct mount *root, const char *path)
{
        const struct mount *holding = mount_holding(devices->mounts, devices->count, path);
        _cleanup_free_ char *full = host_path(devices->host, "%s", path);

        return mount_same_device(holding, root) && is_file(full) ? TAKE_PTR(full) : NULL;
}

/* Whichever mount of the file system shows it. Owned; NULL: none does. */
static char *find_file(
        const struct bootdevices *devices, const struct reading *reading, const char *path)
{
        if (reading->subvolume)
                return find_in_subvolume(devices, reading->device, path);
        for (size_t i = 0; i < devices->count; i++) {
                const struct mount *mount = &devices->mounts[i];
                _cleanup_free_ char *full = mount_same_device(mount, reading->device)
                                                    ? bootdevice_file(devices, mount, path)
                                                    : NULL;

                if (is_file(full))
                        return TAKE_PTR(full);
        }
        return NULL;
}

static struct set read_all(
        const struct bootdevices *devices, const struct reading *reading, const struct group *group)
{
        struct set set = { 0 };

        for (size_t i = 0; i < group->count; i++) {
                set.files[i] = find_file(devices, reading, group->images[i]->path);
                set.found += set.files[i] != NULL;
        }
        return set;
}

/* --- all readings --- */

static bool is_listed(const struct reading *list, size_t count, const struct mount *device)
{
        for (size_t i = 0; i < count; i++)
                if (mount_same_device(list[i].device, device))
                        return true;
        return false;
}

/* Of one device, or of any disk when it is NULL. */
static struct reading *list_readings(
        const struct bootdevices *devices, const struct mount *device, size_t *ret_count)
{
        const struct mount *root = mount_holding(devices->mounts, devices->count, "/");
        struct reading *list = memory_get((devices->count + 1) * sizeof(*list));
        size_t count = 0;

        for (size_t i = 0; i < devices->count; i++) {
                const struct mount *mount = &devices->mounts[i];

                if ((device ? mount_same_device(device, mount) : bootdevice_is_disk(mount)) &&
                        !is_listed(list, count, mount))
                        list[count++] = (struct reading){ mount, false };
        }
        if (strcmp(root->type, "btrfs") == 0 && (!device || mount_same_device(device, root)))
                list[count++] = (struct reading){ root, true };
        *ret_count = count;
        return list;
}

static struct sets read_each(
        const struct bootdevices *devices, const struct mount *device, const struct group *group)
{
        struct sets sets;
        _cleanup_free_ struct reading *readings = list_readings(devices, device, &sets.count);

        sets.list = memory_get((sets.count + 1) * sizeof(*sets.list));
        for (size_t i = 0; i < sets.count; i++)
                sets.list[i] = read_all(devices, &readings[i], group);
        return sets;
}

/* The one that has most; NULL: there is no reading. */
static struct set *find_best(const struct sets *sets)
{
        struct set *best = NULL;

        for (size_t i = 0; i < sets->count; i++)
                if (!best || sets->list[i].found > best->found)
                        best = &sets->list[i];
        return best;
}

static const char *find_anywhere(const struct sets *sets, size_t image)
{
        for (size_t i = 0; i < sets->count; i++)
                if (sets->list[i].files[image])
                        return sets->list[i].files[image];
        return NULL;
}

static bool is_same_file(const char *left, const char *right)
{
        struct stat one = { 0 }, two = { 0 };
        uint8_t hash[2][SHA256_SIZE];

        if (stat(left, &one) != 0 || stat(right, &two) != 0)
                return false;
        if (one.st_dev == two.st_dev && one.st_ino == two.st_ino)
                return true;
        return one.st_size == two.st_size && durable_hash(left, hash[0]) &&
               durable_hash(right, hash[1]) && memcmp(hash[0], hash[1], SHA256_SIZE) == 0;
}

/* --- what is said of a group that cannot be resolved --- */

/* The place in the group of the image that is to blame. */
static size_t fail_missing(const struct group *group, const struct sets *sets,
        const struct set *best, struct failure *error)
{
        const char *beside = NULL;
        size_t missing = group->count;

        for (size_t i = 0; i < group->count; i++) {
                if (!find_anywhere(sets, i)) {
                        fail(error, EXIT_FAIL, "there is no such file on %s%s",
                                group->sure ? "the file system at " : "any mounted file system",
                                group->sure ? group->device->point : "");
                        return i;
                }
                if (best->files[i])
                        beside = best->files[i];
                else if (missing == group->count)
                        missing = i;
        }
        fail(error, EXIT_FAIL,
                "it is there as %s only, which is not of the same file system or subvolume as %s: "
                "mount the one that GRUB reads, with all files of the entry",
                find_anywhere(sets, missing), beside);
        return missing;
}

/* Whether another reading has other files; the first image of which it has. */
static bool find_other(const struct group *group, const struct sets *sets, const struct set *best,
        size_t *ret_image, struct failure *error)
{
        for (size_t i = 0; i < group->count; i++)
                for (size_t k = 0; k < sets->count; k++) {
                        const char *other = sets->list[k].files[i];

                        if (!other || is_same_file(best->files[i], other))
                                continue;
                        *ret_image = i;
                        fail(error, EXIT_FAIL,
                                "this may be %s or %s, and they differ: which one GRUB takes "
                                "cannot be told here",
                                best->files[i], other);
                        return true;
                }
        return false;
}

/* --- groups --- */

static bool same_place(const struct bootdevices *devices, const char *left, const char *right)
{
        const struct mount *one = bootdevice_find(devices, left);
        const struct mount *two = bootdevice_find(devices, right);

        return strcmp(left, right) == 0 || (one && two && mount_same_device(one, two));
}

/* All images that are of the device of one of them. */
static struct group make_group(const struct bootdevices *devices,
        const struct grub_image *const images[], size_t count, size_t first)
{
        struct group group = { .device = bootdevice_find(devices, images[first]->device) };

        group.sure = group.device && group.device != devices->here;
        for (size_t i = 0; i < count; i++)
                if (same_place(devices, images[first]->device, images[i]->device)) {
                        group.images[group.count] = images[i];
                        group.at[group.count++] = i;
                }
        return group;
}

static bool resolve_group(const struct bootdevices *devices, const struct group *group,
        struct set *files, size_t *ret_failed, struct failure *error)
{
        _cleanup_(free_sets) struct sets near =
                group->device ? read_each(devices, group->device, group) : (struct sets){ 0 };
        _cleanup_(free_sets) struct sets any = { 0 };
        const struct sets *sets = &near;
        struct set *best = find_best(&near);
        size_t image;

        if (!group->sure && (!best || best->found < group->count)) {
                any = read_each(devices, NULL, group);
                sets = &any;
                best = find_best(&any);
        }
        if (!best || best->found < group->count) {
                *ret_failed = group->at[fail_missing(group, sets, best, error)];
                return false;
        }
        if (find_other(group, sets, best, &image, error)) {
                *ret_failed = group->at[image];
                return false;
        }
        for (size_t i = 0; i < group->count; i++)
                files->files[group->at[i]] = TAKE_PTR(best->files[i]);
        return true;
}

static bool can_be_read(const struct grub_image *const images[], size_t count, size_t *ret_failed,
        struct failure *error)
{
        for (size_t i = 0; i < count; i++) {
                _cleanup_free_ char *reason = bootdevice_why_not(images[i]->device);

                if (!reason)
                        continue;
                *ret_failed = i;
                return fail(error, EXIT_FAIL, "%s", reason);
        }
        return true;
}

bool bootreading_resolve(const struct bootdevices *devices, const struct grub_image *const images[],
        size_t count, char *ret_files[], size_t *ret_failed, struct failure *ret_error)
{
        _cleanup_(free_set) struct set files = { 0 };

        if (!can_be_read(images, count, ret_failed, ret_error))
                return false;
        for (size_t i = 0; i < count; i++) {
                struct group group;

                if (files.files[i])
                        continue;
                group = make_group(devices, images, count, i);
                if (!resolve_group(devices, &group, &files, ret_failed, ret_error))
                        return false;
        }
        for (size_t i = 0; i < count; i++)
                ret_files[i] = TAKE_PTR(files.files[i]);
        return true;
}
