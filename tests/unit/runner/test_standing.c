/* The standing condition: its limits in a job file and in the plan, and what the record has of it.
 */
#include "jobs/standing/limit.h"
#include "runner/check/check_standing.h"
#include "tests/unit/tap.h"

#include "runner/machine/health_watch.h"

/* What `text` makes of it; NULL: the rule is good. */
static const char *complaint_of(const char *text, struct standing_limit *ret_limit)
{
        static char why[WHY_SIZE];

        return standing_parse(text, ret_limit, why) ? NULL : why;
}

static void limits_are_read(void **state)
{
        static const struct {
                const char *text, *why;
        } bad[] = {
                { "", "is not of the form ITEM=WORD or ITEM<=NUMBER" },
                { "ecc_mode", "is not of the form" },
                { "remap_banks_low<3", "is not of the form" },
                { "ecc=on", "there is no item 'ecc'" },
                { "ecc_mode=On", "ecc_mode can be any, or one of: on off" },
                { "ecc_mode=o", "ecc_mode can be any, or one of: on off" },
                { "ecc_mode=", "is not from 1 to 63 bytes long" },
                { "ecc_mode<=1", "ecc_mode is no number" },
                { "remap_banks_low=3", "remap_banks_low is a number" },
                { "remap_banks_low<=any", "'any' is no number" },
                { "remap_banks_low<=-1", "'-1' is no number" },
        };
        struct standing_limit limit;

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                const char *why = complaint_of(bad[i].text, &limit);

                if (!why || !strstr(why, bad[i].why))
                        fail_msg("'%s': %s", bad[i].text, why ? why : "is taken");
        }
        assert_null(complaint_of("remap_banks_low<=3", &limit));
        assert_true(limit.item == STANDING_BANKS_LOW && limit.most == 3 && limit.asked);
        assert_null(complaint_of("vbios=96.00.99.00.01", &limit));
        assert_string_equal(limit.word, "96.00.99.00.01");
        assert_null(complaint_of("remap_banks_low=any", &limit));
        assert_true(limit.any);
}

/* Of every item there is a name and a limit, and the plan's text of it says the same again. */
static void limits_come_back(void **state)
{
        char allows[] = "ecc_mode=off", free[] = "remap_banks_none=any";
        char *words[] = { allows, free };
        struct words asked = { words, 2 };
        char text[STANDING_LIMIT_TEXT];

        (void)state;
        for (enum standing_item i = 0; i < STANDING_ITEMS; i++) {
                struct standing_limit limit = standing_limit_of(&asked, i), back;

                assert_int_equal(limit.item, i);
                standing_write(&limit, text);
                assert_true(standing_read_back(text, &back));
                assert_memory_equal(&back, &limit, sizeof(limit));
        }
        for (enum standing_item i = 0; i < STANDING_ITEMS; i++) {
                struct standing_limit limit = standing_limit_of(&asked, i);

                assert_int_equal(limit.asked, i == STANDING_ECC_MODE || i == STANDING_BANKS_NONE);
        }
        assert_false(
                standing_read_back("ecc_mode=maybe if readable", &(struct standing_limit){ 0 }));
}

/* Known or not, within its limit or not, asked for or not. */
static void judged(void **state)
{
        const struct standing_value none = { 0 }, three = { .known = true, .number = 3 },
                                    on = { .known = true, .text = "on" };
        struct standing_limit limit = { .item = STANDING_BANKS_LOW, .most = 3 };

        (void)state;
        assert_int_equal(standing_judge(&limit, &three), STANDING_PASS);
        limit.most = 2;
        assert_int_equal(standing_judge(&limit, &three), STANDING_FAIL);
        limit.any = true;
        assert_int_equal(standing_judge(&limit, &three), STANDING_PASS);
        limit.any = false;
        assert_int_equal(standing_judge(&limit, &none), STANDING_NOT_READABLE);
        limit.asked = true;
        assert_int_equal(standing_judge(&limit, &none), STANDING_FAIL);
        limit.any = true;
        assert_int_equal(standing_judge(&limit, &none), STANDING_NOT_READABLE);
        limit = (struct standing_limit){ .item = STANDING_ECC_MODE, .word = "on" };
        assert_int_equal(standing_judge(&limit, &on), STANDING_PASS);
        limit.word[1] = '\0';
        assert_int_equal(standing_judge(&limit, &on), STANDING_FAIL);
}

