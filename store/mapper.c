#include "store/mapper.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "lib/cleanup.h"
#include "lib/why.h"
#include "store/verity.h"

#define SECTOR    512u
#define PIECES    "forestage-pieces-" /* names of devices; dm-linear */
#define INPUT     "forestage-input-"  /* dm-verity */
#define TEXT      256u                /* bytes of a target's parameters, at most */
#define TARGET    (sizeof(struct dm_target_spec) + TEXT)
#define ANSWER    ((size_t)4096)
#define DATA_HEAD sizeof(struct dm_ioctl)

/* One call: the structure, and behind it targets. */
struct call {
        struct dm_ioctl *head; /* of `size` bytes; owned */
        size_t size, used;
};

static void call_free(struct call *call)
{
        free(call->head);
}

static bool call_begin(struct call *call, const char *prefix, size_t number, size_t targets)
{
        call->size = DATA_HEAD + targets * TARGET + ANSWER;
        call->used = DATA_HEAD;
        call->head = calloc(1, call->size);
        if (!call->head)
                return false;
        call->head->version[0] = DM_VERSION_MAJOR;
        call->head->data_size = (uint32_t)call->size;
        call->head->data_start = DATA_HEAD;
        call->head->flags = DM_READONLY_FLAG;
        snprintf(call->head->name, sizeof(call->head->name), "%s%zu", prefix, number);
        return true;
}

static void call_add(struct call *call, uint64_t start, uint64_t length, const char *type,
        const char *parameters)
{
        struct dm_target_spec *target = (void *)((char *)call->head + call->used);

        target->sector_start = start / SECTOR;
        target->length = length / SECTOR;
        target->next = TARGET;
        snprintf(target->target_type, sizeof(target->target_type), "%s", type);
        snprintf((char *)(target + 1), TEXT, "%s", parameters);
        call->used += TARGET;
        call->head->target_count++;
}

static bool call_do(
        int control, unsigned long request, struct call *call, const char *what, char *why)
{
        return ioctl(control, request, call->head) == 0 ||
               why_not(why, "%s: %s: %s", call->head->name, what, strerror(errno));
}

/* Makes a device of the targets in `table`, whose name is that of the call. */
static bool make_device(int control, const char *prefix, size_t number, struct call *table,
        dev_t *ret_device, char *why)
{
        _cleanup_(call_free) struct call create = { 0 }, resume = { 0 };

        if (!call_begin(&create, prefix, number, 0) || !call_begin(&resume, prefix, number, 0))
                return why_not(why, "no memory");
        if (!call_do(control, DM_DEV_CREATE, &create, "it cannot be made", why) ||
                !call_do(control, DM_TABLE_LOAD, table, "its table is not taken", why) ||
                !call_do(control, DM_DEV_SUSPEND, &resume, "it cannot be begun with", why))
                return false;
        *ret_device = makedev(major(resume.head->dev), minor(resume.head->dev));
        return true;
}

/* The pieces of the disk that the image and its tree are, one behind the other. */
static bool make_pieces(int control, dev_t disk, const struct store_map *map, size_t number,
        dev_t *ret_device, char *why)
{
        const struct store_input *input = &map->inputs[number];
        uint64_t span = store_input_span(input->bytes);
        _cleanup_(call_free) struct call table = { 0 };
        struct store_piece piece;

        if (!call_begin(&table, PIECES, number, map->count))
                return why_not(why, "no memory");
        for (uint64_t done = 0; store_map_find(map, input->offset + done, span - done, &piece);
                done += piece.length) {
                char parameters[TEXT];

                snprintf(parameters, sizeof(parameters), "%u:%u %" PRIu64, major(disk), minor(disk),
                        piece.start / SECTOR);
                call_add(&table, done, piece.length, "linear", parameters);
        }
        return make_device(control, PIECES, number, &table, ret_device, why);
}

bool mapper_make(int control, dev_t disk, const struct store_map *map, size_t number,
        dev_t *ret_device, char *why)
{
        const struct store_input *input = &map->inputs[number];
        char root[2 * SHA256_SIZE + 1], parameters[TEXT];
        uint64_t blocks = input->bytes / VERITY_BLOCK;
        _cleanup_(call_free) struct call table = { 0 };
        dev_t pieces;

        if (!make_pieces(control, disk, map, number, &pieces, why))
                return false;
        if (!call_begin(&table, INPUT, number, 1))
                return why_not(why, "no memory");
        sha256_format(input->root, root);
        snprintf(parameters, sizeof(parameters),
                "1 %u:%u %u:%u %u %u %" PRIu64 " %" PRIu64 " sha256 %s -", major(pieces),
                minor(pieces), major(pieces), minor(pieces), VERITY_BLOCK, VERITY_BLOCK, blocks,
                blocks, root);
        call_add(&table, 0, input->bytes, "verity", parameters);
        return make_device(control, INPUT, number, &table, ret_device, why);
}

bool mapper_is_sound(int control, size_t number, char *why)
{
        _cleanup_(call_free) struct call call = { 0 };
        const struct dm_target_spec *target;
        const char *status;

        if (!call_begin(&call, INPUT, number, 0))
                return why_not(why, "no memory");
        if (!call_do(control, DM_TABLE_STATUS, &call, "its state cannot be read", why))
                return false;
        target = (const void *)((const char *)call.head + call.head->data_start);
        status = (const char *)(target + 1);
        if (call.head->target_count != 1 || (call.head->flags & DM_BUFFER_FULL_FLAG))
                return why_not(why, "%s: its state is not that of an input", call.head->name);
        return strncmp(status, "V", 1) == 0 ||
               why_not(why, "a block of it in the store is not the one that was armed");
}
