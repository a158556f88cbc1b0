/* Large files of a run go to a store: the region tells where, and nobody else gets to its disk. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/run/run.h"
#include "lib/why.h"
#include "store/head.h"
#include "store/shelf.h"
#include "tests/unit/runner/harness.h"
#include "tests/unit/store/heads.h"
#include "tests/unit/tap.h"

#define DISK  ((uint64_t)16 << 20)
#define FD    70 /* of the disk, in the runner */
#define LARGE 300000u

static struct store_extent extents[] = {
        { .start = 1 << 20, .length = 1 << 20 },
        { .start = 4 << 20, .length = 2 << 20 },
};
static struct store_checkpoint checkpoints[] = { { .offset = (uint64_t)2 << 20,
        .bytes = 65536,
        .devices = 1,
        .order = { 3 },
        .job = (char *)"p" } };
static struct store_map map;
static struct store_pen pen;
static char store[128];
static const char *const options[] = { "--store", store, "--store-above", "64K", NULL };

static void write_map(void)
{
        char path[128], *text;
        size_t length;

        snprintf(path, sizeof(path), "%s/disk", scratch);
        pen.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(dup2(pen.fd, FD) == FD); /* as init gives it: open for whoever is started */
        assert_int_equal(ftruncate(pen.fd, DISK), 0);
        text = store_map_format(&map, &length);
        put("map", text);
        free(text);
        heads_write(pen.fd, &map);
}

static int make_store_with(void **state, size_t places)
{
        char why[WHY_SIZE];

        if (set_up_fake(state) != 0)
                return -1;
        map = (struct store_map){ .id = { 1 },
                .host = { 2 },
                .generation = 7,
                .disk = { .size = DISK, .serial = "S" },
                .extents = extents,
                .count = 2,
                .checkpoints = checkpoints,
                .checkpoint_count = places };
        if (!store_map_check(&map, why))
                return -1;
        write_map();
        snprintf(store, sizeof(store), "%d,8192,%s/map", FD, scratch);
        return store_pen_open(pen.fd, DISK, &map, &pen, why) ? 0 : -1;
}

static int make_store(void **state)
{
        return make_store_with(state, 0);
}

static int make_resumable(void **state)
{
        return make_store_with(state, 1);
}

static int remove_store(void **state)
{
        close(pen.fd);
        close(FD);
        return tear_down(state);
}

/* --- reading --- */

struct copy {
        char *bytes;
        size_t length;
};

static bool take(void *context, const void *data, size_t length)
{
        struct copy *copy = context;

        memcpy(copy->bytes + copy->length, data, length);
        copy->length += length;
        return true;
}

static bool read_file(
        void *context, const uint8_t run_id[16], const struct run_file *file, int fd, char *why)
{
        struct copy copy = { .bytes = malloc(file->length) };
        uint8_t digest[SHA256_SIZE];
        bool good;

        (void)context;
        (void)fd;
        good = shelf_read(&pen, &file->place, run_id, file->path, file->length, take, &copy, why);
        sha256(copy.bytes, copy.length, digest);
        free(copy.bytes);
        return good && (memcmp(digest, file->sha256, sizeof(digest)) == 0 ||
                               why_not(why, "another SHA-256"));
}

static const struct run_store reader = { .read = read_file };

/* What the record says of a file, and its bytes in the store. */
static char *stored(const char *name, size_t length)
{
        json_t *record = json_of(REGION_STORED, name, 0);
        struct copy copy = { .bytes = malloc(length) };
        struct shelf_place place = {
                (uint64_t)json_integer_value(json_object_get(record, "from")),
                (uint64_t)json_integer_value(json_object_get(record, "size")),
                (uint64_t)json_integer_value(json_object_get(record, "offset")),
                (uint64_t)json_integer_value(json_object_get(record, "number")),
        };
        struct region_info info;
        char why[WHY_SIZE];

        assert_int_equal(region_inspect(region_bytes, region_length, &info), REGION_OK);
        assert_int_equal(json_integer_value(json_object_get(record, "bytes")), length);
        assert_int_equal(place.from, 8192);
        if (!shelf_read(&pen, &place, info.run_id, name, length, take, &copy, why))
                fail_msg("%s: %s", name, why);
        json_decref(record);
        return copy.bytes;
}

static void assert_stored(const char *name, const char *data, size_t length)
{
        char *bytes = stored(name, length);

        assert_memory_equal(bytes, data, length);
        free(bytes);
        assert_no_file(name);
}

