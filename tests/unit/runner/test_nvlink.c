/* NVLinks: what is said of them, read back, and what a change means. */
#include "record/findings.h"
#include "runner/machine/health.h"
#include "runner/machine/nvlink.h"
#include "tests/unit/tap.h"

#define LINKS 18u
#define MBPS  26562u /* of an H200 */

/* As an H200's are: all up, no errors. */
static struct nvlinks good_links(void)
{
        struct nvlinks links = { .count = LINKS };

        for (unsigned i = 0; i < LINKS; i++) {
                nvlink_set(&links.link[i], NVLINK_ACTIVE, 1);
                nvlink_set(&links.link[i], NVLINK_VERSION, 6);
                nvlink_set(&links.link[i], NVLINK_MBPS, MBPS);
                nvlink_set(&links.link[i], NVLINK_REPLAYS, 0);
                nvlink_set(&links.link[i], NVLINK_RECOVERIES, 1);
                nvlink_set(&links.link[i], NVLINK_CRC_ERRORS, 2);
        }
        return links;
}

static void names_are_the_records(void **state)
{
        (void)state;
        assert_string_equal(record_nvlink_keys[0].key, "link");
        assert_string_equal(record_nvlink_keys[1 + NVLINK_ACTIVE].key, "active");
        assert_string_equal(record_nvlink_keys[1 + NVLINK_MBPS].key, "mbps");
        assert_string_equal(record_nvlink_keys[1 + NVLINK_CRC_ERRORS].key, "crc_errors");
        assert_null(record_nvlink_keys[1 + NVLINK_ITEMS].key);
}

static void sums_are_of_active_links(void **state)
{
        struct nvlinks links = good_links();
        struct health health = { 0 };
        uint64_t mbps;

        (void)state;
        assert_int_equal(nvlinks_active(&links), LINKS);
        assert_true(nvlinks_mbps(&links, &mbps));
        assert_int_equal(mbps, LINKS * MBPS);
        nvlink_set(&links.link[3], NVLINK_ACTIVE, 0);
        links.link[3].known &= ~(1u << NVLINK_MBPS);
        assert_int_equal(nvlinks_active(&links), LINKS - 1);
        assert_true(nvlinks_mbps(&links, &mbps));
        assert_int_equal(mbps, (LINKS - 1) * MBPS);
        links.link[4].known &= ~(1u << NVLINK_MBPS); /* what is not known is not 0 */
        assert_false(nvlinks_mbps(&links, &mbps));
        health_set_nvlinks(&health, &links);
        assert_true(health_knows(&health, HEALTH_NVLINKS_ACTIVE));
        assert_false(health_knows(&health, HEALTH_NVLINK_MBPS));
}

static void lists_are_read_back(void **state)
{
        static const char *const bad[] = { "{}", "[]", "[1]", "[{\"link\":1,\"active\":true}]",
                "[{\"link\":0}]", "[{\"link\":0,\"active\":1}]",
                "[{\"link\":0,\"active\":true,\"mbps\":-1}]",
                "[{\"link\":0,\"active\":true,\"replays\":0.5}]",
                "[{\"link\":0,\"active\":true},{\"link\":0,\"active\":true}]" };
        struct nvlinks links = good_links(), back;
        json_t *list;

        (void)state;
        links.link[5].known &= ~(1u << NVLINK_REPLAYS);
        nvlink_set(&links.link[7], NVLINK_ACTIVE, 0);
        list = nvlinks_json(&links);
        assert_true(nvlinks_of_json(list, &back));
        assert_int_equal(back.count, LINKS);
        assert_false(nvlink_knows(&back.link[5], NVLINK_REPLAYS));
        assert_int_equal(back.link[7].value[NVLINK_ACTIVE], 0);
        assert_int_equal(back.link[17].value[NVLINK_MBPS], MBPS);
        json_decref(list);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                list = json_loads(bad[i], 0, NULL);
                assert_false(nvlinks_of_json(list, &back));
                json_decref(list);
        }
        list = json_array();
        for (unsigned i = 0; i <= NVLINK_MAX; i++)
                json_array_append_new(list, json_pack("{s:i,s:b}", "link", i, "active", 1));
        assert_false(nvlinks_of_json(list, &back));
        json_decref(list);
}

