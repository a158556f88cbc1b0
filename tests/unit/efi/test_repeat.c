/* Orders for every boot: run ids, the count, the rule of two strikes; and load options. */
#include "efi/parse/decision.h"
#include "efi/parse/loadoptions.h"
#include "efi/parse/repeat.h"
#include "lib/uuid.h"
#include "tests/unit/tap.h"

#define ORDER "01234567-89ab-4def-8123-456789abcdef"
#define OTHER "01234567-89ab-4def-8124-456789abcdef"

static void uuid(const char *text, uint8_t ret_id[16])
{
        assert_true(uuid_parse(text, strlen(text), ret_id));
}

static void assert_id(const uint8_t id[16], const char *expected)
{
        char text[UUID_LENGTH + 1];

        uuid_format(id, text);
        assert_string_equal(text, expected);
}

static void gives_each_run_its_own_id(void **state)
{
        uint8_t order[16], other[16], run[16];
        uint32_t number = 77;

        (void)state;
        uuid(ORDER, order);
        uuid(OTHER, other);
        repeat_run_id(order, 1, run);
        assert_id(run, "01234567-89ab-8def-8123-456789abcdee");
        repeat_run_id(order, 0x01020304, run);
        assert_id(run, "01234567-89ab-8def-8123-456788a9ceeb");
        assert_true(repeat_run_number(order, run, &number));
        assert_int_equal(number, 0x01020304);
        number = 77;
        assert_false(repeat_run_number(other, run, &number));
        assert_false(repeat_run_number(order, order, &number)); /* version 4 is no run */
        assert_int_equal(number, 77);
}

static void keeps_the_count_as_text(void **state)
{
        struct repeat repeat = { .runs = 0x1f, .strikes = 1 }, back;
        char text[REPEAT_LENGTH + 1];

        (void)state;
        uuid(ORDER, repeat.order_id);
        repeat_format(&repeat, text);
        assert_string_equal(text, ORDER " 0000001f 1");
        assert_true(repeat_parse(slice_of(text), &back));
        assert_memory_equal(back.order_id, repeat.order_id, 16);
        assert_int_equal(back.runs, 0x1f);
        assert_int_equal(back.strikes, 1);
}

static void refuses_what_is_no_count(void **state)
{
        static const char *const bad[] = { "", ORDER, ORDER " 0000001f 1 ", ORDER " 0000001f x",
                ORDER " 0000001g 1", ORDER "-0000001f 1", ORDER " 0000001f-1",
                "x1234567-89ab-4def-8123-456789abcdef 0000001f 1" };
        struct repeat repeat;

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(repeat_parse(slice_of(bad[i]), &repeat));
}

static void reads_the_hand_off(void **state)
{
        char buffer[128];
        struct text reason;
        uint8_t id[16];

        (void)state;
        text_init(&reason, buffer, sizeof(buffer));
        assert_true(repeat_parse_handoff(SLICE("# by dom0\r\nrun=" ORDER "\r\n"), id, &reason));
        assert_id(id, ORDER);
        assert_false(repeat_parse_handoff(SLICE("run=x\n"), id, &reason));
        assert_string_equal(buffer, "handoff:1: run: expected a UUID, not \"x\"");
        text_init(&reason, buffer, sizeof(buffer));
        assert_false(repeat_parse_handoff(SLICE(""), id, &reason));
        assert_string_equal(buffer, "handoff: does not say run=");
}

/* One boot of a host with an every-boot order, and what its parts remember. */
struct host {
        uint8_t order[16];
        bool has_variable, has_handoff, order_there;
        struct repeat variable;
        uint8_t handoff[16], run[16];
        unsigned runs;
};

/* What forestage.efi does; true when it starts a run. */
static bool boot(struct host *host)
{
        struct repeat before =
                repeat_before(host->order, host->has_variable ? &host->variable : NULL,
                        host->has_handoff ? host->handoff : NULL);
        struct facts facts = { FILE_GOOD, host->order_there ? FILE_GOOD : FILE_ABSENT, false, true,
                LAST_RUN_NONE, host->has_variable ? REPEAT_COUNTED : REPEAT_FRESH, before.strikes };
        enum decision decision = decide(&facts);

        if (decision == DECISION_STRIKES)
                host->order_there = false;
        if (decision != DECISION_RUN)
                return false;
        host->variable = repeat_after(&before);
        host->has_variable = true;
        repeat_run_id(host->order, host->variable.runs, host->run);
        host->runs++;
        return true;
}

/* What dom0 does when it came up from that run. */
static void confirm(struct host *host)
{
        memcpy(host->handoff, host->run, 16);
        host->has_handoff = true;
}

