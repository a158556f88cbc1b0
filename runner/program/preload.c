#include "runner/program/preload.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runner/program/start.h"

#define DIVIDERS ": " /* as the loader has them */

bool preload_check(const char *libraries, char *why)
{
        char path[4096];
        bool any = false;

        for (const char *at = libraries ? libraries : ""; *at; at += strspn(at, DIVIDERS)) {
                size_t length = strcspn(at, DIVIDERS);

                if (length > 0 && (*at != '/' || length >= sizeof(path)))
                        return why_not(
                                why, "LD_PRELOAD: %.*s is no absolute path", (int)length, at);
                memcpy(path, at, length);
                path[length] = '\0';
                if (length > 0 && access(path, R_OK) != 0)
                        return why_not(
                                why, "LD_PRELOAD: %s cannot be read: %s", path, strerror(errno));
                any = any || length > 0;
                at += length;
        }
        return any || why_not(why, "LD_PRELOAD is not set: there is nothing to give to programs");
}

static bool is_out_of_reach(int job_folder, const struct job *job)
{
        const char *path = job->program.exec.word[0];

        return start_without_loader(job_folder, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

static bool is_in(const json_t *list, const char *name)
{
        const json_t *each;
        size_t i;

        json_array_foreach(list, i, each)
                if (strcmp(json_string_value(each), name) == 0)
                        return true;
        return false;
}

json_t *preload_unreached(int job_folder, const struct plan *plan)
{
        json_t *list = json_array();

        for (size_t i = 0; i < plan->count; i++) {
                const struct entry *entry = &plan->entry[i];

                if (entry->decided || entry->job->type != JOB_PROGRAM ||
                        is_in(list, entry->job->name) || !is_out_of_reach(job_folder, entry->job))
                        continue;
                json_array_append_new(list, json_string(entry->job->name));
        }
        return list;
}
