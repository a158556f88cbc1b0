#include "dom0/arm/resumption.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "jobs/jobfolder.h"
#include "lib/cleanup.h"
#include "lib/sha256.h"

#define PIECE 65536u

/* --- which jobs --- */

static bool each_job(struct arming *arming, struct failure *error,
        bool (*take)(struct arming *arming, const struct job *job, struct failure *error))
{
        struct jobfolder jobs;
        bool good = true;
        int failed = jobfolder_read(arming->jobs, NULL, &jobs);

        if (failed) {
                errno = -failed;
                return fail_errno(error, EXIT_FAIL, "cannot read", arming->jobs);
        }
        for (size_t i = 0; good && i < jobs.count; i++)
                good = !jobs.job[i].program.checkpoint || take(arming, &jobs.job[i], error);
        jobfolder_close(&jobs);
        return good;
}

static bool refuse(struct arming *arming, const struct job *job, struct failure *error)
{
        return fail(error, EXIT_FAIL,
                "the job %s in %s leaves a file for its next run (Checkpoint=%s), for which only "
                "an order with a store has a place: forestage arm --store",
                job->name, arming->jobs, job->program.checkpoint);
}

bool resumption_check(struct arming *arming, struct failure *ret_error)
{
        return arming->given->store || arming->again || each_job(arming, ret_error, refuse);
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

static bool name_order(
        const struct arming *arming, uint8_t ret_order[SHA256_SIZE], struct failure *error)
{
        const struct marking *marking = &arming->marking;
        uint64_t anew = arming->given->anew ? marking->after.map.generation : 0;
        struct sha256 hash;

        sha256_init(&hash);
        sha256_update(&hash, &anew, sizeof(anew));
        for (size_t i = 0; i < arming->list.count; i++)
                if (!add_file(&arming->list, &arming->list.file[i], &hash, error))
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

static bool add_place(struct arming *arming, const struct job *job, struct failure *error)
{
        uint64_t bytes = job->limits.checkpoint_bytes + STORE_BLOCK - 1;
        struct store_checkpoint place = {
                .bytes = bytes / STORE_BLOCK * STORE_BLOCK,
                .devices = arming->outlook.target.gpus,
                .job = (char *)job->name,
        };

        if (place.devices > STORE_DEVICES_MAX)
                place.devices = STORE_DEVICES_MAX;
        return store_map_add_checkpoint(&arming->marking.after.map, &place) ||
               fail(error, EXIT_FAIL, "more than %u jobs have Checkpoint=", STORE_JOBS_MAX);
}

bool resumption_add(struct arming *arming, struct failure *ret_error)
{
        struct store_map *map = &arming->marking.after.map;
        uint8_t order[SHA256_SIZE];

        if (!each_job(arming, ret_error, add_place))
                return false;
        if (map->checkpoint_count == 0)
                return true;
        if (!name_order(arming, order, ret_error))
                return false;
        for (size_t i = 0; i < map->checkpoint_count; i++)
                memcpy(map->checkpoints[i].order, order, sizeof(order));
        return true;
}
