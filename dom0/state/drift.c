#include "dom0/state/drift.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/state/part.h"
#include "lib/cleanup.h"

static bool line_changed(const struct armed *armed, const char *key, const char *now)
{
        const char *then = get_string(armed->document, key);

        return !then || strcmp(then, now) != 0;
}

bool drift_of_next(const struct armed *armed, const struct xenboot *boot, char *text, size_t size)
{
        struct part parts[PARTS];

        parts_list(boot, NULL, parts);
        for (size_t i = 0; i < PARTS; i++) {
                json_auto_t *now = part_look(parts[i].path);
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

/* Whether the file is there, and another than the one of this hash; no hash: it was not known. */
static bool file_changed(const char *path, const char *then)
{
        char now[2 * SHA256_SIZE + 1];
        uint8_t hash[SHA256_SIZE];

        if (!then || !durable_hash(path, hash))
                return false;
        sha256_format(hash, now);
        return strcmp(now, then) != 0;
}

bool drift_of_image(const struct armed *armed, char *text, size_t size)
{
        static const char *const names[] = { "forestage.efi", "vmlinuz", "initramfs.img" };
        const json_t *image = get_value(armed->document, "image");
        const char *folder = armed_image(armed);

        for (size_t i = 0; folder && i < sizeof(names) / sizeof(names[0]); i++) {
                _cleanup_free_ char *path = memory_format("%s/%s", folder, names[i]);

                if (!file_changed(path, get_string(image, names[i])))
                        continue;
                snprintf(text, size, "the image of this host has changed since (%s)", path);
                return true;
        }
        return false;
}

bool drift_of_conf(const struct armed *armed, const struct esp *esp, char *text, size_t size)
{
        _cleanup_free_ char *path = esp_file(esp, "forestage.conf");

        if (!file_changed(path, get_string(armed->document, "conf")))
                return false;
        snprintf(text, size, "forestage.conf has changed since (%s)", path);
        return true;
}

bool drift_of_all(const struct armed *armed, const struct readiness *ready, char *text, size_t size)
{
        return drift_of_next(armed, &ready->boot, text, size) ||
               drift_of_image(armed, text, size) || drift_of_conf(armed, &ready->esp, text, size);
}

static bool is_listed(const json_t *object, const char *key, const struct hashlist *files)
{
        char now[2 * SHA256_SIZE + 1] = "";
        uint8_t hash[SHA256_SIZE];

        if (hashlist_find(files, key, hash))
                sha256_format(hash, now);
        return strcmp(get_text(object, key), now) == 0;
}

bool drift_spares_image(const struct armed *armed, const struct hashlist *files)
{
        const json_t *image = get_value(armed->document, "image");

        return is_listed(image, "vmlinuz", files) && is_listed(image, "initramfs.img", files);
}

bool drift_spares_jobs(const struct armed *armed, const struct hashlist *files)
{
        char now[2 * SHA256_SIZE + 1];
        uint8_t hash[SHA256_SIZE];

        hashlist_digest(files, "jobs", hash);
        sha256_format(hash, now);
        return strcmp(get_text(armed->document, "jobs_sha256"), now) == 0;
}
