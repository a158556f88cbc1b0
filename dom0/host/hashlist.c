#include "dom0/host/hashlist.h"

#include <string.h>

#include "dom0/base/memory.h"
#include "efi/parse/manifest.h"
#include "lib/cleanup.h"

void hashlist_add(struct hashlist *list, const char *path, const uint8_t sha256[SHA256_SIZE])
{
        char digest[2 * SHA256_SIZE + 1];

        sha256_format(sha256, digest);
        buffer_add(&list->text, digest);
        buffer_add(&list->text, "  ");
        buffer_add(&list->text, path);
        buffer_add(&list->text, "\n");
}

/* The path in a line that hashlist_add has made, and its length. */
static const char *path_of(const char *line, size_t *ret_length)
{
        const char *path = line + 2 * SHA256_SIZE + 2;

        *ret_length = strcspn(path, "\n");
        return path;
}

bool hashlist_find(const struct hashlist *list, const char *path, uint8_t ret_sha256[SHA256_SIZE])
{
        const char *line = list->text.data;
        size_t length;

        for (; line && *line; line += 2 * SHA256_SIZE + 2 + length + 1) {
                const char *listed = path_of(line, &length);

                if (length == strlen(path) && memcmp(listed, path, length) == 0)
                        return sha256_parse(line, 2 * SHA256_SIZE, ret_sha256);
        }
        return false;
}

void hashlist_digest(
        const struct hashlist *list, const char *folder, uint8_t ret_sha256[SHA256_SIZE])
{
        const char *line = list->text.data;
        size_t length, depth = strlen(folder);
        struct sha256 hash;

        sha256_init(&hash);
        for (; line && *line; line += 2 * SHA256_SIZE + 2 + length + 1) {
                const char *listed = path_of(line, &length);

                if (length > depth && memcmp(listed, folder, depth) == 0 && listed[depth] == '/')
                        sha256_update(&hash, line, 2 * SHA256_SIZE + 2 + length + 1);
        }
        sha256_final(&hash, ret_sha256);
}

static bool parse(const struct hashlist *list, struct failure *ret_error)
{
        _cleanup_free_ struct manifest_entry *entries =
                memory_get(MANIFEST_MAX_FILES * sizeof(entries[0]));
        struct manifest manifest = { .entries = entries, .capacity = MANIFEST_MAX_FILES };
        const struct slice text = { list->text.data, list->text.length };
        char buffer[400];
        struct text reason;

        if (text.length > MANIFEST_MAX_BYTES)
                return fail(ret_error, EXIT_FAIL, "the manifest would be larger than %u KiB",
                        MANIFEST_MAX_BYTES >> 10);
        text_init(&reason, buffer, sizeof(buffer));
        return manifest_parse(text, &manifest, &reason) ||
               fail(ret_error, EXIT_FAIL, "forestage.efi would refuse the bundle: %s", reason.data);
}

bool hashlist_check(const struct hashlist *list, bool whole, struct failure *ret_error)
{
        static const char *const always[] = { "vmlinuz", "initramfs.img", "next/xen",
                "next/vmlinuz", "next/next.conf" };
        static const uint8_t no_hash[SHA256_SIZE];
        _cleanup_(hashlist_free) struct hashlist completed = { 0 };

        if (whole)
                return parse(list, ret_error);
        buffer_add(&completed.text, list->text.data ? list->text.data : "");
        for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
                hashlist_add(&completed, always[i], no_hash);
        return parse(&completed, ret_error);
}

void hashlist_free(struct hashlist *list)
{
        buffer_free(&list->text);
}
