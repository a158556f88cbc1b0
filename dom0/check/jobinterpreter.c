#include "dom0/check/jobinterpreter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/path.h"

#define PYTHON "/usr/bin/python3" /* where make image PYTHON=yes has it */

static unsigned exec_line(const struct review *review)
{
        return job_line_of(review->job, "Exec", 0);
}

/* "./" before it changes nothing. */
static bool is_in_folder(const struct review *review, const char *path)
{
        struct stat status;

        if (strncmp(path, "./", 2) == 0)
                path += 2;
        return fstatat(review->jobs->fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0 ||
               errno != ENOENT;
}

/* PATH of the program. */
static const char *search_path(const struct review *review)
{
        const struct words *environment = &review->job->program.environment;
        const char *path = EXECUTABLE_PATH;

        for (size_t i = 0; i < environment->count; i++)
                if (strncmp(environment->word[i], "PATH=", 5) == 0)
                        path = environment->word[i] + 5;
        return path;
}

/* A path, or a name that is looked for along PATH. */
static bool is_in_image(const struct review *review, const char *name)
{
        const struct image *image = review->target->image;
        _cleanup_free_ char *copy = memory_copy(search_path(review));
        char *cursor = copy;

        if (strchr(name, '/'))
                return image_has(image, name);
        for (char *folder; (folder = strsep(&cursor, ":"));) {
                _cleanup_free_ char *path = memory_format("%s/%s", folder, name);

                if (image_has(image, path))
                        return true;
        }
        return false;
}

/* `what` is, or needs, an interpreter that the image does not have. */
static void complain_of(struct review *review, const char *what, const char *name)
{
        const struct image *image = review->target->image;
        bool python = strncmp(path_last(name), "python", strlen("python")) == 0;

        if (python && image_has(image, PYTHON))
                review_complain(review, exec_line(review),
                        "%s, which is not in the image: its Python is called " PYTHON, what);
        else if (python)
                review_complain(review, exec_line(review),
                        "%s, which is not in the image: make image with PYTHON=yes puts " PYTHON
                        " into it",
                        what);
        else if (image_has(image, "/bin/sh"))
                review_complain(review, exec_line(review),
                        "%s, which is not in the image: make line 1 #!/bin/sh (the image's is "
                        "busybox), or Exec= a program",
                        what);
        else
                review_complain(review, exec_line(review), "%s, which is not in the image", what);
}

/* What env is given in line 1. False: it finds nothing by that. */
static bool review_env(struct review *review, const char *path, const struct executable *executable)
{
        const char *argument = executable->argument;

        if (*argument == '-' && review->target->image)
                review_complain(review, exec_line(review),
                        "%s: line 1 gives env '%s', which the image's env, busybox, does not take: "
                        "write #! and the interpreter's path",
                        path, argument);
        else if (*argument != '-' && strpbrk(argument, " \t"))
                review_complain(review, exec_line(review),
                        "%s: line 1 has env look for a program that is called '%s', because Linux "
                        "gives it all of that as one word: write #! and the interpreter's path",
                        path, argument);
        else
                return *argument != '-';
        return false;
}

/* Linux takes the path as it stands, and looks along no PATH. */
static void review_own(struct review *review, const char *path, const char *interpreter)
{
        if (!is_in_folder(review, interpreter))
                review_complain(review, exec_line(review),
                        "%s: line 1 names %s, which is looked for in the job folder alone, and is "
                        "not there: write the whole path, as in #!/bin/sh",
                        path, interpreter);
}

void jobinterpreter_review_script(
        struct review *review, const char *path, const struct executable *executable)
{
        const char *interpreter = executable->interpreter;
        bool env = strcmp(path_last(interpreter), "env") == 0 && *executable->argument;
        const char *name = env ? executable->argument : interpreter;
        _cleanup_free_ char *what = memory_format("%s is a script for %s", path, name);
        _cleanup_free_ char *first = memory_format("%s is a script for %s", path, interpreter);

        if (*interpreter != '/') {
                review_own(review, path, interpreter);
                return;
        }
        if (env && !review_env(review, path, executable))
                return;
        if (!review->target->image)
                review_warn(review, exec_line(review),
                        "%s is a script: its interpreter %s has to be in the image", path, name);
        else if (!is_in_image(review, interpreter))
                complain_of(review, first, interpreter);
        else if (env && !is_in_image(review, name) &&
                 !image_has_applet(review->target->image, name))
                complain_of(review, what, name);
}

bool jobinterpreter_is_meant(const struct review *review)
{
        const char *name = review->job->program.exec.word[0];

        return executable_is_interpreter(name) && !is_in_folder(review, name);
}

/* The first argument of most of them, when it is no option. */
static void review_argument(struct review *review)
{
        static const char *const others[] = { "env", "busybox" };
        const struct words *exec = &review->job->program.exec;
        const char *file = exec->count > 1 ? exec->word[1] : "-";

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                if (strcmp(exec->word[0], others[i]) == 0)
                        return;
        if (*file != '-' && !path_complaint(file) && !is_in_folder(review, file))
                review_complain(review, exec_line(review),
                        "'%s', which %s is given, does not exist in the job folder", file,
                        exec->word[0]);
}

/* "env NAME=value program": what it starts, where it is given no options. The image's env is
 * busybox, which has its applets besides. */
static void review_started(struct review *review)
{
        const struct words *exec = &review->job->program.exec;
        size_t i = 1;

        if (strcmp(exec->word[0], "env") != 0)
                return;
        while (i < exec->count && strchr(exec->word[i], '='))
                i++;
        if (i == exec->count || exec->word[i][0] == '-')
                return;
        const char *name = exec->word[i];
        _cleanup_free_ char *what = memory_format("Exec=env starts %s", name);

        if (strchr(name, '/') && *name != '/') {
                if (!is_in_folder(review, name))
                        review_complain(review, exec_line(review),
                                "%s, which does not exist in the job folder", what);
        } else if (review->target->image && review->target->image->applets > 0 &&
                   !image_has_applet(review->target->image, name) && !is_in_image(review, name)) {
                complain_of(review, what, name);
        }
}

void jobinterpreter_review_exec(struct review *review)
{
        const char *name = review->job->program.exec.word[0];
        _cleanup_free_ char *what = memory_format("Exec=%s is no file of the job folder but one "
                                                  "of the system's",
                name);

        if (!review->target->image)
                review_warn(review, exec_line(review),
                        "Exec=%s is no file of the job folder: it has to be in the image", name);
        else if (!is_in_image(review, name))
                complain_of(review, what, name);
        review_argument(review);
        review_started(review);
}
