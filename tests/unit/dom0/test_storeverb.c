/* forestage store: what it refuses, what it remembers, and what it leaves behind when it fails. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dom0/arm/resumption.h"
#include "dom0/base/failure.h"
#include "dom0/store/content.h"
#include "dom0/store/holding.h"
#include "dom0/store/marking.h"
#include "dom0/store/placing.h"
#include "dom0/store/record.h"
#include "lib/why.h"
#include "store/head.h"
#include "store/kept.h"
#include "store/shelf.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/store/heads.h"
#include "tests/unit/tap.h"

#define MIB    ((uint64_t)1 << 20)
#define ID     "0f8fad5b-d9cb-469f-a165-70867728950e"
#define RECORD "/var/lib/forestage/store.json"

/* --- a host whose sysfs knows the disk that its folder is really on --- */

static void plant_disk(struct stand_in *host, const char *serial)
{
        char root[96], path[128];
        struct stat status;

        snprintf(root, sizeof(root), "%s/", host->root);
        assert_int_equal(stat(root, &status), 0);
        snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(status.st_dev),
                minor(status.st_dev));
        stand_in_text(host, "/sys/devices/disk/sdx/size", "%" PRIu64 "\n", (uint64_t)1 << 40);
        stand_in_text(host, "/sys/devices/disk/sdx/serial", "%s\n", serial);
        stand_in_link(host, "../../devices/disk/sdx", path);
        stand_in_text(host, "/dev/sdx", "%*s", 8192, "");
        stand_in_text(host, "/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
}

static int make_host(void **state)
{
        stand_in_debian(state);
        plant_disk(*state, "S1");
        stand_in_text(*state, "/srv/other", "not a store");
        stand_in_room = 100 * MIB;
        return 0;
}

/* Files that nobody can remove stay behind otherwise. */
static int remove_host(void **state)
{
        struct stand_in *host = *state;
        struct holding holding = HOLDING_NONE;
        struct failure ignored;

        if (holding_open(&host->host, "/srv/store", HOLDING_WRITE, &holding, &ignored))
                holding_close(&holding);
        return stand_in_remove(state);
}

/* A file system that can hold one: ext4 or xfs, as a store wants it. */
static bool can_hold(const struct stand_in *host)
{
        struct failure failure;

        return placing_can(&host->host, "/srv", &failure);
}

static void plant_record(struct stand_in *host, const char *path)
{
        stand_in_text(host, RECORD,
                "{\"schema\": \"forestage-store/1\", \"path\": \"%s\", \"device\": false, "
                "\"map\": \"store=1\\nid=" ID "\\nhost=00112233445566778899aabbccddeeff\\n"
                "generation=3\\ndisk-size=1099511627776\\ndisk-serial=S1\\n"
                "extent=1048576 8388608\\nextent=33554432 8388608\\n\"}\n",
                path);
}

/* --- words and refusals --- */

static const struct {
        const char *line;
        int code;
        const char *error;
} refusals[] = {
        { "store", EXIT_USAGE, "store: say create, show, verify or remove" },
        { "store mend", EXIT_USAGE, "store: say create, show, verify or remove" },
        { "store create", EXIT_USAGE, "store create: say where" },
        { "store create --size 16M", EXIT_USAGE, "store create: say where" },
        { "store create srv/store --size 16M", EXIT_USAGE, "srv/store is not an absolute path" },
        { "store create /srv/store", EXIT_USAGE, "a store in a file needs its --size" },
        { "store create /srv/store --size 0", EXIT_USAGE, "--size 0 is no size" },
        { "store create /srv/store --size 4Q", EXIT_USAGE, "--size 4Q is no size" },
        { "store create /srv/store --size 4G extra", EXIT_USAGE, "extra" },
        { "store create /dev/sdx --size 4G", EXIT_USAGE, "leave --size away" },
        { "store show --yes", EXIT_USAGE, "--yes: unknown option" },
        { "store verify --json", EXIT_USAGE, "--json: unknown option" },
        { "store remove --json", EXIT_USAGE, "--json: unknown option" },
        { "store show", EXIT_NO_RUN, "this host has no store (to make one: forestage store" },
        { "store verify", EXIT_NO_RUN, "this host has no store" },
        { "store remove --yes", EXIT_NO_RUN, "this host has no store" },
        { "store create /srv/store --size 15M --yes", EXIT_FAIL,
                "has 15728640 bytes, and a store at least 16777216" },
        { "store create /srv/store --size 16777217 --yes", EXIT_FAIL, "is not of whole blocks" },
        { "store create /srv/store --size 200M --yes", EXIT_FAIL, "has room for 104857600 bytes" },
        { "store create /srv/other --size 16M --yes", EXIT_FAIL, "/srv/other: File exists" },
        { "store create /nowhere/store --size 16M --yes", EXIT_FAIL, "/nowhere: No such file" },
        { "store create /dev/nothing --yes", EXIT_FAIL, "/dev/nothing: No such file" },
};

static void what_it_refuses(void **state)
{
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
                int code = stand_in_run(host, "%s", refusals[i].line);

                if (code != refusals[i].code || !strstr(host->errors, refusals[i].error))
                        fail_msg("%s: %d \"%s\"", refusals[i].line, code, host->errors);
        }
        assert_false(stand_in_has(host, "/srv/store"));
        assert_false(stand_in_has(host, RECORD));
}

static void a_second_one_is_refused(void **state)
{
        struct stand_in *host = *state;

        plant_record(host, "/srv/first");
        assert_int_equal(stand_in_run(host, "store create /srv/store --size 16M --yes"), EXIT_FAIL);
        assert_errors(host, "this host has a store already, /srv/first; first: forestage store");
}

/* Before gigabytes are written, not behind. */
static void a_disk_that_nothing_tells_from_others_is_refused_beforehand(void **state)
{
        struct stand_in *host = *state;

        if (!can_hold(host))
                skip();
        stand_in_text(host, "/sys/devices/disk/sdx/serial", "\n");
        assert_int_equal(
                stand_in_run(host, "store create /srv/store --size 16M --dry-run"), EXIT_FAIL);
        assert_errors(host, "nothing tells its disk from others");
}

static void a_file_that_is_not_on_the_disk_is_not_left_behind(void **state)
{
        struct stand_in *host = *state;

        if (!can_hold(host))
                skip();
        assert_int_equal(
                stand_in_run(host, "store create /srv/store --size 16M --dry-run"), EXIT_PASS);
        assert_output(host, "Store:     file /srv/store of 16 MiB, which are all written once");
        assert_int_equal(stand_in_run(host, "store create /srv/store --size 16M"), EXIT_FAIL);
        assert_errors(host, "nobody answers here");
        assert_false(stand_in_has(host, "/srv/store"));
        /* The disk of this host is another one than that which the file is on. */
        assert_int_equal(stand_in_run(host, "store create /srv/store --size 16M --yes"), EXIT_FAIL);
        assert_errors(host, "the disk does not have what was written there");
        assert_false(stand_in_has(host, "/srv/store"));
        assert_false(stand_in_has(host, RECORD));
}

/* --- what is remembered --- */