static const char *numbers(void)
{
        static char bytes[LARGE];

        for (size_t i = 0; i < LARGE; i++)
                bytes[i] = (char)(i * 7 >> 3);
        return bytes;
}

/* --- the tests --- */

static void what_a_program_leaves_goes_there(void **state)
{
        (void)state;
        put_bytes("jobs/large", numbers(), LARGE);
        put_bytes("jobs/small", numbers(), 65536);
        put_program("p", "cp large large.bin; cp large like.bin; cp small small.bin; echo hello",
                "[Program]\nExec=./p.sh\nCollect=*.bin\n[Expect]\nlike.bin=like large tolerance 0 "
                "as u8\n",
                0755);
        assert_int_equal(run_more(options), 0);
        load(true);
        assert_result("p/0", "pass", NULL);
        assert_stored("jobs/p/0/large.bin", numbers(), LARGE);
        assert_stored("jobs/p/0/like.bin", numbers(), LARGE);
        assert_file("jobs/p/0/small.bin", numbers(), 65536);
        assert_file("jobs/p/0/stdout", "hello\n", 6);
        release();
}

static void what_is_wrong_is_found_there_too(void **state)
{
        (void)state;
        put_bytes("jobs/large", numbers(), LARGE);
        put_program("p", "head -c 299999 large >like.bin; echo x >>like.bin",
                "[Program]\nExec=./p.sh\n[Expect]\nlike.bin=like large tolerance 0 as u8\n", 0755);
        put_program("q", "head -c 200000 large >like.bin",
                "[Program]\nExec=./q.sh\n[Expect]\nlike.bin=like large tolerance 0 as u8\n", 0755);
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("p/0", "fail", "like.bin has 300001 bytes, but its reference has 300000");
        assert_result("q/0", "fail", "like.bin has 200000 bytes, but its reference has 300000");
        release();
}

/* With the others of its process, and with a context of its own. */
static void what_a_kernel_writes_goes_there(void **state)
{
        static const char text[] =
                "[Job]\nType=kernel\n%s[Kernel]\nModule=fake.ptx\nFunction=increment\nGrid=1\n"
                "Block=4\nArgument=in large\nArgument=out out.bin 300000\nArgument=u32 300000\n"
                "[Expect]\nout.bin=like right tolerance 0 as u8\n";
        static char right[LARGE];
        const char *large = numbers();
        char conf[sizeof(text) + 32];

        (void)state;
        for (size_t i = 0; i < LARGE; i++)
                right[i] = (char)(large[i] + 1);
        put_bytes("jobs/large", large, LARGE);
        put_bytes("jobs/right", right, LARGE);
        snprintf(conf, sizeof(conf), text, "");
        put("jobs/a.conf", conf);
        snprintf(conf, sizeof(conf), text, "Context=own\n");
        put("jobs/b.conf", conf);
        put_job("c", "increment", "", EXPECT_RIGHT);
        assert_int_equal(run_more(options), 0);
        load(true);
        assert_stored("jobs/a/0/out.bin", right, LARGE);
        assert_stored("jobs/b/0/out.bin", right, LARGE);
        assert_file("jobs/c/0/out.bin", "\2\3\4\5", 4);
        release();
}

/* Each with the reason, and nothing that was there before is lost. */
static void a_full_store_is_an_error_of_that_job(void **state)
{
        (void)state;
        put_bytes("jobs/large", numbers(), LARGE);
        put_program("a", "cp large one.bin", "[Program]\nExec=./a.sh\nCollect=*.bin\n", 0755);
        put_program("b", "head -c 3000000 /dev/zero >two.bin",
                "[Program]\nExec=./b.sh\nCollect=*.bin\n", 0755);
        put_program("c", "cp large three.bin", "[Program]\nExec=./c.sh\nCollect=*.bin\n", 0755);
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("a/0", "pass", NULL);
        assert_result("b/0", "error", "two.bin: 3000128 bytes are needed in the store, but ");
        assert_result("c/0", "pass", NULL);
        assert_stored("jobs/a/0/one.bin", numbers(), LARGE);
        assert_stored("jobs/c/0/three.bin", numbers(), LARGE);
        release();
}

