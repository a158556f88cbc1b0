#include "dom0/state/armed.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "dom0/state/part.h"
#include "lib/cleanup.h"
#include "lib/escape.h"
#include "lib/uuid.h"

static const char *const updates_names[] = {
        [ARMED_FOLLOW] = "follow",
        [ARMED_STOP] = "stop",
};

bool armed_parse_updates(const char *word, enum armed_updates *ret_updates)
{
        for (size_t i = 0; i < sizeof(updates_names) / sizeof(updates_names[0]); i++)
                if (strcmp(word, updates_names[i]) == 0) {
                        *ret_updates = (enum armed_updates)i;
                        return true;
                }
        return false;
}

const char *armed_updates_name(enum armed_updates updates)
{
        return updates_names[updates];
}

static json_t *hash_text(const uint8_t hash[SHA256_SIZE])
{
        char digest[2 * SHA256_SIZE + 1];

        sha256_format(hash, digest);
        return json_string(digest);
}

static void set_listed(
        json_t *document, const char *key, const struct hashlist *files, const char *path)
{
        uint8_t hash[SHA256_SIZE];

        if (hashlist_find(files, path, hash))
                set_value(document, key, hash_text(hash));
}

/* What runs before Xen. */
static void add_stage(json_t *document, const struct armed_order *order)
{
        uint8_t jobs[SHA256_SIZE];
        json_t *image = json_object();

        set_text(image, "folder", order->image);
        set_value(image, "forestage.efi", hash_text(order->application));
        set_listed(image, "vmlinuz", order->files, "vmlinuz");
        set_listed(image, "initramfs.img", order->files, "initramfs.img");
        set_value(document, "image", image);
        set_listed(document, "conf", order->files, "forestage.conf");
        hashlist_digest(order->files, "jobs", jobs);
        set_value(document, "jobs_sha256", hash_text(jobs));
}

static void add_history(json_t *document, const struct armed *before)
{
        if (!before)
                return;
        set_text(document, "reported", before->reported);
        set_text(document, "collected", before->collected);
        set_text(document, "seen", before->seen);
        set_text(document, "withdrawn", armed_withdrawn(before)); /* until the order is back */
}

static json_t *make_document(const struct armed_order *order, const struct armed *before)
{
        const struct xenboot *boot = order->next->boot;
        json_t *document = json_pack("{s:s, s:s, s:s?, s:s, s:b, s:s, s:I, s:I, s:s, s:s}",
                "schema", "forestage-armed/1", "order", order->order, "entry", order->entry,
                "title", boot->title, "every_boot", (int)order->every_boot, "updates",
                armed_updates_name(order->updates), "jobs", (json_int_t)order->jobs, "time",
                (json_int_t)time(NULL), "xen_options", boot->xen_options, "dom0_options",
                boot->dom0_options);
        struct part parts[PARTS];

        if (!document)
                return NULL;
        parts_list(boot, order->next, parts);
        for (size_t i = 0; i < PARTS; i++)
                if (parts[i].path)
                        set_value(document, parts[i].key,
                                part_describe(parts[i].path, parts[i].hash));
        add_stage(document, order);
        set_value(document, "store", order->store ? json_deep_copy(order->store) : json_null());
        set_text(document, "hand_off", order->hand_off);
        add_history(document, before);
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

bool armed_save(const struct host *host, const struct armed_order *order,
        const struct armed *before, struct failure *ret_error)
{
        json_auto_t *document = make_document(order, before);

        if (!document)
                return fail(ret_error, EXIT_FAIL,
                        "a path or command line in GRUB's configuration is not UTF-8");
        return write_document(host, document, ret_error);
}

/* An id in the document; none where there is none. */
static void read_id(const json_t *document, const char *key, char ret_id[UUID_LENGTH + 1])
{
        const char *text = get_text(document, key);
        uint8_t id[16];

        if (uuid_parse(text, strlen(text), id))
                uuid_format(id, ret_id);
}

bool armed_load(const struct host *host, struct armed *ret_armed)
{
        _cleanup_free_ char *path = get_path(host);
        json_auto_t *document = json_load_file(path, 0, NULL);
        struct armed armed = {
                .every_boot = get_bool(document, "every_boot"),
                .withdrawn = *get_text(document, "withdrawn"),
        };

        read_id(document, "order", armed.order);
        if (!*armed.order)
                return false;
        read_id(document, "reported", armed.reported);
        read_id(document, "collected", armed.collected);
        read_id(document, "seen", armed.seen);
        armed_parse_updates(get_text(document, "updates"), &armed.updates);
        armed.document = TAKE_PTR(document);
        *ret_armed = armed;
        return true;
}

const char *armed_entry(const struct armed *armed)
{
        return get_string(armed->document, "entry");
}

const char *armed_title(const struct armed *armed)
{
        return get_string(armed->document, "title");
}

const char *armed_image(const struct armed *armed)
{
        return get_string(get_value(armed->document, "image"), "folder");
}

const json_t *armed_store(const struct armed *armed)
{
        const json_t *store = get_value(armed->document, "store");

        return json_is_object(store) ? store : NULL;
}

const char *armed_hand_off(const struct armed *armed)
{
        return get_string(armed->document, "hand_off");
}

/* Names in it are of others' choice, and JSON has no text that is not UTF-8: none would be noted.
 */
static void set_reason(json_t *document, const char *key, const char *why)
{
        char text[512] = "";

        if (why)
                escape_text(why, strlen(why), text, sizeof(text));
        set_text(document, key, text);
}

bool armed_withdraw(
        const struct host *host, struct armed *armed, const char *why, struct failure *ret_error)
{
        set_reason(armed->document, "withdrawn", why);
        armed->withdrawn = why;
        return write_document(host, armed->document, ret_error);
}

bool armed_stop(const struct host *host, struct armed *armed, const char *why, bool told,
        struct failure *ret_error)
{
        set_text(armed->document, "withdrawn", NULL);
        set_reason(armed->document, "stopped", why);
        set_value(armed->document, "told", json_boolean(told));
        armed->withdrawn = false;
        return write_document(host, armed->document, ret_error);
}

bool armed_stop_unknown(const struct host *host, const char *order, const char *why, bool told,
        struct failure *ret_error)
{
        struct armed armed = { .document = json_pack("{s:s, s:s, s:b}", "schema",
                                       "forestage-armed/1", "order", order, "every_boot", 1) };
        bool good = armed_stop(host, &armed, why, told, ret_error);

        armed_free(&armed);
        return good;
}

const char *armed_withdrawn(const struct armed *armed)
{
        return get_string(armed->document, "withdrawn");
}

const char *armed_stopped(const struct armed *armed, bool *ret_told)
{
        *ret_told = get_bool(armed->document, "told");
        return get_string(armed->document, "stopped");
}

void armed_free(struct armed *armed)
{
        json_decref(armed->document);
        *armed = (struct armed){ .document = NULL };
}

static void note_run(const struct host *host, struct armed *armed, const char *key, const char *run)
{
        struct failure ignored;

        set_value(armed->document, key, json_string(run));
        write_document(host, armed->document, &ignored);
}

void armed_report(const struct host *host, struct armed *armed, const char *run)
{
        note_run(host, armed, "reported", run);
}

void armed_collected(const struct host *host, struct armed *armed, const char *run)
{
        note_run(host, armed, "collected", run);
}

void armed_see(const struct host *host, struct armed *armed, const char *run)
{
        snprintf(armed->seen, sizeof(armed->seen), "%s", run);
        note_run(host, armed, "seen", run);
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
