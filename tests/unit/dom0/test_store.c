/* Which bytes of which disk a file, a partition and a volume are, and what is refused. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/store/content.h"
#include "dom0/store/devicelayer.h"
#include "dom0/store/filelayer.h"
#include "dom0/store/holding.h"
#include "lib/why.h"
#include "store/head.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

static void append_all(struct layer *layer, const uint64_t *numbers)
{
        for (; numbers[1] > 0; numbers += 2)
                layer_append(layer, numbers[0], numbers[1]);
}

static void assert_layer(const struct layer *layer, const uint64_t *numbers)
{
        for (size_t i = 0; i < layer->count; i++, numbers += 2)
                if (layer->extents[i].start != numbers[0] || layer->extents[i].length != numbers[1])
                        fail_msg("extent %zu: %" PRIu64 " %" PRIu64 ", not %" PRIu64 " %" PRIu64, i,
                                layer->extents[i].start, layer->extents[i].length, numbers[0],
                                numbers[1]);
        assert_int_equal(numbers[1], 0);
}

/* --- layers --- */

static const struct {
        uint64_t upper[8], lower[8], found[12];
        bool fits;
} layers[] = {
        { { 0, 100 }, { 50, 200 }, { 50, 100 }, true },
        { { 10, 100 }, { 50, 200 }, { 60, 100 }, true },
        { { 150, 100 }, { 1000, 200, 5000, 100 }, { 1150, 50, 5000, 50 }, true },
        { { 200, 100, 0, 50 }, { 1000, 200, 5000, 100 }, { 5000, 100, 1000, 50 }, true },
        { { 0, 300 }, { 1000, 200, 1200, 100 }, { 1000, 300 }, true }, /* side by side: one */
        { { 0, 100, 100, 100 }, { 7, 500 }, { 7, 200 }, true },
        { { 201, 100 }, { 1000, 200, 5000, 100 }, { 0 }, false },
        { { 300, 1 }, { 1000, 200, 5000, 100 }, { 0 }, false },
        { { 0, 1 }, { 0 }, { 0 }, false },
};

static void one_layer_lies_on_another(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
                struct layer upper = { 0 }, lower = { 0 }, found = { 0 };

                append_all(&upper, layers[i].upper);
                append_all(&lower, layers[i].lower);
                assert_int_equal(layer_through(&upper, &lower, &found), layers[i].fits);
                assert_layer(&found, layers[i].found);
                assert_int_equal(layer_length(&found), layers[i].fits ? layer_length(&upper) : 0);
                layer_free(&upper);
                layer_free(&lower);
                layer_free(&found);
        }
}

/* --- files --- */

#define B (uint64_t)4096

