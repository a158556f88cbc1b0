#include "dom0/arm/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/durable.h"
#include "dom0/base/fresh.h"
#include "dom0/base/tree.h"
#include "lib/cleanup.h"

#define DRAFT "draft"
#define OLD   "old"

/* All steps; the first takes the old order away, the last brings the new one. */
static const struct step {
        const char *from, *to;
        bool optional; /* there may be none */
        bool of_jobs;
} steps[] = {
        { "order", OLD "/order", true, false },
        { "jobs", OLD "/jobs", true, true },
        { "next", OLD "/next", true, false },
        { "manifest", OLD "/manifest", true, false },
        { "store", OLD "/store", true, false },
        { DRAFT "/jobs", "jobs", true, true },
        { DRAFT "/next", "next", false, false },
        { DRAFT "/manifest", "manifest", false, false },
        { DRAFT "/store", "store", true, false },
        { DRAFT "/order", "order", false, false },
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static const char *const ours[] = { DRAFT, OLD };
static const char *const bundle[] = { "next", "manifest", "store", "jobs" };

/* How many of the bundle go before the new one is made. */
static const size_t given_up[] = {
        [SWAP_KEEP_NOTHING] = 4,
        [SWAP_KEEP_JOBS] = 3,
        [SWAP_KEEP_ALL] = 0,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- what others have left --- */

static uint64_t tree_bytes; /* nftw has no room for an argument */

static int add_bytes(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)path;
        (void)type;
        (void)walk;
        tree_bytes += (uint64_t)status->st_blocks * 512;
        return 0;
}

static void measure(const struct esp *esp, const char *const *names, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                _cleanup_free_ char *path = esp_file(esp, "%s", names[i]);

                nftw(path, add_bytes, 16, FTW_PHYS | FTW_MOUNT);
        }
}

uint64_t swap_leftovers(const struct esp *esp, enum swap_keep keep)
{
        tree_bytes = fresh_leftovers(esp->folder);
        measure(esp, ours, COUNT(ours));
        measure(esp, bundle, given_up[keep]);
        return tree_bytes;
}

static bool remove_all(
        const struct esp *esp, const char *const *names, size_t count, struct failure *error)
{
        for (size_t i = 0; i < count; i++) {
                _cleanup_free_ char *path = esp_file(esp, "%s", names[i]);

                tree_remove(path);
                if (access(path, F_OK) == 0)
                        return fail(error, EXIT_FAIL, "cannot remove %s", path);
        }
        return true;
}

/* --- the draft --- */

static int open_folder(const struct esp *esp, struct failure *error)
{
        int fd = open(esp->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                fail_errno(error, EXIT_FAIL, "cannot open", esp->folder);
        return fd;
}

static bool make_folder(const struct esp *esp, const char *name, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "%s", name);

        return mkdir(path, 0700) == 0 || fail_errno(error, EXIT_FAIL, "cannot create", path);
}

bool swap_begin(const struct esp *esp, enum swap_keep keep, struct swap *ret_swap,
        struct failure *ret_error)
{
        struct swap swap = {
                .esp = esp, .draft = *esp, .folder = open_folder(esp, ret_error), .keep = keep
        };

        if (swap.folder < 0)
                return false;
        fresh_sweep(swap.folder);
        swap.draft.folder = esp_file(esp, DRAFT);
        *ret_swap = swap;
        return remove_all(esp, ours, COUNT(ours), ret_error) &&
               remove_all(esp, bundle, given_up[keep], ret_error) &&
               make_folder(esp, DRAFT, ret_error) && make_folder(esp, OLD, ret_error);
}

bool swap_sync(const struct swap *swap, struct failure *ret_error)
{
        return syncfs(swap->folder) == 0 || fail(ret_error, EXIT_FAIL, "cannot write to %s: %s",
                                                    swap->esp->folder, strerror(errno));
}

/* --- changing places --- */

/* Renames one; whether there was something goes into `moved`. */
static bool move(struct swap *swap, const char *from, const char *to, bool optional,
        bool *ret_moved, struct failure *error)
{
        _cleanup_free_ char *source = esp_file(swap->esp, "%s", from);
        _cleanup_free_ char *target = esp_file(swap->esp, "%s", to);
        struct stat status;

        *ret_moved = !optional || lstat(source, &status) == 0 || errno != ENOENT;
        return !*ret_moved || durable_rename(source, target, error);
}

static bool go_to(struct swap *swap, size_t end, struct failure *error)
{
        bool moved;

        for (; swap->steps < end; swap->steps++) {
                const struct step *step = &steps[swap->steps];

                if (step->of_jobs && swap->keep == SWAP_KEEP_JOBS)
                        continue;
                if (!move(swap, step->from, step->to, step->optional, &moved, error))
                        return false;
                swap->moved |= (unsigned)moved << swap->steps;
        }
        return true;
}

bool swap_bundle(struct swap *swap, struct failure *ret_error)
{
        return go_to(swap, STEPS - 1, ret_error);
}

bool swap_order(struct swap *swap, struct failure *ret_error)
{
        return go_to(swap, STEPS, ret_error);
}

/* In the opposite order, so that the old order comes back last, and only when all before did. */
bool swap_back(struct swap *swap, struct failure *ret_error)
{
        bool moved;

        for (; swap->steps > 0; swap->steps--) {
                const struct step *step = &steps[swap->steps - 1];

                if ((swap->moved & 1u << (swap->steps - 1)) &&
                        !move(swap, step->to, step->from, false, &moved, ret_error))
                        return false;
        }
        return true;
}

void swap_end(struct swap *swap)
{
        struct failure ignored;

        if (swap->folder < 0)
                return;
        if (swap->steps == 0 || swap->steps == STEPS) /* else it may be wanted by hand */
                remove_all(swap->esp, ours, COUNT(ours), &ignored);
        free(swap->draft.folder);
        close(swap->folder);
        *swap = (struct swap){ .folder = -1 };
}
