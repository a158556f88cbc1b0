#include "dom0/store/record.h"

#include <errno.h>
#include <string.h>

#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "dom0/run/folder.h"
#include "lib/cleanup.h"
#include "lib/why.h"

#define SCHEMA     "forestage-store/1"
#define TEXT_MAX   ((size_t)1 << 20) /* more than a map of all extents */
#define FILE_FLAGS (JSON_INDENT(2) | JSON_ENSURE_ASCII)

void store_record_free(struct store_record *record)
{
        free(record->path);
        store_map_free(&record->map);
        *record = (struct store_record){ .path = NULL };
}

uint64_t store_record_bytes(const struct store_record *record)
{
        return record->map.room + record->map.count * STORE_BLOCK;
}

static char *get_path(const struct host *host)
{
        return host_path(host, "/var/lib/forestage/store.json");
}

static bool parse(const json_t *document, const char *name, struct store_record *record,
        struct failure *error)
{
        const char *path = get_text(document, "path"), *map = get_text(document, "map");
        char why[WHY_SIZE];

        if (strcmp(get_text(document, "schema"), SCHEMA) != 0 || *path != '/')
                return fail(error, EXIT_FAIL, "%s is not what forestage store has written", name);
        if (!store_map_parse("its map", map, strlen(map), &record->map, why))
                return fail(error, EXIT_FAIL, "%s: %s", name, why);
        record->path = memory_copy(path);
        record->is_device = get_bool(document, "device");
        return true;
}

enum exit_code store_record_load(
        const struct host *host, struct store_record *ret_record, struct failure *ret_error)
{
        _cleanup_(store_record_free) struct store_record record = { .path = NULL };
        _cleanup_free_ char *path = get_path(host);
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, TEXT_MAX, &length);
        json_auto_t *document = NULL;

        if (!text && errno == ENOENT) {
                fail(ret_error, EXIT_NO_RUN,
                        "this host has no store (to make one: forestage store create)");
                return EXIT_NO_RUN;
        }
        if (!text) {
                fail_errno(ret_error, EXIT_FAIL, "cannot read", path);
                return EXIT_FAIL;
        }
        document = json_loadb(text, length, 0, NULL);
        if (!parse(document, path, &record, ret_error))
                return EXIT_FAIL;
        *ret_record = record;
        record = (struct store_record){ .path = NULL };
        return EXIT_PASS;
}

bool store_record_save(
        const struct host *host, const struct store_record *record, struct failure *ret_error)
{
        _cleanup_free_ char *folder = host_path(host, "/var/lib/forestage"), *path = get_path(host);
        size_t length;
        _cleanup_free_ char *map = store_map_format(&record->map, &length);
        json_auto_t *document = json_pack("{s:s, s:s, s:b, s:s?}", "schema", SCHEMA, "path",
                record->path, "device", (int)record->is_device, "map", map);
        _cleanup_free_ char *text = document ? json_dumps(document, FILE_FLAGS) : NULL;

        if (!text)
                return fail(ret_error, EXIT_USAGE, "%s is not UTF-8", record->path);
        if (!folder_make_all(folder))
                return fail_errno(ret_error, EXIT_FAIL, "cannot create", folder);
        return durable_write(path, text, strlen(text), 0600, ret_error);
}

bool store_record_forget(const struct host *host, struct failure *ret_error)
{
        _cleanup_free_ char *path = get_path(host);

        return durable_remove(path, ret_error);
}