static void what_it_shows(void **state)
{
        struct stand_in *host = *state;

        plant_record(host, "/srv/store");
        assert_int_equal(stand_in_run(host, "store show"), EXIT_PASS);
        assert_output(host, "Store:      /srv/store (a file)");
        assert_output(host, "Id:         " ID);
        assert_output(host, "Room:       15 MiB in 2 pieces");
        assert_output(host, "Orders:     2");
        assert_output(host, "Serial:     S1");
        assert_int_equal(stand_in_run(host, "store show --json"), EXIT_PASS);
        assert_output(host, "\"schema\": \"forestage-store/1\"");
        assert_output(host, "\"generation\": 3");
        assert_output(host, "\"bytes\": 16777216");
        assert_output(host, "\"room_bytes\": 16769024");
}

static const struct {
        const char *text, *error;
} damages[] = {
        { "", "is not what forestage store has written" },
        { "{\"schema\": \"forestage-store/2\"}", "is not what forestage store has written" },
        { "{\"schema\": \"forestage-store/1\", \"path\": \"x\"}", "is not what forestage store" },
        { "{\"schema\": \"forestage-store/1\", \"path\": \"/x\"}", "its map: does not say store=" },
        { "{\"schema\": \"forestage-store/1\", \"path\": \"/x\", \"map\": \"extent=1\"}",
                "its map:1: " },
};

static void a_damaged_record_is_no_store_and_no_room_for_another(void **state)
{
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
                static const char *const lines[] = { "store show", "store verify", "store remove",
                        "store create /srv/store --size 16M --yes" };

                stand_in_text(host, RECORD, "%s", damages[i].text);
                for (size_t j = 0; j < sizeof(lines) / sizeof(lines[0]); j++)
                        if (stand_in_run(host, "%s", lines[j]) != EXIT_FAIL ||
                                !strstr(host->errors, damages[i].error))
                                fail_msg("%zu %s: \"%s\"", i, lines[j], host->errors);
        }
}

static void what_is_saved_is_loaded(void **state)
{
        struct stand_in *host = *state;
        struct store_record record, again;
        struct failure failure;
        uint8_t one[SHA256_SIZE], other[SHA256_SIZE];

        plant_record(host, "/srv/store");
        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        record.map.generation++;
        record.is_device = true;
        assert_true(store_record_save(&host->host, &record, &failure));
        assert_int_equal(store_record_load(&host->host, &again, &failure), EXIT_PASS);
        assert_true(again.is_device);
        assert_string_equal(again.path, "/srv/store");
        assert_true(store_map_digest(&record.map, one));
        assert_true(store_map_digest(&again.map, other));
        assert_memory_equal(one, other, sizeof(one));
        store_record_free(&record);
        store_record_free(&again);
        assert_true(store_record_forget(&host->host, &failure));
        assert_int_equal(store_record_load(&host->host, &again, &failure), EXIT_NO_RUN);
}

static void what_is_not_there_any_more_is_forgotten(void **state)
{
        struct stand_in *host = *state;

        plant_record(host, "/srv/gone");
        assert_int_equal(stand_in_run(host, "store verify"), EXIT_FAIL);
        assert_errors(host, "/srv/gone: No such file");
        assert_int_equal(stand_in_run(host, "store remove --yes"), EXIT_PASS);
        assert_output(host, "left as it is: cannot open ");
        assert_output(host, "Removed:   this host has no store.");
        assert_false(stand_in_has(host, RECORD));
}

/* --- the file itself --- */

/* Its first blocks as a map of the record's has them: where on the disk does not matter here. */
static bool make_file(struct stand_in *host, struct holding *ret_holding)
{
        struct store_record record;
        struct failure failure;

        plant_record(host, "/srv/store");
        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        assert_true(holding_make(&host->host, "/srv/store", 16 * MIB, ret_holding, &failure));
        assert_true(content_mark(ret_holding, &record.map, &failure));
        store_record_free(&record);
        return holding_pin(ret_holding, &failure);
}

static void a_store_is_pinned_until_it_is_removed(void **state)
{
        struct stand_in *host = *state;
        struct holding holding = HOLDING_NONE;
        char path[128];

        if (!can_hold(host) || geteuid() != 0)
                skip();
        assert_true(make_file(host, &holding));
        holding_close(&holding);
        snprintf(path, sizeof(path), "%s/srv/store", host->root);
        assert_int_equal(unlink(path), -1);
        assert_int_equal(errno, EPERM);
        assert_int_equal(truncate(path, 4096), -1);
        assert_int_equal(open(path, O_RDWR | O_CLOEXEC), -1);
        assert_int_equal(stand_in_run(host, "store remove --dry-run"), EXIT_PASS);
        assert_output(host, "the file is removed");
        assert_true(stand_in_has(host, "/srv/store"));
        assert_int_equal(stand_in_run(host, "store remove --yes"), EXIT_PASS);
        assert_false(stand_in_has(host, "/srv/store"));
        assert_false(stand_in_has(host, RECORD));
}

/* Its blocks are free afterwards, and must not look like a store's to the order of an old ESP. */
static void no_first_block_is_left_on_the_disk(void **state)
{
        struct stand_in *host = *state;
        struct holding holding = HOLDING_NONE;
        struct store_head head, none = { .version = 0 };
        struct failure failure;
        char path[128], kept[128];
        int fd;

        if (!can_hold(host) || geteuid() != 0)
                skip();
        assert_true(make_file(host, &holding));
        snprintf(path, sizeof(path), "/proc/self/fd/%d", holding.fd);
        snprintf(kept, sizeof(kept), "%s/srv/store", host->root);
        assert_false(content_is_empty(&holding, &failure));
        assert_non_null(strstr(failure.text, "something stands in the first MiB of "));
        holding_close(&holding);
        fd = open(kept, O_RDONLY | O_CLOEXEC); /* keeps its blocks */
        assert_int_equal(pread(fd, &head, sizeof(head), 8 * (off_t)MIB), sizeof(head));
        assert_memory_equal(head.magic, STORE_HEAD_MAGIC, sizeof(head.magic));
        assert_int_equal(stand_in_run(host, "store remove --yes"), EXIT_PASS);
        for (uint64_t i = 0; i < 2; i++) {
                assert_int_equal(
                        pread(fd, &head, sizeof(head), (off_t)(i * 8 * MIB)), sizeof(head));
                assert_memory_equal(&head, &none, sizeof(head));
        }
        close(fd);
}

static void a_file_that_is_another_by_now_is_left(void **state)
{
        struct stand_in *host = *state;
        struct holding holding = HOLDING_NONE;
        struct failure failure;

        if (!can_hold(host))
                skip();
        assert_true(holding_make(&host->host, "/srv/store", 16 * MIB, &holding, &failure));
        assert_true(content_is_empty(&holding, &failure));
        holding_close(&holding);
        plant_record(host, "/srv/store");
        assert_int_equal(stand_in_run(host, "store remove --yes"), EXIT_PASS);
        assert_output(host, "/srv/store does not begin with the store any more");
        assert_true(stand_in_has(host, "/srv/store"));
        assert_false(stand_in_has(host, RECORD));
}

