#include "dom0/base/path.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"

const char *path_part_problem(const char *part, size_t length)
{
        if (length == 0)
                return "has an empty part";
        if (length > PATH_MAX_PART)
                return "has a part longer than 255 bytes";
        if ((length == 1 && part[0] == '.') || (length == 2 && memcmp(part, "..", 2) == 0))
                return "has a . or .. part";
        if (memchr(part, '/', length))
                return "has a / in it";
        if (!text_is_plain(part, length))
                return "has control characters or is not UTF-8";
        return NULL;
}

const char *path_problem(const char *path, size_t length)
{
        const char *end = path + length;
        size_t parts = 0;

        if (length == 0)
                return "is empty";
        if (path[0] == '/')
                return "is absolute";
        for (;;) {
                const char *slash = memchr(path, '/', (size_t)(end - path));
                const char *problem =
                        path_part_problem(path, (size_t)((slash ? slash : end) - path));

                if (problem)
                        return problem;
                if (++parts > PATH_MAX_PARTS)
                        return "has more than 32 parts";
                if (!slash)
                        return NULL;
                path = slash + 1;
        }
}

#define TAKEN_FILE   1
#define TAKEN_FOLDER 2

/* What `path` (its first `length` bytes) is taken for, or 0. */
static json_int_t taken_for(const json_t *taken, const char *path, size_t length)
{
        char key[PATH_MAX_PARTS * (PATH_MAX_PART + 1)];

        memcpy(key, path, length);
        key[length] = '\0';
        return get_integer(taken, key);
}

static void take(json_t *taken, const char *path, size_t length, json_int_t as)
{
        char key[PATH_MAX_PARTS * (PATH_MAX_PART + 1)];

        memcpy(key, path, length);
        key[length] = '\0';
        set_value(taken, key, json_integer(as));
}

size_t path_new_folders(const json_t *taken, const char *path)
{
        size_t count = 0;

        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
                count += taken_for(taken, path, (size_t)(slash - path)) == 0;
        return count;
}

const char *path_claim(json_t *taken, const char *path)
{
        size_t length = strlen(path);
        const char *slash;

        switch (taken_for(taken, path, length)) {
        case TAKEN_FILE:
                return "is there already";
        case TAKEN_FOLDER:
                return "is the folder of another file";
        }
        for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
                if (taken_for(taken, path, (size_t)(slash - path)) == TAKEN_FILE)
                        return "is in a folder that is a file";
        for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
                take(taken, path, (size_t)(slash - path), TAKEN_FOLDER);
        take(taken, path, length, TAKEN_FILE);
        return NULL;
}
