#include "dom0/check/jobprogram.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/memory.h"
#include "dom0/check/jobinterpreter.h"
#include "dom0/check/joblibraries.h"
#include "dom0/trees/trees.h"
#include "jobs/executable.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/elf.h"

static unsigned exec_line(const struct review *review)
{
        return job_line_of(review->job, "Exec", 0);
}

/* --- the program --- */

/* Nobody else has a loader for it. */
static void review_loader(struct review *review, const char *path, const char *loader)
{
        if (*loader && !image_has(review->target->image, loader))
                review_complain(review, exec_line(review),
                        "%s is started by the loader %s, which is not in the image: link it "
                        "against glibc for x86-64, or statically",
                        path, loader);
}

/* Of an ELF file: whether all is there that the kernel loads, and whether it is a program at all.
 */
static bool review_parts(struct review *review, const char *path, const char *data, size_t length)
{
        const char *wrong;
        unsigned loaded = 0;
        struct elf elf;

        wrong = elf_open(data, length, &elf);
        for (unsigned i = 0; !wrong && i < elf.segments; i++) {
                struct elf_piece piece = elf_segment(&elf, i);

                if (piece.type == PT_LOAD && !elf_holds(&elf, &piece))
                        wrong = "is not whole: it ends before what is to be loaded of it does";
                loaded += piece.type == PT_LOAD;
        }
        if (!wrong && loaded == 0)
                wrong = "has nothing that could be loaded: it is damaged";
        else if (!wrong && elf.entry == 0)
                wrong = "has nowhere to begin: it is a shared library, not a program";
        if (wrong)
                review_complain(
                        review, exec_line(review), "%s cannot be executed: it %s", path, wrong);
        return !wrong;
}

/* What the stage must have for it to run. */
static void review_executable(
        struct review *review, const char *path, const char *data, size_t length)
{
        const struct image *image = review->target->image;
        struct executable executable;
        char why[WHY_SIZE];

        if (!executable_read(data, length, &executable, why)) {
                review_complain(review, exec_line(review), "%s cannot be executed: %s", path, why);
                return;
        }
        if (executable.doubt)
                review_warn(review, exec_line(review), "%s: %s", path, executable.doubt);
        if (executable.kind == EXECUTABLE_SCRIPT) {
                jobinterpreter_review_script(review, path, &executable);
        } else if (!review_parts(review, path, data, length)) {
                return;
        } else if (image && executable.kind == EXECUTABLE_DYNAMIC) {
                review_loader(review, path, executable.interpreter);
                joblibraries_review(review, path, data, length);
        } else if (executable.kind == EXECUTABLE_DYNAMIC) {
                review_warn(review, exec_line(review),
                        "the libraries that %s needs have to be in the image", path);
        }
}

/* Where there are permissions: FAT, and so the stage, has none, and gives this one to all. */
static void review_permission(struct review *review, const char *path)
{
        struct stat status;

        if (strchr(path, '/') && fstatat(review->jobs->fd, path, &status, 0) == 0 &&
                !(status.st_mode & 0111))
                review_warn(review, exec_line(review),
                        "%s has no execute permission: in the stage it is given, but forestage-run "
                        "elsewhere cannot run it",
                        path);
}

/* --- what it leaves --- */

/* What a name in the working folder is there already: 0, or the type of a link's end. */
static mode_t type_there(const struct review *review, const char *name, size_t length)
{
        _cleanup_free_ char *copy = memory_copy_text(name, length);
        struct stat status;

        if (strpbrk(copy, "*?[\\") || fstatat(review->jobs->fd, copy, &status, 0) != 0)
                return 0;
        return status.st_mode & S_IFMT;
}

/*
 * Everything on the top level of the job folder is a link in the working folder, and links are not
 * followed: what is written through one is not found.
 */
static void review_left(struct review *review, unsigned line, const char *key, const char *pattern)
{
        size_t first = strcspn(pattern, "/");
        mode_t type = type_there(review, pattern, first);

        if (pattern[first] && type == S_IFDIR)
                review_complain(review, line,
                        "%s%s finds nothing: '%.*s' is a folder of the job folder, so a link to "
                        "it is in the way; let the program make a folder of another name",
                        key, pattern, (int)first, pattern);
        else if (!pattern[first] && type != 0)
                review_warn(review, line,
                        "%s%s: there is a '%s' in the job folder, and a link to that is not "
                        "recorded; the program has to make a file of another name, or to put one "
                        "in its place",
                        key, pattern, pattern);
}

static void review_files(struct review *review)
{
        const struct job *job = review->job;

        for (size_t i = 0; i < job->program.collect.count; i++)
                review_left(review, job_line_of(job, "Collect", i),
                        "Collect=", job_pattern(job->program.collect.word[i]));
        for (size_t i = 0; i < job->expectations; i++)
                review_left(review, job->expectation[i].line, "", job->expectation[i].file);
        if (job->program.collect.count + job->expectations > 0)
                review_warn(review, 0,
                        "how large the files are that it leaves, only a run can "
                        "tell");
}

/* --- what only a shell would understand --- */

static bool is_of_a_shell(const char *word)
{
        static const char *const operators[] = { "|", "||", "&", "&&", ";", "<", ">", ">>", "2>",
                "2>>", "&>", "2>&1", "<<" };

        for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
                if (strcmp(word, operators[i]) == 0)
                        return true;
        return false;
}

