#include "dom0/host/hashlist.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "efi/parse/manifest.h"

static void append(struct hashlist *list, const char *text)
{
        size_t length = strlen(text);

        if (list->length + length + 1 > list->room) {
                size_t room = 2 * list->room + length + 1024;
                char *grown = memory_get(room);

                if (list->text)
                        memcpy(grown, list->text, list->length);
                free(list->text);
                list->text = grown;
                list->room = room;
        }
        memcpy(list->text + list->length, text, length + 1);
        list->length += length;
}

void hashlist_add(struct hashlist *list, const char *path, const uint8_t sha256[SHA256_SIZE])
{
        char digest[2 * SHA256_SIZE + 1];

        sha256_format(sha256, digest);
        append(list, digest);
        append(list, "  ");
        append(list, path);
        append(list, "\n");
}

/* A copy with the files added that every bundle has. */
static void complete(const struct hashlist *list, struct hashlist *ret_whole)
{
        static const char *const always[] = { "vmlinuz", "initramfs.img", "next/xen",
                "next/vmlinuz", "next/next.conf" };
        static const uint8_t no_hash[SHA256_SIZE];

        *ret_whole = (struct hashlist){ 0 };
        append(ret_whole, list->text ? list->text : "");
        for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
                hashlist_add(ret_whole, always[i], no_hash);
}

static bool parse(const struct hashlist *list, struct failure *ret_error)
{
        struct manifest manifest = { .capacity = MANIFEST_MAX_FILES };
        char buffer[400];
        struct text reason;
        bool good;

        if (list->length > MANIFEST_MAX_BYTES)
                return fail(ret_error, EXIT_FAIL, "the manifest would be larger than %u KiB",
                        MANIFEST_MAX_BYTES >> 10);
        text_init(&reason, buffer, sizeof(buffer));
        manifest.entries = memory_get(MANIFEST_MAX_FILES * sizeof(manifest.entries[0]));
        good = manifest_parse((struct slice){ list->text, list->length }, &manifest, &reason);
        free(manifest.entries);
        return good ||
               fail(ret_error, EXIT_FAIL, "forestage.efi would refuse the bundle: %s", reason.data);
}

bool hashlist_check(const struct hashlist *list, bool whole, struct failure *ret_error)
{
        struct hashlist completed;
        bool good;

        if (whole)
                return parse(list, ret_error);
        complete(list, &completed);
        good = parse(&completed, ret_error);
        hashlist_free(&completed);
        return good;
}

void hashlist_free(struct hashlist *list)
{
        free(list->text);
        *list = (struct hashlist){ 0 };
}
