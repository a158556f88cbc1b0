#include "runner/program/environment.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/executable.h"
#include "lib/cleanup.h"
#include "lib/grow.h"

/* A name that ends in '_' stands for all that begin with it. Nothing else of the caller's shell, in
 * which there may be secrets, gets into a job, whose outputs others read. */
static const char *const let_in[] = {
        "LD_LIBRARY_PATH",
        "TMPDIR",
        "CUDA_DEVICE_ORDER",
        "FORESTAGE_REHEARSAL_",
        NULL,
};

/* And these with --preload-programs: a library, and what it is told. */
static const char *const let_in_preload[] = { "LD_PRELOAD", "INJECT", "INJECT_", NULL };

struct list {
        char **entry; /* ends with NULL, once there is one */
        size_t count;
};

static bool same_name(const char *a, const char *b)
{
        size_t length = strcspn(a, "=");

        return strncmp(a, b, length + 1) == 0;
}

/* Takes the entry over; one of the same name goes. */
static bool take(struct list *list, char *entry)
{
        char **grown;

        for (size_t i = 0; entry && i < list->count; i++) {
                if (!same_name(list->entry[i], entry))
                        continue;
                free(list->entry[i]);
                list->entry[i] = entry;
                return true;
        }
        grown = entry ? grow(list->entry, list->count + 1, sizeof(*grown)) : NULL;
        if (grown)
                list->entry = grown;
        else
                free(entry);
        if (!grown)
                return false;
        list->entry[list->count++] = entry;
        list->entry[list->count] = NULL;
        return true;
}

static bool add(struct list *list, const char *name, const char *value)
{
        char *entry;

        return asprintf(&entry, "%s=%s", name, value) >= 0 && take(list, entry);
}

static bool is_one_of(const char *const *names, const char *entry)
{
        for (const char *const *name = names; *name; name++) {
                size_t length = strlen(*name);

                if (strncmp(entry, *name, length) == 0 &&
                        ((*name)[length - 1] == '_' || entry[length] == '='))
                        return true;
        }
        return false;
}

/* What parts its folders; NULL: the variable holds none. */
static const char *folders_parted_by(const char *entry)
{
        static const struct {
                const char *name, *dividers;
        } rows[] = { { "LD_LIBRARY_PATH=", ":;" }, { "TMPDIR=", "" } };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (same_name(rows[i].name, entry))
                        return rows[i].dividers;
        return NULL;
}

/* The entry with the folder `from` before each folder in it that is not absolute. NULL: out of
 * memory. A program runs elsewhere than the caller, who has named them from where he is; one that
 * starts with a '$' the dynamic linker finds by itself, and an empty one is where he is. */
static char *from_there(const char *entry, const char *from, const char *dividers)
{
        const char *at = strchr(entry, '=') + 1;
        char *text = NULL;
        size_t size;
        FILE *to;

        if (!dividers || !*at)
                return strdup(entry);
        to = open_memstream(&text, &size);
        if (!to)
                return NULL;
        fwrite(entry, 1, (size_t)(at - entry), to);
        for (size_t length;; at += length + 1) {
                length = strcspn(at, dividers);
                if (*at != '/' && *at != '$')
                        fprintf(to, "%s%s", from, length > 0 && *from ? "/" : "");
                fwrite(at, 1, length + (at[length] != '\0'), to);
                if (!at[length])
                        break;
        }
        if (fclose(to) == 0)
                return text;
        free(text);
        return NULL;
}

static bool is_let_in(const struct surroundings *outer, const char *entry)
{
        return is_one_of(let_in, entry) || (outer->preload && is_one_of(let_in_preload, entry));
}

static bool let_outer_in(struct list *list, const struct surroundings *outer)
{
        bool good = true;

        for (char *const *each = outer->variables; good && *each; each++)
                good = !is_let_in(outer, *each) ||
                       take(list, from_there(*each, outer->from, folders_parted_by(*each)));
        return good;
}

static bool add_own(struct list *list, const struct words *words)
{
        bool good = true;

        for (size_t i = 0; good && i < words->count; i++)
                good = take(list, strdup(words->word[i]));
        return good;
}

char **environment_make(const struct job *job, const struct device *device, const char *folder,
        const struct surroundings *outer)
{
        struct list list = { calloc(1, sizeof(char *)), 0 };
        char index[16];

        snprintf(index, sizeof(index), "%u", device->index);
        if (list.entry && add(&list, "PATH", EXECUTABLE_PATH) && add(&list, "HOME", folder) &&
                add(&list, "LANG", "C.UTF-8") && let_outer_in(&list, outer) &&
                add(&list, "CUDA_VISIBLE_DEVICES", device->uuid) &&
                add(&list, "FORESTAGE_DEVICE", index) && add_own(&list, &job->program.environment))
                return list.entry;
        environment_free(list.entry);
        return NULL;
}

void environment_free(char **environment)
{
        for (char **entry = environment; entry && *entry; entry++)
                free(*entry);
        free(environment);
}

/* Limits that a shell or a service may have set. Those of locked memory and of processes depend on
 * the machine, and stay. */
static const struct {
        int resource;
        rlim_t most;
} usual[] = {
        { RLIMIT_STACK, 8 << 20 },
        { RLIMIT_NOFILE, 1024 },
        { RLIMIT_CPU, RLIM_INFINITY },
        { RLIMIT_FSIZE, RLIM_INFINITY },
        { RLIMIT_DATA, RLIM_INFINITY },
        { RLIMIT_AS, RLIM_INFINITY },
};

/* Up to the hard limit, which is lifted where that is too low and may be. */
static void limit(int resource, rlim_t most)
{
        struct rlimit limit;

        if (getrlimit(resource, &limit) != 0)
                return;
        limit.rlim_cur = most;
        if (most > limit.rlim_max) {
                struct rlimit higher = { most, most };

                if (setrlimit(resource, &higher) == 0)
                        return;
                limit.rlim_cur = limit.rlim_max;
        }
        setrlimit(resource, &limit);
}

/* Files that the caller has left open are its own; what is needed until the program runs stays. */
static void close_others(void)
{
        _cleanup_closedir_ DIR *folder = opendir("/proc/self/fd");
        struct dirent *entry;

        while (folder && (entry = readdir(folder))) {
                int fd = (int)strtol(entry->d_name, NULL, 10);

                if (fd > STDERR_FILENO)
                        fcntl(fd, F_SETFD, FD_CLOEXEC);
        }
}

void environment_settle(const struct limits *limits)
{
        umask(022);
        close_others();
        for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
                if (usual[i].resource != RLIMIT_NOFILE || limits->open_files == 0)
                        limit(usual[i].resource, usual[i].most);
}
