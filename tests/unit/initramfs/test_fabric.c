/*
 * Fabric Manager started, waited for and ended. This program plays it: under its name, it does what
 * its configuration says, with the words that NVIDIA's is known to use.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/driver/fabric.h"
#include "initramfs/driver/switches.h"
#include "initramfs/stage/child.h"
#include "region/region.h"
#include "tests/unit/tap.h"

#define NAME    "nv-fabricmanager"
#define LIMIT_S 60

static char root[64], devices[96], program[96], config[96], version[96], run[96], log_file[96];
static struct fabric_places places = { devices, "/proc/devices", root, program, config, version,
        run, log_file, LIMIT_S };
static _Alignas(4096) char memory[1 << 16];
static struct stage stage;

static void put(const char *path, const char *text)
{
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

/* --- the part of Fabric Manager --- */

static void go_on(bool deaf)
{
        signal(SIGTERM, deaf ? SIG_IGN : SIG_DFL);
        if (fork() != 0)
                return;
        alarm(60); /* whatever becomes of the test */
        for (;;)
                pause();
}

static void play(const char *way, const char *folder)
{
        char path[160];

        if (strcmp(way, "mismatch") == 0) {
                fputs("fabric manager NVIDIA GPU driver interface version 1.2.4 don't match with "
                      "driver version 1.2.3. Please update with matching NVIDIA driver package.\n",
                        stderr);
                _exit(1);
        }
        if (strcmp(way, "fails") == 0) {
                fputs("a first word\nrequest to query NVSwitch device information failed\n\n",
                        stderr);
                _exit(1);
        }
        if (strcmp(way, "writes") == 0) { /* and says nothing */
                snprintf(path, sizeof(path), "%.120s/run/log", folder);
                put(path, "it doesn't match with driver version 1.2.3\n");
                _exit(1);
        }
        if (strcmp(way, "hangs") == 0)
                pause();
        if (strcmp(way, "works") == 0 || strcmp(way, "deaf") == 0)
                go_on(strcmp(way, "deaf") == 0);
        _exit(0);
}

__attribute__((constructor)) static void become_it(int argc, char **argv)
{
        const char *base = strrchr(argv[0], '/');
        char way[32] = "";
        FILE *file;

        if (argc != 3 || !base || strcmp(base + 1, NAME) != 0 || strcmp(argv[1], "-c") != 0)
                return;
        file = fopen(argv[2], "re");
        if (!file || !fgets(way, sizeof(way), file))
                _exit(3);
        fclose(file);
        argv[0][base - argv[0]] = '\0';
        play(way, argv[0]);
}

/* --- the machine --- */

static void add_device(const char *address, const char *vendor, const char *class)
{
        char path[160];

        snprintf(path, sizeof(path), "%s/%s", devices, address);
        mkdir(path, 0755);
        snprintf(path, sizeof(path), "%s/%s/vendor", devices, address);
        put(path, vendor);
        snprintf(path, sizeof(path), "%s/%s/class", devices, address);
        put(path, class);
}

static void copy_self(void)
{
        char command[160];

        snprintf(command, sizeof(command), "cp /proc/%d/exe %s", (int)getpid(), program);
        assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
        static const uint8_t id[16] = { 1 };

        (void)state;
        snprintf(root, sizeof(root), "/tmp/forestage-test-fabric-XXXXXX");
        assert_non_null(mkdtemp(root));
        snprintf(devices, sizeof(devices), "%s/devices", root);
        snprintf(program, sizeof(program), "%s/" NAME, root);
        snprintf(config, sizeof(config), "%s/config", root);
        snprintf(version, sizeof(version), "%s/version", root);
        snprintf(run, sizeof(run), "%s/run", root);
        snprintf(log_file, sizeof(log_file), "%s/run/log", root);
        mkdir(devices, 0755);
        put(version, "1.2.3\n");
        add_device("0000:01:00.0", "0x10de\n", "0x030200\n");
        add_device("0000:02:00.0", "0x10de\n", "0x068000\n");
        add_device("0000:03:00.0", "0x10de\n", "0x068000\n");
        add_device("0000:04:00.0", "0x8086\n", "0x068000\n");
        stage = (struct stage){ .region = memory };
        memset(memory, 0, sizeof(memory));
        assert_int_equal(region_create(memory, sizeof(memory), id, &stage.writer), REGION_OK);
        return 0;
}

static int tear_down(void **state)
{
        char command[128];
        size_t count;

        (void)state;
        child_end_program(program, &count);
        snprintf(command, sizeof(command), "rm -rf %s", root);
        return system(command);
}

static bool is_recorded(const char *text)
{
        return memmem(memory, sizeof(memory), text, strlen(text)) != NULL;
}

/* --- tests --- */

static void switches_are_bridges_of_nvidias(void **state)
{
        (void)state;
        assert_true(switches_is_one(SLICE("0x10de\n"), SLICE("0x068000\n")));
        assert_true(switches_is_one(SLICE("0x10de"), SLICE("0x068000")));
        assert_false(switches_is_one(SLICE("0x10de\n"), SLICE("0x030200\n")));
        assert_false(switches_is_one(SLICE("0x10de\n"), SLICE("0x068001\n")));
        assert_false(switches_is_one(SLICE("0x15b3\n"), SLICE("0x068000\n")));
        assert_false(switches_is_one(SLICE(""), SLICE("0x068000\n")));
        assert_int_equal(switches_count(devices), 2);
        assert_int_equal(switches_count("/no/such/folder"), 0);
}

