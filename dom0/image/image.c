#include "dom0/image/image.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/text.h"

/* The header of cpio's format newc (cpio(5)): 13 numbers of 8 hexadecimal digits behind "070701".
 */
#define CPIO_MAGIC     "070701"
#define CPIO_HEADER    110u
#define CPIO_FILE_SIZE 54u
#define CPIO_NAME_SIZE 94u

static bool read_hex(const char *at, size_t *ret_number)
{
        char digits[9] = "";
        char *end;

        memcpy(digits, at, 8);
        *ret_number = strtoul(digits, &end, 16);
        return end == digits + 8;
}

static size_t align(size_t offset)
{
        return (offset + 3) & ~(size_t)3;
}

/* The text of the archive's first file; false: it is another one, or no archive. */
static bool find_contents(const char *data, size_t length, const char **ret_text, size_t *ret_bytes)
{
        size_t name, bytes, at;

        if (length < CPIO_HEADER || memcmp(data, CPIO_MAGIC, strlen(CPIO_MAGIC)) != 0 ||
                !read_hex(data + CPIO_NAME_SIZE, &name) ||
                !read_hex(data + CPIO_FILE_SIZE, &bytes) || name != sizeof(IMAGE_CONTENTS) ||
                length - CPIO_HEADER < name ||
                memcmp(data + CPIO_HEADER, IMAGE_CONTENTS, name) != 0)
                return false;
        at = align(CPIO_HEADER + name);
        if (at > length || bytes > length - at)
                return false;
        *ret_text = data + at;
        *ret_bytes = bytes;
        return true;
}

/* "12.4" as 1000 * 12 + 10 * 4, or with other factors. */
static bool read_version(const char *text, unsigned major, unsigned minor, unsigned *ret_version)
{
        unsigned first, second;
        char rest;

        if (sscanf(text, "%3u.%2u%c", &first, &second, &rest) != 2)
                return false;
        *ret_version = first * major + second * minor;
        return true;
}

static bool add(char ***list, size_t *count, const char *text)
{
        *list = memory_grow(*list, *count, sizeof(**list));
        (*list)[(*count)++] = memory_copy(text);
        return true;
}

static bool add_file(struct image *image, const char *path)
{
        return add(&image->file, &image->files, path) && path[0] == '/';
}

/* "/lib/libc.so.6 GLIBC_2.36" */
static bool add_version(struct image *image, const char *text)
{
        const char *blank = strchr(text, ' ');

        return add(&image->version, &image->versions, text) && text[0] == '/' && blank && blank[1];
}

/* A key that is not known is one of a later version. */
static bool take_line(struct image *image, char *line)
{
        char *value = strchr(line, '=');

        if (!value)
                return false;
        *value++ = '\0';
        if (strcmp(line, "driver") == 0)
                snprintf(image->driver, sizeof(image->driver), "%s", value);
        if (strcmp(line, "fabric") == 0)
                snprintf(image->fabric, sizeof(image->fabric), "%s", value);
        if (strcmp(line, "cuda") == 0)
                return read_version(value, 1000, 10, &image->cuda);
        if (strcmp(line, "ptx") == 0)
                return read_version(value, 10, 1, &image->ptx);
        if (strcmp(line, "applet") == 0)
                return add(&image->applet, &image->applets, value);
        if (strcmp(line, "version") == 0)
                return add_version(image, value);
        return strcmp(line, "file") != 0 || add_file(image, value);
}

static int by_bytes(const void *left, const void *right)
{
        return strcmp(*(const char *const *)left, *(const char *const *)right);
}

bool image_parse(const void *data, size_t length, struct image *ret_image, char *why)
{
        _cleanup_(image_free) struct image image = { 0 };
        _cleanup_free_ char *copy = NULL;
        const char *text;
        size_t bytes;
        char *cursor;

        if (!find_contents(data, length, &text, &bytes))
                return why_not(why, "it does not say what it holds: it was made by a make image "
                                    "from before that did");
        copy = memory_copy_text(text, bytes);
        cursor = copy;
        for (char *line; (line = strsep(&cursor, "\n"));) {
                text_make_line(line);
                if (*line && !take_line(&image, line))
                        return why_not(why, "what it says of itself cannot be understood");
        }
        if (image.files > 0)
                qsort(image.file, image.files, sizeof(*image.file), by_bytes);
        *ret_image = image;
        image = (struct image){ 0 };
        return true;
}

bool image_read(const char *path, struct image *ret_image, char *why)
{
        _cleanup_free_ char *data = memory_allocate(IMAGE_MAX_BYTES);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        size_t length = 0;
        ssize_t got = 0;

        while (fd >= 0 && length < IMAGE_MAX_BYTES &&
                (got = read(fd, data + length, IMAGE_MAX_BYTES - length)) > 0)
                length += (size_t)got;
        if (fd < 0 || got < 0)
                return why_not(why, "it cannot be read: %s", strerror(errno));
        return image_parse(data, length, ret_image, why);
}

static void free_list(char **list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(list[i]);
        free(list);
}

void image_free(struct image *image)
{
        free_list(image->file, image->files);
        free_list(image->applet, image->applets);
        free_list(image->version, image->versions);
        *image = (struct image){ 0 };
}

bool image_has(const struct image *image, const char *path)
{
        return image->files > 0 &&
               bsearch(&path, image->file, image->files, sizeof(*image->file), by_bytes);
}

bool image_has_applet(const struct image *image, const char *name)
{
        for (size_t i = 0; i < image->applets; i++)
                if (strcmp(image->applet[i], name) == 0)
                        return true;
        return false;
}

bool image_has_version(
        const struct image *image, const char *path, const char *version, const char **ret_newest)
{
        size_t length = strlen(path), kind = strcspn(version, "_");
        const char *newest = "";
        bool told = false;

        for (size_t i = 0; i < image->versions; i++) {
                const char *text = image->version[i];

                if (strncmp(text, path, length) != 0 || text[length] != ' ')
                        continue;
                told = true;
                text += length + 1;
                if (strcmp(text, version) == 0)
                        return true;
                if (strncmp(text, version, kind) == 0 && text[kind] == '_' &&
                        isdigit((unsigned char)text[kind + 1]) && strverscmp(text, newest) > 0)
                        newest = text;
        }
        *ret_newest = newest;
        return !told;
}

char *image_find_library(const struct image *image, const char *name)
{
        /* Debian's loader: LD_LIBRARY_PATH is for who asks. */
        static const char *const folders[] = { "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
                "/lib", "/usr/lib", "/lib64" };

        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
                char *path = memory_format("%s/%s", folders[i], name);

                if (image_has(image, path))
                        return path;
                free(path);
        }
        return NULL;
}

bool image_has_library(const struct image *image, const char *name)
{
        _cleanup_free_ char *path = image_find_library(image, name);

        return path != NULL;
}

bool image_lacks_fabric(const struct image *image)
{
        return image->driver[0] != '\0' && strcmp(image->driver, "rehearsal") != 0 &&
               image->fabric[0] == '\0';
}
