#include "dom0/host/mount.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/text.h"

/* Blanks and the like are written as \040. */
static void unescape(char *text)
{
        char *out = text;
        unsigned code;
        int used;

        for (; *text; text++) {
                if (*text == '\\' && sscanf(text + 1, "%3o%n", &code, &used) == 1 && used == 3) {
                        *out++ = (char)code;
                        text += 3;
                } else {
                        *out++ = *text;
                }
        }
        *out = '\0';
}

/* The field `number` of a line, counted from 0, without its escapes. False: it does not fit. */
static bool take_field(const char *line, unsigned number, char *out, size_t size)
{
        size_t length;

        while (number-- > 0) {
                line += strcspn(line, " ");
                line += *line == ' ';
        }
        length = strcspn(line, " ");
        if (length == 0 || length >= size)
                return false;
        memcpy(out, line, length);
        out[length] = '\0';
        unescape(out);
        return true;
}

/* "36 35 98:0 /root /point options … - type source super-options" */
static bool parse_line(const char *line, struct mount *ret_mount)
{
        char options[256], super[512];
        const char *rest = strstr(line, " - ");
        struct mount mount = { 0 };

        if (!rest ||
                sscanf(line, "%d %d %u:%u", &mount.id, &mount.parent, &mount.major, &mount.minor) !=
                        4 ||
                !take_field(line, 3, mount.root, sizeof(mount.root)) ||
                !take_field(line, 4, mount.point, sizeof(mount.point)) ||
                !take_field(line, 5, options, sizeof(options)) ||
                !take_field(rest + 3, 0, mount.type, sizeof(mount.type)))
                return false;
        if (!take_field(rest + 3, 1, mount.source, sizeof(mount.source)))
                *mount.source = '\0';
        if (!take_field(rest + 3, 2, super, sizeof(super)))
                *super = '\0';
        mount.read_only =
                text_has_word(options, ",", "ro", 2) || text_has_word(super, ",", "ro", 2);
        *ret_mount = mount;
        return true;
}

/* The next line of `*text` that is a mount; false: there is none. */
static bool next_mount(const char **text, struct mount *ret_mount)
{
        char line[2048];

        while (**text) {
                size_t length = strcspn(*text, "\n");

                snprintf(line, sizeof(line), "%.*s", (int)(length < 2047 ? length : 2047), *text);
                *text += length;
                *text += **text == '\n';
                if (parse_line(line, ret_mount))
                        return true;
        }
        return false;
}

bool mount_find(const char *text, const char *point, struct mount *ret_mount)
{
        struct mount mount;
        bool found = false;

        while (next_mount(&text, &mount))
                if (strcmp(mount.point, point) == 0) {
                        *ret_mount = mount;
                        found = true;
                }
        return found;
}

struct mount *mount_list(const char *text, size_t *ret_count)
{
        struct mount *mounts = NULL, mount;
        size_t count = 0;

        while (next_mount(&text, &mount)) {
                mounts = memory_grow(mounts, count, sizeof(*mounts));
                mounts[count++] = mount;
        }
        *ret_count = count;
        return mounts;
}

/* What of `path` lies below `folder`: "" or with a slash in front; NULL: it is not below it. */
static const char *below(const char *folder, const char *path)
{
        size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

        return strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length])
                       ? path + length
                       : NULL;
}

static bool has_parent(const struct mount *mounts, size_t count, const struct mount *mount)
{
        for (size_t i = 0; i < count; i++)
                if (&mounts[i] != mount && mounts[i].id == mount->parent)
                        return true;
        return false;
}

/* The one that hides the way to `path` first, of those that are mounted on `mount`. */
static const struct mount *step_into(
        const struct mount *mounts, size_t count, const struct mount *mount, const char *path)
{
        const struct mount *found = NULL;

        for (size_t i = 0; i < count; i++) {
                const struct mount *child = &mounts[i];

                if (child != mount && child->parent == mount->id && child->id != mount->id &&
                        below(child->point, path) &&
                        (!found || strlen(child->point) <= strlen(found->point)))
                        found = child;
        }
        return found;
}

const struct mount *mount_holding(const struct mount *mounts, size_t count, const char *path)
{
        const struct mount *mount = NULL, *next;

        for (size_t i = 0; i < count; i++)
                if (strcmp(mounts[i].point, "/") == 0 && !has_parent(mounts, count, &mounts[i]))
                        mount = &mounts[i];
        for (size_t steps = 0; mount && steps < count; steps++) {
                next = step_into(mounts, count, mount, path);
                if (!next)
                        break;
                mount = next;
        }
        return mount;
}

bool mount_same_device(const struct mount *left, const struct mount *right)
{
        return left->major == right->major && left->minor == right->minor;
}

/* A dataset within its pool: GRUB names it before an '@'. */
static const char *get_dataset(const struct mount *mount)
{
        const char *slash = strchr(mount->source, '/');

        return slash ? slash + 1 : "";
}

static bool is_zfs(const struct mount *mount)
{
        return strcmp(mount->type, "zfs") == 0;
}

char *mount_to_grub(const struct mount *mount, const char *path)
{
        const char *rest = below(mount->point, path);
        const char *root = strcmp(mount->root, "/") == 0 ? "" : mount->root;

        if (is_zfs(mount))
                return memory_format("/%s@%s%s", get_dataset(mount), root, rest ? rest : path);
        return memory_format("%s%s", root, rest ? rest : path);
}

/* Behind "/dataset@", when that is what is mounted. */
static const char *in_dataset(const struct mount *mount, const char *path)
{
        const char *at = strchr(path, '@'), *name = path + (*path == '/');
        const char *dataset = get_dataset(mount);

        return at && at[1] == '/' && at >= name && (size_t)(at - name) == strlen(dataset) &&
                               strncmp(name, dataset, strlen(dataset)) == 0
                       ? at + 1
                       : NULL;
}

char *mount_from_grub(const struct mount *mount, const char *path)
{
        const char *point = strcmp(mount->point, "/") == 0 ? "" : mount->point;

        if (is_zfs(mount))
                path = in_dataset(mount, path);
        path = path ? below(mount->root, path) : NULL;
        return path ? memory_format("%s%s", point, path) : NULL;
}