static void verify_names_what_is_wrong(void **state)
{
        struct stand_in *host = *state;
        struct holding holding = HOLDING_NONE;

        if (!can_hold(host) || geteuid() != 0)
                skip();
        assert_true(make_file(host, &holding));
        holding_close(&holding);
        assert_int_equal(stand_in_run(host, "store verify"), EXIT_FAIL);
        assert_errors(host, "the disk does not have what was written there: ");
}

/* --- an order with the store --- */

/* Made as create does it, but for the disk: what that has is planted. */
static void make_store(struct stand_in *host)
{
        static const uint8_t id[16] = { 7 };
        struct store_record record = { .path = (char[]){ "/srv/store" } };
        struct holding holding = HOLDING_NONE;
        struct disk_number disk;
        struct failure failure;

        assert_true(holding_make(&host->host, "/srv/store", 16 * MIB, &holding, &failure));
        assert_true(placing_find(&host->host, &holding, id, 1, &record.map, &disk, &failure));
        assert_true(content_mark(&holding, &record.map, &failure));
        assert_true(holding_pin(&holding, &failure));
        assert_true(store_record_save(&host->host, &record, &failure));
        holding_close(&holding);
        store_map_free(&record.map);
}

static void plant_map(const struct stand_in *host, const struct store_map *map)
{
        char path[128];
        int fd;

        snprintf(path, sizeof(path), "%s/dev/sdx", host->root);
        fd = open(path, O_RDWR | O_CLOEXEC);
        heads_write(fd, map);
        close(fd);
}

/* The disk as it is when the store has been written for the order of this generation. */
static void plant_heads(struct stand_in *host, uint64_t generation)
{
        struct store_record record;
        struct failure failure;

        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        record.map.generation = generation;
        plant_map(host, &record.map);
        store_record_free(&record);
}

static void assert_generation(const struct stand_in *host, uint64_t generation)
{
        struct store_record record;
        struct failure failure;
        struct store_head head;
        char path[128];
        int fd;

        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        assert_int_equal(record.map.generation, generation);
        store_record_free(&record);
        snprintf(path, sizeof(path), "%s/srv/store", host->root);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(pread(fd, &head, sizeof(head), 0), sizeof(head));
        assert_int_equal(head.generation, generation);
        close(fd);
        assert_int_equal(unlink(path), -1); /* it is still pinned */
}

/* What the stage reads of it. */
static void assert_map_on_esp(const struct stand_in *host, uint64_t generation)
{
        char *text = stand_in_read(host, "/boot/efi/EFI/forestage/store"), why[WHY_SIZE];
        struct store_map map;

        assert_non_null(text);
        assert_true(store_map_parse("store", text, strlen(text), &map, why));
        assert_int_equal(map.generation, generation);
        store_map_free(&map);
        free(text);
        assert_true(stand_in_bundle_is_whole(host));
}

static bool prepare(struct stand_in *host)
{
        if (!can_hold(host) || geteuid() != 0)
                return false;
        assert_int_equal(stand_in_run(host, "install --yes"), EXIT_PASS);
        make_store(host);
        return true;
}

static void an_order_has_the_store(void **state)
{
        struct stand_in *host = *state;
        char *manifest;

        if (!prepare(host))
                skip();
        plant_heads(host, 2);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_PASS);
        assert_output(host, "Store:     /srv/store, 15 MiB of room, order 1\n");
        assert_generation(host, 2);
        assert_map_on_esp(host, 2);
        manifest = stand_in_read(host, "/boot/efi/EFI/forestage/manifest");
        assert_non_null(strstr(manifest, "  store\n"));
        free(manifest);
        assert_int_equal(stand_in_run(host, "store verify"), EXIT_PASS);
        assert_int_equal(stand_in_run(host, "status"), EXIT_PASS);
        assert_output(host, "Store:      /srv/store, 15 MiB of room, order 1\n");
        answers_status(host, "store");
        assert_output(host, "\"path\": \"/srv/store\"");
        assert_int_equal(stand_in_run(host, "uninstall --dry-run"), EXIT_PASS);
        assert_output(host, "The store /srv/store stays; to remove it first: forestage store");
        /* It is the order's until that is called off. */
        assert_int_equal(stand_in_run(host, "store remove --yes"), EXIT_FAIL);
        assert_errors(host, "is armed with it; first: forestage disarm");
        assert_int_equal(stand_in_run(host, "disarm"), EXIT_PASS);
        assert_string_equal(answers_status(host, "store"), "null");
        assert_int_equal(stand_in_run(host, "arm --yes"), EXIT_PASS);
        assert_false(stand_in_has(host, "/boot/efi/EFI/forestage/store"));
        assert_string_equal(answers_status(host, "store"), "null");
        assert_int_equal(stand_in_run(host, "store remove --yes"), EXIT_PASS);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_NO_RUN);
        assert_errors(host, "this host has no store");
}

/* The earlier order stays as it is, and finds the store as it was. */
static void an_order_whose_store_is_not_on_the_disk_is_not_armed(void **state)
{
        struct stand_in *host = *state;
        char before[UUID_LENGTH + 1];

        if (!prepare(host))
                skip();
        plant_heads(host, 2);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_PASS);
        snprintf(before, sizeof(before), "%s", answers_order(host).run_text);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host, "of generation 2, and the order of 3: the store was put back");
        assert_errors(host, "stays armed");
        assert_string_equal(answers_order(host).run_text, before);
        assert_generation(host, 2);
        assert_map_on_esp(host, 2);
        assert_int_equal(stand_in_run(host, "store verify"), EXIT_PASS);
}

static void a_store_that_is_another_by_now_arms_nothing(void **state)
{
        struct stand_in *host = *state;
        struct holding holding = HOLDING_NONE;
        struct failure failure;

        if (!prepare(host))
                skip();
        assert_true(holding_open(&host->host, "/srv/store", HOLDING_WRITE, &holding, &failure));
        assert_true(holding_unlink(&holding, &failure));
        holding_close(&holding);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host, "/srv/store: No such file");
        assert_true(holding_make(&host->host, "/srv/store", 16 * MIB, &holding, &failure));
        holding_close(&holding);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host, "does not begin with this host's store any more");
        assert_false(stand_in_has(host, "/boot/efi/EFI/forestage/order"));
}

static void an_order_that_follows_the_host_keeps_the_store(void **state)
{
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        plant_heads(host, 2);
        assert_int_equal(stand_in_run(host, "arm --store --every-boot --yes"), EXIT_PASS);
        stand_in_delete(host, "/dev/sdx"); /* no service may read it, nor write to the store */
        stand_in_text(host, "/boot/initrd.img-6.1", INITRD " made anew");
        assert_int_equal(stand_in_run(host, "follow"), EXIT_PASS);
        assert_generation(host, 2);
        assert_map_on_esp(host, 2);
}

static void say_in_conf(struct stand_in *host, const char *line)
{
        char *conf = stand_in_read(host, "/boot/efi/EFI/forestage/forestage.conf");

        stand_in_text(host, "/boot/efi/EFI/forestage/forestage.conf", "%s%s\n", conf, line);
        free(conf);
}

