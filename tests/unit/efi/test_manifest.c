/* The manifest and the paths in it. */
#include "efi/parse/manifest.h"
#include "tests/unit/tap.h"

#include <stdio.h>

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define REQUIRED                                                               \
        HASH "  vmlinuz\n" HASH " *initramfs.img\n" HASH "  next/xen\r\n" HASH \
             "  next/vmlinuz\n" HASH "  next/next.conf\n"

static char buffer[512];
static struct manifest_entry entries[8];

static bool parse(const char *text, struct manifest *manifest)
{
        struct text reason;

        text_init(&reason, buffer, sizeof(buffer));
        *manifest = (struct manifest){ .entries = entries,
                .capacity = sizeof(entries) / sizeof(entries[0]) };
        return manifest_parse(slice_of(text), manifest, &reason);
}

static void reads_both_forms(void **state)
{
        struct manifest manifest;
        const struct manifest_entry *entry;

        (void)state;
        assert_true(parse("# made by arm\n\n" REQUIRED HASH "  jobs/with blank.conf", &manifest));
        assert_int_equal(manifest.count, 6);
        entry = manifest_find(&manifest, SLICE("jobs/with blank.conf"));
        assert_non_null(entry);
        assert_int_equal(entry->line, 8);
        assert_int_equal(entry->sha256[0], 0xe3);
        assert_int_equal(entry->sha256[31], 0x55);
        assert_non_null(manifest_find(&manifest, SLICE("next/xen")));
        assert_null(manifest_find(&manifest, SLICE("next/XEN")));
        assert_null(manifest_find(&manifest, SLICE("next/initrd")));
        assert_string_equal(buffer, "");
}

static void sorts_its_entries(void **state)
{
        struct manifest manifest;

        (void)state;
        assert_true(parse(REQUIRED HASH "  jobs/b\n" HASH "  jobs/A\n", &manifest));
        for (size_t i = 1; i < manifest.count; i++)
                assert_true(
                        path_compare(manifest.entries[i - 1].path, manifest.entries[i].path) < 0);
}

static void refuses_bad_lines(void **state)
{
        static const struct {
                const char *text;
                const char *message;
        } rows[] = {
                { "hello", "manifest:1: does not start with a SHA-256 of 64 hexadecimal digits" },
                { "#\nE3  x",
                        "manifest:2: does not start with a SHA-256 of 64 hexadecimal digits" },
                { HASH, "manifest:1: expected two blanks, or a blank and *, after the SHA-256" },
                { HASH " ",
                        "manifest:1: expected two blanks, or a blank and *, after the SHA-256" },
                { HASH " x",
                        "manifest:1: expected two blanks, or a blank and *, after the SHA-256" },
                { HASH "\t x",
                        "manifest:1: expected two blanks, or a blank and *, after the SHA-256" },
                { "\\" HASH "  a\\\\b",
                        "manifest:1: escaped file name; names in the bundle have no backslash" },
                { HASH "  ", "manifest:1: path is empty: " },
                { HASH "  /etc/passwd", "manifest:1: path is absolute: /etc/passwd" },
                { HASH "  a\\b", "manifest:1: path contains a backslash: a\\b" },
                { HASH "  ../x",
                        "manifest:1: path leaves the folder or has a component of dots: ../x" },
                { HASH "  a/../x",
                        "manifest:1: path leaves the folder or has a component of dots: a/../x" },
                { HASH "  a/..",
                        "manifest:1: path leaves the folder or has a component of dots: a/.." },
                { HASH "  ./a",
                        "manifest:1: path leaves the folder or has a component of dots: ./a" },
                { HASH "  a//b", "manifest:1: path has an empty component: a//b" },
                { HASH "  a/", "manifest:1: path has an empty component: a/" },
                { HASH "  a.", "manifest:1: path has a component that ends in a dot or blank: a." },
                { HASH "  a /b",
                        "manifest:1: path has a component that ends in a dot or blank: a /b" },
                { HASH "  c:a", "manifest:1: path has a character other than plain ASCII or one of "
                                "\"*:<>?|: c:a" },
                { HASH "  \xc3\xa4",
                        "manifest:1: path has a character other than plain ASCII or one "
                        "of \"*:<>?|: \xc3\xa4" },
                { HASH "  Order", "manifest:1: must not list Order" },
                { HASH "  manifest", "manifest:1: must not list manifest" },
                { REQUIRED HASH "  next/xen\n",
                        "manifest:6: next/xen is the same file as in line 3" },
                { HASH "  NEXT/Xen\n" REQUIRED,
                        "manifest:4: next/xen is the same file as in line 1" },
                { REQUIRED REQUIRED, "manifest:9: more than 8 files" },
        };
        struct manifest manifest;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_false(parse(rows[i].text, &manifest));
                assert_string_equal(buffer, rows[i].message);
        }
}

static void wants_what_every_run_needs(void **state)
{
        static const char *const paths[] = { "vmlinuz", "initramfs.img", "next/xen", "next/vmlinuz",
                "next/next.conf" };
        const size_t count = sizeof(paths) / sizeof(paths[0]);
        struct manifest manifest;
        char text[1024], message[64];

        (void)state;
        for (size_t missing = 0; missing < count; missing++) {
                size_t length = 0;

                for (size_t i = 0; i < count; i++)
                        if (i != missing)
                                length += (size_t)snprintf(text + length, sizeof(text) - length,
                                        HASH "  %s\n", paths[i]);
                assert_false(parse(text, &manifest));
                snprintf(message, sizeof(message), "manifest: does not list %s", paths[missing]);
                assert_string_equal(buffer, message);
        }
        assert_false(parse("", &manifest));
}

