#include "dom0/trial/trialfolder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/arm/jobcopy.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/tree.h"
#include "dom0/run/folder.h"
#include "dom0/trialrecord/phases.h"
#include "dom0/trialrecord/plan.h"
#include "lib/cleanup.h"

/* In the stage every file of a job may be executed: FAT keeps no modes. */
static bool make_executable(const char *target, const struct joblist *jobs, struct failure *error)
{
        for (size_t i = 0; i < jobs->count; i++) {
                _cleanup_free_ char *path = memory_format("%s/%s", target, jobs->file[i].name);

                if (chmod(path, 0700) != 0)
                        return fail_errno(error, EXIT_FAIL, "cannot change the mode of", path);
        }
        return true;
}

static bool fill(const char *folder, const json_t *plan, const struct joblist *jobs,
        struct hashlist *files, struct failure *error)
{
        _cleanup_free_ char *target = memory_format("%s/jobs", folder);

        return jobcopy_write(jobs, target, files, error) && make_executable(target, jobs, error) &&
               trial_phases_note(folder, TRIAL_ARMED, NULL, error) &&
               trial_plan_write(folder, plan, error);
}

static bool sync_folder(const char *path, struct failure *error)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return (fd >= 0 && syncfs(fd) == 0) ||
               fail_errno(error, EXIT_FAIL, "cannot write to", path);
}

bool trialfolder_make(const struct host *host, const json_t *plan, const struct joblist *jobs,
        struct hashlist *files, struct failure *ret_error)
{
        const char *trial = get_text(plan, "trial");
        _cleanup_free_ char *folder = memory_format("%s/%s", host->trials, trial);

        if (!folder_make_all(host->trials))
                return fail_errno(ret_error, EXIT_FAIL, "cannot create", host->trials);
        if (mkdir(folder, 0700) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot create", folder);
        if (fill(folder, plan, jobs, files, ret_error) && sync_folder(host->trials, ret_error))
                return true;
        trialfolder_remove(host, trial);
        return false;
}

void trialfolder_remove(const struct host *host, const char *trial)
{
        _cleanup_free_ char *folder = memory_format("%s/%s", host->trials, trial);

        tree_remove(folder);
}