static void an_order_that_ends_in_a_reset_has_the_store(void **state)
{
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        plant_heads(host, 2);
        say_in_conf(host, "hand-off=reset");
        assert_int_equal(stand_in_run(host, "arm --yes"), EXIT_FAIL);
        assert_errors(host, "wants the run kept in a store, and this one has none: --store");
        assert_int_equal(stand_in_run(host, "arm --store --every-boot --yes"), EXIT_FAIL);
        assert_errors(host, "would never let this host come up");
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_PASS);
        say_in_conf(host, "hand-off=off");
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host, "hand-off"); /* twice */
}

static void assert_order_says(struct stand_in *host, const char *line)
{
        char *order = stand_in_read(host, "/boot/efi/EFI/forestage/order");

        if (!strstr(order, line))
                fail_msg("the order has no \"%s\": %s", line, order);
        free(order);
}

static void an_order_can_end_otherwise_than_the_host_says(void **state)
{
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        plant_heads(host, 2);
        assert_int_equal(stand_in_run(host, "arm --hand-off=off --yes"), EXIT_USAGE);
        assert_errors(host, "--hand-off=off is none of kexec, kexec-else-reset, reset");
        assert_int_equal(stand_in_run(host, "arm --hand-off=reset --yes"), EXIT_FAIL);
        assert_errors(host, "--hand-off=reset wants the run kept in a store");
        assert_int_equal(
                stand_in_run(host, "arm --store --hand-off=reset --every-boot --yes"), EXIT_FAIL);
        assert_errors(host, "--hand-off=reset, at every boot, would never let this host come up");
        assert_int_equal(stand_in_run(host, "arm --store --hand-off=reset --yes"), EXIT_PASS);
        assert_output(
                host, "Ends:      in a reset, into the normal boot; the run is in the store\n");
        assert_order_says(host, "\nhand-off=reset\n");
        assert_int_equal(stand_in_run(host, "status"), EXIT_PASS);
        assert_output(host, "Hand-off:   reset, as it was armed\n");
        assert_string_equal(answers_status(host, "hand_off"), "reset");
        say_in_conf(host, "hand-off=reset");
        assert_int_equal(stand_in_run(host, "arm --hand-off=kexec --yes"), EXIT_PASS);
        assert_order_says(host, "\nhand-off=kexec\n");
}

/* An order for every boot is armed anew as it was, hand-off and all; the next one knows nothing of
 * it. */
static void how_it_ends_is_the_orders_own(void **state)
{
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        plant_heads(host, 2);
        assert_int_equal(
                stand_in_run(host, "arm --store --hand-off=kexec-else-reset --every-boot --yes"),
                EXIT_PASS);
        stand_in_text(host, "/boot/initrd.img-6.1", INITRD " made anew");
        assert_int_equal(stand_in_run(host, "follow"), EXIT_PASS);
        assert_order_says(host, "\nhand-off=kexec-else-reset\n");
        assert_int_equal(stand_in_run(host, "arm --yes"), EXIT_PASS);
        assert_false(answers_order(host).has_hand_off);
        assert_string_equal(answers_status(host, "hand_off"), "null");
}

/* Such a Xen cannot be started by kexec, and need not be where the run ends in a reset. */
static void a_run_that_ends_in_a_reset_needs_no_xen_for_kexec(void **state)
{
        static const char xen[] = "MZ and more that is no ELF file";
        struct stand_in *host = *state;
        char *copy;

        if (!prepare(host))
                skip();
        plant_heads(host, 2);
        stand_in_text(host, "/boot/xen-4.17-amd64.gz", "%s", xen);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host, "a PE file");
        assert_errors(host, "forestage arm --store --hand-off=reset");
        assert_int_equal(stand_in_run(host, "arm --store --hand-off=reset --yes"), EXIT_PASS);
        copy = stand_in_read(host, "/boot/efi/EFI/forestage/next/xen");
        assert_string_equal(copy, xen);
        free(copy);
}

/* Such a job leaves so many bytes; what is larger than 1 MiB goes to the store. */
static void put_large_job(struct stand_in *host, const char *bytes)
{
        stand_in_text(host, "/etc/forestage/jobs/large.conf",
                "[Job]\nType=program\n[Program]\nExec=./p\n[Expect]\nout=like reference tolerance "
                "0 as "
                "u8\n");
        stand_in_text(host, "/etc/forestage/jobs/p", "#!/bin/sh\n");
        stand_in_text(host, "/etc/forestage/jobs/reference", "%s", bytes);
}

static void large_outputs_are_counted_in_the_store(void **state)
{
        struct stand_in *host = *state;
        char path[128];

        if (!prepare(host))
                skip();
        plant_heads(host, 2);
        put_large_job(host, "x");
        snprintf(path, sizeof(path), "%s/etc/forestage/jobs/reference", host->root);
        assert_int_equal(truncate(path, 14 << 20), 0);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_PASS);
        assert_output(host, "KiB of outputs go there");
        assert_int_equal(stand_in_run(host, "arm --store --hand-off=reset --yes"), EXIT_FAIL);
        assert_errors(host, "need 15 MiB in the store, and /srv/store has room for 0 MiB of them "
                            "beside the run itself: make a larger one");
        assert_int_equal(truncate(path, 17 << 20), 0);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host, "need 18 MiB in the store, and /srv/store has room for 15 MiB of them: "
                            "make a larger one");
}

/* Another byte of the disk, `offset` into the room of the store. */
static void alter(struct stand_in *host, uint64_t offset)
{
        struct store_record record;
        struct store_piece piece;
        struct failure failure;
        char path[128];
        int fd;

        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        assert_true(store_map_find(&record.map, offset, 1, &piece));
        snprintf(path, sizeof(path), "%s/dev/sdx", host->root);
        fd = open(path, O_RDWR | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "\x01", 1, (off_t)piece.start), 1);
        close(fd);
        store_record_free(&record);
}

/* --- inputs --- */

#define JOBS "/etc/forestage/jobs"

