#include "efi/bundle.h"

#include "efi/cpio.h"

#include <string.h>

#define CONF SLICE("forestage.conf")

/* What Linux needs besides the files and its copy of the initrd, roughly. */
#define LINUX_BYTES (192ull << 20)

static bool read_manifest(struct bundle *bundle, const struct folder *folder, struct text *reason)
{
        struct manifest *manifest = &bundle->manifest;
        struct slice text;

        if (folder_read(folder, SLICE("manifest"), MANIFEST_MAX_BYTES, &bundle->manifest_text,
                    reason) != FILE_GOOD)
                return false;
        if (!pages_allocate("manifest", MANIFEST_MAX_FILES * sizeof(manifest->entries[0]),
                    &bundle->entry_pages, reason))
                return false;
        manifest->entries = bundle->entry_pages.data;
        manifest->capacity = MANIFEST_MAX_FILES;
        text = (struct slice){ bundle->manifest_text.data, bundle->manifest_text.size };
        return manifest_parse(text, manifest, reason);
}

/* A forestage.conf that nobody has vouched for must not steer a run. */
static bool check_conf_listed(const struct bundle *bundle, bool conf_present, struct text *reason)
{
        bool listed = manifest_find(&bundle->manifest, CONF);

        if (conf_present && !listed)
                text_add(reason, "manifest: does not list forestage.conf");
        return listed || !conf_present;
}

static bool measure(struct bundle *bundle, const struct folder *folder, struct text *reason)
{
        for (size_t i = 0; i < bundle->manifest.count; i++) {
                struct slice path = bundle->manifest.entries[i].path;
                uint64_t size;

                if (folder_file_size(folder, path, &size, reason) != FILE_GOOD)
                        return false;
                if (size > CPIO_MAX_FILE) {
                        text_add(reason, SLICE_FORMAT ": %lu bytes, more than 4 GiB",
                                SLICE_PRINT(path), size);
                        return false;
                }
                bundle->bytes += size;
        }
        if (bundle->bytes > BUNDLE_MAX_BYTES) {
                text_add(reason, "manifest: the files are %lu MiB together, more than %llu MiB",
                        bundle->bytes >> 20, BUNDLE_MAX_BYTES >> 20);
                return false;
        }
        return true;
}

/* The files are in memory twice for a moment: here, and as the initrd that Linux takes. */
static bool check_memory(const struct bundle *bundle, struct text *reason)
{
        uint64_t needed = 2 * bundle->bytes + LINUX_BYTES, available;
        struct memorymap map;
        struct pages pages;

        if (!pages_map(&map, &pages, reason))
                return false;
        available = memory_free_bytes(&map);
        pages_free(&pages);
        if (available < needed) {
                text_add(reason, "bundle: needs %lu MiB of memory, %lu MiB are free", needed >> 20,
                        available >> 20);
                return false;
        }
        return true;
}

static bool allocate_files(struct bundle *bundle, struct text *reason)
{
        uint64_t size = bundle->manifest.count * sizeof(bundle->files[0]);

        if (!pages_allocate("bundle", size, &bundle->file_pages, reason))
                return false;
        bundle->files = bundle->file_pages.data;
        memset(bundle->files, 0, size);
        return true;
}

bool bundle_open(const struct folder *folder, bool conf_present, struct bundle *ret_bundle,
        struct text *reason)
{
        struct bundle bundle = { 0 };

        if (read_manifest(&bundle, folder, reason) &&
                check_conf_listed(&bundle, conf_present, reason) &&
                measure(&bundle, folder, reason) && check_memory(&bundle, reason) &&
                allocate_files(&bundle, reason)) {
                *ret_bundle = bundle;
                return true;
        }
        bundle_close(&bundle);
        return false;
}

static bool check_hash(
        const struct manifest_entry *entry, const void *data, size_t size, struct text *reason)
{
        uint8_t digest[SHA256_SIZE];

        sha256(data, size, digest);
        if (memcmp(digest, entry->sha256, sizeof(digest)) == 0)
                return true;
        text_add(reason, SLICE_FORMAT ": SHA-256 does not match the manifest",
                SLICE_PRINT(entry->path));
        return false;
}

bool bundle_read(
        struct bundle *bundle, const struct folder *folder, struct slice conf, struct text *reason)
{
        for (size_t i = 0; i < bundle->manifest.count; i++) {
                const struct manifest_entry *entry = &bundle->manifest.entries[i];
                struct pages *file = &bundle->files[i];

                if (slice_equal(entry->path, CONF)) {
                        if (!check_hash(entry, conf.data, conf.length, reason))
                                return false;
                        continue;
                }
                if (folder_read(folder, entry->path, CPIO_MAX_FILE, file, reason) != FILE_GOOD ||
                        !check_hash(entry, file->data, file->size, reason))
                        return false;
        }
        return true;
}

void bundle_close(struct bundle *bundle)
{
        for (size_t i = 0; bundle->files && i < bundle->manifest.count; i++)
                pages_free(&bundle->files[i]);
        pages_free(&bundle->file_pages);
        pages_free(&bundle->entry_pages);
        pages_free(&bundle->manifest_text);
        *bundle = (struct bundle){ 0 };
}

struct pages *bundle_file(const struct bundle *bundle, struct slice path)
{
        return &bundle->files[manifest_find(&bundle->manifest, path) - bundle->manifest.entries];
}