static void takes_the_modules_of_xen(void **state)
{
        static const char *const good[] = { "", HASH "  next/initrd\n", HASH "  next/module-1\n",
                HASH "  next/module-2\n" HASH "  next/module-1\n",
                HASH "  next/module-3\n" HASH "  next/module-1\n" HASH "  next/module-2\n" };
        struct manifest manifest;
        char text[1024];

        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                snprintf(text, sizeof(text), "%s%s", REQUIRED, good[i]);
                assert_true(parse(text, &manifest));
                assert_string_equal(buffer, "");
        }
}

/* Each of these would reach Xen as something else, or not at all. */
static void refuses_modules_that_are_none(void **state)
{
        static const char unknown[] = " is no file of the next system (next/initrd, or "
                                      "next/module-1 to next/module-7)";
        static const struct {
                const char *text, *message, *more;
        } rows[] = {
                { HASH "  next/module-2\n", "manifest: lists next/module-2, but no next/module-1",
                        "" },
                { HASH "  next/module-1\n" HASH "  next/module-3\n",
                        "manifest: lists next/module-3, but no next/module-2", "" },
                { HASH "  next/module-7\n" HASH "  next/module-1\n" HASH "  next/module-2\n",
                        "manifest: lists next/module-7, but no next/module-3", "" },
                { HASH "  next/initrd\n" HASH "  next/module-1\n",
                        "manifest: lists both next/initrd and next/module-1; where there are "
                        "several modules, the initrd is one of them",
                        "" },
                { HASH "  next/initrd\n" HASH "  next/module-2\n",
                        "manifest: lists next/module-2, but no next/module-1", "" },
                { HASH "  next/module-0\n", "manifest:6: next/module-0", unknown },
                { HASH "  next/module-1\n" HASH "  next/module-8\n", "manifest:7: next/module-8",
                        unknown },
                { HASH "  next/module-01\n", "manifest:6: next/module-01", unknown },
                { HASH "  next/MODULE-1\n", "manifest:6: next/MODULE-1", unknown },
                { HASH "  Next/initrd\n", "manifest:6: Next/initrd", unknown },
                { HASH "  next/initrd.img\n", "manifest:6: next/initrd.img", unknown },
                { HASH "  next/payload\n", "manifest:6: next/payload", unknown },
                { HASH "  next/deep/module-1\n", "manifest:6: next/deep/module-1", unknown },
        };
        struct manifest manifest;
        char text[1024], message[256];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                snprintf(text, sizeof(text), "%s%s", REQUIRED, rows[i].text);
                assert_false(parse(text, &manifest));
                snprintf(message, sizeof(message), "%s%s", rows[i].message, rows[i].more);
                assert_string_equal(buffer, message);
        }
}

/* The heap sort against every order of up to seven entries. */
static void sorts_every_permutation(void **state)
{
        static const char *const names[] = { "vmlinuz", "initramfs.img", "next/xen", "next/vmlinuz",
                "next/next.conf", "jobs/a", "jobs/b" };
        const size_t count = sizeof(names) / sizeof(names[0]);
        struct manifest manifest;
        char text[1024];

        (void)state;
        for (unsigned number = 0; number < 5040; number++) {
                bool used[7] = { false };
                size_t length = 0;
                unsigned rest = number;

                for (size_t i = 0; i < count; i++) {
                        size_t pick = rest % (count - i), at = 0;

                        rest /= (unsigned)(count - i);
                        for (;; at++)
                                if (!used[at] && pick-- == 0)
                                        break;
                        used[at] = true;
                        length += (size_t)snprintf(
                                text + length, sizeof(text) - length, HASH "  %s\n", names[at]);
                }
                assert_true(parse(text, &manifest));
                for (size_t i = 0; i < count; i++)
                        assert_non_null(manifest_find(&manifest, slice_of(names[i])));
        }
}

static void paths_for_the_firmware(void **state)
{
        uint16_t units[PATH_MAX_UNITS];
        char path[PATH_MAX_BYTES + 1] = "before", longest[PATH_MAX_BYTES + 2];

        (void)state;
        path_to_firmware(SLICE("a/b.c"), units);
        assert_memory_equal(units, L"a", 2);
        assert_int_equal(units[1], '\\');
        assert_int_equal(units[5], 0);
        assert_int_equal(path_from_esp(SLICE("\\EFI\\x\\y.efi"), path), PATH_OK);
        assert_string_equal(path, "EFI/x/y.efi");
        assert_int_equal(path_from_esp(SLICE("EFI/x/z.efi"), path), PATH_OK);
        assert_string_equal(path, "EFI/x/z.efi");
        assert_int_equal(path_from_esp(SLICE("\\\\EFI"), path), PATH_ABSOLUTE);
        assert_int_equal(path_from_esp(SLICE("\\"), path), PATH_EMPTY);
        assert_string_equal(path, "EFI/x/z.efi"); /* untouched */
        memset(longest, 'a', sizeof(longest));
        assert_int_equal(path_check((struct slice){ longest, PATH_MAX_BYTES }), PATH_OK);
        assert_int_equal(path_check((struct slice){ longest, PATH_MAX_BYTES + 1 }), PATH_LONG);
        assert_int_equal(
                path_from_esp((struct slice){ longest, PATH_MAX_BYTES + 1 }, path), PATH_LONG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_both_forms),
                cmocka_unit_test(sorts_its_entries),
                cmocka_unit_test(refuses_bad_lines),
                cmocka_unit_test(wants_what_every_run_needs),
                cmocka_unit_test(takes_the_modules_of_xen),
                cmocka_unit_test(refuses_modules_that_are_none),
                cmocka_unit_test(sorts_every_permutation),
                cmocka_unit_test(paths_for_the_firmware),
        };

        return run_tap(tests);
}
