/* The cpio writer and the archive's layout, read back by an independent reader. */
#include "efi/layout/archive.h"
#include "efi/layout/cpio.h"
#include "tests/unit/efi/cpio_reader.h"
#include "tests/unit/tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct archive_file files[] = {
        { SLICE("order"), "run=1\n", 6 },
        { SLICE("forestage.conf"), "", 0 },
        { SLICE("jobs/a-b"), "x", 1 },
        { SLICE("jobs/a/deep/x"), "xy", 2 },
        { SLICE("jobs/a/y"), "xyz", 3 },
        { SLICE("jobs/b"), "wxyz", 4 },
        { SLICE("next/xen"), "vwxyz", 5 },
};
static const struct archive archive = { files, COUNT(files) };

static const struct {
        const char *name;
        uint32_t mode;
        const char *data;
} expected[] = {
        { "forestage", 0040700, "" },
        { "forestage/order", 0100600, "run=1\n" },
        { "forestage/forestage.conf", 0100600, "" },
        { "forestage/jobs", 0040700, "" },
        { "forestage/jobs/a-b", 0100700, "x" },
        { "forestage/jobs/a", 0040700, "" },
        { "forestage/jobs/a/deep", 0040700, "" },
        { "forestage/jobs/a/deep/x", 0100700, "xy" },
        { "forestage/jobs/a/y", 0100700, "xyz" },
        { "forestage/jobs/b", 0100700, "wxyz" },
        { "forestage/next", 0040700, "" },
        { "forestage/next/xen", 0100600, "vwxyz" },
        { "TRAILER!!!", 0, "" },
};

static void assert_archive(const uint8_t *bytes, size_t size)
{
        struct cpio_member member;
        size_t offset = 0;

        for (size_t i = 0; i < COUNT(expected); i++) {
                assert_true(cpio_member_next(bytes, size, &offset, &member));
                assert_string_equal(member.name, expected[i].name);
                assert_int_equal(member.mode, expected[i].mode);
                assert_int_equal(member.size, strlen(expected[i].data));
                assert_memory_equal(member.data, expected[i].data, member.size);
        }
        assert_int_equal(offset, size);
}

static void writes_what_linux_unpacks(void **state)
{
        uint64_t size = archive_size(&archive);
        uint8_t *bytes = malloc(size);

        (void)state;
        assert_non_null(bytes);
        assert_true(archive_write(&archive, bytes, size));
        assert_archive(bytes, size);
        free(bytes);
}

static void refuses_any_smaller_buffer(void **state)
{
        uint64_t size = archive_size(&archive);

        (void)state;
        for (uint64_t less = 0; less < size; less++) {
                uint8_t *bytes = malloc(less ? less : 1);

                assert_non_null(bytes);
                assert_false(archive_write(&archive, bytes, less));
                free(bytes);
        }
}

static void refuses_a_file_beyond_the_format(void **state)
{
        const struct archive_file large = { SLICE("jobs/large"), NULL, CPIO_MAX_FILE + 1 };
        const struct archive_file largest = { SLICE("jobs/large"), NULL, CPIO_MAX_FILE };

        (void)state;
        assert_int_equal(archive_size(&(struct archive){ &large, 1 }), 0);
        assert_true(archive_size(&(struct archive){ &largest, 1 }) > CPIO_MAX_FILE);
}

/* The image, then zeros up to the archive at a multiple of 4: at least 4, for Linux's LZ4 decoder.
 */
static void appends_to_the_packed_image(void **state)
{
        const char image[] = "packed image";

        (void)state;
        for (size_t length = 0; length < sizeof(image); length++) {
                struct slice packed = { image, length };
                uint64_t size = archive_initrd_size(packed, &archive);
                uint64_t start = size - archive_size(&archive);
                uint8_t *bytes = malloc(size);

                assert_non_null(bytes);
                assert_int_equal(start % 4, 0);
                assert_true(start >= length + 4);
                assert_true(archive_initrd_write(packed, &archive, bytes, size));
                assert_memory_equal(bytes, image, length);
                for (uint64_t i = length; i < start; i++)
                        assert_int_equal(bytes[i], 0);
                assert_archive(bytes + start, size - start);
                assert_false(archive_initrd_write(packed, &archive, bytes, start));
                assert_false(archive_initrd_write(packed, &archive, bytes, start - 1));
                free(bytes);
        }
}

static void takes_jobs_and_the_next_system(void **state)
{
        (void)state;
        assert_true(archive_takes(SLICE("order")));
        assert_true(archive_takes(SLICE("forestage.conf")));
        assert_true(archive_takes(SLICE("store")));
        assert_true(archive_takes(SLICE("jobs/a/b")));
        assert_true(archive_takes(SLICE("next/xen")));
        assert_false(archive_takes(SLICE("next/vmlinuz"))); /* the payload stays where it is */
        assert_false(archive_takes(SLICE("next/initrd")));
        assert_false(archive_takes(SLICE("next/module-1")));
        assert_false(archive_takes(SLICE("next/module-7")));
        assert_false(archive_takes(SLICE("next/Payload"))); /* and what says where is not theirs */
        assert_false(archive_takes(SLICE("vmlinuz")));
        assert_false(archive_takes(SLICE("initramfs.img")));
        assert_false(archive_takes(SLICE("stores")));
        assert_false(archive_takes(SLICE("store/a")));
        assert_false(archive_takes(SLICE("jobs")));
        assert_false(archive_takes(SLICE("jobsx/a")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_what_linux_unpacks),
                cmocka_unit_test(refuses_any_smaller_buffer),
                cmocka_unit_test(refuses_a_file_beyond_the_format),
                cmocka_unit_test(appends_to_the_packed_image),
                cmocka_unit_test(takes_jobs_and_the_next_system),
        };

        return run_tap(tests);
}
