#include "initramfs/store/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/why.h"
#include "store/mapper.h"

#define PATH_BYTES 1024u

/* init has the disk for itself, and device-mapper would have it so, too: the claim lets go of that.
 */
static bool share_disk(struct claim *claim, dev_t *ret_disk, char *why)
{
        char self[64];
        struct stat status;
        int fd;

        snprintf(self, sizeof(self), "/proc/self/fd/%d", claim->fd);
        fd = open(self, O_RDWR | O_DIRECT | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &status) != 0 || dup3(fd, claim->fd, O_CLOEXEC) < 0)
                return why_not(why, "the store's disk: %s", strerror(errno));
        close(fd);
        *ret_disk = status.st_rdev;
        return true;
}

/* The folders of a path of the map, which leads nowhere else (path_complaint). The last is new:
 * what the order has brought is not hidden. */
static bool make_folders(char *path, char *why)
{
        for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
                if (slash)
                        *slash = '\0';
                if (mkdir(path, 0755) != 0 && (errno != EEXIST || !slash))
                        return why_not(why, "%s: %s", path, strerror(errno));
                if (!slash)
                        return true;
                *slash = '/';
        }
}

static bool mount_one(const char *jobs, const char *name, dev_t device, char *why)
{
        char path[PATH_BYTES], node[32];

        snprintf(path, sizeof(path), "%s/%s", jobs, name);
        snprintf(node, sizeof(node), "/dev/dm-%u", minor(device));
        if (!make_folders(path, why))
                return false;
        return mount(node, path, "erofs", MS_RDONLY | MS_NODEV | MS_NOSUID, NULL) == 0 ||
               why_not(why, "it cannot be mounted: %s", strerror(errno));
}

static bool map_one(const struct claim *claim, const struct inputs *inputs, dev_t disk,
        const char *jobs, size_t number, char *why)
{
        const char *name = claim->map.inputs[number].name;
        char reason[WHY_SIZE];
        dev_t device;

        return (mapper_make(inputs->control, disk, &claim->map, number, &device, reason) &&
                       mount_one(jobs, name, device, reason)) ||
               why_not(why, "the input '%.100s': %.120s", name, reason);
}

static bool map_all(struct claim *claim, const char *jobs, struct inputs *inputs, char *why)
{
        dev_t disk = 0;

        if (!share_disk(claim, &disk, why))
                return false;
        inputs->control = open(MAPPER_CONTROL, O_RDWR | O_CLOEXEC);
        if (inputs->control < 0)
                return why_not(why, "this stage's kernel has no device-mapper: %s: %s",
                        MAPPER_CONTROL, strerror(errno));
        for (size_t i = 0; i < claim->map.input_count; i++)
                if (!map_one(claim, inputs, disk, jobs, i, why))
                        return false;
        return true;
}

static json_t *describe(const struct store_map *map)
{
        json_t *list = json_array();

        for (size_t i = 0; i < map->input_count; i++) {
                const struct store_input *input = &map->inputs[i];
                char root[2 * SHA256_SIZE + 1];

                sha256_format(input->root, root);
                json_array_append_new(
                        list, json_pack("{s:s, s:I, s:s}", "name", input->name, "bytes",
                                      (json_int_t)input->bytes, "root", root));
        }
        return json_pack("{s:o}", "inputs", list);
}

bool inputs_map(struct stage *stage, struct claim *claim, const char *jobs, struct inputs *inputs)
{
        char why[WHY_SIZE];

        disks_load(INPUTS_MODULES);
        if (map_all(claim, jobs, inputs, why)) {
                stage->detail = describe(&claim->map);
                return true;
        }
        stage_fail(stage, "%s", why);
        snprintf(inputs->lost, sizeof(inputs->lost), "%s", stage->error);
        return false;
}

bool inputs_are_sound(struct stage *stage, const struct claim *claim, const struct inputs *inputs)
{
        char why[WHY_SIZE];

        for (size_t i = 0; inputs->control >= 0 && !*inputs->lost && i < claim->map.input_count;
                i++)
                if (!mapper_is_sound(inputs->control, i, why))
                        return stage_fail(
                                stage, "the input '%.100s': %s", claim->map.inputs[i].name, why);
        return true;
}