static int open_jobs(const struct stand_in *host)
{
        char path[128];
        int fd;

        snprintf(path, sizeof(path), "%s" JOBS, host->root);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

/* A folder, and an image of it that was made elsewhere; a job reads both. */
static void put_trees(struct stand_in *host, const char *text)
{
        struct treeimage image;
        struct failure failure;
        char piece[4096];
        int jobs;

        stand_in_text(host, JOBS "/trees/land/usr/bin/it", "#!/bin/sh\n");
        stand_in_text(host, JOBS "/trees/data/of data/.hidden", "%s", text);
        stand_in_text(host, JOBS "/trees/beside", "goes along");
        if (!stand_in_has(host, JOBS "/land.erofs"))
                stand_in_link(host, "/etc/passwd", JOBS "/trees/data/link");
        stand_in_text(host, JOBS "/reads.conf",
                "[Job]\nType=program\n[Program]\nExec=/usr/bin/it\nData=trees/data\n"
                "Root=land.erofs\n");
        jobs = open_jobs(host);
        if (!treeimage_make(&host->host, jobs, "jobs", "trees/land", &image, &failure))
                fail_msg("%s", failure.text);
        for (uint64_t at = 0; at < image.bytes; at += sizeof(piece)) {
                assert_int_equal(pread(image.fd, piece, sizeof(piece), (off_t)at), sizeof(piece));
                if (at == 0)
                        stand_in_write(host, JOBS "/land.erofs", piece, sizeof(piece));
                else
                        fail_msg("a small tree has one block");
        }
        treeimage_free(&image);
        stand_in_delete(host, JOBS "/trees/land/usr/bin/it");
        close(jobs);
}

static void write_room(
        int fd, const struct store_map *map, uint64_t offset, const uint8_t *data, uint64_t length)
{
        struct store_piece piece;

        for (uint64_t done = 0; store_map_find(map, offset + done, length - done, &piece);
                done += piece.length)
                assert_int_equal(pwrite(fd, data + done, piece.length, (off_t)piece.start),
                        (ssize_t)piece.length);
}

/* What the next order will write, on the disk of this host. */
static void plant_inputs(struct stand_in *host, const char *const names[])
{
        struct marking marking;
        struct failure failure;
        char path[128];
        int jobs = open_jobs(host), fd;

        assert_true(marking_find(&host->host, &marking, &failure));
        for (; *names; names++) {
                struct treeimage image;

                if (!treeimage_make(&host->host, jobs, "jobs", *names, &image, &failure))
                        fail_msg("%s", failure.text);
                marking_add(&marking, &image);
        }
        assert_true(marking_plan(&marking, 0, &failure));
        plant_map(host, &marking.after.map);
        snprintf(path, sizeof(path), "%s/dev/sdx", host->root);
        fd = open(path, O_RDWR | O_CLOEXEC);
        for (size_t i = 0; i < marking.count; i++) {
                const struct store_input *input = &marking.after.map.inputs[i];
                uint8_t *data = malloc(input->bytes);

                assert_int_equal(pread(marking.images[i].fd, data, input->bytes, 0), input->bytes);
                write_room(fd, &marking.after.map, input->offset, data, input->bytes);
                write_room(fd, &marking.after.map, input->offset + input->bytes,
                        marking.images[i].tree, store_input_span(input->bytes) - input->bytes);
                free(data);
        }
        close(fd);
        close(jobs);
        marking_free(&marking);
}

/* --- what jobs leave for the next run --- */

static void put_resumed_job(struct stand_in *host, const char *more)
{
        stand_in_text(host, JOBS "/long.conf",
                "[Job]\nType=program\n[Program]\nExec=./p\nCheckpoint=state\n[Limits]\n"
                "Checkpoint=5000\n%s",
                more);
        stand_in_text(host, JOBS "/short.conf", "[Job]\nType=program\n[Program]\nExec=./p\n");
        stand_in_text(host, JOBS "/p", "#!/bin/sh\n");
}

/* As arm does it for the next order, on so many GPUs. For marking_free. */
static struct marking plan_places(struct stand_in *host, uint64_t gpus, bool anew)
{
        char path[128];
        struct joblist list;
        struct resumption resumption = { path, &list, gpus, anew };
        struct marking marking;
        struct failure failure;

        snprintf(path, sizeof(path), "%s" JOBS, host->root);
        if (!joblist_read(path, &list, &failure) ||
                !marking_find(&host->host, &marking, &failure) ||
                !resumption_add(&resumption, &marking, &failure) ||
                !marking_plan(&marking, 8192, &failure))
                fail_msg("%s", failure.text);
        joblist_free(&list);
        return marking;
}

static bool is_order_of(struct stand_in *host, const struct marking *first, bool anew)
{
        struct marking marking = plan_places(host, 3, anew);
        bool same = memcmp(marking.after.map.checkpoints[0].order,
                            first->after.map.checkpoints[0].order, SHA256_SIZE) == 0;

        marking_free(&marking);
        return same;
}

static void what_jobs_leave_has_a_place(void **state)
{
        struct stand_in *host = *state;
        const struct store_checkpoint *place;
        struct marking marking;

        if (!prepare(host))
                skip();
        put_resumed_job(host, "");
        assert_int_equal(stand_in_run(host, "arm --yes"), EXIT_FAIL);
        assert_errors(host, "the job long in ");
        assert_errors(host, "leaves a file for its next run (Checkpoint=state), for which only an "
                            "order with a store has a place: forestage arm --store");
        marking = plan_places(host, 3, false);
        assert_int_equal(marking.after.map.checkpoint_count, 1);
        place = &marking.after.map.checkpoints[0];
        assert_string_equal(place->job, "long");
        assert_int_equal(place->bytes, 8192);
        assert_int_equal(place->devices, 3);
        assert_int_equal(place->offset, marking.after.map.room - 6 * 3 * 4096);
        assert_int_equal(marking.after.map.results, place->offset);
        assert_true(is_order_of(host, &marking, false));
        assert_false(is_order_of(host, &marking, true));
        stand_in_text(host, JOBS "/p", "#!/bin/sh\ntrue\n");
        assert_false(is_order_of(host, &marking, false));
        stand_in_text(host, JOBS "/p", "#!/bin/sh\n");
        assert_true(is_order_of(host, &marking, false));
        stand_in_text(host, JOBS "/q", "#!/bin/sh\n");
        assert_false(is_order_of(host, &marking, false));
        marking_free(&marking);
}

static void an_order_has_the_places_of_its_jobs(void **state)
{
        struct stand_in *host = *state;
        struct marking marking;
        char *text;

        if (!prepare(host))
                skip();
        put_resumed_job(host, "");
        marking = plan_places(host, 1, false);
        plant_map(host, &marking.after.map);
        marking_free(&marking);
        assert_int_equal(stand_in_run(host, "arm --store --every-boot --yes"), EXIT_PASS);
        assert_map_on_esp(host, 2);
        text = stand_in_read(host, "/boot/efi/EFI/forestage/store");
        assert_non_null(strstr(text, "\ncheckpoint="));
        assert_non_null(strstr(text, " long\n"));
        free(text);
        assert_int_equal(stand_in_run(host, "store show"), EXIT_PASS);
        assert_output(host, "Resumes:    long, with at most 0 MiB\n");
        assert_int_equal(stand_in_run(host, "store show --json"), EXIT_PASS);
        assert_output(host, "\"job\": \"long\"");
        assert_int_equal(stand_in_run(host, "store verify"), EXIT_PASS);
        /* of the order, too, when that follows the host */
        stand_in_text(host, "/boot/initrd.img-6.1", INITRD " made anew");
        assert_int_equal(stand_in_run(host, "follow"), EXIT_PASS);
        assert_map_on_esp(host, 2);
        assert_int_equal(stand_in_run(host, "disarm"), EXIT_PASS);
        put_resumed_job(host, "[Limits]\nMemory=1T\n");
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
}

static void places_that_do_not_fit_are_refused(void **state)
{
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        put_resumed_job(host, "");
        stand_in_text(host, JOBS "/longer.conf",
                "[Job]\nType=program\n[Program]\nExec=./p\nCheckpoint=state\n");
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host,
                "the checkpoints need 129 MiB in the store, and /srv/store has room for "
                "15 MiB of them beside the results");
}

static const char *const both[] = { "trees/data", "land.erofs", NULL };

