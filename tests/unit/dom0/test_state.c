/* Where a host stands: every combination of what can be seen. */
#include <stdio.h>

#include "dom0/state/state.h"
#include "efi/parse/repeat.h"
#include "lib/uuid.h"
#include "tests/unit/tap.h"

#define ONCE    "01234567-89ab-4def-8123-456789abcdef"
#define ANOTHER "99999999-89ab-4def-8123-456789abcdef"

/* The run number `number` of an order for every boot. */
static const char *run_of(const char *order, uint32_t number)
{
        static char text[STATE_ID];
        uint8_t order_id[16], run_id[16];

        uuid_parse(order, strlen(order), order_id);
        repeat_run_id(order_id, number, run_id);
        uuid_format(run_id, text);
        return text;
}

/* All that two-valued facts can be; names get the values that matter. */
static struct state_facts make_facts(unsigned bits)
{
        struct state_facts facts = {
                .installed = bits & 1,
                .has_boot = bits & 2,
                .boot_collected = bits & 4,
                .has_order = bits & 8,
                .has_armed = bits & 16,
                .armed_collected = bits & 32,
                .has_variables = bits & 64,
                .last_collected = bits & 128,
                .order_repeats = bits & 256,
                .armed_repeats = bits & 256,
                .esp_is_missing = bits & 512,
        };

        if (facts.has_boot)
                strcpy(facts.boot, bits & 1024 ? ONCE : ANOTHER);
        if (facts.has_order)
                strcpy(facts.order, ONCE);
        if (facts.has_armed)
                strcpy(facts.armed, ONCE);
        if (facts.has_variables && (bits & 2048))
                strcpy(facts.last_run, facts.armed_repeats ? run_of(ONCE, 3) : ONCE);
        return facts;
}

/* What must hold whatever the facts are. */
static void nothing_is_claimed_that_cannot_be(void **state)
{
        (void)state;
        for (unsigned bits = 0; bits < 1u << 12; bits++) {
                struct state_facts facts = make_facts(bits);
                struct state found = state_decide(&facts);
                bool results_here = facts.has_boot && !facts.boot_collected;

                assert_int_equal(found.kind == STATE_WAITING, results_here);
                if (found.kind == STATE_ARMED)
                        assert_true(facts.has_order && !found.spent);
                if (*found.lost) {
                        assert_true(facts.has_armed);
                        assert_non_null(found.phase);
                        if (facts.has_boot)
                                assert_string_not_equal(found.lost, facts.boot);
                        if (facts.has_variables)
                                assert_false(facts.last_collected);
                } else {
                        assert_null(found.phase);
                }
                if (found.kind == STATE_LOST)
                        assert_string_equal(found.run, found.lost);
                if (found.kind == STATE_COLLECTED)
                        assert_true((facts.has_boot && facts.boot_collected) ||
                                    facts.last_collected || facts.armed_collected);
                if (found.never_started)
                        assert_false(*found.lost);
                assert_non_null(state_name(found.kind));
                assert_non_null(state_text(found.kind));
        }
}

static void tells_the_life_of_a_run(void **state)
{
        struct state_facts facts = { .has_variables = true };

        (void)state;
        assert_int_equal(state_decide(&facts).kind, STATE_NOT_INSTALLED);
        facts.installed = true;
        assert_int_equal(state_decide(&facts).kind, STATE_IDLE);
        facts.has_order = facts.has_armed = true;
        strcpy(facts.order, ONCE);
        strcpy(facts.armed, ONCE);
        assert_int_equal(state_decide(&facts).kind, STATE_ARMED);
        facts.has_order = false;
        assert_true(state_decide(&facts).never_started);
        facts.has_variables = false; /* dom0, started by the run */
        facts.has_boot = true;
        strcpy(facts.boot, ONCE);
        assert_int_equal(state_decide(&facts).kind, STATE_WAITING);
        facts.boot_collected = facts.armed_collected = true;
        assert_int_equal(state_decide(&facts).kind, STATE_COLLECTED);
        facts.has_boot = facts.boot_collected = false; /* the next, normal boot */
        facts.has_variables = facts.last_collected = true;
        strcpy(facts.last_run, ONCE);
        assert_int_equal(state_decide(&facts).kind, STATE_COLLECTED);
        facts.armed_collected = facts.last_collected = false; /* or it was lost */
        assert_int_equal(state_decide(&facts).kind, STATE_LOST);
        assert_string_equal(state_decide(&facts).phase, "efi");
        strcpy(facts.phase_run, ONCE);
        strcpy(facts.phase, "jobs");
        assert_string_equal(state_decide(&facts).phase, "jobs");
        facts.has_order = true; /* and another was armed */
        strcpy(facts.order, ANOTHER);
        strcpy(facts.armed, ANOTHER);
        assert_int_equal(state_decide(&facts).kind, STATE_ARMED);
        assert_string_equal(state_decide(&facts).lost, "");
}

static void an_order_for_every_boot_stays_armed(void **state)
{
        struct state_facts facts = { .installed = true,
                .has_variables = true,
                .has_order = true,
                .has_armed = true,
                .order_repeats = true,
                .armed_repeats = true };

        (void)state;
        strcpy(facts.order, ONCE);
        strcpy(facts.armed, ONCE);
        strcpy(facts.last_run, run_of(ONCE, 5));
        facts.last_collected = true;
        assert_int_equal(state_decide(&facts).kind, STATE_ARMED);
        assert_string_equal(state_decide(&facts).lost, "");
        facts.last_collected = false;
        assert_int_equal(state_decide(&facts).kind, STATE_ARMED);
        assert_string_equal(state_decide(&facts).lost, run_of(ONCE, 5));
        facts.has_boot = true;
        strcpy(facts.boot, run_of(ONCE, 5));
        assert_int_equal(state_decide(&facts).kind, STATE_WAITING);
        assert_string_equal(state_decide(&facts).lost, "");
        facts.has_boot = false;
        facts.has_order = false;
        assert_int_equal(state_decide(&facts).kind, STATE_LOST);
}

static void every_phase_has_words(void **state)
{
        static const char *const phases[] = { "efi", "region", "driver", "fabric", "driver_leave",
                "store", "jobs", "kexec_load", "kexec", "driver_stuck", "reset", "unknown" };

        (void)state;
        for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(
                                state_phase_text(phases[i]), state_phase_text(phases[j]));
        assert_non_null(strstr(state_phase_text("later"), "does not know"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_is_claimed_that_cannot_be),
                cmocka_unit_test(tells_the_life_of_a_run),
                cmocka_unit_test(an_order_for_every_boot_stays_armed),
                cmocka_unit_test(every_phase_has_words),
        };

        return run_tap(tests);
}