static void words_are_read_back(void **state)
{
        enum fabric_state told = FABRIC_UNTOLD;

        (void)state;
        for (int i = FABRIC_RUNNING; i < FABRIC_STATES; i++) {
                assert_true(fabric_state_of(fabric_word((enum fabric_state)i), &told));
                assert_int_equal(told, i);
        }
        assert_false(fabric_state_of("untold", &told));
        assert_false(fabric_state_of("", &told));
}

static void nothing_to_do_without_switches(void **state)
{
        struct fabric fabric;

        (void)state;
        places.devices = "/no/such/folder";
        assert_true(fabric_start(&stage, &places, &fabric));
        places.devices = devices;
        assert_int_equal(fabric.state, FABRIC_UNTOLD);
        assert_false(is_recorded("driver.fabric"));
}

static void an_image_without_it_says_what_to_build(void **state)
{
        struct fabric fabric;

        (void)state;
        assert_false(fabric_start(&stage, &places, &fabric));
        assert_int_equal(fabric.state, FABRIC_NONE);
        assert_string_equal(stage.error,
                "NVSwitches (2) join the GPUs, and the image has no Fabric Manager, without which "
                "CUDA does not start there: give it to make image as FABRIC=");
        assert_true(is_recorded("\"state\":\"none\",\"switches\":2"));
}

static void it_runs_until_it_is_ended(void **state)
{
        struct fabric fabric;

        (void)state;
        copy_self();
        put(config, "works");
        assert_true(fabric_start(&stage, &places, &fabric));
        assert_int_equal(fabric.state, FABRIC_RUNNING);
        assert_true(child_runs_program(program));
        assert_true(is_recorded("\"state\":\"running\",\"switches\":2"));
        assert_true(is_recorded("\"version\":\"1.2.3\""));
        put(log_file, "what it wrote\n");
        fabric_end(&places, &fabric);
        assert_false(child_runs_program(program));
        fabric_tell(&stage, &places, &fabric);
        assert_true(is_recorded("driver.fabric_left"));
        assert_true(is_recorded("what it wrote"));
        assert_false(is_recorded("\"error\""));
        memset(memory, 0, sizeof(memory));
        fabric_end(&places, &fabric);
        fabric_tell(&stage, &places, &fabric); /* a second time there is nothing to tell */
        assert_false(is_recorded("driver.fabric_left"));
}

static void its_early_end_is_told(void **state)
{
        struct fabric fabric;
        size_t count;

        (void)state;
        copy_self();
        put(config, "works");
        assert_true(fabric_start(&stage, &places, &fabric));
        assert_true(child_end_program(program, &count));
        assert_int_equal(count, 1);
        fabric_end(&places, &fabric);
        fabric_tell(&stage, &places, &fabric);
        assert_true(is_recorded("\"error\":\"it had ended before the jobs did\""));
}

static void its_failures_are_told_apart(void **state)
{
        static const struct {
                const char *way, *error;
                enum fabric_state state;
        } rows[] = {
                { "fails",
                        "Fabric Manager ended with exit code 1: request to query NVSwitch device "
                        "information failed",
                        FABRIC_FAILED },
                { "mismatch",
                        "Fabric Manager ended with exit code 1: fabric manager NVIDIA GPU driver "
                        "interface version 1.2.4 don't match with driver version 1.2.3. Please "
                        "update with matching NVIDIA driver package.",
                        FABRIC_MISMATCH },
                { "writes",
                        "Fabric Manager ended with exit code 1: it doesn't match with driver "
                        "version 1.2.3",
                        FABRIC_MISMATCH },
                { "vanishes", "Fabric Manager left no process behind", FABRIC_FAILED },
                { "hangs", "Fabric Manager was not ready within 1 s, and was ended", FABRIC_LATE },
        };

        (void)state;
        copy_self();
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct fabric fabric;
                char word[32];

                memset(memory + REGION_HEADER_SIZE, 0, sizeof(memory) - REGION_HEADER_SIZE);
                put(config, rows[i].way);
                unlink(log_file);
                places.limit_s = rows[i].state == FABRIC_LATE ? 1 : LIMIT_S;
                assert_false(fabric_start(&stage, &places, &fabric));
                places.limit_s = LIMIT_S;
                assert_string_equal(stage.error, rows[i].error);
                assert_int_equal(fabric.state, rows[i].state);
                snprintf(word, sizeof(word), "\"state\":\"%s\"", fabric_word(rows[i].state));
                assert_true(is_recorded(word));
                assert_false(fabric.stuck);
                assert_false(child_runs_program(program));
        }
}

/* SIGTERM alone would leave it. */
static void one_that_does_not_listen_is_killed(void **state)
{
        struct fabric fabric;

        (void)state;
        copy_self();
        put(config, "deaf");
        assert_true(fabric_start(&stage, &places, &fabric));
        fabric_end(&places, &fabric);
        assert_false(child_runs_program(program));
        assert_null(fabric.trouble);
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                test(switches_are_bridges_of_nvidias),
                test(words_are_read_back),
                test(nothing_to_do_without_switches),
                test(an_image_without_it_says_what_to_build),
                test(it_runs_until_it_is_ended),
                test(its_early_end_is_told),
                test(its_failures_are_told_apart),
                test(one_that_does_not_listen_is_killed),
        };

        return run_tap(tests);
}