static json_t *promised(const struct words *asked)
{
        json_t *list = json_array();

        for (enum standing_item i = 0; i < STANDING_ITEMS; i++) {
                struct standing_limit limit = standing_limit_of(asked, i);
                char text[STANDING_LIMIT_TEXT];

                standing_write(&limit, text);
                json_array_append_new(list, json_string(text));
        }
        return list;
}

static json_t *item_of(json_t *list, enum standing_item item)
{
        return json_array_get(list, item);
}

/* What is recorded is believed if it is what the plan's limits make of it. */
static void records_hold(void **state)
{
        struct standing standing = { 0 };
        struct words nothing = { 0 };
        json_t *promise = promised(&nothing), *list;
        char why[WHY_SIZE];
        size_t failed;

        (void)state;
        standing_set_word(&standing, STANDING_ECC_MODE, "on");
        standing_set_number(&standing, STANDING_BANKS_HIGH, 7);
        list = check_standing_judge(&nothing, &standing, &failed, why);
        assert_int_equal(failed, 0);
        assert_string_equal(why, "");
        assert_int_equal(json_array_size(list), STANDING_ITEMS);
        assert_true(check_standing_holds(promise, list, why));
        assert_null(json_object_get(item_of(list, STANDING_SERIAL), "value"));
        json_object_set_new(item_of(list, STANDING_ECC_MODE), "value", json_string("off"));
        assert_false(check_standing_holds(promise, list, why));
        assert_string_equal(why, "does not hold its ecc_mode against the limit of the plan");
        json_object_set_new(item_of(list, STANDING_ECC_MODE), "status", json_string("fail"));
        assert_false(check_standing_holds(promise, list, why));
        assert_string_equal(why, "did not fail for its ecc_mode");
        json_object_set_new(item_of(list, STANDING_ECC_MODE), "value", json_integer(1));
        assert_false(check_standing_holds(promise, list, why));
        assert_string_equal(why, "has a ecc_mode that is none");
        json_array_remove(list, STANDING_SERIAL);
        assert_false(check_standing_holds(promise, list, why));
        assert_false(check_standing_holds(promise, NULL, why));
        json_decref(list);
        json_decref(promise);
}

/* The first one that fails is the reason; all are counted. */
static void failures_are_told(void **state)
{
        char text[] = "serial=1";
        char *words[] = { text };
        struct words asked = { words, 1 };
        struct standing standing = { 0 };
        char why[WHY_SIZE];
        size_t failed;

        (void)state;
        standing_set_word(&standing, STANDING_INFOROM, "corrupt");
        standing_set_number(&standing, STANDING_ECC_UNCORRECTED, 2);
        json_decref(check_standing_judge(&asked, &standing, &failed, why));
        assert_int_equal(failed, 3);
        assert_string_equal(why, "inforom is corrupt, and must be valid (Standing=)");
        standing = (struct standing){ 0 };
        json_decref(check_standing_judge(&asked, &standing, &failed, why));
        assert_int_equal(failed, 1);
        assert_string_equal(why, "serial cannot be read, and Standing= has a limit of it");
}

/* --- readings under load --- */

/* What could not be read is not there, and is no part of a mean. */
static void a_failed_reading_is_no_zero(void **state)
{
        struct health_load load = { 0 };
        struct health none = { 0 }, half = { 0 }, full = { 0 };
        json_t *result = json_object();

        (void)state;
        health_load_take(&load, &none);
        health_load_add(&load, result);
        assert_int_equal(json_object_size(result), 0);
        health_set(&half, HEALTH_CLOCK_SM, 1000);
        health_set(&full, HEALTH_CLOCK_SM, 2000);
        health_set(&full, HEALTH_POWER_MW, 500000);
        health_load_take(&load, &half);
        health_load_take(&load, &full);
        health_load_take(&load, &none);
        health_load_add(&load, result);
        assert_true(json_real_value(json_object_get(result, "power_w")) == 500);
        assert_true(json_real_value(json_object_get(result, "power_max_w")) == 500);
        assert_true(json_real_value(json_object_get(result, "clock_mhz")) == 1500);
        assert_null(json_object_get(result, "temperature_c"));
        assert_null(json_object_get(result, "throttle"));
        json_decref(result);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(limits_are_read),
                cmocka_unit_test(limits_come_back),
                cmocka_unit_test(judged),
                cmocka_unit_test(records_hold),
                cmocka_unit_test(failures_are_told),
                cmocka_unit_test(a_failed_reading_is_no_zero),
        };

        return run_tap(tests);
}
