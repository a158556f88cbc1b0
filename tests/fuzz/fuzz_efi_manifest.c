/* The manifest: any bytes; what is accepted is sorted, free of duplicates and stays in the folder.
 */
#include "efi/layout/archive.h"
#include "efi/parse/manifest.h"
#include "efi/parse/modules.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES 64u

static void check(bool holds)
{
        if (!holds)
                abort();
}

static void check_entries(const struct manifest *manifest)
{
        for (size_t i = 0; i < manifest->count; i++) {
                struct slice path = manifest->entries[i].path;

                check(path_check(path) == PATH_OK);
                check(manifest_find(manifest, path) == &manifest->entries[i]);
                check(i == 0 || path_compare(manifest->entries[i - 1].path, path) < 0);
        }
        check(manifest_find(manifest, SLICE("next/xen")));
}

/* What is in next/ gets somewhere: into the payload, whose modules have no gap, or the archive. */
static void check_modules(const struct manifest *manifest)
{
        unsigned seen[MODULES_MAX] = { 0 };
        size_t last = 0;

        for (size_t i = 0; i < manifest->count; i++) {
                struct slice path = manifest->entries[i].path;
                size_t number = modules_number(path);

                if (slice_starts_with(path, SLICE(MODULES_FOLDER)))
                        check(modules_knows(path));
                check((number == MODULES_NONE) || !archive_takes(path));
                if (number == MODULES_NONE)
                        continue;
                check(number < MODULES_MAX && seen[number]++ == 0);
                last = number > last ? number : last;
        }
        for (size_t i = 0; i <= last; i++)
                check(seen[i] == 1);
}

/* The archive of its files fits exactly where its size says. */
static void check_archive(const struct manifest *manifest)
{
        struct archive_file files[FILES];
        struct archive archive = { files, 0 };
        uint64_t size;
        void *buffer;

        for (size_t i = 0; i < manifest->count; i++)
                if (archive_takes(manifest->entries[i].path))
                        files[archive.count++] = (struct archive_file){ manifest->entries[i].path,
                                manifest->entries[i].sha256, i % (SHA256_SIZE + 1) };
        size = archive_size(&archive);
        check(size > 0);
        buffer = malloc(size);
        check(buffer && archive_write(&archive, buffer, size));
        check(!archive_write(&archive, buffer, size - 1));
        free(buffer);
}

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  "

static const char required[] = HASH "vmlinuz\n" HASH "initramfs.img\n" HASH "next/xen\n" HASH
                                    "next/vmlinuz\n" HASH "next/next.conf\n";

/* The bytes as they are; behind the lines that every manifest has; or as paths behind a hash. */
enum shape { RAW, LINES, PATHS };

/* The text to parse, of exact size so that the sanitizer sees every byte read behind it. */
static struct slice shape_text(enum shape shape, const char *data, size_t size)
{
        char *text = malloc(sizeof(required) + (size + 1) * sizeof(HASH));
        size_t length = 0;

        check(text);
        if (shape != RAW) {
                memcpy(text, required, sizeof(required) - 1);
                length = sizeof(required) - 1;
        }
        for (size_t i = 0; i < size; i++) {
                if (shape == PATHS && (i == 0 || data[i - 1] == '\n')) {
                        memcpy(text + length, HASH, sizeof(HASH) - 1);
                        length += sizeof(HASH) - 1;
                }
                text[length++] = data[i];
        }
        text = realloc(text, length ? length : 1);
        check(text);
        return (struct slice){ text, length };
}

static void try_text(struct slice text)
{
        struct manifest_entry entries[FILES];
        struct manifest manifest = { .entries = entries, .capacity = FILES };
        char buffer[128];
        struct text reason;

        text_init(&reason, buffer, sizeof(buffer));
        if (!manifest_parse(text, &manifest, &reason)) {
                check(reason.length > 0);
                return;
        }
        check_entries(&manifest);
        check_modules(&manifest);
        check_archive(&manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        for (enum shape shape = RAW; shape <= PATHS; shape++) {
                struct slice text = shape_text(shape, (const char *)data, size);

                try_text(text);
                free((char *)text.data);
        }
        return 0;
}