static void trees_go_into_the_store(void **state)
{
        struct stand_in *host = *state;
        struct store_record record;
        struct failure failure;
        char *text;

        if (!prepare(host))
                skip();
        put_trees(host, "a tree");
        assert_int_equal(stand_in_run(host, "arm --yes"), EXIT_FAIL);
        assert_errors(host, "read trees (Data=, Root=: trees/data, …), which only an order with a "
                            "store can have: forestage arm --store");
        plant_inputs(host, both);
        assert_int_equal(stand_in_run(host, "arm --store --every-boot --yes"), EXIT_PASS);
        assert_output(host, "Inputs:    trees/data, read from there\n");
        assert_output(host, "           land.erofs, read from there\n");
        assert_false(stand_in_has(host, "/boot/efi/EFI/forestage/jobs/trees/data"));
        assert_false(stand_in_has(host, "/boot/efi/EFI/forestage/jobs/land.erofs"));
        assert_true(stand_in_has(host, "/boot/efi/EFI/forestage/jobs/trees/beside"));
        assert_map_on_esp(host, 2);
        text = stand_in_read(host, "/boot/efi/EFI/forestage/store");
        assert_non_null(strstr(text, " trees/data\ninput="));
        assert_non_null(strstr(text, " land.erofs\n"));
        free(text);
        assert_int_equal(stand_in_run(host, "store show"), EXIT_PASS);
        assert_output(host, "Inputs:     0 MiB, trees/data\n");
        assert_int_equal(stand_in_run(host, "store show --json"), EXIT_PASS);
        assert_output(host, "\"name\": \"land.erofs\"");
        assert_int_equal(stand_in_run(host, "store verify"), EXIT_PASS);
        /* They are the order's, and neither looked for nor written when that follows the host. */
        stand_in_text(host, "/boot/initrd.img-6.1", INITRD " made anew");
        assert_int_equal(stand_in_run(host, "follow"), EXIT_PASS);
        assert_map_on_esp(host, 2);
        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        assert_int_equal(record.map.input_count, 2);
        alter(host, record.map.inputs[0].offset + 100);
        store_record_free(&record);
        assert_int_equal(stand_in_run(host, "store verify"), EXIT_FAIL);
        assert_errors(host, "the input trees/data in the store: it is not what was armed");
}

/* The disk does not get what is written into the file here. */
static void trees_that_are_not_on_the_disk_are_not_armed(void **state)
{
        struct stand_in *host = *state;
        struct store_record record;
        struct failure failure;

        if (!prepare(host))
                skip();
        put_trees(host, "a tree");
        plant_inputs(host, both);
        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        alter(host, record.map.room - 100);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host, "the disk does not have what was written there: the input land.erofs: "
                            "it is not what was armed");
        assert_errors(host, "nothing is armed now");
        store_record_free(&record);
}

static void an_armed_order_keeps_its_inputs(void **state)
{
        struct stand_in *host = *state;
        char before[UUID_LENGTH + 1];

        if (!prepare(host))
                skip();
        put_trees(host, "a tree");
        plant_inputs(host, both);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_PASS);
        snprintf(before, sizeof(before), "%s", answers_order(host).run_text);
        put_trees(host, "another tree");
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
        assert_errors(host, "is armed with other inputs in the store, and would lose them; first: "
                            "forestage disarm");
        assert_string_equal(answers_order(host).run_text, before);
        put_trees(host, "a tree");
        plant_inputs(host, both);
        assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_PASS);
}

static void copy_block(struct stand_in *host, const char *from, const char *to)
{
        char path[128], block[4096];
        int fd;

        snprintf(path, sizeof(path), "%s%s", host->root, from);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(pread(fd, block, sizeof(block), 0), sizeof(block));
        close(fd);
        snprintf(path, sizeof(path), "%s%s", host->root, to);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, block, sizeof(block), 0), sizeof(block));
        close(fd);
}

static const struct {
        const char *lines, *error;
} no_trees[] = {
        { "Data=nowhere\n", "/nowhere, which Data= or Root= names: No such file or directory" },
        { "Data=shared\n", "others may write to the folder" },
        { "Data=file\n", "/file, which Data= or Root= names: it is neither a folder nor an EROFS "
                         "image, NAME.erofs" },
        { "Root=short.erofs\n", "short.erofs: it does not have a multiple of 4096 bytes" },
        { "Root=no.erofs\n", "no.erofs: it is no EROFS image" },
        { "Data=trees\nRoot=trees/data\n",
                "read both trees and trees/data as trees (Data=, Root=), and one is in the other" },
        { "Data=large.erofs\n", "the inputs need 17 MiB in the store, and /srv/store has room for "
                                "15 MiB of them beside the results" },
};

static void what_is_no_tree_is_refused(void **state)
{
        struct stand_in *host = *state;
        char path[128];

        if (!prepare(host))
                skip();
        put_trees(host, "a tree");
        stand_in_delete(host, JOBS "/trees/data/link"); /* it may not go on the ESP */
        stand_in_text(host, JOBS "/shared/file", "x");
        stand_in_text(host, JOBS "/file", "x");
        stand_in_text(host, JOBS "/short.erofs", "x");
        stand_in_text(host, JOBS "/no.erofs", "%4096s", "");
        stand_in_write(host, JOBS "/large.erofs", "", 0);
        snprintf(path, sizeof(path), "%s" JOBS "/shared", host->root);
        assert_int_equal(chmod(path, 0777), 0);
        snprintf(path, sizeof(path), "%s" JOBS "/large.erofs", host->root);
        assert_int_equal(truncate(path, 16 << 20), 0);
        copy_block(host, JOBS "/land.erofs", JOBS "/large.erofs");
        for (size_t i = 0; i < sizeof(no_trees) / sizeof(no_trees[0]); i++) {
                stand_in_text(host, JOBS "/reads.conf",
                        "[Job]\nType=program\n[Program]\nExec=p\n%s", no_trees[i].lines);
                stand_in_text(host, JOBS "/p", "#!/bin/sh\n");
                assert_int_equal(stand_in_run(host, "arm --store --yes"), EXIT_FAIL);
                assert_errors(host, no_trees[i].error);
                assert_false(stand_in_has(host, "/boot/efi/EFI/forestage/order"));
        }
}

static void without_its_tool_no_image_is_made(void **state)
{
        struct stand_in *host = *state;
        struct treeimage image;
        struct failure failure;
        int jobs;

        stand_in_text(host, JOBS "/tree/file", "x");
        jobs = open_jobs(host);
        host->host.programs = "/nowhere";
        assert_false(treeimage_make(&host->host, jobs, "jobs", "tree", &image, &failure));
        assert_non_null(strstr(failure.text, "install the package erofs-utils, or bring an image"));
        close(jobs);
}

/* --- a run that was kept --- */

/* A host whose last run, that of the sample, has left nothing in memory. */
static void lose_run(struct stand_in *host)
{
        char path[128];

        stand_in_text(host, "/var/lib/forestage/armed.json",
                "{\"schema\": \"forestage-armed/1\", \"order\": \"" SAMPLE_RUN
                "\", \"store\": {\"path\": \"/srv/store\"}}\n");
        stand_in_variable(host, "ForestageLastRun", OUR_VENDOR, SAMPLE_RUN, strlen(SAMPLE_RUN));
        plant_heads(host, 1);
        snprintf(path, sizeof(path), "%s/dev/sdx", host->root);
        assert_int_equal(truncate(path, (off_t)1 << 40), 0);
}

