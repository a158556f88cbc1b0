#include "dom0/state/armed.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

/* What an order is made from, and what to call it. */
struct part {
        char key[16], name[32];
        const char *path;    /* NULL: there is none */
        const uint8_t *hash; /* as it was copied; NULL: not yet */
};

#define PARTS (2 + BOOTMODULE_MAX) /* Xen, the only initrd, and modules by their numbers */

static struct part make_part(const char *key, const char *name)
{
        struct part part = { .path = NULL };

        snprintf(part.key, sizeof(part.key), "%s", key);
        snprintf(part.name, sizeof(part.name), "%s", name);
        return part;
}

/* Every key that there may be, whether this system has the part or not. */
static void list_parts(
        const struct xenboot *boot, const struct nextsystem *next, struct part ret_parts[PARTS])
{
        ret_parts[0] = make_part("xen", "Xen");
        ret_parts[0].path = boot->xen;
        ret_parts[0].hash = next ? next->xen_sha256 : NULL;
        ret_parts[1] = make_part("initrd", "dom0's initrd");
        for (size_t i = 0; i < BOOTMODULE_MAX; i++) {
                struct part *part = &ret_parts[2 + i];

                *part = make_part(i == 0 ? "kernel" : modules_name(i) + strlen(MODULES_FOLDER),
                        "dom0's kernel");
                if (i > 0)
                        snprintf(part->name, sizeof(part->name), "Xen's module %u", (unsigned)i);
                if (i == 1 && boot->module_count == 2)
                        part = &ret_parts[1];
                part->path = i < boot->module_count ? boot->modules[i] : NULL;
                part->hash = next && part->path ? next->sha256[i] : NULL;
        }
}

static json_t *describe(const char *path, const uint8_t hash[SHA256_SIZE])
{
        char digest[2 * SHA256_SIZE + 1];

        sha256_format(hash, digest);
        return json_pack("{s:s, s:s}", "path", path, "sha256", digest);
}

/* A file as it is now. */
static json_t *look_at(const char *path)
{
        uint8_t hash[SHA256_SIZE];

        return path && durable_hash(path, hash) ? describe(path, hash) : json_null();
}

static json_t *make_document(const char *order, bool every_boot, size_t jobs, const char *entry,
        const struct nextsystem *next)
{
        const struct xenboot *boot = next->boot;
        json_t *document = json_pack("{s:s, s:s, s:s?, s:b, s:I, s:I, s:s, s:s}", "schema",
                "forestage-armed/1", "order", order, "entry", entry, "every_boot", (int)every_boot,
                "jobs", (json_int_t)jobs, "time", (json_int_t)time(NULL), "xen_options",
                boot->xen_options, "dom0_options", boot->dom0_options);
        struct part parts[PARTS];

        list_parts(boot, next, parts);
        for (size_t i = 0; i < PARTS; i++)
                if (parts[i].path)
                        set_value(document, parts[i].key, describe(parts[i].path, parts[i].hash));
        return document;
}

static char *get_path(const struct host *host)
{
        return host_path(host, "/var/lib/forestage/armed.json");
}

static bool write_document(const struct host *host, const json_t *document, struct failure *error)
{
        _cleanup_free_ char *folder = host_path(host, "/var/lib/forestage"), *path = get_path(host);
        _cleanup_free_ char *text = json_dumps(document, DOCUMENT_FILE);

        if (!folder_make_all(folder))
                return fail_errno(error, EXIT_FAIL, "cannot create", folder);
        return durable_write(path, text, strlen(text), 0600, error);
}

bool armed_save(const struct host *host, const char *order, bool every_boot, size_t jobs,
        const char *entry, const struct nextsystem *next, struct failure *ret_error)
{
        json_auto_t *document = make_document(order, every_boot, jobs, entry, next);

        if (!document)
                return fail(ret_error, EXIT_FAIL,
                        "a path or command line in GRUB's configuration is not UTF-8");
        return write_document(host, document, ret_error);
}

bool armed_load(const struct host *host, struct armed *ret_armed)
{
        _cleanup_free_ char *path = get_path(host);
        json_auto_t *document = json_load_file(path, 0, NULL);
        const char *order = get_text(document, "order");
        const char *reported = get_text(document, "reported");
        const char *collected = get_text(document, "collected");
        struct armed armed = {
                .every_boot = get_bool(document, "every_boot"),
        };
        uint8_t id[16];

        if (!uuid_parse(order, strlen(order), id))
                return false;
        uuid_format(id, armed.order);
        if (uuid_parse(reported, strlen(reported), id))
                uuid_format(id, armed.reported);
        if (uuid_parse(collected, strlen(collected), id))
                uuid_format(id, armed.collected);
        armed.document = TAKE_PTR(document);
        *ret_armed = armed;
        return true;
}

const char *armed_entry(const struct armed *armed)
{
        return get_string(armed->document, "entry");
}

void armed_free(struct armed *armed)
{
        json_decref(armed->document);
        *armed = (struct armed){ .document = NULL };
}

void armed_report(const struct host *host, struct armed *armed, const char *run)
{
        struct failure ignored;

        set_value(armed->document, "reported", json_string(run));
        write_document(host, armed->document, &ignored);
}

void armed_collected(const struct host *host, struct armed *armed, const char *run)
{
        struct failure ignored;

        set_value(armed->document, "collected", json_string(run));
        write_document(host, armed->document, &ignored);
}

bool armed_restore(const struct host *host, const struct armed *armed, struct failure *ret_error)
{
        return armed ? write_document(host, armed->document, ret_error)
                     : armed_forget(host, ret_error);
}

bool armed_forget(const struct host *host, struct failure *ret_error)
{
        _cleanup_free_ char *path = get_path(host);

        return durable_remove(path, ret_error);
}

static bool line_changed(const struct armed *armed, const char *key, const char *now)
{
        const char *then = get_string(armed->document, key);

        return !then || strcmp(then, now) != 0;
}

bool armed_is_stale(const struct armed *armed, const struct xenboot *boot, char *text, size_t size)
{
        struct part parts[PARTS];

        list_parts(boot, NULL, parts);
        for (size_t i = 0; i < PARTS; i++) {
                json_auto_t *now = look_at(parts[i].path);
                const json_t *then = get_value(armed->document, parts[i].key);

                if (then ? json_equal(now, then) : !parts[i].path)
                        continue;
                snprintf(text, size, "%s has changed since (%s)", parts[i].name,
                        parts[i].path ? parts[i].path : "there is none any more");
                return true;
        }
        if (line_changed(armed, "xen_options", boot->xen_options) ||
                line_changed(armed, "dom0_options", boot->dom0_options)) {
                snprintf(text, size,
                        "the command lines of the boot entry \"%s\" have changed since",
                        boot->title);
                return true;
        }
        return false;
}
