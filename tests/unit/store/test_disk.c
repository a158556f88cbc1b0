/* What a disk says of itself: sysfs as a folder, and the disk as a file. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/why.h"
#include "store/disk.h"
#include "store/gpt.h"
#include "tests/unit/tap.h"

/* A header as sfdisk (util-linux 2.38) wrote it, on a disk with blocks of 512 bytes. */
static const uint8_t header[92] = { 0x45, 0x46, 0x49, 0x20, 0x50, 0x41, 0x52, 0x54, 0x00, 0x00,
        0x01, 0x00, 0x5c, 0x00, 0x00, 0x00, 0xc0, 0x70, 0x20, 0xfe, 0x00, 0x00, 0x00, 0x00, 0x01,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x22, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xde, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x0d, 0xf0, 0xad, 0x0b, 0x34, 0x12, 0x67, 0x45, 0x89, 0xab, 0x01, 0x23, 0x45, 0x67,
        0x89, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80,
        0x00, 0x00, 0x00, 0x86, 0xd2, 0x54, 0xab };

#define GUID "0badf00d-1234-4567-89ab-0123456789ff"

struct fixture {
        char folder[64];
        int fd;
};

static void put(const struct fixture *disk, const char *name, const void *data, size_t length)
{
        char path[128];
        int fd;

        snprintf(path, sizeof(path), "%s/device", disk->folder);
        mkdir(path, 0700);
        snprintf(path, sizeof(path), "%s/queue", disk->folder);
        mkdir(path, 0700);
        snprintf(path, sizeof(path), "%s/%s", disk->folder, name);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, data, length), length);
        close(fd);
}

static void text(const struct fixture *disk, const char *name, const char *value)
{
        put(disk, name, value, strlen(value));
}

static int make(void **state)
{
        struct fixture *disk = calloc(1, sizeof(*disk));

        strcpy(disk->folder, "/tmp/forestage-test-XXXXXX");
        assert_non_null(mkdtemp(disk->folder));
        disk->fd = memfd_create("disk", MFD_CLOEXEC);
        assert_int_equal(ftruncate(disk->fd, 64 << 10), 0);
        text(disk, "size", "128\n");
        *state = disk;
        return 0;
}

static int drop(void **state)
{
        struct fixture *disk = *state;
        char command[128];

        snprintf(command, sizeof(command), "rm -r %s", disk->folder);
        assert_int_equal(system(command), 0);
        close(disk->fd);
        free(disk);
        return 0;
}

static void an_nvme_disk(void **state)
{
        struct fixture *disk = *state;
        struct store_disk found;
        char why[WHY_SIZE];

        text(disk, "wwid", "eui.0025385b21404321\n");
        text(disk, "device/serial", "S4EWNX0M123456      \n");
        assert_true(store_disk_read(disk->folder, disk->fd, &found, why));
        assert_int_equal(found.size, 65536);
        assert_string_equal(found.wwn, "eui.0025385b21404321");
        assert_string_equal(found.serial, "S4EWNX0M123456");
        assert_string_equal(found.table, "");
}

static void a_sata_disk(void **state)
{
        struct fixture *disk = *state;
        struct store_disk found;
        char why[WHY_SIZE];

        text(disk, "device/wwid", "t10.ATA     QEMU HARDDISK   QM00001 \n");
        put(disk, "device/vpd_pg80", "\0\x80\0\x14             QM00001", 24);
        assert_int_equal(pwrite(disk->fd, header, sizeof(header), 512), sizeof(header));
        assert_true(store_disk_read(disk->folder, disk->fd, &found, why));
        assert_string_equal(found.wwn, "t10.ATA     QEMU HARDDISK   QM00001");
        assert_string_equal(found.serial, "QM00001");
        assert_string_equal(found.table, GUID);
}

static void a_disk_with_large_blocks(void **state)
{
        struct fixture *disk = *state;
        struct store_disk found;
        char why[WHY_SIZE];

        text(disk, "queue/logical_block_size", "4096\n");
        assert_int_equal(pwrite(disk->fd, header, sizeof(header), 4096), sizeof(header));
        assert_true(store_disk_read(disk->folder, disk->fd, &found, why));
        assert_string_equal(found.table, GUID);
        text(disk, "queue/logical_block_size", "1048576\n");
        assert_true(store_disk_read(disk->folder, disk->fd, &found, why));
        assert_string_equal(found.table, "");
}

