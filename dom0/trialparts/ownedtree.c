#include "dom0/trialparts/ownedtree.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/memory.h"
#include "files/owner.h"
#include "lib/cleanup.h"

/* nftw has no room for an argument. */
static const char *root;
static struct failure *reason;
static size_t seen;

static bool refuse(const char *path, const char *what)
{
        return fail(reason, EXIT_FAIL,
                "%s %s: what a trial loads as root must be root's alone; copy the driver to where "
                "nobody else can write, or chown -R root and chmod -R go-w it",
                path, what);
}

static bool check_owner(const char *path, const struct stat *status, bool sticky_does)
{
        if (!owner_is_trusted(status))
                return refuse(path, "does not belong to root");
        if (!S_ISLNK(status->st_mode) && owner_shares(status) &&
                !(sticky_does && (status->st_mode & S_ISVTX)))
                return refuse(path, "can be written to by others");
        return true;
}

static bool check_link(const char *path)
{
        _cleanup_free_ char *target = realpath(path, NULL);
        size_t length = strlen(root);

        return (target && strncmp(target, root, length) == 0 && target[length] == '/') ||
               refuse(path, "is a link that leads out of the driver's folder");
}

static bool check_kind(const char *path, const struct stat *status)
{
        if (S_ISLNK(status->st_mode))
                return check_link(path);
        return S_ISREG(status->st_mode) || S_ISDIR(status->st_mode) ||
               refuse(path, "is neither a file nor a folder nor a link");
}

static int check_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)walk;
        if (type == FTW_DNR || type == FTW_NS)
                return !refuse(path, "cannot be looked at");
        if (++seen > OWNEDTREE_MAX)
                return !fail(reason, EXIT_FAIL, "%s holds more than %u files: it is no driver",
                        root, OWNEDTREE_MAX);
        return !check_owner(path, status, false) || !check_kind(path, status);
}

static bool check_way(const char *path)
{
        for (const char *at = path; at; at = strchr(at + 1, '/')) {
                _cleanup_free_ char *part =
                        at == path ? memory_copy("/") : memory_copy_text(path, (size_t)(at - path));
                struct stat status;

                if (lstat(part, &status) != 0)
                        return fail_errno(reason, EXIT_FAIL, "cannot look at", part);
                if (!check_owner(part, &status, true))
                        return false;
        }
        return true;
}

bool ownedtree_check(const char *path, struct failure *ret_error)
{
        struct stat status;

        root = path;
        reason = ret_error;
        seen = 0;
        if (lstat(path, &status) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot look at", path);
        if (!S_ISDIR(status.st_mode))
                return fail(ret_error, EXIT_FAIL, "%s is no folder", path);
        return check_way(path) && nftw(path, check_one, 16, FTW_PHYS) == 0;
}
