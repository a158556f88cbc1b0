#include "runner/program/pattern.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "lib/path.h"

/* Where the next part begins; NULL behind the last one. */
static const char *next_part(const char *part)
{
        const char *slash = strchr(part, '/');

        return slash ? slash + 1 : NULL;
}

static size_t part_length(const char *part)
{
        return strcspn(part, "/");
}

static bool is_any_depth(const char *part)
{
        return part_length(part) == 2 && part[0] == '*' && part[1] == '*';
}

static bool part_matches(const char *pattern, const char *path)
{
        char one[PATH_MAX_LENGTH + 1], other[PATH_MAX_LENGTH + 1];
        size_t lengths[2] = { part_length(pattern), part_length(path) };

        if (lengths[0] > PATH_MAX_LENGTH || lengths[1] > PATH_MAX_LENGTH)
                return false;
        snprintf(one, sizeof(one), "%.*s", (int)lengths[0], pattern);
        snprintf(other, sizeof(other), "%.*s", (int)lengths[1], path);
        return fnmatch(one, other, FNM_PERIOD) == 0;
}

bool pattern_matches(const char *pattern, const char *path)
{
        const char *behind = NULL,
                   *from = NULL; /* the last "**", and what it left over of the path */

        while (path) {
                if (pattern && is_any_depth(pattern)) {
                        behind = next_part(pattern);
                        if (!behind)
                                behind = "*"; /* the file itself, and folders before it */
                        pattern = behind;
                        from = path;
                } else if (pattern && part_matches(pattern, path)) {
                        pattern = next_part(pattern);
                        path = next_part(path);
                        if (!pattern && !path)
                                return true;
                } else if (from && from[0] != '.' && next_part(from)) {
                        pattern = behind; /* it takes one folder more */
                        path = from = next_part(from);
                } else {
                        return false;
                }
        }
        return false;
}