/* As the stage does it, on the disk of this host. */
static void keep_run(struct stand_in *host, const uint8_t run[16])
{
        struct store_record record;
        struct failure failure;
        struct store_pen pen;
        struct sample sample;
        char path[128], why[WHY_SIZE];
        int fd;

        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        snprintf(path, sizeof(path), "%s/dev/sdx", host->root);
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (!store_pen_open(fd, record.map.disk.size, &record.map, &pen, why))
                fail_msg("%s", why);
        sample_passed(&sample);
        assert_true(kept_write(&pen, run, sample.base, sample.size, sample.writer.offset, why));
        sample_free(&sample);
        close(fd);
        store_record_free(&record);
}

static void a_run_that_was_kept_is_collected(void **state)
{
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        lose_run(host);
        keep_run(host, sample_run_id);
        assert_int_equal(stand_in_run(host, "status"), EXIT_PASS);
        assert_output(host, "collect the results from the store, if they are there: forestage");
        assert_int_equal(stand_in_run(host, "collect --once"), EXIT_PASS);
        assert_output(host, "forestage: run " SAMPLE_RUN ": PASS, 3 of 3 passed; ");
        assert_string_equal(answers_status(host, "state"), "collected");
        assert_string_equal(answers_status(host, "verdict"), "pass");
        assert_int_equal(stand_in_run(host, "collect --once"), EXIT_PASS);
        assert_string_equal(host->output, "");
        assert_string_equal(host->errors, "");
}

static void it_is_collected_by_hand_too(void **state)
{
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        lose_run(host);
        keep_run(host, sample_run_id);
        assert_int_equal(stand_in_run(host, "collect"), EXIT_PASS);
        assert_output(host, "Verdict:    PASS (3 pass)");
        assert_int_equal(stand_in_run(host, "collect --json"), EXIT_NO_RUN); /* it is collected */
}

static const struct {
        uint64_t at; /* in the store's room */
        int code;
        const char *said;
} damages_of_kept[] = {
        { 40, EXIT_FAIL, "/srv/store: what says which run is kept in it is damaged" },
        { STORE_BLOCK + 0x1000 + 70, EXIT_INCOMPLETE, "INCOMPLETE" },
        { STORE_BLOCK + 0x1000 + 3000, EXIT_INCOMPLETE, "INCOMPLETE" },
};

/* Nothing of it is taken on trust. */
static void a_run_that_was_altered_in_the_store_is_no_pass(void **state)
{
        for (size_t i = 0; i < sizeof(damages_of_kept) / sizeof(damages_of_kept[0]); i++) {
                struct stand_in *host;
                int code;

                remove_host(state);
                make_host(state);
                host = *state;
                if (!prepare(host))
                        skip();
                lose_run(host);
                keep_run(host, sample_run_id);
                alter(host, damages_of_kept[i].at);
                code = stand_in_run(host, "collect --once");
                if (code != damages_of_kept[i].code ||
                        (!strstr(host->errors, damages_of_kept[i].said) &&
                                !strstr(host->output, damages_of_kept[i].said)))
                        fail_msg("%zu: %d \"%s\" \"%s\"", i, code, host->output, host->errors);
        }
}

/* The loss is told, and why it is one: once. */
static void a_run_that_was_not_kept_is_lost(void **state)
{
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        lose_run(host);
        assert_int_equal(stand_in_run(host, "collect --once"), EXIT_FAIL);
        assert_errors(host, "/srv/store: no run is kept in it");
        assert_errors(host, "was started and has left no results");
        assert_int_equal(stand_in_run(host, "collect --once"), EXIT_PASS);
        assert_string_equal(host->errors, "");
}

/* The service may be there earlier than a volume, or what a file is on. */
static void a_store_that_comes_late_is_waited_for(void **state)
{
        struct stand_in *host = *state;
        char here[128], away[128];
        pid_t child;

        if (!prepare(host))
                skip();
        lose_run(host);
        keep_run(host, sample_run_id);
        snprintf(here, sizeof(here), "%s/srv", host->root);
        snprintf(away, sizeof(away), "%s/away", host->root);
        assert_int_equal(rename(here, away), 0);
        child = fork();
        if (child == 0) {
                usleep(300000);
                _exit(rename(away, here) != 0);
        }
        host->host.disk_patience = 20;
        assert_int_equal(stand_in_run(host, "collect --once"), EXIT_PASS);
        assert_output(host, "forestage: run " SAMPLE_RUN ": PASS, 3 of 3 passed; ");
        assert_int_equal(waitpid(child, NULL, 0), child);
}

static void another_run_is_not_taken_for_it(void **state)
{
        static const uint8_t other[16] = { 1 };
        struct stand_in *host = *state;

        if (!prepare(host))
                skip();
        lose_run(host);
        keep_run(host, other);
        assert_int_equal(stand_in_run(host, "collect --once"), EXIT_FAIL);
        assert_errors(host, "the run that is kept in /srv/store is another one, 01000000-0000");
        assert_errors(host, "was started and has left no results");
}

/* --- files of a run that are in the store --- */

#define STORED_FROM ((uint64_t)1 << 20)

/* The output of job "wave" of the sample, on this host's disk; and where it is. */
static void store_hello(struct stand_in *host, const char *content)
{
        struct store_record record;
        struct shelf_place place;
        struct failure failure;
        struct store_pen pen;
        struct shelf *shelf;
        uint8_t digest[SHA256_SIZE];
        char path[128], why[WHY_SIZE];
        int fd;

        assert_int_equal(store_record_load(&host->host, &record, &failure), EXIT_PASS);
        snprintf(path, sizeof(path), "%s/dev/sdx", host->root);
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (!store_pen_open(fd, record.map.disk.size, &record.map, &pen, why))
                fail_msg("%s", why);
        shelf = shelf_open(&pen, STORED_FROM, sample_run_id, why);
        assert_non_null(shelf);
        assert_true(shelf_begin(shelf, "jobs/wave/0/hello.txt", strlen(content), why));
        shelf_add(shelf, content, strlen(content));
        assert_true(shelf_end(shelf, &place, digest, why));
        shelf_free(shelf);
        close(fd);
        store_record_free(&record);
        sample_stored = (struct sample_stored){ "wave", 6, place.from, place.size, place.offset,
                place.number, SAMPLE_HELLO };
}

static int forget_stored(void **state)
{
        sample_stored = (struct sample_stored){ .job = NULL };
        return remove_host(state);
}

static void a_file_in_the_store_is_collected(void **state)
{
        struct stand_in *host = *state;
        char *text;

        if (!prepare(host))
                skip();
        lose_run(host);
        store_hello(host, "hello\n");
        keep_run(host, sample_run_id);
        assert_int_equal(stand_in_run(host, "collect --once"), EXIT_PASS);
        assert_output(host, ": PASS, 3 of 3 passed; ");
        text = stand_in_read(host, "/var/lib/forestage/runs/" SAMPLE_RUN "/jobs/wave/0/hello.txt");
        assert_string_equal(text, "hello\n");
        free(text);
}

