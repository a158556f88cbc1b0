/* A trial in its dom0, on a stand-in host: every step, whatever becomes of the one before. */
#include <errno.h>
#include <stdio.h>

#include "dom0/base/json.h"
#include "dom0/trial/gpudriver.h"
#include "dom0/trial/launch.h"
#include "dom0/trialrecord/phases.h"
#include "tests/unit/dom0/trial.h"
#include "tests/unit/tap.h"

static json_t *outcome_of(const struct stand_in *host)
{
        char *text = stand_in_read(host, TRIAL_FOLDER "/trial.json");
        json_t *outcome;

        assert_non_null(text);
        outcome = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(outcome);
        free(text);
        return outcome;
}

static void assert_stops(struct stand_in *host, const char *step, const char *why)
{
        json_t *outcome = outcome_of(host), *obstacle = get_value(outcome, "obstacle");

        assert_string_equal(get_text(outcome, "verdict"), "fail");
        assert_string_equal(get_text(obstacle, "step"), step);
        if (!strstr(get_text(obstacle, "why"), why))
                fail_msg("not \"%s\" but: %s", why, get_text(obstacle, "why"));
        json_decref(outcome);
}

static char *phases_of(const struct stand_in *host)
{
        static char words[256];
        char *text = stand_in_read(host, TRIAL_FOLDER "/phases");

        *words = '\0';
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                sprintf(words + strlen(words), "%s ", strchr(line, ' ') + 1);
        free(text);
        return words;
}

static void assert_log(const struct stand_in *host, const char *text, bool there)
{
        char *log = stand_in_read(host, "/log");

        if (!!strstr(log ? log : "", text) != there)
                fail_msg("%s in the log: %s", there ? "not" : "wrongly", log);
        free(log);
}

static int put(void **state)
{
        if (stand_in_debian(state) != 0)
                return 1;
        trial_put(*state);
        launch_grace_s = 2;
        return 0;
}

#define ALL "armed begin driver ladder jobs unload collect compare end "

static void a_trial_passes(void **state)
{
        struct stand_in *host = *state;
        json_t *outcome;

        if (stand_in_run(host, "trial run") != 0)
                fail_msg("%s%s", host->output, host->errors);
        assert_string_equal(phases_of(host), ALL "pass ");
        outcome = outcome_of(host);
        assert_string_equal(get_text(outcome, "verdict"), "pass");
        assert_true(json_is_null(get_value(outcome, "obstacle")));
        assert_int_equal(json_array_size(get_value(outcome, "comparison")), 3);
        assert_string_equal(get_text(outcome, "phase"), "end");
        json_decref(outcome);
        assert_string_equal(trial_net, "set 1 600; set 1 300; ");
        assert_log(host, "--run-id " TRIAL_ID, true);
        assert_log(host, "/driver/lib\nLD_PRELOAD=\n", true);
        assert_log(host, "systemctl reboot", true);
        assert_true(stand_in_has(host, TRIAL_FOLDER "/trial.html"));
        assert_true(stand_in_has(host, TRIAL_FOLDER "/dom0/run.json"));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_trial_passes, put, stand_in_remove),
        };

        (void)assert_stops;
        stand_in_use_memory();
        return run_tap(tests);
}
