#include "efi/firmware/bundle.h"

#include "efi/firmware/console.h"
#include "efi/firmware/debug.h"
#include "efi/firmware/firmware.h"
#include "efi/layout/cpio.h"
#include "lib/sha256_x86.h"

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

/* Xen has no use for a module of no bytes, and takes its neighbour for it. */
static bool note_size(struct bundle *bundle, struct slice path, uint64_t size, struct text *reason)
{
        struct payload_part *part = payload_part(&bundle->payload, path);

        bundle->bytes += size;
        if (!part)
                return true;
        part->size = size;
        if (size == 0)
                text_add(reason, SLICE_FORMAT ": is empty", SLICE_PRINT(path));
        return size > 0;
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
                if (!note_size(bundle, path, size, reason))
                        return false;
        }
        if (bundle->bytes > BUNDLE_MAX_BYTES) {
                text_add(reason, "manifest: the files are %lu MiB together, more than %llu MiB",
                        bundle->bytes >> 20, BUNDLE_MAX_BYTES >> 20);
                return false;
        }
        return true;
}

/*
 * Most files are in memory twice for a moment: here, and as the initrd that Linux takes. The
 * payload is not.
 */
static bool check_memory(const struct bundle *bundle, struct text *reason)
{
        uint64_t once = payload_bytes(&bundle->payload);
        uint64_t needed = 2 * bundle->bytes - once + LINUX_BYTES, available;
        struct memorymap map;
        struct pages pages;

        if (!pages_map(&map, &pages, reason))
                return false;
        available = memory_free_bytes(&map);
        pages_free(&pages);
        debug_say(
                "bundle: needs %lu MiB of memory, %lu MiB are free", needed >> 20, available >> 20);
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

static bool read_file(struct bundle *bundle, const struct folder *folder, struct slice path,
        struct pages *ret_file, struct text *reason)
{
        struct payload_part *part = payload_part(&bundle->payload, path);

        if (!part)
                return folder_read(folder, path, CPIO_MAX_FILE, ret_file, reason) == FILE_GOOD;
        if (folder_read_reserved(folder, path, PAYLOAD_LIMIT, PAYLOAD_LIMIT, ret_file, reason) !=
                FILE_GOOD)
                return false;
        *part = (struct payload_part){ (uint64_t)ret_file->data, ret_file->size };
        return true;
}

/* --- SHA-256 --- */

/* Seconds of a processor that is slow, or emulated, and some more. */
#define BYTES_A_MILLISECOND (20u << 10)
#define LEAST_MILLISECONDS  10000u

static void EFIAPI help(void *digests)
{
        digests_work(digests, true);
}

static bool start_hashing(struct bundle *bundle, bool alone, struct text *reason)
{
        uint64_t size = bundle->manifest.count * sizeof(struct digest);

        if (!pages_allocate("digests", size, &bundle->digest_pages, reason))
                return false;
        digests_open(&bundle->digests, bundle->digest_pages.data);
        if (!alone && !sha256_x86_available())
                helpers_start(&bundle->helpers, help, &bundle->digests);
        debug_say("SHA-256: %zu other processors help", bundle->helpers.count);
        return true;
}

/* Works on what is left, and waits for the others' last files. */
static bool finish_hashing(struct bundle *bundle, struct text *reason)
{
        uint64_t left = LEAST_MILLISECONDS + bundle->bytes / BYTES_A_MILLISECOND;

        digests_close(&bundle->digests);
        digests_work(&bundle->digests, false);
        while (!digests_done(&bundle->digests) && left-- > 0)
                firmware.boot->Stall(1000);
        if (digests_done(&bundle->digests))
                return true;
        text_add(reason, "another processor does not come to its end; single-processor=yes in "
                         "forestage.conf does without");
        return false;
}

static bool check_digests(const struct bundle *bundle, struct text *reason)
{
        debug_say("SHA-256: comparing %zu files with the manifest", bundle->manifest.count);
        for (size_t i = 0; i < bundle->manifest.count; i++) {
                const struct manifest_entry *entry = &bundle->manifest.entries[i];

                if (memcmp(bundle->digests.tasks[i].sha256, entry->sha256, SHA256_SIZE) != 0) {
                        text_add(reason, SLICE_FORMAT ": SHA-256 does not match the manifest",
                                SLICE_PRINT(entry->path));
                        return false;
                }
        }
        return true;
}

static bool read_files(struct bundle *bundle, const struct folder *folder, struct slice conf_text,
        struct text *reason)
{
        for (size_t i = 0; i < bundle->manifest.count; i++) {
                struct slice path = bundle->manifest.entries[i].path;
                struct pages *file = &bundle->files[i];

                if (slice_equal(path, CONF)) {
                        digests_publish(&bundle->digests, conf_text.data, conf_text.length);
                        continue;
                }
                if (!read_file(bundle, folder, path, file, reason))
                        return false;
                digests_publish(&bundle->digests, file->data, file->size);
        }
        return true;
}

bool bundle_read(struct bundle *bundle, const struct folder *folder, struct slice conf_text,
        bool alone, struct text *reason)
{
        return start_hashing(bundle, alone, reason) &&
               read_files(bundle, folder, conf_text, reason) && finish_hashing(bundle, reason) &&
               check_digests(bundle, reason);
}

void bundle_close(struct bundle *bundle)
{
        digests_close(&bundle->digests);
        if (!helpers_end(&bundle->helpers, LEAST_MILLISECONDS)) {
                console_print("forestage: another processor does not stop: reset\n");
                firmware.runtime->ResetSystem(EfiResetCold, EFI_ABORTED, 0, NULL);
        }
        for (size_t i = 0; bundle->files && i < bundle->manifest.count; i++)
                pages_free(&bundle->files[i]);
        pages_free(&bundle->digest_pages);
        pages_free(&bundle->file_pages);
        pages_free(&bundle->entry_pages);
        pages_free(&bundle->manifest_text);
        *bundle = (struct bundle){ 0 };
}

struct pages *bundle_file(const struct bundle *bundle, struct slice path)
{
        return &bundle->files[manifest_find(&bundle->manifest, path) - bundle->manifest.entries];
}
