#include "dom0/store/keeping.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/store/holding.h"
#include "dom0/store/placing.h"
#include "dom0/store/record.h"
#include "lib/cleanup.h"
#include "lib/why.h"
#include "store/kept.h"

#define PAUSE_MS 200u

void keeping_free(struct keeping *keeping)
{
        free(keeping->path);
        if (keeping->region)
                munmap(keeping->region, keeping->size);
        *keeping = (struct keeping){ .path = NULL };
}

/* A disk, and what is mounted of it, may come later than the service that asks for it. */
static void wait_for(const struct host *host, const char *path)
{
        const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
        _cleanup_free_ char *name = host_path(host, "%s", path);

        for (unsigned waited = 0; access(name, F_OK) != 0 && waited < host->disk_patience * 1000;
                waited += PAUSE_MS)
                nanosleep(&pause, NULL);
}

int keeping_open_disk(
        const struct host *host, const struct store_record *record, struct failure *ret_error)
{
        _cleanup_(holding_close) struct holding holding = HOLDING_NONE;
        _cleanup_(store_map_free) struct store_map now = { 0 };
        struct disk_number disk;

        wait_for(host, record->path);
        if (!holding_open(host, record->path, HOLDING_LOOK, &holding, ret_error) ||
                !placing_find(host, &holding, record->map.id, record->map.generation, &now, &disk,
                        ret_error))
                return -1;
        return placing_open_disk(host, disk, ret_error);
}

static bool read_region(const struct store_pen *pen, struct keeping *keeping, struct failure *error)
{
        struct kept_head head;
        char why[WHY_SIZE];
        void *region;

        if (!kept_read_head(pen, &head, why))
                return fail(error, EXIT_NO_RUN, "%s: %s", keeping->path, why);
        region = mmap(
                NULL, head.region_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (region == MAP_FAILED)
                return fail(error, EXIT_INCOMPLETE, "not enough memory for a region of %llu bytes",
                        (unsigned long long)head.region_size);
        keeping->region = region;
        keeping->size = head.region_size;
        memcpy(keeping->run_id, head.run, sizeof(keeping->run_id));
        uuid_format(head.run, keeping->run);
        return kept_read(pen, &head, region, why) ||
               fail(error, EXIT_INCOMPLETE, "%s: %s", keeping->path, why);
}

bool keeping_read(const struct host *host, struct keeping *ret_keeping, struct failure *ret_error)
{
        _cleanup_(store_record_free) struct store_record record = { .path = NULL };
        _cleanup_(keeping_free) struct keeping keeping = { .path = NULL };
        _cleanup_close_ int fd = -1;
        struct store_pen pen; /* it only reads: so is the disk open */
        char why[WHY_SIZE];

        if (store_record_load(host, &record, ret_error) != EXIT_PASS)
                return false;
        fd = keeping_open_disk(host, &record, ret_error);
        if (fd < 0)
                return false;
        if (!store_pen_open(fd, record.map.disk.size, &record.map, &pen, why))
                return fail(ret_error, EXIT_INCOMPLETE, "%s: %s", record.path, why);
        keeping.path = memory_copy(record.path);
        if (!read_region(&pen, &keeping, ret_error))
                return false;
        *ret_keeping = keeping;
        keeping = (struct keeping){ .path = NULL };
        return true;
}
