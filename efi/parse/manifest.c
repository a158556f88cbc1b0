#include "efi/parse/manifest.h"

#include "efi/parse/modules.h"
#include "efi/parse/text.h"

#define DIGITS (2 * SHA256_SIZE)

static struct slice take_line(struct slice *text)
{
        struct slice line = { text->data, 0 };

        while (line.length < text->length && line.data[line.length] != '\n')
                line.length++;

        size_t taken = line.length + (line.length < text->length);

        text->data += taken;
        text->length -= taken;
        if (line.length > 0 && line.data[line.length - 1] == '\r')
                line.length--;
        return line;
}

/* What is wrong with a line, or NULL; fills in the entry's hash and path. */
static const char *parse_line(struct slice line, struct manifest_entry *entry)
{
        if (line.data[0] == '\\')
                return "escaped file name; names in the bundle have no backslash";
        if (line.length < DIGITS || !sha256_parse(line.data, DIGITS, entry->sha256))
                return "does not start with a SHA-256 of 64 hexadecimal digits";
        if (line.length < DIGITS + 2 || line.data[DIGITS] != ' ')
                return "expected two blanks, or a blank and *, after the SHA-256";
        if (line.data[DIGITS + 1] != ' ' && line.data[DIGITS + 1] != '*')
                return "expected two blanks, or a blank and *, after the SHA-256";
        entry->path = (struct slice){ line.data + DIGITS + 2, line.length - DIGITS - 2 };
        return NULL;
}

/* These two are not there any more, or not known yet, when the files are checked. */
static bool is_unlistable(struct slice path)
{
        return path_same(path, SLICE("order")) || path_same(path, SLICE("manifest"));
}

static bool add_line(
        struct manifest *manifest, struct slice line, unsigned number, struct text *reason)
{
        struct manifest_entry entry = { .line = number };
        const char *wrong = parse_line(line, &entry);
        enum path_error error = wrong ? PATH_OK : path_check(entry.path);

        if (wrong)
                text_add(reason, "manifest:%u: %s", number, wrong);
        else if (error)
                text_add(reason, "manifest:%u: %s: " SLICE_FORMAT, number, path_strerror(error),
                        SLICE_PRINT(entry.path));
        else if (is_unlistable(entry.path))
                text_add(reason, "manifest:%u: must not list " SLICE_FORMAT, number,
                        SLICE_PRINT(entry.path));
        else if (manifest->count == manifest->capacity)
                text_add(reason, "manifest:%u: more than %zu files", number, manifest->capacity);
        else {
                manifest->entries[manifest->count++] = entry;
                return true;
        }
        return false;
}

static bool is_before(const struct manifest_entry *left, const struct manifest_entry *right)
{
        return path_compare(left->path, right->path) < 0;
}

/* Lets the entry at `parent` sink to its place in the heap of the first `count`. */
static void sink(struct manifest_entry *entries, size_t parent, size_t count)
{
        for (;;) {
                size_t child = 2 * parent + 1;

                if (child >= count)
                        return;
                if (child + 1 < count && is_before(&entries[child], &entries[child + 1]))
                        child++;
                if (!is_before(&entries[parent], &entries[child]))
                        return;

                struct manifest_entry swapped = entries[parent];

                entries[parent] = entries[child];
                entries[child] = swapped;
                parent = child;
        }
}

/* Heap sort: no recursion, no memory, and no bad case that a hostile manifest could choose. */
static void sort(struct manifest_entry *entries, size_t count)
{
        for (size_t i = count / 2; i > 0; i--)
                sink(entries, i - 1, count);
        for (size_t end = count; end > 1; end--) {
                struct manifest_entry largest = entries[0];

                entries[0] = entries[end - 1];
                entries[end - 1] = largest;
                sink(entries, 0, end - 1);
        }
}

static bool check_duplicates(const struct manifest *manifest, struct text *reason)
{
        for (size_t i = 1; i < manifest->count; i++) {
                const struct manifest_entry *first = &manifest->entries[i - 1];
                const struct manifest_entry *second = &manifest->entries[i];

                if (!path_same(first->path, second->path))
                        continue;
                if (first->line > second->line) {
                        const struct manifest_entry *swapped = first;

                        first = second;
                        second = swapped;
                }
                text_add(reason, "manifest:%u: " SLICE_FORMAT " is the same file as in line %u",
                        second->line, SLICE_PRINT(second->path), first->line);
                return false;
        }
        return true;
}

static bool check_required(const struct manifest *manifest, struct text *reason)
{
        static const char *const required[] = { "vmlinuz", "initramfs.img", "next/xen",
                "next/vmlinuz", "next/next.conf" };

        for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
                if (!manifest_find(manifest, slice_of(required[i]))) {
                        text_add(reason, "manifest: does not list %s", required[i]);
                        return false;
                }
        return true;
}

static bool is_next(struct slice path)
{
        const struct slice folder = SLICE(MODULES_FOLDER);

        return path.length > folder.length &&
               path_same((struct slice){ path.data, folder.length }, folder);
}

/* A file of another name, or of a known one in another case, would get nowhere without a word. */
static bool check_names(const struct manifest *manifest, struct text *reason)
{
        for (size_t i = 0; i < manifest->count; i++) {
                const struct manifest_entry *entry = &manifest->entries[i];

                if (!is_next(entry->path) || modules_knows(entry->path))
                        continue;
                text_add(reason,
                        "manifest:%u: " SLICE_FORMAT " is no file of the next system (next/initrd, "
                        "or next/module-1 to next/module-%u)",
                        entry->line, SLICE_PRINT(entry->path), MODULES_MAX - 1);
                return false;
        }
        return true;
}

/* A gap would give those behind it another number, and two first ones, of which one is none. */
static bool check_modules(const struct manifest *manifest, struct text *reason)
{
        size_t last = 0;

        for (size_t i = 1; i < MODULES_MAX; i++) {
                if (!manifest_find(manifest, slice_of(modules_name(i))))
                        continue;
                if (i != last + 1) {
                        text_add(reason, "manifest: lists %s, but no %s", modules_name(i),
                                modules_name(last + 1));
                        return false;
                }
                last = i;
        }
        if (last > 0 && manifest_find(manifest, SLICE(MODULES_INITRD))) {
                text_add(reason,
                        "manifest: lists both next/initrd and next/module-1; where there are "
                        "several modules, the initrd is one of them");
                return false;
        }
        return true;
}

bool manifest_parse(struct slice text, struct manifest *manifest, struct text *reason)
{
        manifest->count = 0;
        for (unsigned number = 1; text.length > 0; number++) {
                struct slice line = take_line(&text);

                if (slice_trim(line).length == 0 || line.data[0] == '#')
                        continue;
                if (!add_line(manifest, line, number, reason))
                        return false;
        }
        sort(manifest->entries, manifest->count);
        return check_duplicates(manifest, reason) && check_required(manifest, reason) &&
               check_names(manifest, reason) && check_modules(manifest, reason);
}

const struct manifest_entry *manifest_find(const struct manifest *manifest, struct slice path)
{
        size_t low = 0, high = manifest->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = path_compare(manifest->entries[middle].path, path);

                if (order == 0)
                        return slice_equal(manifest->entries[middle].path, path)
                                       ? &manifest->entries[middle]
                                       : NULL;
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}
