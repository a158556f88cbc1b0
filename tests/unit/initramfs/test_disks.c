/* The store's disk is found by what it says of itself, and proven, before anything is written. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "initramfs/store/claim.h"
#include "lib/why.h"
#include "store/head.h"
#include "tests/unit/store/heads.h"
#include "tests/unit/tap.h"

#define DISK_BYTES (256u << 10)

static char root[64], sys[96], dev[96], map_file[96];
static struct disks_place place = { sys, dev };

static void put(const char *path, const void *data, size_t length)
{
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, length, file), length);
        fclose(file);
}

static void attribute(const char *disk, const char *name, const char *text)
{
        char path[256];

        snprintf(path, sizeof(path), "%s/%s/%s", sys, disk, name);
        put(path, text, strlen(text));
}

static void node(const char *disk, char path[256])
{
        snprintf(path, 256, "%s/%s", dev, disk);
}

static void add_disk(const char *disk, const char *serial, uint64_t bytes)
{
        char path[256], text[32];

        snprintf(path, sizeof(path), "%s/%s", sys, disk);
        mkdir(path, 0755);
        snprintf(text, sizeof(text), "%" PRIu64 "\n", bytes / 512);
        attribute(disk, "size", text);
        attribute(disk, "serial", serial);
        attribute(disk, "ro", "0\n");
        node(disk, path);
        put(path, "", 0);
        assert_int_equal(truncate(path, (off_t)bytes), 0);
}

static int set_up(void **state)
{
        (void)state;
        snprintf(root, sizeof(root), "/tmp/forestage-test-disks-XXXXXX");
        if (!mkdtemp(root))
                return -1;
        snprintf(sys, sizeof(sys), "%s/sys", root);
        snprintf(dev, sizeof(dev), "%s/dev", root);
        snprintf(map_file, sizeof(map_file), "%s/store", root);
        mkdir(sys, 0755);
        mkdir(dev, 0755);
        add_disk("sda", "other\n", DISK_BYTES);
        add_disk("sdb", "mine\n", DISK_BYTES);
        add_disk("nvme0n1", "else\n", 2 * DISK_BYTES);
        return 0;
}

static int tear_down(void **state)
{
        char command[128];

        (void)state;
        snprintf(command, sizeof(command), "rm -rf %s", root);
        return system(command);
}

static void make_map(struct store_map *map)
{
        static struct store_extent extents[] = { { .start = 65536, .length = 16384 },
                { .start = 16384, .length = 32768 } };
        char why[WHY_SIZE];

        *map = (struct store_map){ .version = STORE_VERSION,
                .id = { 1 },
                .host = { 2 },
                .generation = 5,
                .disk = { .size = DISK_BYTES, .serial = "mine" },
                .extents = extents,
                .count = 2 };
        assert_true(store_map_check(map, why));
}

static void write_heads(const char *disk, const struct store_map *map)
{
        char path[256];
        int fd;

        node(disk, path);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        heads_write(fd, map);
        close(fd);
}

static void write_map(const struct store_map *map)
{
        size_t length;
        char *text = store_map_format(map, &length);

        put(map_file, text, length);
        free(text);
}

/* tmpfs of before Linux 6.6 knows no O_DIRECT. */
static bool can_be_direct(void)
{
        char path[256];
        int fd;

        node("sda", path);
        fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
        if (fd >= 0)
                close(fd);
        return fd >= 0;
}

static bool claims(struct stage *stage)
{
        struct claim claim;
        bool good = claim_make(stage, map_file, &place, 0, &claim);

        assert_int_equal(good, claim.fd >= 0);
        if (good) {
                close(claim.fd);
                store_map_free(&claim.map);
        }
        return good;
}

static void the_disk_is_found_by_its_serial_number(void **state)
{
        struct stage stage = { 0 };
        struct store_map map;

        (void)state;
        if (!can_be_direct())
                skip();
        make_map(&map);
        write_map(&map);
        write_heads("sdb", &map);
        if (!claims(&stage))
                fail_msg("%s", stage.error);
        assert_string_equal(json_string_value(json_object_get(stage.detail, "disk")), "sdb");
        assert_int_equal(json_integer_value(json_object_get(stage.detail, "generation")), 5);
        assert_int_equal(json_integer_value(json_object_get(stage.detail, "extents")), 2);
        assert_int_equal(json_integer_value(json_object_get(stage.detail, "room_bytes")),
                49152 - 2 * STORE_BLOCK);
        json_decref(stage.detail);
}

/* What each of them does to a store that would have been found. */
static void another_serial(struct store_map *map)
{
        (void)map;
        attribute("sdb", "serial", "changed\n");
}

static void a_clone(struct store_map *map)
{
        add_disk("sdc", "mine\n", DISK_BYTES);
        write_heads("sdc", map);
}

