#include "lib/path.h"

#include <stddef.h>
#include <string.h>

static const char *component_complaint(const char *component, size_t length)
{
        if (length == 0)
                return "has an empty component";
        if (length == 1 && component[0] == '.')
                return "has a '.' component";
        if (length == 2 && component[0] == '.' && component[1] == '.')
                return "has a '..' component and may leave the job folder";
        if (length > 255)
                return "has a component longer than 255 bytes";
        for (size_t i = 0; i < length; i++) {
                if ((unsigned char)component[i] < 0x20 || component[i] == 0x7f)
                        return "has a control character";
        }
        return NULL;
}

const char *path_complaint(const char *path)
{
        const char *complaint = NULL;

        if (!path[0])
                return "is empty";
        if (path[0] == '/')
                return "is absolute, but must be inside the job folder";
        if (strlen(path) > PATH_MAX_LENGTH)
                return "is longer than 512 bytes";
        for (const char *at = path; !complaint; at++) {
                size_t length = strcspn(at, "/");

                complaint = component_complaint(at, length);
                at += length;
                if (!*at)
                        break;
        }
        return complaint;
}

const char *path_last(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

bool path_collides(const char *a, const char *b)
{
        size_t shorter = strlen(a), longer = strlen(b);

        if (shorter > longer)
                return path_collides(b, a);
        return strncmp(a, b, shorter) == 0 && (b[shorter] == '\0' || b[shorter] == '/');
}
