#include "dom0/store/view.h"

#include <stdio.h>

#include "dom0/base/failure.h"
#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/run/document.h"
#include "dom0/store/holding.h"
#include "dom0/store/inputs.h"
#include "dom0/store/placing.h"
#include "dom0/store/record.h"
#include "lib/cleanup.h"
#include "lib/why.h"

#define say(label, ...) print_labelled(stdout, (label), __VA_ARGS__)

static const char *kind_of(const struct store_record *record)
{
        return record->is_device ? "device" : "file";
}

/* --- show --- */

static json_t *describe_extents(const struct store_map *map)
{
        json_t *list = json_array();

        for (size_t i = 0; i < map->count; i++)
                json_array_append_new(
                        list, json_pack("{s:I, s:I}", "start", (json_int_t)map->extents[i].start,
                                      "length", (json_int_t)map->extents[i].length));
        return list;
}

static json_t *describe_inputs(const struct store_map *map)
{
        json_t *list = json_array();

        for (size_t i = 0; i < map->input_count; i++) {
                const struct store_input *input = &map->inputs[i];
                char root[2 * SHA256_SIZE + 1];

                sha256_format(input->root, root);
                json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:s}", "name", input->name,
                                                    "offset", (json_int_t)input->offset, "bytes",
                                                    (json_int_t)input->bytes, "root", root));
        }
        return list;
}

static json_t *describe_checkpoints(const struct store_map *map)
{
        json_t *list = json_array();

        for (size_t i = 0; i < map->checkpoint_count; i++) {
                const struct store_checkpoint *one = &map->checkpoints[i];

                json_array_append_new(
                        list, json_pack("{s:s, s:I, s:I, s:I}", "job", one->job, "offset",
                                      (json_int_t)one->offset, "bytes", (json_int_t)one->bytes,
                                      "devices", (json_int_t)one->devices));
        }
        return list;
}

static void print_json(const struct store_record *record)
{
        const struct store_disk *disk = &record->map.disk;
        json_auto_t *object = json_object(), *of_disk = json_object();
        char id[UUID_LENGTH + 1];

        uuid_format(record->map.id, id);
        set_text(object, "schema", "forestage-store/1");
        set_text(object, "path", record->path);
        set_text(object, "kind", kind_of(record));
        set_text(object, "id", id);
        set_value(object, "generation", json_integer((json_int_t)record->map.generation));
        set_value(object, "bytes", json_integer((json_int_t)store_record_bytes(record)));
        set_value(object, "room_bytes", json_integer((json_int_t)record->map.room));
        set_value(of_disk, "bytes", json_integer((json_int_t)disk->size));
        set_text(of_disk, "wwn", disk->wwn);
        set_text(of_disk, "serial", disk->serial);
        set_text(of_disk, "gpt", disk->table);
        set_value(object, "disk", json_incref(of_disk));
        set_value(object, "extents", describe_extents(&record->map));
        if (record->map.checkpoint_count > 0)
                set_value(object, "checkpoints", describe_checkpoints(&record->map));
        if (record->map.input_count > 0)
                set_value(object, "inputs", describe_inputs(&record->map));
        document_print(object);
}

static void print_text(const struct store_record *record)
{
        const struct store_disk *disk = &record->map.disk;
        const struct {
                const char *label, *text;
        } names[] = { { "WWN:", disk->wwn }, { "Serial:", disk->serial }, { "GPT:", disk->table } };
        char id[UUID_LENGTH + 1];

        uuid_format(record->map.id, id);
        say("Store:", "%s (a %s)", record->path, kind_of(record));
        say("Id:", "%s", id);
        say("Room:", "%llu MiB in %zu piece%s", (unsigned long long)record->map.room >> 20,
                record->map.count, record->map.count == 1 ? "" : "s");
        for (size_t i = 0; i < record->map.input_count; i++)
                say(i == 0 ? "Inputs:" : "", "%llu MiB, %s",
                        (unsigned long long)record->map.inputs[i].bytes >> 20,
                        record->map.inputs[i].name);
        for (size_t i = 0; i < record->map.checkpoint_count; i++)
                say(i == 0 ? "Resumes:" : "", "%s, with at most %llu MiB",
                        record->map.checkpoints[i].job,
                        (unsigned long long)record->map.checkpoints[i].bytes >> 20);
        say("Orders:", "%llu", (unsigned long long)record->map.generation - 1);
        say("Disk:", "%llu MiB", (unsigned long long)disk->size >> 20);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (*names[i].text)
                        say(names[i].label, "%s", names[i].text);
}

int view_show(const struct host *host, bool json)
{
        _cleanup_(store_record_free) struct store_record record = { .path = NULL };
        struct failure failure;

        if (store_record_load(host, &record, &failure) != EXIT_PASS)
                return failure_print(&failure);
        if (json)
                print_json(&record);
        else
                print_text(&record);
        return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
}

/* --- verify --- */

/* Where it lies now is found out anew, and is what the disk must have. */
static bool is_sound(
        const struct host *host, const struct store_record *record, struct failure *error)
{
        _cleanup_(holding_close) struct holding holding = HOLDING_NONE;
        _cleanup_(store_map_free) struct store_map map = { 0 };
        struct disk_number disk;
        char why[WHY_SIZE];

        if (!holding_open(host, record->path, HOLDING_LOOK, &holding, error) ||
                !placing_find(
                        host, &holding, record->map.id, record->map.generation, &map, &disk, error))
                return false;
        for (size_t i = 0; i < record->map.checkpoint_count; i++)
                if (!store_map_add_checkpoint(&map, &record->map.checkpoints[i]))
                        return fail(error, EXIT_FAIL, "no memory");
        for (size_t i = 0; i < record->map.input_count; i++)
                if (!store_map_add_input(&map, &record->map.inputs[i]))
                        return fail(error, EXIT_FAIL, "no memory");
        if (!store_map_check(&map, why))
                return fail(error, EXIT_FAIL, "%s: %s", record->path, why);
        return placing_prove(host, &map, disk, error) && inputs_prove(host, &map, disk, error);
}

int view_verify(const struct host *host)
{
        _cleanup_(store_record_free) struct store_record record = { .path = NULL };
        struct failure failure;

        if (store_record_load(host, &record, &failure) != EXIT_PASS ||
                !is_sound(host, &record, &failure))
                return failure_print(&failure);
        say("Store:", "%s is where it was when it was written last, on its disk", record.path);
        return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
}
