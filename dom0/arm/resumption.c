#include "dom0/arm/resumption.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "jobs/jobfolder.h"
#include "lib/cleanup.h"
#include "lib/sha256.h"

#define PIECE 65536u

/* --- which jobs --- */

static bool each_job(const char *folder, struct failure *error,
        bool (*take)(void *context, const struct job *job, struct failure *error), void *context)
{
        struct jobfolder jobs;
        bool good = true;
        int failed = jobfolder_read(folder, NULL, &jobs);

        if (failed) {
                errno = -failed;
                return fail_errno(error, EXIT_FAIL, "cannot read", folder);
        }
        for (size_t i = 0; good && i < jobs.count; i++)
                good = !jobs.job[i].program.checkpoint || take(context, &jobs.job[i], error);
        jobfolder_close(&jobs);
        return good;
}

static bool refuse(void *context, const struct job *job, struct failure *error)
{
        return fail(error, EXIT_FAIL,
                "the job %s in %s leaves a file for its next run (Checkpoint=%s), for which only "
                "an order with a store has a place: forestage arm --store",
                job->name, (const char *)context, job->program.checkpoint);
}

bool resumption_without(const char *jobs, struct failure *ret_error)
{
        return each_job(jobs, ret_error, refuse, (void *)jobs);
}

/* --- what the order is --- */

static bool add_file(const struct joblist *list, const struct joblist_file *file,
        struct sha256 *hash, struct failure *error)
{
        _cleanup_close_ int fd = joblist_open(list, file, error);
        static uint8_t piece[PIECE];
        uint64_t bytes = file->bytes;
        ssize_t got;

        if (fd < 0)
                return false;
        sha256_update(hash, file->name, strlen(file->name) + 1);
        sha256_update(hash, &bytes, sizeof(bytes));
        while ((got = read(fd, piece, sizeof(piece))) > 0)
                sha256_update(hash, piece, (size_t)got);
        return got == 0 || fail_errno(error, EXIT_FAIL, "cannot read", file->name);
}

static bool name_order(const struct resumption *resumption, const struct marking *marking,
        uint8_t ret_order[SHA256_SIZE], struct failure *error)
{
        const struct joblist *list = resumption->list;
        uint64_t anew = resumption->anew ? marking->after.map.generation : 0;
        struct sha256 hash;

        sha256_init(&hash);
        sha256_update(&hash, &anew, sizeof(anew));
        for (size_t i = 0; i < list->count; i++)
                if (!add_file(list, &list->file[i], &hash, error))
                        return false;
        for (size_t i = 0; i < marking->count; i++) {
                const struct treeimage *image = &marking->images[i];

                sha256_update(&hash, image->name, strlen(image->name) + 1);
                sha256_update(&hash, image->root, sizeof(image->root));
        }
        sha256_final(&hash, ret_order);
        return true;
}

/* --- their places --- */

struct adding {
        struct store_map *map;
        uint64_t devices;
};

static bool add_place(void *context, const struct job *job, struct failure *error)
{
        const struct adding *adding = context;
        uint64_t bytes = job->limits.checkpoint_bytes + STORE_BLOCK - 1;
        struct store_checkpoint place = {
                .bytes = bytes / STORE_BLOCK * STORE_BLOCK,
                .devices = adding->devices,
                .job = (char *)job->name,
        };

        return store_map_add_checkpoint(adding->map, &place) ||
               fail(error, EXIT_FAIL, "more than %u jobs have Checkpoint=", STORE_JOBS_MAX);
}

bool resumption_add(
        const struct resumption *resumption, struct marking *marking, struct failure *ret_error)
{
        struct store_map *map = &marking->after.map;
        struct adding adding = { .map = map, .devices = resumption->gpus };
        uint8_t order[SHA256_SIZE];

        if (adding.devices > STORE_DEVICES_MAX)
                adding.devices = STORE_DEVICES_MAX;
        if (!each_job(resumption->jobs, ret_error, add_place, &adding))
                return false;
        if (map->checkpoint_count == 0)
                return true;
        if (!name_order(resumption, marking, order, ret_error))
                return false;
        for (size_t i = 0; i < map->checkpoint_count; i++)
                memcpy(map->checkpoints[i].order, order, sizeof(order));
        return true;
}
