#include "dom0/store/creation.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "dom0/base/failure.h"
#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/proposal.h"
#include "dom0/store/content.h"
#include "dom0/store/holding.h"
#include "dom0/store/placing.h"
#include "dom0/store/record.h"
#include "lib/cleanup.h"
#include "lib/quantity.h"

/* Of what is made, before the first order: each order has a larger one. */
#define FIRST_GENERATION 1u

struct creation {
        const struct host *host;
        const char *path;
        uint64_t length; /* of the file; 0: a device */
};

/* --- finding out --- */

static bool there_is_none(const struct host *host, struct failure *error)
{
        _cleanup_(store_record_free) struct store_record record = { .path = NULL };
        enum exit_code code = store_record_load(host, &record, error);

        if (code == EXIT_PASS)
                return fail(error, EXIT_FAIL,
                        "this host has a store already, %s; first: forestage store remove",
                        record.path);
        return code == EXIT_NO_RUN;
}

static bool look_at_device(struct creation *creation, FILE *to, struct failure *error)
{
        static const uint8_t any[16] = { 1 };
        _cleanup_(holding_close) struct holding holding = HOLDING_NONE;
        _cleanup_(store_map_free) struct store_map map = { 0 };
        struct disk_number disk;

        if (!holding_open(creation->host, creation->path, HOLDING_WRITE, &holding, error))
                return false;
        if (!holding.is_device)
                return fail(error, EXIT_USAGE,
                        "%s is a file: a store in a file is made with it, and --size says how "
                        "large it is to be",
                        creation->path);
        if (!placing_find(creation->host, &holding, any, FIRST_GENERATION, &map, &disk, error) ||
                !content_is_empty(&holding, error))
                return false;
        print_line(to, "Store:     device %s, all of its %llu MiB", creation->path,
                (unsigned long long)holding.length >> 20);
        return true;
}

static bool look_at_file(struct creation *creation, FILE *to, struct failure *error)
{
        _cleanup_free_ char *folder = memory_copy(creation->path);
        char *slash = strrchr(folder, '/');

        slash[slash == folder] = '\0';
        if (!holding_can_make(creation->host, creation->path, creation->length, error) ||
                !placing_can(creation->host, folder, error))
                return false;
        print_line(to, "Store:     file %s of %llu MiB, which are all written once", creation->path,
                (unsigned long long)creation->length >> 20);
        return true;
}

static enum proposal_step examine(void *plan, FILE *to, struct failure *ret_error)
{
        struct creation *creation = plan;
        bool good = there_is_none(creation->host, ret_error) &&
                    (creation->length > 0 ? look_at_file(creation, to, ret_error)
                                          : look_at_device(creation, to, ret_error));

        return good ? PROPOSAL_GO : PROPOSAL_FAILED;
}

static void forget(void *plan)
{
        (void)plan; /* what was found was only shown */
}

/* --- doing it --- */

/* The file stays when its first blocks are found on the disk, and the host knows of it. */
static bool make_store(const struct creation *creation, const struct holding *holding,
        struct store_record *record, struct failure *error)
{
        struct disk_number disk;
        uint8_t id[16];

        if (getrandom(id, sizeof(id), 0) != sizeof(id))
                return fail_errno(error, EXIT_FAIL, "cannot draw an id for", creation->path);
        return placing_find(
                       creation->host, holding, id, FIRST_GENERATION, &record->map, &disk, error) &&
               content_mark(holding, &record->map, error) &&
               placing_prove(creation->host, &record->map, disk, error) &&
               holding_pin(holding, error) && store_record_save(creation->host, record, error);
}

static bool open_it(
        const struct creation *creation, struct holding *ret_holding, struct failure *error)
{
        return creation->length > 0 ? holding_make(creation->host, creation->path, creation->length,
                                              ret_holding, error)
                                    : holding_open(creation->host, creation->path, HOLDING_WRITE,
                                              ret_holding, error);
}

static void undo(const struct holding *holding, const struct store_record *record)
{
        struct failure failure;

        if (!content_wipe(holding, &record->map, &failure))
                failure_print(&failure);
        if (!holding->is_device && !holding_unlink(holding, &failure))
                failure_print(&failure);
}

static int carry_out(void *plan)
{
        const struct creation *creation = plan;
        _cleanup_(holding_close) struct holding holding = HOLDING_NONE;
        _cleanup_(store_record_free) struct store_record record = { .path = NULL };
        struct failure failure;

        if (!open_it(creation, &holding, &failure))
                return failure_print(&failure);
        record.path = memory_copy(creation->path);
        record.is_device = holding.is_device;
        if (!make_store(creation, &holding, &record, &failure)) {
                undo(&holding, &record);
                return failure_print(&failure);
        }
        printf("Made:      %llu MiB of room in %zu piece%s of its disk\n",
                (unsigned long long)record.map.room >> 20, record.map.count,
                record.map.count == 1 ? "" : "s");
        return proposal_done("the store is made");
}

int creation_run(const struct host *host, const char *path, const struct creation_options *given)
{
        struct creation creation = { .host = host, .path = path };

        if (*path != '/')
                return complain(EXIT_USAGE, "store create: %.300s is not an absolute path", path);
        if (given->size && (!quantity_bytes(given->size, &creation.length) || creation.length == 0))
                return complain(EXIT_USAGE,
                        "store create: --size %.100s is no size, such as 4G or 512M", given->size);
        if (!given->size && strncmp(path, "/dev/", 5) != 0)
                return complain(
                        EXIT_USAGE, "store create: a store in a file needs its --size, such as 4G");
        if (given->size && strncmp(path, "/dev/", 5) == 0)
                return complain(EXIT_USAGE,
                        "store create: all of a device is the store's: leave --size away");
        return proposal_run(host,
                &(struct proposal){ "store", "Make it?", given->yes, given->dry_run, examine,
                        forget, carry_out },
                &creation);
}