/*
 * Every history of 12 boots, each of which reaches dom0 or does not: never more than two runs in a
 * row without dom0, never one after that, and every run has another id.
 */
static void two_strikes_end_every_history(void **state)
{
        (void)state;
        for (unsigned history = 0; history < 1u << 12; history++) {
                struct host host = { .order_there = true };
                uint8_t ids[12][16];
                unsigned strikes = 0;

                uuid(ORDER, host.order);
                for (unsigned i = 0; i < 12; i++) {
                        bool started = boot(&host);

                        assert_int_equal(started, strikes < 2);
                        if (!started)
                                continue;
                        memcpy(ids[i], host.run, 16);
                        for (unsigned j = 0; j < i; j++)
                                assert_memory_not_equal(ids[i], ids[j], 16);
                        if (history >> i & 1)
                                confirm(&host);
                        strikes = history >> i & 1 ? 0 : strikes + 1;
                }
                assert_int_equal(boot(&host), strikes < 2);
                assert_int_equal(host.order_there, strikes < 2);
        }
}

static void a_lost_variable_repeats_no_id(void **state)
{
        struct host host = { .order_there = true };
        uint8_t last[16];

        (void)state;
        uuid(ORDER, host.order);
        for (unsigned i = 0; i < 3; i++) {
                assert_true(boot(&host));
                confirm(&host);
        }
        memcpy(last, host.run, 16);
        host.has_variable = false;
        assert_true(boot(&host));
        assert_memory_not_equal(last, host.run, 16);
        assert_int_equal(host.variable.runs, 4);
}

static void another_order_starts_anew(void **state)
{
        struct repeat stored = { .runs = 9, .strikes = 2 }, before;
        uint8_t order[16], old_run[16];

        (void)state;
        uuid(OTHER, stored.order_id);
        uuid(ORDER, order);
        repeat_run_id(stored.order_id, 9, old_run);
        before = repeat_before(order, &stored, old_run);
        assert_memory_equal(before.order_id, order, 16);
        assert_int_equal(before.runs, 0);
        assert_int_equal(before.strikes, 0);
}

/* An old confirmation does not wipe out what happened after it. */
static void an_old_confirmation_does_not_count(void **state)
{
        struct repeat stored = { .runs = 7, .strikes = 2 }, before;
        uint8_t confirmed[16];

        (void)state;
        uuid(ORDER, stored.order_id);
        repeat_run_id(stored.order_id, 5, confirmed);
        before = repeat_before(stored.order_id, &stored, confirmed);
        assert_int_equal(before.strikes, 2);
        assert_int_equal(before.runs, 7);
}

static void strikes_stay_one_digit(void **state)
{
        struct repeat repeat = { .strikes = 9 };

        (void)state;
        assert_int_equal(repeat_after(&repeat).strikes, 9);
}

static void finds_words_in_load_options(void **state)
{
        static const uint16_t options[] = { 'a', ' ', 'r', 'e', 't', 'u', 'r', 'n', 0 };
        static const uint16_t longer[] = { 'r', 'e', 't', 'u', 'r', 'n', 's' };
        static const uint8_t odd[] = { 0xff, 'r', 0, 'e', 0, 't', 0, 'u', 0, 'r', 0, 'n', 0 };

        (void)state;
        assert_true(loadoptions_have(options, sizeof(options), "return"));
        assert_true(loadoptions_have(options, sizeof(options) - 2, "return"));
        assert_true(loadoptions_have(options, sizeof(options), "a"));
        assert_false(loadoptions_have(options, sizeof(options) - 4, "return"));
        assert_false(loadoptions_have(longer, sizeof(longer), "return"));
        assert_true(loadoptions_have(longer, sizeof(longer) - 1, "return")); /* half a unit */
        assert_true(loadoptions_have(odd + 1, sizeof(odd) - 1, "return"));
        assert_false(loadoptions_have(odd, sizeof(odd), "return"));
        assert_false(loadoptions_have(NULL, 100, "return"));
        assert_false(loadoptions_have(options, 0, "return"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gives_each_run_its_own_id),
                cmocka_unit_test(keeps_the_count_as_text),
                cmocka_unit_test(refuses_what_is_no_count),
                cmocka_unit_test(reads_the_hand_off),
                cmocka_unit_test(two_strikes_end_every_history),
                cmocka_unit_test(a_lost_variable_repeats_no_id),
                cmocka_unit_test(another_order_starts_anew),
                cmocka_unit_test(an_old_confirmation_does_not_count),
                cmocka_unit_test(strikes_stay_one_digit),
                cmocka_unit_test(finds_words_in_load_options),
        };

        return run_tap(tests);
}