static const struct {
        struct fiemap_extent extents[3];
        uint64_t length; /* of the file */
        uint64_t found[8];
        const char *error; /* NULL: taken */
} files[] = {
        { { { .fe_logical = 0, .fe_physical = 10 * B, .fe_length = 4 * B } }, 4 * B,
                { 10 * B, 4 * B }, NULL },
        /* More is allocated than the file has. */
        { { { .fe_logical = 0, .fe_physical = 10 * B, .fe_length = 9 * B } }, 4 * B,
                { 10 * B, 4 * B }, NULL },
        { { { .fe_logical = 0, .fe_physical = 10 * B, .fe_length = B },
                  { .fe_logical = B,
                          .fe_physical = 90 * B,
                          .fe_length = B,
                          .fe_flags = FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_MERGED } },
                2 * B, { 10 * B, B, 90 * B, B }, NULL },
        { { { .fe_logical = B, .fe_physical = 10 * B, .fe_length = B } }, 2 * B, { 0 },
                "f: byte 0 is in a hole: not a file for a store" },
        { { { .fe_logical = 0, .fe_physical = 10 * B, .fe_length = B },
                  { .fe_logical = 2 * B, .fe_physical = 90 * B, .fe_length = B } },
                3 * B, { 0 }, "f: byte 4096 is in a hole" },
        { { { .fe_logical = 0, .fe_physical = 10 * B + 512, .fe_length = B } }, B, { 0 },
                "f: byte 0 is not at a multiple of 4096 bytes of the disk" },
        { { { .fe_logical = 0, .fe_physical = 10 * B, .fe_length = 1024 } }, B, { 0 },
                "f: byte 0 is not at a multiple of 4096 bytes of the disk" },
        { { { .fe_length = B, .fe_flags = FIEMAP_EXTENT_UNWRITTEN } }, B, { 0 },
                "f: byte 0 is allocated and was never written: not a file for a store" },
        { { { .fe_length = B, .fe_flags = FIEMAP_EXTENT_SHARED } }, B, { 0 },
                "is shared with another file or a snapshot" },
        { { { .fe_length = B, .fe_flags = FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_UNKNOWN } }, B,
                { 0 }, "has no place on the disk yet" },
        { { { .fe_length = B, .fe_flags = FIEMAP_EXTENT_ENCODED } }, B, { 0 },
                "is compressed or encoded" },
        { { { .fe_length = B, .fe_flags = FIEMAP_EXTENT_DATA_ENCRYPTED | FIEMAP_EXTENT_ENCODED } },
                B, { 0 }, "is encrypted" },
        { { { .fe_length = B, .fe_flags = FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_NOT_ALIGNED } },
                B, { 0 }, "lies among the file system's own data" },
};

static void what_a_file_lies_on(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                struct layer layer = { 0 };
                struct failure error = { 0 };
                uint64_t done = 0;
                bool taken;

                taken = filelayer_append(
                        files[i].extents, 3, "f", files[i].length, &layer, &done, &error);
                if (taken != !files[i].error || (!taken && !strstr(error.text, files[i].error)))
                        fail_msg("%zu: %d \"%s\"", i, taken, error.text);
                if (taken)
                        assert_layer(&layer, files[i].found);
                layer_free(&layer);
        }
}

static void a_file_on_another_file_system_is_refused(void **state)
{
        struct layer layer = { 0 };
        struct failure error;
        int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

        (void)state;
        assert_false(filelayer_read(fd, "/proc/self/status", 4096, &layer, &error));
        assert_non_null(strstr(error.text, "is on a file system of kind 0x9fa0: a store's file has "
                                           "to be on ext3, ext4 or xfs"));
        close(fd);
}

/* --- what holds a store --- */

#define MIB ((uint64_t)1 << 20)