static void words_are_made_printable_and_cut(void **state)
{
        struct fixture *disk = *state;
        struct store_disk found;
        char why[WHY_SIZE], longer[300];

        memset(longer, 'x', sizeof(longer));
        put(disk, "serial", longer, sizeof(longer));
        put(disk, "wwid", "a\nb\tc\x80\0\n", 8);
        assert_true(store_disk_read(disk->folder, disk->fd, &found, why));
        assert_int_equal(strlen(found.serial), STORE_WORD - 1);
        assert_string_equal(found.wwn, "a?b?c?");
}

static void a_disk_without_a_size(void **state)
{
        static const char *const sizes[] = { "", "\n", "x\n", "-1\n", "18446744073709551615\n" };
        struct fixture *disk = *state;
        struct store_disk found = { .size = 5 };
        char why[WHY_SIZE];

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                text(disk, "size", sizes[i]);
                assert_false(store_disk_read(disk->folder, disk->fd, &found, why));
                assert_non_null(strstr(why, "/size says nothing"));
                assert_int_equal(found.size, 5);
        }
}

/* Each byte of the header counts, but those that a GUID has none of. */
static void a_damaged_table_is_none(void **state)
{
        uint8_t damaged[sizeof(header)];
        char guid[UUID_LENGTH + 1];

        (void)state;
        assert_true(gpt_guid(header, sizeof(header), guid));
        assert_string_equal(guid, GUID);
        for (size_t i = 0; i < 8 * sizeof(header); i++) {
                memcpy(damaged, header, sizeof(header));
                damaged[i / 8] ^= (uint8_t)(1u << i % 8);
                assert_false(gpt_guid(damaged, sizeof(damaged), guid));
        }
        assert_false(gpt_guid(header, sizeof(header) - 1, guid));
        assert_false(gpt_guid(header, 0, guid));
}

static const struct {
        struct store_disk has, wanted;
        const char *why; /* NULL: it is the one */
} pairs[] = {
        { { 8, "w", "s", "t" }, { 8, "w", "s", "t" }, NULL },
        { { 8, "w", "", "" }, { 8, "w", "s", "t" }, NULL },
        { { 8, "", "", "t" }, { 8, "w", "s", "t" }, NULL },
        { { 8, "w", "x", "t" }, { 8, "w", "s", "t" }, "its serial number is \"x\", and \"s\"" },
        { { 8, "x", "s", "t" }, { 8, "w", "s", "t" }, "its WWN is \"x\", and \"w\" is wanted" },
        { { 8, "w", "s", "x" }, { 8, "w", "s", "t" }, "its GPT is \"x\", and \"t\" is wanted" },
        { { 9, "w", "s", "t" }, { 8, "w", "s", "t" }, "it has 9 bytes, and 8 are wanted" },
        { { 8, "w", "", "" }, { 8, "", "s", "t" }, "nothing of itself that is known" },
        { { 8, "", "", "" }, { 8, "w", "s", "t" }, "nothing of itself that is known" },
};

static void a_disk_is_another_by_any_word(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
                char why[WHY_SIZE] = "";
                bool same = store_disk_is(&pairs[i].has, &pairs[i].wanted, why);

                if (same != !pairs[i].why || (pairs[i].why && !strstr(why, pairs[i].why)))
                        fail_msg("%zu: %d \"%s\"", i, same, why);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(an_nvme_disk, make, drop),
                cmocka_unit_test_setup_teardown(a_sata_disk, make, drop),
                cmocka_unit_test_setup_teardown(a_disk_with_large_blocks, make, drop),
                cmocka_unit_test_setup_teardown(words_are_made_printable_and_cut, make, drop),
                cmocka_unit_test_setup_teardown(a_disk_without_a_size, make, drop),
                cmocka_unit_test(a_damaged_table_is_none),
                cmocka_unit_test(a_disk_is_another_by_any_word),
        };

        return run_tap(tests);
}
