/* What is decided about a host from text and bytes alone. */
#include <stdio.h>

#include "dom0/host/bootoption.h"
#include "dom0/host/guests.h"
#include "dom0/host/mount.h"
#include "dom0/xen/crosscheck.h"
#include "dom0/xen/xenimage.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

static void reads_boot_options(void **state)
{
        static const uint8_t option[] = "\1\0\0\0\x2a\0H\0i\0\xe4\0\0\0"
                                        "\4\1\6\0xx"
                                        "\4\4\x10\0\\\0E\0F\0I\0\0\0\0\0"
                                        "\4\4\x0c\0x\0.\0e\0\0\0"
                                        "\x7f\xff\4\0rest";
        struct bootoption found;

        (void)state;
        assert_true(bootoption_parse(option, sizeof(option) - 1, &found));
        assert_true(found.active);
        assert_string_equal(found.description, "Hi?");
        assert_string_equal(found.loader, "\\EFI\\x.e");
        for (size_t length = 0; length < 14 + 0x2a; length++)
                assert_false(bootoption_parse(option, length, &found));
        assert_true(bootoption_same_loader("\\EFI\\A.efi", "efi\\a.EFI"));
        assert_false(bootoption_same_loader("", ""));
        assert_false(bootoption_same_loader("\\EFI\\A.efi", "\\EFI\\B.efi"));
}

static void reads_mounts(void **state)
{
        static const char mounts[] = "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
                                     "30 22 8:1 / /boot/e\\040f rw shared:2 master:1 - vfat "
                                     "/dev/sda1 rw,errors=remount-ro\n"
                                     "31 22 8:3 / /efi rw - vfat /dev/sda3 ro,utf8\n"
                                     "32 22 8:4 / /two rw - ext4 a rw\n"
                                     "33 32 8:5 / /two rw - vfat b rw\n"
                                     "broken\n";
        struct mount mount;

        (void)state;
        assert_true(mount_find(mounts, "/boot/e f", &mount));
        assert_string_equal(mount.type, "vfat");
        assert_int_equal(mount.minor, 1);
        assert_false(mount.read_only);
        assert_true(mount_find(mounts, "/efi", &mount));
        assert_true(mount.read_only);
        assert_true(mount_find(mounts, "/two", &mount));
        assert_string_equal(mount.type, "vfat");
        assert_false(mount_find(mounts, "/boot", &mount));
        assert_false(mount_find("", "/", &mount));
}

static void checks_xen_images(void **state)
{
        uint8_t image[XEN_BYTES];
        enum xenimage_notes notes;

        (void)state;
        stand_in_make_xen(image, "1", false);
        assert_null(xenimage_check(image, sizeof(image), &notes));
        assert_int_equal(notes, XENIMAGE_NOTES_GOOD);
        stand_in_make_xen(image, "1", true);
        assert_null(xenimage_check(image, sizeof(image), &notes));
        assert_int_equal(notes, XENIMAGE_NOTES_BAD);
        xenimage_blank_notes(image, sizeof(image));
        assert_null(xenimage_check(image, sizeof(image), &notes));
        assert_int_equal(notes, XENIMAGE_NOTES_GOOD);
}

static void refuses_other_images(void **state)
{
        static const struct {
                size_t at;
                uint8_t value;
                const char *problem;
        } changes[] = {
                { 0, 0, "is no ELF file" },
                { 4, 3, "is an ELF file of an unknown class" },
                { 5, 2, "is an ELF file of an unknown class" },
                { 16, 1, "is an ELF file, but not executable" },
                { 18, 40, "is not for x86" },
                { 30, 0xff, "has a program header table that leaves the file" },
                { 42, 31, "has a program header table that leaves the file" },
                { 44, 0, "has no segment to load" },
                { 64 + 6, 0xff, "has a segment that leaves the file: it is cut short" },
                { 64 + 18, 1, "has a segment that leaves the file: it is cut short" },
                { 64 + 21, 0, "has a segment that is larger in the file than in memory" },
                { 64 + 23, 0xff, "has a segment above 4 GiB" },
                { 513, 0,
                        "has no Multiboot2 header in its first 32 KiB, which kexec needs (Xen 4.9 "
                        "and later)" },
                { 524, 0,
                        "has no Multiboot2 header in its first 32 KiB, which kexec needs (Xen 4.9 "
                        "and later)" },
        };
        enum xenimage_notes notes;
        uint8_t image[XEN_BYTES];

        (void)state;
        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                const char *problem;

                stand_in_make_xen(image, "1", false);
                image[changes[i].at] = changes[i].value;
                if (changes[i].at == 64 + 23)
                        image[64 + 15] = 0xff; /* its address too: the end is above */
                problem = xenimage_check(image, sizeof(image), &notes);
                if (!problem || strcmp(problem, changes[i].problem) != 0)
                        fail_msg("%zu: %s", changes[i].at, problem ? problem : "accepted");
        }
        for (size_t length = 0; length < 2048; length += 7) {
                stand_in_make_xen(image, "1", false);
                if (length < 1280) /* where its segment ends */
                        assert_non_null(xenimage_check(image, length, &notes));
        }
}

static void counts_guests(void **state)
{
        (void)state;
        assert_int_equal(guests_in_xe(""), 0);
        assert_int_equal(guests_in_xe("\n"), 0);
        assert_int_equal(guests_in_xe("a\n"), 1);
        assert_int_equal(guests_in_xe("a,b\n"), 2);
        assert_int_equal(guests_in_xl("Name  ID\nDomain-0  0\n"), 0);
        assert_int_equal(guests_in_xl("Name  ID\nDomain-0  0\nweb 1\nDomain-01 2\n"), 2);
}

static void compares_command_lines(void **state)
{
        char *word;

        (void)state;
        assert_null(crosscheck_missing(" a=1  b ", "b x a=1"));
        assert_null(crosscheck_missing("", ""));
        word = crosscheck_missing("a=1 b", "a=12 b");
        assert_string_equal(word, "a=1");
        free(word);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_boot_options),
                cmocka_unit_test(reads_mounts),
                cmocka_unit_test(checks_xen_images),
                cmocka_unit_test(refuses_other_images),
                cmocka_unit_test(counts_guests),
                cmocka_unit_test(compares_command_lines),
        };

        return run_tap(tests);
}
