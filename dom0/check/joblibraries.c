#include "dom0/check/joblibraries.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/image/dynamic.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/path.h"

#define LOADER    "ld-linux-x86-64.so.2" /* is there before anything is looked for */
#define VARIABLE  "LD_LIBRARY_PATH"
#define IN_PLACE  "Environment=" VARIABLE "=" IMAGE_DRIVER_FOLDER ":."
#define MAX_FILES 256u

/* A file of the job folder whose needs are looked at; the first is the program. */
struct search {
        struct review *review;
        const char *path;    /* LD_LIBRARY_PATH of the program; borrowed */
        unsigned path_line;  /* 0: the stage's own */
        char *passed_on;     /* DT_RPATH of the program; NULL: none */
        char *origin;        /* its folder */
        struct words files;  /* paths in the job folder: looked at, or to be */
        struct words absent; /* names that were complained of */
        char *found;         /* the library that was found last: its path in the image; owned */
        size_t own;          /* or its number in `files`, when `found` is NULL */
};

/* --- places --- */

/* "a/b/../c" in its shortest form; NULL: it leaves the job folder. */
static char *shorten(const char *path)
{
        _cleanup_free_ char *copy = memory_copy(path);
        char *result = memory_get(strlen(path) + 2), *cursor = copy;
        size_t used = 0;

        for (char *part; (part = strsep(&cursor, "/"));) {
                if (strcmp(part, "..") == 0) {
                        if (used == 0) {
                                free(result);
                                return NULL;
                        }
                        while (used > 0 && result[--used] != '/')
                                ;
                        result[used] = '\0';
                } else if (*part && strcmp(part, ".") != 0) {
                        used += (size_t)sprintf(result + used, "%s%s", used > 0 ? "/" : "", part);
                }
        }
        return result;
}

/* `path`: its own now. */
static void note_found(struct search *search, char *path)
{
        free(search->found);
        search->found = path;
}

/* A library of that name in the job folder; what it needs is looked at, too. */
static bool take_own(struct search *search, const char *folder, const char *name)
{
        _cleanup_free_ char *joined = memory_format("%s/%s", folder, name);
        _cleanup_free_ char *path = shorten(joined);
        _cleanup_close_ int fd = -1;
        char why[WHY_SIZE];
        uint64_t bytes;

        if (!path || path_complaint(path))
                return false;
        fd = folder_open(search->review->jobs->fd, path, &bytes);
        if (fd < 0)
                return false;
        note_found(search, NULL);
        for (search->own = 0; search->own < search->files.count; search->own++)
                if (strcmp(search->files.word[search->own], path) == 0)
                        return true;
        words_add(&search->files, path, why); /* more than that are not looked at */
        return true;
}

static bool take_of_image(struct search *search, char *path)
{
        if (path && image_has(search->review->target->image, path))
                note_found(search, path);
        else
                free(path);
        return search->found != NULL;
}

/* One place of a path, as it stands there. Without a slash before it, it is in the working folder,
 * which has all of the job folder. */
static bool look_in(struct search *search, const char *origin, const char *place, const char *name)
{
        static const char *const variables[] = { "$ORIGIN", "${ORIGIN}" };

        for (size_t i = 0; i < 2; i++) {
                size_t length = strlen(variables[i]);
                _cleanup_free_ char *folder = NULL;

                if (strncmp(place, variables[i], length) != 0)
                        continue;
                folder = memory_format("%s%s", origin, place + length);
                return take_own(search, folder, name);
        }
        if (*place == '/')
                return take_of_image(search, memory_format("%s/%s", place, name));
        return take_own(search, place, name);
}

static bool look_along(
        struct search *search, const char *origin, const char *places, const char *name)
{
        _cleanup_free_ char *copy = memory_copy(places ? places : "");
        char *cursor = copy;

        for (char *place; places && (place = strsep(&cursor, ":"));)
                if (look_in(search, origin, place, name))
                        return true;
        return false;
}

/* --- what is not found --- */

static bool is_absent_already(struct search *search, const char *name)
{
        char why[WHY_SIZE];

        for (size_t i = 0; i < search->absent.count; i++)
                if (strcmp(search->absent.word[i], name) == 0)
                        return true;
        words_add(&search->absent, name, why);
        return false;
}

static void complain_of(struct search *search, const char *file, const char *name)
{
        _cleanup_free_ char *driver = memory_format("%s/%s", IMAGE_DRIVER_FOLDER, name);
        const struct image *image = search->review->target->image;
        unsigned exec = job_line_of(search->review->job, "Exec", 0);
        uint64_t bytes;
        _cleanup_close_ int fd = folder_open(search->review->jobs->fd, name, &bytes);

        if (search->path_line > 0 && image_has(image, driver))
                review_complain(search->review, search->path_line,
                        "%s needs %s, which is in " IMAGE_DRIVER_FOLDER
                        " of the image, and this " VARIABLE
                        " does not name that: write Environment=" VARIABLE "=" IMAGE_DRIVER_FOLDER
                        ":%s",
                        file, name, search->path);
        else if (fd >= 0)
                review_complain(search->review, exec,
                        "%s needs %s, which lies in the job folder, where the loader does not "
                        "look: write " IN_PLACE,
                        file, name);
        else
                review_complain(search->review, exec,
                        "%s needs %s, which is neither in the image nor in the job folder: put "
                        "it there and write " IN_PLACE ", or make the image with JOBS= and "
                        "LIBRARIES=",
                        file, name);
}

/* --- all of it --- */

/* As the loader looks for what one file needs, but for the order. */
static bool is_found(
        struct search *search, const struct dynamic *dynamic, const char *origin, const char *name)
{
        bool has_own = dynamic->path && !dynamic->is_passed_on;