/* Past the cache, which not every file system can do (tmpfs: since Linux 6.6). */
static bool can_be_direct(const struct stand_in *host)
{
        char path[128];
        int fd;

        snprintf(path, sizeof(path), "%s/direct", host->root);
        fd = open(path, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
        if (fd >= 0)
                close(fd);
        return fd >= 0;
}

static void a_file_is_made_and_written_through(void **state)
{
        struct holding holding = HOLDING_NONE;
        struct stand_in *host = *state;
        struct failure error = { 0 };
        struct stat status;

        if (!can_be_direct(host))
                skip();
        stand_in_room = 100 * MIB;
        assert_true(holding_make(&host->host, "/made", 16 * MIB, &holding, &error));
        assert_int_equal(fstat(holding.fd, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
        assert_int_equal(status.st_size, 16 * MIB);
        assert_int_equal(holding.length, 16 * MIB);
        assert_false(holding.is_device);
        holding_close(&holding);
        assert_true(holding_open(&host->host, "/made", HOLDING_LOOK, &holding, &error));
        assert_int_equal(holding.length, 16 * MIB);
        holding_close(&holding);
}

/* Each first block where the file's byte of it is, and nothing else of the file is written. */
static void each_first_block_is_written_into_the_file(void **state)
{
        struct store_extent extents[] = { { .start = 64 * MIB, .length = 5 * MIB },
                { .start = 8 * MIB, .length = 11 * MIB } };
        struct store_map map = { .generation = 3,
                .extents = extents,
                .count = 2,
                .disk = { .size = 128 * MIB, .serial = "s" } };
        struct holding holding = HOLDING_NONE;
        struct stand_in *host = *state;
        struct failure error = { 0 };
        uint8_t digest[SHA256_SIZE];
        struct store_head wanted;
        char *bytes;

        if (!can_be_direct(host))
                skip();
        stand_in_room = 100 * MIB;
        assert_true(holding_make(&host->host, "/made", 16 * MIB, &holding, &error));
        assert_true(content_mark(&holding, &map, &error));
        holding_close(&holding);
        assert_true(store_map_digest(&map, digest));
        bytes = stand_in_read(host, "/made");
        for (uint64_t i = 0; i < 16 * MIB; i += STORE_BLOCK) {
                memset(&wanted, 0, sizeof(wanted));
                if (i == 0 || i == 5 * MIB)
                        store_head_make(&map, digest, i > 0, &wanted);
                assert_memory_equal(bytes + i, &wanted, sizeof(wanted));
        }
        free(bytes);
}

static void what_cannot_hold_a_store_is_refused(void **state)
{
        static const struct {
                const char *path;
                uint64_t length, room; /* length 0: opened, not made */
                const char *error;
        } cases[] = {
                { "/new", 8 * MIB, 100 * MIB, "and a store at least 16777216" },
                { "/new", 16 * MIB + 512, 100 * MIB, "is not of whole blocks of 4096 bytes" },
                { "/new", 16 * MIB, 15 * MIB, "has room for 15728640 bytes, and the store takes" },
                { "/here", 16 * MIB, 100 * MIB, "cannot make " },
                { "/nowhere/new", 16 * MIB, 100 * MIB, "cannot make " },
                { "/link", 0, 0, "cannot open " },
                { "/new", 0, 0, "cannot open " },
                { "/folder", 0, 0, "cannot open " },
                { "/here", 0, 0, "is not of whole blocks of 4096 bytes" },
                { "/twice", 0, 0, "has 2 names" },
        };
        struct stand_in *host = *state;
        char from[128], to[128];

        if (!can_be_direct(host))
                skip();
        stand_in_text(host, "/here", "1234");
        stand_in_text(host, "/folder/x", "1234");
        stand_in_link(host, "here", "/link");
        stand_in_text(host, "/once", "1234");
        snprintf(from, sizeof(from), "%s/once", host->root);
        snprintf(to, sizeof(to), "%s/twice", host->root);
        assert_int_equal(link(from, to), 0);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct holding holding = HOLDING_NONE;
                struct failure error = { 0 };
                bool held;

                stand_in_room = cases[i].room;
                held = cases[i].length > 0 ? holding_make(&host->host, cases[i].path,
                                                     cases[i].length, &holding, &error)
                                           : holding_open(&host->host, cases[i].path, HOLDING_WRITE,
                                                     &holding, &error);
                if (held || !strstr(error.text, cases[i].error))
                        fail_msg("%zu: %d \"%s\"", i, held, error.text);
        }
        assert_false(stand_in_has(host, "/new"));
}

/* --- tables of the device mapper --- */

static const struct {
        const char *line;
        struct linear linear;
        const char *why; /* NULL: it is linear */
} lines[] = {
        { "0 2097152 linear 8:3 2048", { 0, 1 << 30, { 8, 3 }, 1 << 20 }, NULL },
        { "2097152 8 linear 259:12 0 ", { 1 << 30, 4096, { 259, 12 }, 0 }, NULL },
        { "0 2097152 striped 2 128 8:3 2048 8:4 0", { 0 }, "a mapping of kind \"striped\"" },
        { "0 2097152 thin 253:2 1", { 0 }, "a mapping of kind \"thin\"" },
        { "0 2097152 crypt aes-xts-plain64 :64:logon:x 0 8:3 32768", { 0 }, "kind \"crypt\"" },
        { "0 2097152 snapshot-origin 253:3", { 0 }, "kind \"snapshot-origin\"" },
        { "0 2097152 linear /dev/sda3 2048", { 0 }, "onto no device by number" },
        { "0 2097152 linear 8:3", { 0 }, "onto no device by number" },
        { "0 2097152 linear 8:3 2048 1 discard", { 0 }, "onto no device by number" },
        { "0 36028797018963968 linear 8:3 0", { 0 }, "that says nothing" },
        { "-1 8 linear 8:3 0", { 0 }, "that says nothing" },
        { "", { 0 }, "that says nothing" },
};

static void a_line_of_a_table(void **state)
{
        char why[WHY_SIZE], longer[400];

        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                struct linear found = { 0 };
                bool linear = devicelayer_parse(lines[i].line, strlen(lines[i].line), &found, why);

                if (linear != !lines[i].why || (!linear && !strstr(why, lines[i].why)))
                        fail_msg("%s: %d \"%s\"", lines[i].line, linear, why);
                assert_memory_equal(&found, &lines[i].linear, sizeof(found));
        }
        memset(longer, '0', sizeof(longer));
        assert_false(devicelayer_parse(longer, sizeof(longer), &(struct linear){ 0 }, why));
        assert_string_equal(why, "a line of 400 bytes in its table");
}

/* --- devices --- */

#define SDA  "/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda"
#define VIRT "/sys/devices/virtual/block"

static void device(struct stand_in *host, const char *number, const char *folder, uint64_t sectors)
{
        char path[300], target[300];

        snprintf(path, sizeof(path), "%s/dev", folder);
        stand_in_text(host, path, "%s\n", number);
        snprintf(path, sizeof(path), "%s/size", folder);
        stand_in_text(host, path, "%" PRIu64 "\n", sectors);
        snprintf(path, sizeof(path), "/sys/dev/block/%s", number);
        snprintf(target, sizeof(target), "../..%s", folder + strlen("/sys"));
        stand_in_link(host, target, path);
}

static void partition(
        struct stand_in *host, const char *number, unsigned index, uint64_t start, uint64_t size)
{
        char folder[200], path[300];

        snprintf(folder, sizeof(folder), SDA "/sda%u", index);
        device(host, number, folder, size);
        snprintf(path, sizeof(path), "%s/partition", folder);
        stand_in_text(host, path, "%u\n", index);
        snprintf(path, sizeof(path), "%s/start", folder);
        stand_in_text(host, path, "%" PRIu64 "\n", start);
}

static void mapping(struct stand_in *host, const char *number, const char *dm)
{
        char folder[200], path[300];

        snprintf(folder, sizeof(folder), VIRT "/%s", dm);
        device(host, number, folder, 64);
        snprintf(path, sizeof(path), "%s/dm/name", folder);
        stand_in_text(host, path, "vg-%s\n", dm);
}

static int make_disks(void **state)
{
        struct stand_in *host;

        stand_in_debian(state);
        host = *state;
        device(host, "8:0", SDA, 20000000);
        partition(host, "8:2", 2, 2048, 1000);
        partition(host, "8:3", 3, 10000, 5000000);
        device(host, "8:16", "/sys/devices/pci0000:00/0000:00:1f.2/ata2/block/sdb", 30000);
        device(host, "7:0", VIRT "/loop0", 64);
        device(host, "259:0", "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1", 8000);
        device(host, "9:0", VIRT "/md0", 64);
        stand_in_text(host, VIRT "/md0/md/level", "raid1\n");
        for (unsigned i = 0; i < 10; i++) {
                char number[16], name[16];

                snprintf(number, sizeof(number), "253:%u", i);
                snprintf(name, sizeof(name), "dm-%u", i);
                mapping(host, number, name);
        }
        stand_in_program(host, "dmsetup",
                "[ \"$1 $2 $3 $4\" = \"table -j 253 -m\" ] || { echo \"$*\" >&2; exit 1; }\n"
                "case $5 in\n"
                "0) echo 0 1000 linear 8:3 2048 ;;\n"
                "1) echo 0 1000 linear 8:3 2048; echo 1000 8 linear 8:3 9000 ;;\n"
                "2) echo 0 1000 thin 253:9 1 ;;\n"
                "3) echo 0 1000 linear 8:3 0; echo 1000 1000 linear 8:16 0 ;;\n"
                "4) echo 0 1000 linear 253:1 500 ;;\n"
                "5) echo 0 1000 linear 253:5 0 ;;\n"
                "6) echo 0 1000 linear 8:2 1 ;;\n"
                "7) echo 0 1000 linear 8:3 0; echo 1001 8 linear 8:3 9000 ;;\n"
                "8) ;;\n"
                "9) echo no such device >&2; exit 1 ;;\n"
                "esac\n");
        return 0;
}

static const struct {
        unsigned major, minor, disk;
        uint64_t sectors[8];
        const char *error; /* NULL: found */
} devices[] = {
        { 8, 0, 8, { 0, 20000000 }, NULL },
        { 8, 3, 8, { 10000, 5000000 }, NULL },
        { 259, 0, 259, { 0, 8000 }, NULL },
        { 253, 0, 8, { 12048, 1000 }, NULL },
        { 253, 1, 8, { 12048, 1000, 19000, 8 }, NULL },
        { 253, 4, 0, { 0 }, "device 253:1 ends before what lies on it" },
        { 253, 2, 0, { 0 },
                "\"vg-dm-2\" is a mapping of kind \"thin\": a store can lie on linear" },
        { 253, 3, 0, { 0 }, "it lies on two disks, 8:0 and 8:16; a store lies on one" },
        { 253, 5, 0, { 0 }, "more than 8 devices lie on one another" },
        { 253, 6, 0, { 0 }, "device 8:2 ends before what lies on it" },
        { 253, 7, 0, { 0 }, "\"vg-dm-7\" has a gap in its table" },
        { 253, 8, 0, { 0 }, "\"vg-dm-8\" has no table" },
        { 253, 9, 0, { 0 }, "dmsetup failed (1): no such device" },
        { 7, 0, 0, { 0 }, "device 7:0 is made by Linux, and is not there when the jobs run" },
        { 9, 0, 0, { 0 }, "it lies on an array (md, raid1): a store lies on one disk" },
        { 8, 99, 0, { 0 }, "/sys/dev/block/8:99/size does not say what it should" },
};

static void what_a_device_lies_on(void **state)
{
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
                struct disk_number disk = { 0, 0 };
                struct failure error = { 0 };
                struct layer layer = { 0 };
                uint64_t bytes[8];
                bool found;

                for (size_t j = 0; j < 8; j++)
                        bytes[j] = devices[i].sectors[j] * 512;
                found = devicelayer_read(
                        &host->host, devices[i].major, devices[i].minor, &layer, &disk, &error);
                if (found != !devices[i].error || (!found && !strstr(error.text, devices[i].error)))
                        fail_msg("%u:%u: %d \"%s\"", devices[i].major, devices[i].minor, found,
                                error.text);
                assert_layer(&layer, bytes);
                assert_int_equal(disk.major, devices[i].disk);
                layer_free(&layer);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_layer_lies_on_another),
                cmocka_unit_test(what_a_file_lies_on),
                cmocka_unit_test(a_file_on_another_file_system_is_refused),
                cmocka_unit_test_setup_teardown(
                        a_file_is_made_and_written_through, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(each_first_block_is_written_into_the_file,
                        stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        what_cannot_hold_a_store_is_refused, stand_in_debian, stand_in_remove),
                cmocka_unit_test(a_line_of_a_table),
                cmocka_unit_test_setup_teardown(what_a_device_lies_on, make_disks, stand_in_remove),
        };

        return run_tap(tests);
}
