/* The links between a GPU and its root port: read from a tree like /sys, judged, compared. */
#include "runner/machine/bridge.h"
#include "runner/machine/bridge_read.h"
#include "tests/unit/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GPU    "0000:03:00.0"
#define PORT   "0000:02:08.0"
#define SWITCH "0000:01:00.0"
#define ROOT   "0000:00:01.1"

/* --- a tree like /sys --- */

static char sys[64];

static void put(const char *folder, const char *name, const char *text)
{
        char path[512];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s/%s", sys, folder, name);
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

static void make(const char *folder)
{
        char path[512];

        snprintf(path, sizeof(path), "%s/%s", sys, folder);
        assert_int_equal(mkdir(path, 0700), 0);
}

static void put_link(const char *folder, const char *speed, const char *width)
{
        put(folder, "current_link_speed", speed);
        put(folder, "max_link_speed", "16.0 GT/s PCIe\n");
        put(folder, "current_link_width", width);
        put(folder, "max_link_width", "16\n");
}

#define BELOW_ROOT   "devices/pci0000:00/" ROOT
#define BELOW_SWITCH BELOW_ROOT "/" SWITCH
#define BELOW_PORT   BELOW_SWITCH "/" PORT
#define OWN          BELOW_PORT "/" GPU

static int set_up(void **state)
{
        static const char *const folders[] = { "bus", "bus/pci", "bus/pci/devices", "devices",
                "devices/pci0000:00", BELOW_ROOT, BELOW_SWITCH, BELOW_PORT, OWN };
        char link[512], target[512];

        (void)state;
        snprintf(sys, sizeof(sys), "/tmp/forestage-test-bridge-XXXXXX");
        assert_non_null(mkdtemp(sys));
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
                make(folders[i]);
        snprintf(link, sizeof(link), "%s/bus/pci/devices/" GPU, sys);
        snprintf(target, sizeof(target), "../../../" OWN);
        assert_int_equal(symlink(target, link), 0);
        put_link(OWN, "16.0 GT/s PCIe\n", "16\n");
        put_link(BELOW_PORT, "16.0 GT/s PCIe\n", "16\n");
        put_link(BELOW_SWITCH, "16.0 GT/s PCIe\n", "16\n");
        put_link(BELOW_ROOT, "16.0 GT/s PCIe\n", "16\n");
        put(BELOW_ROOT, "aer_dev_correctable", "RxErr 0\nBadTLP 4\nTOTAL_ERR_COR 4\n");
        put(BELOW_ROOT, "aer_dev_nonfatal", "Undefined 0\nTOTAL_ERR_NONFATAL 0\n");
        put(BELOW_ROOT, "aer_dev_fatal", "Undefined 0\nTOTAL_ERR_FATAL 0\n");
        return 0;
}

static int clean_up(void **state)
{
        char command[128];

        (void)state;
        snprintf(command, sizeof(command), "rm -rf %s", sys);
        return system(command);
}

static void all_up_to_the_root_port(void **state)
{
        struct bridges bridges = bridges_read(sys, GPU);
        static const char *const pci[] = { GPU, PORT, SWITCH, ROOT };

        (void)state;
        assert_int_equal(bridges.count, 4);
        for (unsigned i = 0; i < 4; i++) {
                assert_string_equal(bridges.bridge[i].pci, pci[i]);
                assert_int_equal(bridges.bridge[i].value[BRIDGE_GENERATION], 4);
                assert_int_equal(bridges.bridge[i].value[BRIDGE_WIDTH_MAX], 16);
                assert_int_equal(bridge_knows(&bridges.bridge[i], BRIDGE_AER_FATAL), i == 3);
        }
        assert_int_equal(bridges.bridge[3].value[BRIDGE_AER_CORRECTABLE], 4);
        assert_int_equal(bridges_read(NULL, GPU).count, 0);
        assert_int_equal(bridges_read(sys, "0000:09:00.0").count, 0);
}

/* Zero lanes and an unknown speed are no reading of zero. */
static void what_is_not_there_is_not_zero(void **state)
{
        struct bridges bridges;

        (void)state;
        put_link(BELOW_SWITCH, "Unknown\n", "0\n");
        bridges = bridges_read(sys, GPU);
        assert_false(bridge_knows(&bridges.bridge[2], BRIDGE_GENERATION));
        assert_false(bridge_knows(&bridges.bridge[2], BRIDGE_WIDTH));
        assert_true(bridge_knows(&bridges.bridge[2], BRIDGE_WIDTH_MAX));
        put_link(BELOW_SWITCH, "16.0 GT/s PCIe\n", "16\n");
}

/* --- what it means --- */

/* A GPU behind a switch, all of it in order. */
static struct bridges four(void)
{
        static const char *const pci[] = { GPU, PORT, SWITCH, ROOT };
        struct bridges bridges = { .count = 4 };

        for (unsigned i = 0; i < 4; i++) {
                struct bridge *bridge = &bridges.bridge[i];

                strcpy(bridge->pci, pci[i]);
                for (enum bridge_item k = 0; k < BRIDGE_ITEMS; k++)
                        if (i > 0 || k < BRIDGE_AER_CORRECTABLE)
                                bridge_set(bridge, k,
                                        k <= BRIDGE_GENERATION_MAX ? 4
                                        : k <= BRIDGE_WIDTH_MAX    ? 16
                                                                   : 3);
        }
        return bridges;
}

static void assert_word(const struct bridges *bridges, enum bridge_item item, const char *wanted)
{
        char word[64] = "";
        bool known = bridges_judge(bridges, item, word);

        assert_string_equal(word, wanted);
        assert_int_equal(known, *wanted != '\0');
}

static void links_under_load(void **state)
{
        struct bridges bridges = four();

        (void)state;
        assert_word(&bridges, BRIDGE_WIDTH, "full");
        assert_word(&bridges, BRIDGE_GENERATION, "full");
        bridges.bridge[2].value[BRIDGE_WIDTH] = 8;
        assert_word(&bridges, BRIDGE_WIDTH, "8 of 16 at " ROOT);
        assert_word(&bridges, BRIDGE_GENERATION, "full");
        bridges = four();
        bridges.bridge[0].value[BRIDGE_GENERATION] = 1;
        bridges.bridge[1].value[BRIDGE_GENERATION] = 1;
        assert_word(&bridges, BRIDGE_GENERATION, "1 of 4 at " PORT);
        /* no more than both of its ends can do; the port below has a link of its own */
        bridges = four();
        bridges.bridge[3].value[BRIDGE_GENERATION_MAX] = 3;
        bridges.bridge[3].value[BRIDGE_GENERATION] = 3;
        bridges.bridge[2].value[BRIDGE_GENERATION] = 3;
        assert_word(&bridges, BRIDGE_GENERATION, "full");
        bridges = four(); /* of one nothing is known */
        bridges.bridge[3].known &= ~(1u << BRIDGE_WIDTH);
        bridges.bridge[3].value[BRIDGE_WIDTH] = 0;
        assert_word(&bridges, BRIDGE_WIDTH, "");
        bridges.count = 0;
        assert_word(&bridges, BRIDGE_WIDTH, "");
}

/* What was slow at one time and fast at another is not worn. */
static void the_best_under_load(void **state)
{
        struct bridges best = { 0 }, slow = four(), fast = four();

        (void)state;
        slow.bridge[0].value[BRIDGE_GENERATION] = 1;
        bridges_take(&best, &slow);
        assert_word(&best, BRIDGE_GENERATION, "1 of 4 at " PORT);
        bridges_take(&best, &fast);
        bridges_take(&best, &slow);
        assert_word(&best, BRIDGE_GENERATION, "full");
        slow.bridge[3].value[BRIDGE_AER_CORRECTABLE] = 9;
        bridges_take(&best, &slow);
        assert_int_equal(best.bridge[3].value[BRIDGE_AER_CORRECTABLE], 9);
}

static void assert_complaint(
        const struct bridges *before, const struct bridges *after, const char *wanted, size_t rises)
{
        json_t *list = json_array();
        char reason[WHY_SIZE] = "";

        assert_int_equal(bridges_compare(before, after, list, reason), *wanted != '\0');
        assert_string_equal(reason, wanted);
        assert_int_equal(json_array_size(list), rises);
        json_decref(list);
}

static void changes(void **state)
{
        struct bridges before = four(), after = four();

        (void)state;
        assert_complaint(&before, &after, "", 0);
        after.bridge[3].value[BRIDGE_AER_NONFATAL] = 4;
        assert_complaint(&before, &after,
                "bridge " ROOT " aer_nonfatal rose from 3 to 4 during the check", 1);
        assert_complaint(&after, &before,
                "bridge " ROOT " aer_nonfatal fell from 4 to 3 during the check", 0);
        after = four();
        after.bridge[1].known &= ~(1u << BRIDGE_AER_FATAL);
        assert_complaint(&before, &after, "bridge " PORT " aer_fatal can no longer be read", 0);
        assert_complaint(&after, &before, "bridge " PORT " aer_fatal could not be read before", 0);
        after = four();
        strcpy(after.bridge[2].pci, "0000:05:00.0");
        assert_complaint(
                &before, &after, "the bridge 0000:05:00.0 was " SWITCH " before the check", 0);
        after = four();
        after.count = 3;
        assert_complaint(&before, &after,
                "there were 4 PCIe devices up to the root port before the check and are 3 now", 0);
        after = four(); /* a link that has gone to rest is no change */
        after.bridge[3].value[BRIDGE_GENERATION] = 1;
        assert_complaint(&before, &after, "", 0);
}

static void there_and_back(void **state)
{
        struct bridges bridges = four(), back;
        json_t *list, *none = json_array();
        static const char *const bad[] = { "[{\"pci\":\"x\"},{\"pci\":\"0000:00:01.1\"}]",
                "[{\"pci\":\"0000:00:01.1\"}]", "[{},{}]",
                "[{\"pci\":\"0000:00:01.1\",\"width\":-1},{\"pci\":\"0000:00:01.1\"}]",
                "[{\"pci\":\"0000:00:01.1\",\"width\":1.5},{\"pci\":\"0000:00:01.1\"}]",
                "[{\"pci\":\"0000:00:01.11\"},{\"pci\":\"0000:00:01.1\"}]" };

        (void)state;
        bridges.bridge[2].known &= ~(1u << BRIDGE_WIDTH);
        bridges.bridge[2].value[BRIDGE_WIDTH] = 0;
        list = bridges_json(&bridges);
        assert_true(bridges_of_json(list, &back));
        assert_memory_equal(&bridges, &back, sizeof(back));
        json_decref(list);
        assert_false(bridges_of_json(none, &back));
        json_decref(none);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                list = json_loads(bad[i], 0, NULL);
                assert_non_null(list);
                assert_false(bridges_of_json(list, &back));
                json_decref(list);
        }
}

