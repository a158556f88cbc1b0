#include "runner/program/mount.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "lib/cleanup.h"
#include "lib/io.h"

#define FIELDS "%d %*s %*s %*s %16383s" /* id, parent, device, root, where it is mounted */

static bool is_octal(const char *text)
{
        return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' &&
               text[2] >= '0' && text[2] <= '7';
}

/* Blanks, tabs, ends of lines and backslashes are written as \040. */
static void copy_unescaped(const char *from, char *to, size_t size)
{
        for (; *from && size > 1; size--) {
                if (from[0] == '\\' && is_octal(from + 1)) {
                        *to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
                                       (from[3] - '0'));
                        from += 4;
                } else {
                        *to++ = *from++;
                }
        }
        *to = '\0';
}

bool mount_find(FILE *mountinfo, int id, char *ret_point, size_t size)
{
        _cleanup_free_ char *line = NULL;
        size_t room = 0;

        while (getline(&line, &room, mountinfo) > 0) {
                char point[4 * PATH_MAX];
                int number;

                if (sscanf(line, FIELDS, &number, point) != 2 || number != id)
                        continue;
                copy_unescaped(point, ret_point, size);
                return true;
        }
        return false;
}

static int mount_of(int fd)
{
        char path[64], text[512], *at;

        snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
        at = io_read_text(path, text, sizeof(text)) ? strstr(text, "mnt_id:") : NULL;
        return at ? atoi(at + strlen("mnt_id:")) : -1;
}

bool mount_forbids_execution(int fd, char *ret_point, size_t size)
{
        struct statvfs system;
        FILE *mountinfo;

        if (fstatvfs(fd, &system) != 0 || !(system.f_flag & ST_NOEXEC))
                return false;
        snprintf(ret_point, size, "?");
        mountinfo = fopen("/proc/self/mountinfo", "re");
        if (mountinfo) {
                mount_find(mountinfo, mount_of(fd), ret_point, size);
                fclose(mountinfo);
        }
        return true;
}