        note_found(search, NULL);
        search->own = SIZE_MAX;
        if (strcmp(name, LOADER) == 0) {
                note_found(search, memory_copy("/lib64/" LOADER));
                return true;
        }
        return (strchr(name, '/') && take_own(search, "", name)) ||
               look_along(search, origin, search->path, name) ||
               look_along(search, origin, dynamic->path, name) ||
               (!has_own && look_along(search, search->origin, search->passed_on, name)) ||
               take_of_image(search, image_find_library(search->review->target->image, name));
}

/* --- versions --- */

/* What a library of the job folder has; false: it does not say, or not this. */
static bool own_lacks(const struct search *search, const char *version)
{
        _cleanup_(dynamic_free) struct dynamic dynamic = { .path = NULL };
        _cleanup_free_ char *library = NULL;
        size_t bytes;

        if (search->own >= search->files.count ||
                folder_read(search->review->jobs->fd, search->files.word[search->own],
                        REVIEW_FILE_MAX, &library, &bytes) != 0 ||
                !dynamic_read(library, bytes, &dynamic) || dynamic.defined.count == 0)
                return false;
        for (size_t i = 0; i < dynamic.defined.count; i++)
                if (strcmp(dynamic.defined.word[i], version) == 0)
                        return false;
        return true;
}

/* The loader gives up where the library that it has found lacks a version. */
static void compare_version(
        struct search *search, const char *file, const char *name, const char *version)
{
        const struct image *image = search->review->target->image;
        unsigned exec = job_line_of(search->review->job, "Exec", 0);
        const char *newest = "";

        if (search->found && !image_has_version(image, search->found, version, &newest))
                review_complain(search->review, exec,
                        "%s needs %s of %s, and the image's %s%s: build it on a system as old as "
                        "the image's, or link it statically",
                        file, version, name, *newest ? "goes up to " : "has no such version",
                        newest);
        else if (!search->found && own_lacks(search, version))
                review_complain(search->review, exec,
                        "%s needs %s of %s, which the %s in the job folder does not have", file,
                        version, name, search->files.word[search->own]);
}

/* One complaint for each library is enough. */
static void compare_versions(
        struct search *search, const struct dynamic *dynamic, const char *file, const char *name)
{
        size_t length = strlen(name), before = json_array_size(search->review->complaints);

        for (size_t i = dynamic->versions.count; i-- > 0;) {
                const char *word = dynamic->versions.word[i];

                if (strncmp(word, name, length) == 0 && word[length] == ' ' &&
                        json_array_size(search->review->complaints) == before)
                        compare_version(search, file, name, word + length + 1);
        }
}

static void look_at(struct search *search, const char *file, const void *data, size_t length)
{
        _cleanup_(dynamic_free) struct dynamic dynamic = { .path = NULL };
        const char *slash = strrchr(file, '/');
        _cleanup_free_ char *origin = memory_copy_text(file, slash ? (size_t)(slash - file) : 0);

        if (!dynamic_read(data, length, &dynamic)) {
                review_complain(search->review, job_line_of(search->review->job, "Exec", 0),
                        "%s: what the loader has to do for it cannot be read: it is damaged, or "
                        "not for x86-64",
                        file);
                return;
        }
        if (search->files.count == 1 && dynamic.is_passed_on) {
                search->passed_on = memory_copy(dynamic.path);
                search->origin = memory_copy(origin);
        }
        for (size_t i = 0; i < dynamic.needed.count; i++) {
                const char *name = dynamic.needed.word[i];

                if (is_found(search, &dynamic, origin, name))
                        compare_versions(search, &dynamic, file, name);
                else if (!is_absent_already(search, name))
                        complain_of(search, file, name);
        }
}

static void find_path(struct search *search)
{
        const struct job *job = search->review->job;

        search->path = IMAGE_DRIVER_FOLDER;
        for (size_t i = 0; i < job->program.environment.count; i++) {
                const char *word = job->program.environment.word[i];

                if (strncmp(word, VARIABLE "=", strlen(VARIABLE "=")) != 0)
                        continue;
                search->path = word + strlen(VARIABLE "=");
                search->path_line = job_line_of(job, "Environment", i);
        }
}

/* A program that opens libcuda by itself, as one with CUDA's static runtime does, does not say so.
 */
static void warn_of_path(struct search *search)
{
        if (search->path_line == 0 || strstr(search->path, IMAGE_DRIVER_FOLDER) ||
                search->absent.count > 0)
                return;
        review_warn(search->review, search->path_line,
                "this " VARIABLE " does not name " IMAGE_DRIVER_FOLDER ", where libcuda is: a "
                "program with CUDA's static runtime does not find it; write Environment=" VARIABLE
                "=" IMAGE_DRIVER_FOLDER ":%s",
                search->path);
}

void joblibraries_review(struct review *review, const char *path, const void *data, size_t length)
{
        struct search search = { .review = review };
        char why[WHY_SIZE];

        find_path(&search);
        words_add(&search.files, path, why);
        look_at(&search, path, data, length);
        for (size_t i = 1; i < search.files.count && i < MAX_FILES; i++) {
                _cleanup_free_ char *library = NULL;
                size_t bytes;

                if (folder_read(review->jobs->fd, search.files.word[i], REVIEW_FILE_MAX, &library,
                            &bytes) == 0)
                        look_at(&search, search.files.word[i], library, bytes);
        }
        warn_of_path(&search);
        words_clear(&search.files);
        words_clear(&search.absent);
        free(search.found);
        free(search.passed_on);
        free(search.origin);
}