static void assert_missing(const struct bridges *bridges, const char *wanted)
{
        json_t *list = json_array();
        char *text;

        bridges_missing(bridges, list);
        text = json_dumps(list, JSON_COMPACT);
        assert_string_equal(text, wanted);
        free(text);
        json_decref(list);
}

static void what_is_missing_is_told(void **state)
{
        struct bridges bridges = four(), none = { 0 };

        (void)state;
        assert_missing(&bridges, "[]"); /* the GPU's own errors are counted elsewhere */
        assert_missing(&none, "[\"PCIe bridges\"]");
        bridges.bridge[1].known &= ~(1u << BRIDGE_AER_FATAL);
        assert_missing(&bridges, "[\"PCIe AER counters of bridges\"]");
        bridges.bridge[0].known &= ~(1u << BRIDGE_WIDTH);
        assert_missing(&bridges, "[\"PCIe links of bridges\",\"PCIe AER counters of bridges\"]");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(all_up_to_the_root_port, set_up, clean_up),
                cmocka_unit_test_setup_teardown(what_is_not_there_is_not_zero, set_up, clean_up),
                cmocka_unit_test(links_under_load),
                cmocka_unit_test(the_best_under_load),
                cmocka_unit_test(changes),
                cmocka_unit_test(there_and_back),
                cmocka_unit_test(what_is_missing_is_told),
        };

        return run_tap(tests);
}