static void a_kernel_that_the_store_has_no_room_for_does_not_run(void **state)
{
        (void)state;
        put("jobs/d.conf", "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\n"
                           "Grid=1\nBlock=4\nArgument=in in.bin\nArgument=out out.bin 4000000\n"
                           "Argument=u32 4\n[Expect]\nout.bin=sha256:"
                           "00000000000000000000000000000000"
                           "00000000000000000000000000000000\n");
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("d/0", "error", "its outputs: 4000128 bytes are needed in the store, but ");
        release();
}

/*
 * It has no descriptor of the disk, and gets none from the three processes that make a runner: as
 * in the stage, where all of them are root without CAP_SYS_PTRACE. The sanitiser's search for leaks
 * would trace, too. The last of the tests: what is dropped does not come back.
 */
static void a_program_has_no_way_to_the_disk(void **state)
{
        (void)state;
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
        prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0); /* who may not has none either */
        put_program("p",
                "[ ! -e /proc/self/fd/70 ] || { echo the disk is open; exit 1; }\n"
                "process=$PPID\n"
                "for name in runner guard started; do\n"
                "        readlink /proc/$process/exe >/dev/null && { echo $name shows itself; "
                "exit 1; }\n"
                "        readlink /proc/$process/fd/70 && { echo $name shows it; exit 1; }\n"
                "        process=$(cut -d' ' -f 4 /proc/$process/stat)\n"
                "done\n"
                "readlink /proc/self/exe\n", /* by which it is known that such links are there */
                "[Program]\nExec=./p.sh\n", 0755);
        assert_int_equal(run_more(options), 0);
        load(true);
        assert_result("p/0", "pass", NULL);
        release();
}

/* --- what is left for the next run --- */

/* What the run says of it: such a text, or that there is a number. */
static void assert_checkpoint(const char *key, const char *value)
{
        json_t *event = json_of(REGION_EVENT, "job.checkpoint", 0);

        if (value)
                assert_string_equal(string_in(event, key), value);
        else
                assert_true(json_is_integer(json_object_get(event, key)));
        json_decref(event);
}

static void run_once(int code, const char *reason, const char *seen)
{
        assert_int_equal(run_more(options), code);
        load(true);
        assert_result("p/0", reason ? "fail" : "pass", reason);
        if (seen)
                assert_file("jobs/p/0/seen", seen, strlen(seen));
}

/* Whatever its end is, the next run gets what it has left. */
static void what_a_program_leaves_comes_back(void **state)
{
        (void)state;
        put_program("p",
                "mkdir -p state; read n <state/count || n=0; echo $n >seen; echo $((n + 1)) "
                ">state/count; [ $n != 1 ]",
                "[Program]\nExec=./p.sh\nCheckpoint=state/count\nCollect=seen\n", 0755);
        run_once(0, NULL, "0\n");
        assert_checkpoint("not_given", "no run of this order has left one");
        assert_checkpoint("file", "state/count");
        assert_checkpoint("left_bytes", NULL);
        release();
        run_once(1, "the program ended with exit code 1", "1\n");
        assert_checkpoint("given_bytes", NULL);
        release();
        run_once(0, NULL, "2\n");
        release();
}

static void what_it_removes_is_gone(void **state)
{
        (void)state;
        put_program("p",
                "if [ -e here ]; then rm here; echo yes >seen; else echo no | tee here "
                ">seen; fi",
                "[Program]\nExec=./p.sh\nCheckpoint=here\nCollect=seen\n", 0755);
        run_once(0, NULL, "no\n");
        release();
        run_once(0, NULL, "yes\n");
        release();
        run_once(0, NULL, "no\n");
        assert_checkpoint("not_given", "the run before left no file");
        release();
}

/* One that does not fit, and one that is no file; what was left before stays. */
static void what_cannot_be_left_is_an_error(void **state)
{
        static const char text[] = "[Program]\nExec=./p.sh\nCheckpoint=here\nCollect=seen\n";

        (void)state;
        put_program("p", "echo first >here; echo 1 >seen", text, 0755);
        run_once(0, NULL, "1\n");
        release();
        put_program("p", "cat here >seen; head -c 65537 /dev/zero >here", text, 0755);
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("p/0", "error",
                "Checkpoint=here could not be left for the next run: it has "
                "65537 bytes, and the store has room for 65536");
        assert_file("jobs/p/0/seen", "first\n", 6);
        release();
        put_program("p", "cat here >seen; rm here; mkdir here", text, 0755);
        assert_int_equal(run_more(options), 1);
        load(true);
        assert_result("p/0", "error", "Checkpoint=here could not be left for the next run: ");
        assert_file("jobs/p/0/seen", "first\n", 6);
        release();
}

