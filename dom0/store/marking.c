#include "dom0/store/marking.h"

#include <stdlib.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/store/content.h"
#include "dom0/store/holding.h"
#include "dom0/store/inputs.h"
#include "dom0/store/placing.h"
#include "lib/cleanup.h"

void marking_free(struct marking *marking)
{
        store_record_free(&marking->before);
        store_record_free(&marking->after);
        for (size_t i = 0; i < marking->count; i++)
                treeimage_free(&marking->images[i]);
        free(marking->images);
        marking->images = NULL;
        marking->count = 0;
}

void marking_add(struct marking *marking, struct treeimage *image)
{
        marking->images = memory_grow(marking->images, marking->count, sizeof(marking->images[0]));
        marking->images[marking->count++] = *image;
        *image = (struct treeimage){ .fd = -1 };
}

bool marking_plan(struct marking *marking, uint64_t results, struct failure *ret_error)
{
        return inputs_plan(&marking->after.map, marking->images, marking->count, results,
                marking->after.path, ret_error);
}

static bool find(const struct host *host, struct marking *marking, struct failure *error)
{
        const struct store_record *before = &marking->before;
        _cleanup_(holding_close) struct holding holding = HOLDING_NONE;
        struct disk_number disk;

        if (!holding_open(host, before->path, HOLDING_LOOK, &holding, error))
                return false;
        if (!content_is_of(&holding, before->map.id))
                return fail(error, EXIT_FAIL,
                        "%s does not begin with this host's store any more; first: forestage store "
                        "remove, and make it anew",
                        before->path);
        if (!placing_find(host, &holding, before->map.id, before->map.generation + 1,
                    &marking->after.map, &disk, error))
                return false;
        marking->after.path = memory_copy(before->path);
        marking->after.is_device = before->is_device;
        return true;
}

bool marking_keep(const struct host *host, struct marking *ret_marking, struct failure *ret_error)
{
        *ret_marking = (struct marking){ .before = { .path = NULL } };
        return store_record_load(host, &ret_marking->after, ret_error) == EXIT_PASS;
}

bool marking_find(const struct host *host, struct marking *ret_marking, struct failure *ret_error)
{
        _cleanup_(marking_free) struct marking marking = { .before = { .path = NULL } };

        if (store_record_load(host, &marking.before, ret_error) != EXIT_PASS ||
                !find(host, &marking, ret_error))
                return false;
        *ret_marking = marking;
        marking = (struct marking){ .before = { .path = NULL } };
        return true;
}

/* `images`: of the map's inputs; NULL: they are there, or there is none. */
static bool put_heads(const struct host *host, const struct holding *holding,
        const struct store_map *map, const struct treeimage *images, struct failure *error)
{
        _cleanup_(store_map_free) struct store_map now = { 0 };
        struct disk_number disk;

        return placing_find(host, holding, map->id, map->generation, &now, &disk, error) &&
               content_mark(holding, map, error) && placing_prove(host, map, disk, error) &&
               (!images || inputs_write(host, holding, map, disk, images, error));
}

/* Whatever becomes of it, nobody else can change the file afterwards. */
static bool put(const struct host *host, const struct store_record *record,
        const struct treeimage *images, struct failure *error)
{
        _cleanup_(holding_close) struct holding holding = HOLDING_NONE;
        struct failure other;
        bool good;

        if (!store_record_save(host, record, error) ||
                !holding_open(host, record->path, HOLDING_WRITE, &holding, error))
                return false;
        good = put_heads(host, &holding, &record->map, images, error);
        if (holding_pin(&holding, &other))
                return good;
        if (good)
                *error = other;
        return false;
}

bool marking_make(const struct host *host, const struct marking *marking, struct failure *ret_error)
{
        return put(host, &marking->after, marking->images, ret_error);
}

bool marking_undo(const struct host *host, const struct marking *marking, struct failure *ret_error)
{
        return put(host, &marking->before, NULL, ret_error);
}

json_t *marking_describe(const struct marking *marking)
{
        const struct store_map *map = &marking->after.map;
        json_t *object = json_object();
        char id[UUID_LENGTH + 1];

        uuid_format(map->id, id);
        set_text(object, "path", marking->after.path);
        set_text(object, "id", id);
        set_value(object, "generation", json_integer((json_int_t)map->generation));
        set_value(object, "room_bytes", json_integer((json_int_t)map->room));
        if (map->input_count > 0)
                set_value(object, "inputs", json_integer((json_int_t)map->input_count));
        if (map->checkpoint_count > 0)
                set_value(object, "checkpoints", json_integer((json_int_t)map->checkpoint_count));
        set_value(object, "extents", json_integer((json_int_t)map->count));
        return object;
}