static void larger(struct store_map *map)
{
        (void)map;
        attribute("sdb", "size", "1024\n");
}

static void read_only(struct store_map *map)
{
        (void)map;
        attribute("sdb", "ro", "1\n");
}

static void an_old_order(struct store_map *map)
{
        map->generation++;
        write_heads("sdb", map);
}

static void put_back(struct store_map *map)
{
        map->generation--;
        write_heads("sdb", map);
}

static void of_another_host(struct store_map *map)
{
        map->host[0]++;
        write_heads("sdb", map);
}

static void moved(struct store_map *map)
{
        char path[256], zeroes[STORE_BLOCK] = { 0 };
        int fd;

        node("sdb", path);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, zeroes, STORE_BLOCK, (off_t)map->extents[1].start), 4096);
        close(fd);
}

static void cut(struct store_map *map)
{
        char path[256];

        (void)map;
        node("sdb", path);
        assert_int_equal(truncate(path, 40960), 0);
}

static void no_map(struct store_map *map)
{
        (void)map;
        unlink(map_file);
}

static void half_a_map(struct store_map *map)
{
        (void)map;
        put(map_file, "store=1\nid=", 11);
}

static void no_disk(struct store_map *map)
{
        (void)map;
        snprintf(sys, sizeof(sys), "%s/nothing", root);
}

static const struct {
        void (*change)(struct store_map *map);
        const char *error;
} refusals[] = {
        { another_serial, "none of the 3 disks here is the store's (" },
        { a_clone, "2 disks are the one that is wanted" },
        { larger, "none of the 3 disks here is the store's (" },
        { read_only, "the disk sdb is read-only" },
        { an_old_order, "of generation 6, and the order of 5: the order is an old one" },
        { put_back, "of generation 4, and the order of 5: the store was put back" },
        { of_another_host, "extent 0 belongs to another host" },
        { moved, "there is no store where extent 1 should begin" },
        { cut, "the first block of extent 0 cannot be read" },
        { no_map, "No such file" },
        { half_a_map, "store:2: " },
        { no_disk, "there is no disk here that the stage has a driver for" },
};

static void what_is_not_the_store_is_refused(void **state)
{
        for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
                struct stage stage = { 0 };
                struct store_map map;

                tear_down(state);
                assert_int_equal(set_up(state), 0);
                if (!can_be_direct())
                        skip();
                make_map(&map);
                write_map(&map);
                write_heads("sdb", &map);
                refusals[i].change(&map);
                if (claims(&stage) || !strstr(stage.error, refusals[i].error))
                        fail_msg("%zu: \"%s\"", i, stage.error);
        }
}

/* Block devices go; what is none, and is for no disk, stays. */
static void nothing_leads_to_a_disk(void **state)
{
        char block[256], null[256], sub[256], file[256];

        (void)state;
        node("block", block);
        node("null", null);
        node("sub", sub);
        node("sda", file);
        mkdir(sub, 0755);
        node("sub/block", sub);
        if (mknod(block, S_IFBLK | 0600, makedev(240, 1)) != 0)
                skip();
        assert_int_equal(mknod(sub, S_IFBLK | 0600, makedev(240, 2)), 0);
        assert_int_equal(mknod(null, S_IFCHR | 0600, makedev(1, 3)), 0);
        disks_hide(&place);
        assert_int_equal(access(block, F_OK), -1);
        assert_int_equal(access(sub, F_OK), -1);
        assert_int_equal(access(null, F_OK), 0);
        assert_int_equal(access(file, F_OK), 0);
}

static void a_folder_without_drivers_is_no_fault(void **state)
{
        (void)state;
        assert_int_equal(disks_load(root), 0);
        assert_int_equal(disks_load("/nowhere"), 0);
}

/* None of these is a module that Linux would take. */
static void each_name_of_the_order_is_a_driver(void **state)
{
        char path[256];

        (void)state;
        snprintf(path, sizeof(path), "%s/order", root);
        put(path, "one\ntwo\n\nnone\nthree", 19);
        snprintf(path, sizeof(path), "%s/one.ko", root);
        put(path, "1", 1);
        snprintf(path, sizeof(path), "%s/two.ko", root);
        put(path, "2", 1);
        snprintf(path, sizeof(path), "%s/three.ko", root);
        put(path, "3", 1);
        assert_int_equal(disks_load(root), 3);
}

#define with_disks(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_disks(the_disk_is_found_by_its_serial_number),
                with_disks(what_is_not_the_store_is_refused),
                with_disks(nothing_leads_to_a_disk),
                with_disks(a_folder_without_drivers_is_no_fault),
                with_disks(each_name_of_the_order_is_a_driver),
        };

        return run_tap(tests);
}