static const struct {
        const char *content;
        unsigned long long bytes, number; /* as the record has it; 0: as it is */
        uint64_t alter;                   /* this byte of the store's room; 0: none */
        const char *said;
} lies_of_stored[] = {
        { "hullo\n", 0, 0, 0, "it has another SHA-256 there than its record says" },
        { "hell\n", 0, 0, 0, "it has 5 bytes there, and should have 6" },
        { "hello\n", 5, 0, 0, "it has 6 bytes there, and should have 5" },
        { "hello\n", 0, 7, 0, "there is no file where it should be" },
        { "hello\n", 0, 0, STORED_FROM + 4096 + 64 + 23, "its checksum in the store is wrong" },
        { "hello\n", 0, 0, STORED_FROM + 4096 + 66, "another file is where it should be" },
        { "hello\n", 0, 0, STORED_FROM + 4096 + 4, "there is no file where it should be" },
};

/* It is named, it is no pass, and it is not written; all else of the run is. */
static void a_file_that_is_not_in_the_store_is_no_pass(void **state)
{
        for (size_t i = 0; i < sizeof(lies_of_stored) / sizeof(lies_of_stored[0]); i++) {
                struct stand_in *host;
                int code;

                forget_stored(state);
                make_host(state);
                host = *state;
                if (!prepare(host))
                        skip();
                lose_run(host);
                store_hello(host, lies_of_stored[i].content);
                if (lies_of_stored[i].bytes)
                        sample_stored.bytes = lies_of_stored[i].bytes;
                if (lies_of_stored[i].number)
                        sample_stored.number = lies_of_stored[i].number;
                keep_run(host, sample_run_id);
                if (lies_of_stored[i].alter)
                        alter(host, lies_of_stored[i].alter);
                code = stand_in_run(host, "collect --json");
                if (code == EXIT_PASS || !strstr(host->output, lies_of_stored[i].said) ||
                        !strstr(host->output, "the file jobs/wave/0/hello.txt, which is in the "
                                              "store, cannot be had"))
                        fail_msg("%zu: %d \"%s\" \"%s\"", i, code, host->output, host->errors);
                assert_false(stand_in_has(
                        host, "/var/lib/forestage/runs/" SAMPLE_RUN "/jobs/wave/0/hello.txt"));
                assert_true(stand_in_has(host, "/var/lib/forestage/runs/" SAMPLE_RUN "/run.json"));
        }
}

/* The disk changes between the proof of a file and the writing of the run folder. */
static struct stand_in *altered_host;
static unsigned rooms_asked;
static uint64_t room_of_copies;

static bool alter_meanwhile(const char *path, uint64_t *ret_bytes)
{
        (void)path;
        *ret_bytes = rooms_asked == 0 ? room_of_copies : 1024 * MIB;
        if (rooms_asked++ == 1)
                alter(altered_host, STORED_FROM + 4096 + 64 + 23);
        return true;
}

static const struct {
        uint64_t room; /* for a copy of what is proven */
        int code;
        const char *said;
} readings[] = {
        { 1024 * MIB, EXIT_PASS, ": PASS, 3 of 3 passed; " },
        { 16 * MIB, EXIT_INCOMPLETE, "cannot write jobs/wave/0/hello.txt" },
};

/* What is collected is what was proven: from a copy, that was read once; or read and proven again.
 */
static void a_file_that_changes_meanwhile_is_not_collected(void **state)
{
        for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
                struct stand_in *host;
                char *text;

                forget_stored(state);
                make_host(state);
                altered_host = host = *state;
                if (!prepare(host))
                        skip();
                lose_run(host);
                store_hello(host, "hello\n");
                keep_run(host, sample_run_id);
                rooms_asked = 0;
                room_of_copies = readings[i].room;
                host->host.room = alter_meanwhile;
                assert_int_equal(stand_in_run(host, "collect --once"), readings[i].code);
                assert_int_equal(rooms_asked, 2);
                if (readings[i].code != EXIT_PASS) {
                        assert_errors(host, readings[i].said);
                        assert_false(stand_in_has(host, "/var/lib/forestage/runs/" SAMPLE_RUN));
                        continue;
                }
                assert_output(host, readings[i].said);
                text = stand_in_read(
                        host, "/var/lib/forestage/runs/" SAMPLE_RUN "/jobs/wave/0/hello.txt");
                assert_string_equal(text, "hello\n");
                free(text);
        }
}

#define on_a_host(test) cmocka_unit_test_setup_teardown(test, make_host, remove_host)

int main(void)
{
        const struct CMUnitTest tests[] = {
                on_a_host(what_it_refuses),
                on_a_host(a_second_one_is_refused),
                on_a_host(a_disk_that_nothing_tells_from_others_is_refused_beforehand),
                on_a_host(a_file_that_is_not_on_the_disk_is_not_left_behind),
                on_a_host(what_it_shows),
                on_a_host(a_damaged_record_is_no_store_and_no_room_for_another),
                on_a_host(what_is_saved_is_loaded),
                on_a_host(what_is_not_there_any_more_is_forgotten),
                on_a_host(a_store_is_pinned_until_it_is_removed),
                on_a_host(no_first_block_is_left_on_the_disk),
                on_a_host(a_file_that_is_another_by_now_is_left),
                on_a_host(verify_names_what_is_wrong),
                on_a_host(an_order_has_the_store),
                on_a_host(an_order_whose_store_is_not_on_the_disk_is_not_armed),
                on_a_host(a_store_that_is_another_by_now_arms_nothing),
                on_a_host(an_order_that_follows_the_host_keeps_the_store),
                on_a_host(an_order_that_ends_in_a_reset_has_the_store),
                on_a_host(large_outputs_are_counted_in_the_store),
                on_a_host(an_order_can_end_otherwise_than_the_host_says),
                on_a_host(how_it_ends_is_the_orders_own),
                on_a_host(a_run_that_ends_in_a_reset_needs_no_xen_for_kexec),
                on_a_host(trees_go_into_the_store),
                on_a_host(what_jobs_leave_has_a_place),
                on_a_host(an_order_has_the_places_of_its_jobs),
                on_a_host(places_that_do_not_fit_are_refused),
                on_a_host(trees_that_are_not_on_the_disk_are_not_armed),
                on_a_host(an_armed_order_keeps_its_inputs),
                on_a_host(what_is_no_tree_is_refused),
                on_a_host(without_its_tool_no_image_is_made),
                on_a_host(a_run_that_was_kept_is_collected),
                on_a_host(it_is_collected_by_hand_too),
                on_a_host(a_run_that_was_altered_in_the_store_is_no_pass),
                on_a_host(a_run_that_was_not_kept_is_lost),
                on_a_host(a_store_that_comes_late_is_waited_for),
                on_a_host(another_run_is_not_taken_for_it),
                cmocka_unit_test_setup_teardown(
                        a_file_in_the_store_is_collected, make_host, forget_stored),
                cmocka_unit_test_setup_teardown(
                        a_file_that_is_not_in_the_store_is_no_pass, make_host, forget_stored),
                cmocka_unit_test_setup_teardown(
                        a_file_that_changes_meanwhile_is_not_collected, make_host, forget_stored),
        };

        return run_tap(tests);
}