/* Nothing of it is given, and the program begins anew. */
static void what_was_altered_is_not_given(void **state)
{
        off_t at = (off_t)extents[1].start + 4096 + (off_t)(checkpoints[0].offset - (1 << 20)) +
                   4096 + 4096; /* the first extent has a block less of room */

        (void)state;
        put_program("p",
                "[ ! -e here ] || echo again >seen; [ -e here ] || echo anew >seen; echo x "
                ">here",
                "[Program]\nExec=./p.sh\nCheckpoint=here\nCollect=seen\n", 0755);
        run_once(0, NULL, "anew\n");
        release();
        run_once(0, NULL, "again\n");
        release();
        /* the newest is in the second slot now */
        assert_int_equal(pwrite(pen.fd, "y", 1, at + 65536 + 4096), 1);
        run_once(0, NULL, "anew\n");
        assert_checkpoint("not_given", "it is not what was left: its SHA-256 is another one");
        release();
}

static void without_a_place_it_begins_anew(void **state)
{
        static const char text[] = "[Program]\nExec=./q.sh\nCheckpoint=here\nCollect=seen\n";

        (void)state;
        put_program("q", "[ ! -e here ] || exit 1; echo x >here; echo 1 >seen", text, 0755);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(run_more(options), 0);
                load(true);
                assert_result("q/0", "pass", NULL);
                assert_checkpoint(
                        "not_given", "the store was armed without a place for the checkpoint of q");
                release();
        }
        assert_int_equal(run_more(NULL), 0);
        load(true);
        assert_checkpoint("not_given", "there is no store");
        release();
}

static void a_store_that_is_not_there_runs_nothing(void **state)
{
        struct store_head none = { .magic = "no head" };

        (void)state;
        put_job("c", "increment", "", EXPECT_RIGHT);
        assert_int_equal(
                pwrite(pen.fd, &none, sizeof(none), (off_t)extents[1].start), sizeof(none));
        assert_int_equal(run_more(options), 4);
        assert_log_has("there is no store where extent 1 should begin");
        snprintf(store, sizeof(store), "%d,8192,%s/mop", FD, scratch);
        assert_int_equal(run_more(options), 4);
        assert_log_has("mop: No such file or directory");
        snprintf(store, sizeof(store), "%d,8192,%s/map", 99, scratch);
        assert_int_equal(run_more(options), 4);
        assert_log_has("--store: descriptor 99: Bad file descriptor");
        snprintf(store, sizeof(store), "%d,3141632,%s/map", FD, scratch);
        assert_int_equal(run_more(options), 4);
}

static void what_the_options_refuse(void **state)
{
        static const char *const wrong[] = { "7", "7,0", "7,0,", "x,0,map", "7,x,map" };

        (void)state;
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                const char *const words[] = { "--store", wrong[i], NULL };

                assert_int_equal(run_more(words), 2);
                assert_log_has("is not FD,FROM,FILE");
        }
        assert_int_equal(
                run_more((const char *const[]){ "--store", store, "--store-above", "65535", NULL }),
                2);
        assert_log_has("--store-above 65535 is not a size of at least 64K");
        assert_int_equal(run_more((const char *const[]){ "--store-above", "1M", NULL }), 2);
        assert_log_has("--store-above goes only with --store");
}

#define on_places(test)  cmocka_unit_test_setup_teardown(test, make_resumable, remove_store)
#define on_a_store(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int main(void)
{
        const struct CMUnitTest tests[] = {
                on_a_store(what_a_program_leaves_goes_there),
                on_a_store(what_is_wrong_is_found_there_too),
                on_a_store(what_a_kernel_writes_goes_there),
                on_a_store(a_full_store_is_an_error_of_that_job),
                on_a_store(a_kernel_that_the_store_has_no_room_for_does_not_run),
                on_a_store(a_store_that_is_not_there_runs_nothing),
                on_places(what_a_program_leaves_comes_back),
                on_places(what_it_removes_is_gone),
                on_places(what_cannot_be_left_is_an_error),
                on_places(what_was_altered_is_not_given),
                on_places(without_a_place_it_begins_anew),
                on_a_store(what_the_options_refuse),
                on_a_store(a_program_has_no_way_to_the_disk),
        };

        judge_store = &reader;
        return harness_start() ? run_tap(tests) : 1;
}
