#include "dom0/host/mount.h"

#include <stdio.h>
#include <string.h>

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

/* "36 35 98:0 /root /point options … - type source super-options" */
static bool parse_line(const char *line, struct mount *ret_mount)
{
        char options[256], super[512] = "";
        const char *rest = strstr(line, " - ");
        struct mount mount = { 0 };

        if (!rest || sscanf(line, "%*s %*s %u:%u %255s %255s %255s", &mount.major, &mount.minor,
                             mount.root, mount.point, options) != 5)
                return false;
        if (sscanf(rest, " - %31s %*s %511s", mount.type, super) < 1)
                return false;
        unescape(mount.root);
        unescape(mount.point);
        mount.read_only =
                text_has_word(options, ",", "ro", 2) || text_has_word(super, ",", "ro", 2);
        *ret_mount = mount;
        return true;
}

bool mount_next(const char **at, struct mount *ret_mount)
{
        char line[2048];

        while (**at) {
                size_t length = strcspn(*at, "\n");
                bool good;

                snprintf(line, sizeof(line), "%.*s", (int)(length < 2047 ? length : 2047), *at);
                good = parse_line(line, ret_mount);
                *at += length;
                *at += **at == '\n';
                if (good)
                        return true;
        }
        return false;
}

bool mount_find(const char *text, const char *point, struct mount *ret_mount)
{
        struct mount mount;
        bool found = false;

        while (mount_next(&text, &mount))
                if (strcmp(mount.point, point) == 0) {
                        *ret_mount = mount;
                        found = true;
                }
        return found;
}