static void changes_are_complaints(void **state)
{
        static const struct {
                unsigned link;
                enum nvlink_item item;
                uint64_t now;
                size_t complaints, rises;
                const char *reason;
        } rows[] = {
                { 0, NVLINK_REPLAYS, 0, 0, 0, "" },
                { 0, NVLINK_REPLAYS, 1, 1, 1, "nvlink0_replays rose from 0 to 1 during the check" },
                { 17, NVLINK_CRC_ERRORS, 9, 1, 1,
                        "nvlink17_crc_errors rose from 2 to 9 during the check" },
                { 4, NVLINK_RECOVERIES, 0, 1, 0,
                        "nvlink4_recoveries fell from 1 to 0 during the check" },
                { 2, NVLINK_ACTIVE, 0, 1, 0, "nvlink2_active was 1 before the check and is 0 now" },
                { 2, NVLINK_VERSION, 5, 1, 0,
                        "nvlink2_version was 6 before the check and is 5 now" },
                { 9, NVLINK_MBPS, 13281, 2, 0,
                        "nvlink9_mbps was 26562 before the check and is 13281 now" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct nvlinks before = good_links(), after = good_links();
                char reason[WHY_SIZE] = "";
                json_t *rises = json_array();

                nvlink_set(&after.link[rows[i].link], rows[i].item, rows[i].now);
                assert_int_equal(
                        nvlinks_compare(&before, &after, rises, reason), rows[i].complaints);
                assert_int_equal(json_array_size(rises), rows[i].rises);
                assert_string_equal(reason, rows[i].reason);
                json_decref(rises);
        }
}

static void what_is_gone_is_a_complaint(void **state)
{
        struct nvlinks before = good_links(), after = good_links();
        char reason[WHY_SIZE] = "";
        json_t *rises = json_array();

        (void)state;
        after.link[1].known &= ~(1u << NVLINK_CRC_ERRORS);
        assert_int_equal(nvlinks_compare(&before, &after, rises, reason), 1);
        assert_string_equal(reason, "nvlink1_crc_errors can no longer be read");
        reason[0] = '\0';
        assert_int_equal(nvlinks_compare(&after, &before, rises, reason), 1);
        assert_string_equal(reason, "nvlink1_crc_errors could not be read before");
        after = good_links();
        after.count = LINKS - 1;
        reason[0] = '\0';
        assert_int_equal(nvlinks_compare(&before, &after, rises, reason), 1);
        assert_string_equal(reason, "there were 18 NVLinks before the check and are 17 now");
        json_decref(rises);
}

/* One that was slow all along did not change: it is not like the others. */
static void slow_link_is_a_complaint(void **state)
{
        struct nvlinks links = good_links();
        char reason[WHY_SIZE] = "";
        json_t *rises = json_array();

        (void)state;
        nvlink_set(&links.link[6], NVLINK_MBPS, 20000);
        assert_int_equal(nvlinks_compare(&links, &links, rises, reason), 1);
        assert_string_equal(reason, "nvlink6_mbps is 20000 although another's is 26562");
        nvlink_set(&links.link[6], NVLINK_ACTIVE, 0); /* nor need it be fast */
        assert_int_equal(nvlinks_compare(&links, &links, rises, reason), 0);
        json_decref(rises);
}

static void what_is_not_told_is_listed(void **state)
{
        struct nvlinks links = good_links();
        json_t *list = json_array();

        (void)state;
        nvlinks_missing(&links, list);
        assert_int_equal(json_array_size(list), 0);
        nvlink_set(&links.link[0], NVLINK_ACTIVE, 0);
        links.link[0].known &= ~(1u << NVLINK_MBPS);
        nvlinks_missing(&links, list);
        assert_int_equal(json_array_size(list), 0);
        links.link[1].known &= ~(1u << NVLINK_MBPS | 1u << NVLINK_RECOVERIES);
        nvlinks_missing(&links, list);
        assert_int_equal(json_array_size(list), 2);
        assert_string_equal(json_string_value(json_array_get(list, 0)), "NVLink speeds");
        assert_string_equal(json_string_value(json_array_get(list, 1)), "NVLink error counters");
        json_decref(list);
}

/* The sums among a GPU's readings cannot say anything else than the links do. */
static void health_agrees_with_links(void **state)
{
        static const char *const keys[] = { "nvlinks_active", "nvlink_mbps" };
        struct nvlinks links = good_links();
        struct health health = { 0 }, back;
        json_t *object;

        (void)state;
        health_set_nvlinks(&health, &links);
        object = health_json(&health);
        assert_true(health_of_json(object, &back));
        assert_int_equal(back.value[HEALTH_NVLINKS_ACTIVE], LINKS);
        for (size_t i = 0; i < 2; i++) {
                json_t *value = json_incref(json_object_get(object, keys[i]));

                json_object_set_new(object, keys[i], json_integer(json_integer_value(value) + 1));
                assert_false(health_of_json(object, &back));
                json_object_del(object, keys[i]);
                assert_false(health_of_json(object, &back));
                json_object_set_new(object, keys[i], value);
        }
        json_object_del(object, "nvlinks");
        assert_false(health_of_json(object, &back));
        json_decref(object);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_are_the_records),
                cmocka_unit_test(sums_are_of_active_links),
                cmocka_unit_test(lists_are_read_back),
                cmocka_unit_test(changes_are_complaints),
                cmocka_unit_test(what_is_gone_is_a_complaint),
                cmocka_unit_test(slow_link_is_a_complaint),
                cmocka_unit_test(what_is_not_told_is_listed),
                cmocka_unit_test(health_agrees_with_links),
        };

        return run_tap(tests);
}