static void review_words(struct review *review)
{
        const struct words *exec = &review->job->program.exec;

        for (size_t i = 1; i < exec->count; i++) {
                if (!is_of_a_shell(exec->word[i]))
                        continue;
                review_warn(review, exec_line(review),
                        "no shell reads Exec=: %s is given '%s' as a word; write a script with "
                        "#!/bin/sh in line 1, or Exec=sh -c \"…\"; stdout and stderr are kept in "
                        "any case",
                        exec->word[0], exec->word[i]);
                return;
        }
}

/* --- its environment --- */

static bool is_name(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (text[i] != '_' && !isalpha((unsigned char)text[i]) &&
                        (i == 0 || !isdigit((unsigned char)text[i])))
                        return false;
        return length > 0;
}

/* Whether a blank and NAME= stand in the value: to systemd that is another variable. */
static bool has_another(const char *value)
{
        for (const char *at = value + strcspn(value, " \t"); *at; at += strcspn(at, " \t")) {
                at += strspn(at, " \t");
                if (at[strcspn(at, "= \t")] == '=' && is_name(at, strcspn(at, "=")))
                        return true;
        }
        return false;
}

/* The last one of a name counts, as it does in a shell. */
static void review_twice(struct review *review, size_t number)
{
        const struct words *environment = &review->job->program.environment;
        const char *text = environment->word[number];
        size_t length = strcspn(text, "=") + 1;

        for (size_t i = 0; i < number; i++)
                if (strncmp(environment->word[i], text, length) == 0)
                        review_warn(review, job_line_of(review->job, "Environment", i),
                                "Environment=%.*s stands on line %u again, and that one counts",
                                (int)length, text, job_line_of(review->job, "Environment", number));
}

static void review_variable(struct review *review, unsigned line, const char *text)
{
        size_t length = strcspn(text, "=");
        const char *value = text + length + 1;

        if (!is_name(text, length)) {
                char name[80];
                size_t used = 0;

                for (size_t i = 0; i < length && used + 1 < sizeof(name); i++)
                        if (is_name(text + i, 1) || (used > 0 && isdigit((unsigned char)text[i])))
                                name[used++] = text[i];
                name[used] = '\0';
                review_complain(review, line,
                        "Environment=: '%.*s' is no name of a variable, so no program finds it: "
                        "quotes and 'export' are not taken away here; write Environment=%s=value",
                        (int)(length < 80 ? length : 80), text, used > 0 ? name : "NAME");
        } else if (*value && strchr("\"'", *value) && value[strlen(value) - 1] == *value) {
                review_warn(review, line,
                        "Environment=%.*s=: the quotes are a part of the value; write it without",
                        (int)length, text);
        } else if (strchr(value, '$')) {
                review_warn(review, line,
                        "Environment=%.*s= has a $: nothing is put in for it, the program gets it "
                        "as it stands",
                        (int)length, text);
        } else if (has_another(value)) {
                review_warn(review, line,
                        "Environment=%.*s= is all of '%.80s': a line has one variable, each other "
                        "one an Environment= of its own",
                        (int)length, text, value);
        }
}

/* What is no file of the job folder is looked for in a user land of its own, if it has one; what is
 * in a tree is what that has. */
static bool is_of_tree(const struct review *review)
{
        const char *name = review->job->program.exec.word[0];
        struct stat status;

        if (trees_have(&review->job->program.data, name))
                return true;
        return review->job->program.root &&
               (*name == '/' || (strncmp(name, "./", 2) != 0 &&
                                        fstatat(review->jobs->fd, name, &status, 0) != 0));
}

const char *jobprogram_file(const struct review *review)
{
        const struct words *exec = &review->job->program.exec;

        if (exec->count == 0 || is_of_tree(review) || jobinterpreter_is_meant(review))
                return NULL;
        return exec->word[0] + (strncmp(exec->word[0], "./", 2) == 0 ? 2 : 0);
}

static void review_program(struct review *review, const char *path)
{
        const struct words *exec = &review->job->program.exec;
        char advice[EXECUTABLE_ADVICE_SIZE] = "";
        _cleanup_free_ char *data = NULL;
        size_t length;
        int error;

        error = folder_read(review->jobs->fd, path, REVIEW_FILE_MAX, &data, &length);
        if (error == -ENOENT)
                executable_advice(exec->word, exec->count, advice);
        if (error) {
                review_complain(review, exec_line(review), "Exec=%s %s%s", path,
                        folder_strerror(error), advice);
        } else if (review->job->program.root) { /* what it needs is in there */
                review_permission(review, path);
        } else {
                review_executable(review, path, data, length);
                review_permission(review, path);
        }
}

void jobprogram_review(struct review *review)
{
        const struct job *job = review->job;
        const char *path = jobprogram_file(review);

        if (path)
                review_program(review, path);
        else if (!is_of_tree(review))
                jobinterpreter_review_exec(review);
        review_words(review);
        for (size_t i = 0; i < job->program.environment.count; i++) {
                review_variable(review, job_line_of(job, "Environment", i),
                        job->program.environment.word[i]);
                review_twice(review, i);
        }
        review_files(review);
}
