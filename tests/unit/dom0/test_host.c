/* What is decided about a host from text and bytes alone. */
#include <stdio.h>

#include "dom0/host/bootoption.h"
#include "dom0/host/mount.h"
#include "dom0/xen/bootmodule.h"
#include "dom0/xen/running.h"
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

/* A line of an entry, the same as it runs, and whether that is it. */
static void compares_command_lines(void **state)
{
        static const struct {
                const char *entry_xen, *entry_dom0, *xen, *dom0;
                bool same;
        } lines[] = {
                { "a b", "r=1 ro", "a b", "r=1 ro\n", true },
                { "a  b ", " r=1\tro", "a b", "r=1 ro", true },
                { "a b", "r=1 ro", "b a", "r=1 ro", false },
                { "a b", "r=1 ro", "a", "r=1 ro", false },
                { "a b", "r=1 ro", "a b c", "r=1 ro", false },
                { "a b", "r=1 ro", "a b", "r=1 ro single", false },
                { "a b", "r=1 ro", "a b", "r=1", false },
                { "a b", "r=1 ro", NULL, "r=1 ro", true },
                { "a b", "r=1 ro", "a b", NULL, true },
                { "a b", "r=1 ro", NULL, NULL, false },
                { "", "", "", "", true },
                /* Debian's word for an old GRUB, and the file's name in front. */
                { "a b", "r=1 ro", "placeholder a b", "placeholder r=1 ro", true },
                { "a", "r=1", "/boot/xen.gz a", "/boot/vmlinuz r=1", true },
                /* What Xen takes to dom0, and adds there. */
                { "a -- x=1 y", "r=1", "a", "r=1 x=1 y", true },
                { "a acpi=ht noapic", "r=1", "a acpi=ht noapic", "r=1 noapic acpi=ht", true },
                /* A start by a run. */
                { "a vga=mode-0x0311 b", "r=1", "no-real-mode edd=off reboot=acpi a b",
                        "r=1 forestage.region=0x1,0x2 forestage.run=u acpi_rsdp=0x3", true },
                { "a b no-real-mode edd=off", "r=1",
                        "no-real-mode edd=off reboot=acpi a b no-real-mode edd=off",
                        "r=1 forestage.run=u", true },
                { "a vga=mode-0x0311", "r=1", "a", "r=1", false },
                { "a", "r=1", "no-real-mode a", "r=1", false },
                { "a=1", "r=1", "a=12", "r=1", false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                struct running running = { .xen = (char *)lines[i].xen,
                        .dom0 = (char *)lines[i].dom0 };
                char text[256] = "";

                if (running_is(&running, lines[i].entry_xen, lines[i].entry_dom0) != lines[i].same)
                        fail_msg("%zu", i);
                if (running_differs(&running, lines[i].entry_xen, lines[i].entry_dom0, text,
                            sizeof(text)) == (lines[i].same || !running.dom0))
                        fail_msg("%zu: %s", i, text);
        }
}

/* Xen tells of 1023 bytes, and gives dom0 no more. */
static void a_line_that_was_cut_is_compared_as_far_as_it_goes(void **state)
{
        char entry[2048] = "a", cut[1024];
        struct running running = { .xen = cut };

        (void)state;
        while (strlen(entry) < 1500)
                strcat(entry, " option=1234567");
        memcpy(cut, entry, 1023);
        cut[1023] = '\0';
        assert_true(running_is(&running, entry, ""));
        cut[1000] ^= 1;
        assert_false(running_is(&running, entry, ""));
        cut[1000] ^= 1;
        cut[1022] = '\0';
        assert_false(running_is(&running, entry, "")); /* it ends there by itself */
}

static void names_the_word_that_differs(void **state)
{
        static const struct {
                const char *xen, *dom0, *text;
        } tests[] = {
                { "a", "r=1",
                        "dom0 runs without \"ro\", which its boot entry has: the run will end" },
                { "a", "r=1 ro quiet", "dom0 runs with \"quiet\", which its boot entry has not" },
                { "a b c", "r=1 ro", "Xen runs with \"c\", which its boot entry has not" },
                { "b a", "r=1 ro", "Xen runs with the words of its boot entry in another order" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                struct running running = { .xen = (char *)tests[i].xen,
                        .dom0 = (char *)tests[i].dom0 };
                char text[256] = "";

                assert_true(running_differs(&running, "a b", "r=1 ro", text, sizeof(text)));
                if (strncmp(text, tests[i].text, strlen(tests[i].text)) != 0)
                        fail_msg("%s", text);
        }
}

/* --- modules --- */

static enum bootmodule_kind kind_of(size_t at, const char *bytes, size_t length)
{
        uint8_t head[BOOTMODULE_HEAD] = { 0 };

        memcpy(head + at, bytes, length);
        return bootmodule_kind(head, sizeof(head));
}

static void modules_are_told_by_their_bytes(void **state)
{
        static const struct {
                size_t at, length;
                const char *bytes;
                enum bootmodule_kind kind;
        } files[] = {
                { 0x202, 4, "HdrS", BOOTMODULE_KERNEL },
                { 0, 4, "\177ELF", BOOTMODULE_KERNEL },
                { 0, 6, "070701", BOOTMODULE_INITRD },
                { 0, 6, "070702", BOOTMODULE_INITRD },
                { 0, 6, "070707", BOOTMODULE_UNKNOWN },
                { 0, 3, "\x1f\x8b\x08", BOOTMODULE_INITRD },
                { 0, 6,
                        "\xfd"
                        "7zXZ\0",
                        BOOTMODULE_INITRD },
                { 0, 4, "\x5d\0\0\x80", BOOTMODULE_INITRD },
                { 0, 4, "BZh9", BOOTMODULE_INITRD },
                { 0, 4, "\x02\x21\x4c\x18", BOOTMODULE_INITRD },
                { 0, 4, "\x28\xb5\x2f\xfd", BOOTMODULE_INITRD },
                { 0, 9, "\x89LZO\0\r\n\x1a\n", BOOTMODULE_INITRD },
                { 0, 4, "DMA\0", BOOTMODULE_MICROCODE },
                { 0, 24, "\1\0\0\0\x2b\0\0\0\x15\x20\x11\x06\xa9\x06\3\0\0\0\0\0\1\0\0\0",
                        BOOTMODULE_MICROCODE },
                { 0, 24, "\1\0\0\0\x2b\0\0\0\x15\x20\x11\x06\xa9\x06\3\0\0\0\0\0\2\0\0\0",
                        BOOTMODULE_UNKNOWN },
                { 0, 16, "\x8c\xff\x7c\xf9\x08\0\0\0XenFlask", BOOTMODULE_POLICY },
                { 0, 16, "\x8c\xff\x7c\xf9\x08\0\0\0SE Linux", BOOTMODULE_UNKNOWN },
                { 0, 9, "microcode", BOOTMODULE_UNKNOWN },
                { 0, 1, "", BOOTMODULE_UNKNOWN },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                if (kind_of(files[i].at, files[i].bytes, files[i].length) != files[i].kind)
                        fail_msg("%zu", i);
                for (size_t cut = 1; cut < files[i].length; cut++)
                        bootmodule_kind((const uint8_t *)files[i].bytes, cut);
        }
        assert_int_equal(bootmodule_kind((const uint8_t *)"", 0), BOOTMODULE_EMPTY);
        assert_int_equal(bootmodule_kind((const uint8_t *)"07070", 5), BOOTMODULE_UNKNOWN);
}

#define K BOOTMODULE_KERNEL
#define I BOOTMODULE_INITRD
#define U BOOTMODULE_MICROCODE
#define P BOOTMODULE_POLICY
#define X BOOTMODULE_UNKNOWN

/* What Xen makes of the modules, by its own rules; file 1 is called "1", and so on. */
static void modules_are_what_xen_takes_them_for(void **state)
{
        static const struct {
                const char *options;
                size_t count;
                enum bootmodule_kind kind[BOOTMODULE_MAX];
                const char *refused, *remark; /* starts of the sentences */
        } tests[] = {
                { "", 1, { K }, NULL, NULL },
                { "", 1, { I }, "0 is no Linux kernel", NULL },
                { "", 2, { K, I }, NULL, NULL },
                { "", 2, { K, BOOTMODULE_EMPTY }, "1 is empty", NULL },
                { "", 2, { K, X }, "1 is neither an initrd", NULL },
                { "", 2, { K, U }, "1 is microcode, and Xen would take it", NULL },
                { "", 2, { K, K }, "1 is a kernel, and Xen would take it", NULL },
                { "ucode=scan", 2, { K, I }, NULL, NULL },
                { "dom0_mem=4G ucode=1", 3, { K, U, I }, NULL, NULL },
                { "ucode=-1 x", 3, { K, I, U }, NULL, NULL },
                { "ucode=-2", 3, { K, U, I }, NULL, NULL },
                { "ucode=1", 3, { K, I, U }, "2 is microcode, and Xen would take it", NULL },
                { "ucode=2,nmi=0", 3, { K, I, U }, NULL, NULL },
                { "ucode=nmi,2", 3, { K, I, U }, NULL, NULL },
                { "ucode=1 ucode=2", 3, { K, I, U }, NULL, NULL },
                { "flask=enforcing", 3, { K, P, I }, NULL, NULL },
                { "flask=enforcing", 3, { K, I, P }, NULL, NULL },
                { "ucode=3", 4, { K, P, I, U }, NULL, NULL },
                { "ucode=1", 3, { K, X, I }, NULL,
                        "ucode=1 on Xen's line names 1, which is nothing" },
                { "ucode=5", 2, { K, I }, NULL, "ucode=5 on Xen's line names none of the" },
                { "ucode=-3", 3, { K, I, I }, NULL, "ucode=-3 on Xen's line names none" },
                { "ucode=1", 2, { K, I }, NULL,
                        "ucode=1 on Xen's line names 1, which is an initrd" },
                { "-- ucode=1", 3, { K, U, I }, "1 is microcode", NULL },
                { "noucode=1", 3, { K, U, I }, "1 is microcode", NULL },
                { "", 4, { K, I, P, X }, "3 is neither", NULL },
        };
        static const char *const names[] = { "0", "1", "2", "3", "4", "5", "6", "7" };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                struct bootmodules modules = { .count = tests[i].count,
                        .xen_options = tests[i].options };
                const char *refused = tests[i].refused, *remark = tests[i].remark;
                char text[512] = "";

                memcpy(modules.kind, tests[i].kind, sizeof(modules.kind));
                memcpy(modules.file, names, sizeof(names));
                if (bootmodules_check(&modules, text, sizeof(text)) != !refused ||
                        (refused && strncmp(text, refused, strlen(refused)) != 0))
                        fail_msg("%zu: %s", i, text);
                if (!refused && (bootmodules_remark(&modules, text, sizeof(text)) != !!remark ||
                                        (remark && strncmp(text, remark, strlen(remark)) != 0)))
                        fail_msg("%zu: %s", i, text);
        }
}

/* --- GRUB's paths --- */

static const char several[] =
        "22 1 0:20 /@rootfs / rw,relatime shared:1 - btrfs /dev/sda2 rw,subvol=/@rootfs\n"
        "23 22 0:20 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home\n"
        "25 22 8:3 / /boot rw,relatime shared:3 - ext4 /dev/sda3 rw\n"
        "30 25 8:1 / /boot/efi rw,relatime shared:2 - vfat /dev/sda1 rw\n"
        "31 22 8:4 /data/boot /srv/boot\\040two rw - ext4 /dev/sda4 rw\n"
        "32 22 0:31 / /zfs rw - zfs rpool/ROOT/debian rw,xattr\n"
        "33 22 0:32 / /pool rw - zfs rpool rw,xattr\n"
        "34 22 8:5 / /over rw - ext4 /dev/sda5 rw\n"
        "35 34 8:6 / /over rw - ext4 /dev/sda6 rw\n"
        "36 34 8:7 / /over/below rw - ext4 /dev/sda7 rw\n";

static const struct mount *get_mount(const struct mount *mounts, size_t count, int id)
{
        for (size_t i = 0; i < count; i++)
                if (mounts[i].id == id)
                        return &mounts[i];
        fail_msg("no mount %d", id);
        return NULL;
}

static void finds_the_mount_that_holds_a_path(void **state)
{
        static const struct {
                const char *path;
                int id;
        } tests[] = { { "/", 22 }, { "/etc/x", 22 }, { "/boot", 25 }, { "/boot/x", 25 },
                { "/bootx", 22 }, { "/boot/efi/EFI/x", 30 }, { "/home", 23 },
                { "/srv/boot two/x", 31 }, { "/srv/boot", 22 }, { "/over/x", 35 },
                { "/over/below/x", 35 } };
        size_t count;
        struct mount *mounts = mount_list(several, &count);

        (void)state;
        assert_int_equal(count, 10);
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
                if (mount_holding(mounts, count, tests[i].path)->id != tests[i].id)
                        fail_msg("%s", tests[i].path);
        assert_null(mount_holding(mounts + 1, 0, "/"));
        free(mounts);
}

/* Names that do not fit are no mounts that anything here could be on. */
static void long_names_are_left_out(void **state)
{
        char text[4096] = "1 0 8:1 /", name[300];
        struct mount *mounts;
        size_t count;

        (void)state;
        memset(name, 'n', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        sprintf(text,
                "1 0 8:1 /%s /x rw - ext4 a rw\n2 0 8:1 / /%s rw - ext4 a rw\n"
                "3 0 8:1 / /y rw - ext4 /dev/%s rw\n4 0 8:1 / / rw -\n5 0 8:1 / / rw - ext4\n",
                name, name, name);
        mounts = mount_list(text, &count);
        assert_int_equal(count, 2);
        assert_string_equal(mounts[0].point, "/y");
        assert_string_equal(mounts[0].source, "");
        assert_string_equal(mounts[1].type, "ext4");
        free(mounts);
}

/* Both ways, and what is on another place of the file system. */
static void paths_are_grubs(void **state)
{
        static const struct {
                int mount;
                const char *grub, *host; /* host NULL: not mounted there */
        } tests[] = {
                { 22, "/@rootfs/boot/xen.gz", "/boot/xen.gz" },
                { 22, "/boot/xen.gz", NULL },
                { 22, "/@rootfs2/boot/xen.gz", NULL },
                { 23, "/@home/x", "/home/x" },
                { 25, "/xen.gz", "/boot/xen.gz" },
                { 30, "/EFI/x", "/boot/efi/EFI/x" },
                { 31, "/data/boot/x", "/srv/boot two/x" },
                { 31, "/x", NULL },
                { 32, "/ROOT/debian@/boot/x", "/zfs/boot/x" },
                { 32, "/ROOT/other@/boot/x", NULL },
                { 32, "/boot/x", NULL },
                { 32, "/ROOT/debian@snapshot/boot/x", NULL },
                { 33, "/@/boot/x", "/pool/boot/x" },
        };
        size_t count;
        struct mount *mounts = mount_list(several, &count);

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                const struct mount *mount = get_mount(mounts, count, tests[i].mount);
                char *host = mount_from_grub(mount, tests[i].grub);
                char *grub = host ? mount_to_grub(mount, host) : NULL;

                if (!host != !tests[i].host || (host && strcmp(host, tests[i].host) != 0))
                        fail_msg("%s: %s", tests[i].grub, host ? host : "nothing");
                if (grub)
                        assert_string_equal(grub, tests[i].grub);
                free(grub);
                free(host);
        }
        assert_true(mount_same_device(get_mount(mounts, count, 22), get_mount(mounts, count, 23)));
        assert_false(mount_same_device(get_mount(mounts, count, 32), get_mount(mounts, count, 33)));
        free(mounts);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_boot_options),
                cmocka_unit_test(reads_mounts),
                cmocka_unit_test(checks_xen_images),
                cmocka_unit_test(refuses_other_images),
                cmocka_unit_test(compares_command_lines),
                cmocka_unit_test(a_line_that_was_cut_is_compared_as_far_as_it_goes),
                cmocka_unit_test(names_the_word_that_differs),
                cmocka_unit_test(modules_are_told_by_their_bytes),
                cmocka_unit_test(modules_are_what_xen_takes_them_for),
                cmocka_unit_test(finds_the_mount_that_holds_a_path),
                cmocka_unit_test(long_names_are_left_out),
                cmocka_unit_test(paths_are_grubs),
        };

        return run_tap(tests);
}
