#include "runner/program/inputs.h"

#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/why.h"
#include "store/mapper.h"

/* Calls `look` for each tree of the job, while that is true. */
static bool each(const struct inputs *inputs, int folder, const struct job *job, char *why,
        bool (*look)(const struct inputs *inputs, int folder, const char *key, const char *name,
                char *why))
{
        for (size_t i = 0; i < job->program.data.count; i++)
                if (!look(inputs, folder, "Data", job->program.data.word[i], why))
                        return false;
        return !job->program.root || look(inputs, folder, "Root", job->program.root, why);
}

static bool is_there(
        const struct inputs *inputs, int folder, const char *key, const char *name, char *why)
{
        _cleanup_close_ int fd = -1;

        if (inputs->lost)
                return why_not(why, "%s=%s could not be had: %s", key, name, inputs->lost);
        fd = folder_open_folder(folder, name);
        return fd >= 0 || why_not(why, "%s=%s %s", key, name, folder_strerror(fd));
}

bool inputs_are_there(const struct inputs *inputs, int folder, const struct job *job, char *why)
{
        return each(inputs, folder, job, why, is_there);
}

static bool is_sound(
        const struct inputs *inputs, int folder, const char *key, const char *name, char *why)
{
        int number = inputs->control >= 0 ? store_map_input(&inputs->map, name) : -1;
        char reason[WHY_SIZE];

        (void)folder;
        return number < 0 || mapper_is_sound(inputs->control, (size_t)number, reason) ||
               why_not(why, "%s=%s: %.300s", key, name, reason);
}

bool inputs_are_sound(const struct inputs *inputs, const struct job *job, char *why)
{
        return each(inputs, -1, job, why, is_sound);
}
