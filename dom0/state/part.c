#include "dom0/state/part.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/durable.h"
#include "efi/parse/modules.h"

static struct part make_part(const char *key, const char *name)
{
        struct part part = { .path = NULL };

        snprintf(part.key, sizeof(part.key), "%s", key);
        snprintf(part.name, sizeof(part.name), "%s", name);
        return part;
}

void parts_list(
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

json_t *part_describe(const char *path, const uint8_t hash[SHA256_SIZE])
{
        char digest[2 * SHA256_SIZE + 1];

        sha256_format(hash, digest);
        return json_pack("{s:s, s:s}", "path", path, "sha256", digest);
}

json_t *part_look(const char *path)
{
        uint8_t hash[SHA256_SIZE];

        return path && durable_hash(path, hash) ? part_describe(path, hash) : json_null();
}
