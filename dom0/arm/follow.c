#include "dom0/arm/follow.h"

#include <stdio.h>
#include <string.h>

#include "dom0/arm/rearm.h"
#include "dom0/base/lock.h"
#include "dom0/base/print.h"
#include "dom0/base/proposal.h"
#include "dom0/base/verb.h"
#include "dom0/state/drift.h"
#include "dom0/state/followup.h"
#include "dom0/state/survey.h"
#include "efi/parse/repeat.h"
#include "lib/cleanup.h"

struct follow_options {
        bool withdraw;
};

static const struct option_spec options[] = {
        { "withdraw", OPTION_SWITCH, offsetof(struct follow_options, withdraw) },
        { 0 },
};

/* One look at the host, and what it says of the order. */
struct look {
        const struct host *host;
        bool boot; /* the host has just come up */
        struct survey survey;
        struct readiness ready; /* all zero where nobody looked, or nothing was found */
        struct followup_facts facts;
        char why[512]; /* what differs, or cannot be told */
};

static void look_free(struct look *look)
{
        readiness_free(&look->ready);
        survey_free(&look->survey);
}

/* --- looking --- */

/* What the order would start, against what the host would boot now. */
static enum followup_sight compare(struct look *look)
{
        const struct armed *armed = &look->survey.armed;
        struct failure failure;

        if (!readiness_follow(look->host, look->survey.esp.point, armed_entry(armed),
                    armed_title(armed), &look->ready, &failure)) {
                snprintf(look->why, sizeof(look->why), "%s", failure.text);
                return FOLLOWUP_UNKNOWN;
        }
        return drift_of_all(armed, &look->ready, look->why, sizeof(look->why)) ? FOLLOWUP_DIFFERS
                                                                               : FOLLOWUP_SAME;
}

static void look_make(struct look *look, bool over)
{
        survey_make(look->host, &look->survey);
        look->facts = survey_followup(&look->survey);
        look->facts.over = over;
        if (look->survey.has_esp && followup_is_open(&look->facts))
                look->facts.sight = compare(look);
}

/* The order that it is about: on the ESP, or withdrawn from it. */
static const char *order_of(const struct look *look)
{
        return look->facts.has_order ? look->survey.facts.order : look->survey.facts.armed;
}

/* --- acting --- */

static bool note_stop(struct look *look, const char *why, struct failure *error)
{
        return look->facts.known
                       ? armed_stop(look->host, &look->survey.armed, why, look->boot, error)
                       : armed_stop_unknown(look->host, order_of(look), why, look->boot, error);
}

/* Gives the order up for good. It goes first, whatever else can be done or not. */
static int give_up(struct look *look, const char *why)
{
        struct survey *survey = &look->survey;
        struct failure failure;

        if (!order_remove(&survey->esp, &failure)) {
                failure_print(&failure);
                return complain(EXIT_FAIL,
                        "order %s for every boot could not be disarmed: the next boot starts what "
                        "was armed, although %s",
                        order_of(look), *look->why ? look->why : why);
        }
        complain(EXIT_FAIL,
                "order %s for every boot is disarmed: %s; to order runs again: forestage arm "
                "--every-boot",
                order_of(look), why);
        if (!note_stop(look, why, &failure))
                failure_print(&failure);
        return EXIT_FAIL;
}

static int give_up_seen(struct look *look)
{
        return give_up(look, look->facts.known ? look->why
                                               : "what it was made of is not known here, and so "
                                                 "not whether this host still boots that");
}

/*
 * Takes the order off the ESP, noted so that it comes back; without a note it goes all the same.
 * False: it is there still, or will not come back.
 */
static bool take_off(struct look *look, struct failure *error)
{
        struct survey *survey = &look->survey;
        struct failure other;
        bool noted = survey->armed.withdrawn ||
                     armed_withdraw(look->host, &survey->armed, look->why, error);

        if (!look->facts.has_order || order_remove(&survey->esp, &other))
                return noted;
        *error = other;
        return false;
}

static int withdraw(struct look *look)
{
        bool stops = look->facts.updates == ARMED_STOP;
        struct failure failure;

        if (!take_off(look, &failure))
                return give_up(look, failure.text);
        print_line(stdout, "forestage: order %s for every boot is withdrawn: %s; %s",
                order_of(look), look->why,
                stops ? "it is disarmed when this host is shut down, unless that was undone"
                      : "it is armed anew when this host is shut down, or has come up again");
        return stops ? EXIT_FAIL : EXIT_PASS;
}

/* The order is on the ESP: what is noted says so too. */
static int note_back(struct look *look)
{
        struct failure failure;

        return armed_withdraw(look->host, &look->survey.armed, NULL, &failure)
                       ? EXIT_PASS
                       : failure_print(&failure);
}

static int arm_anew(struct look *look)
{
        struct survey *survey = &look->survey;
        const char *why = *look->why ? look->why : "what was being changed is as it was";
        struct failure failure;

        if (!take_off(look, &failure))
                return give_up(look, failure.text);
        if (!rearm(look->host, &look->ready, &survey->armed, &failure))
                return give_up(look, failure.text);
        print_line(stdout, "forestage: order %s for every boot is armed anew: %s", order_of(look),
                why);
        armed_free(&survey->armed); /* another was written */
        survey->facts.has_armed = armed_load(look->host, &survey->armed);
        return survey->facts.has_armed ? note_back(look) : EXIT_PASS;
}

static int nothing(struct look *look)
{
        (void)look;
        return EXIT_PASS;
}

static int (*const actions[])(struct look *look) = {
        [FOLLOWUP_NOTHING] = nothing,
        [FOLLOWUP_BACK] = note_back,
        [FOLLOWUP_WITHDRAW] = withdraw,
        [FOLLOWUP_ARM] = arm_anew,
        [FOLLOWUP_DISARM] = give_up_seen,
};

/* Without the ESP nothing can be done, and what it may start nobody knows. */
static int act(struct look *look)
{
        const struct survey *survey = &look->survey;
        bool told;

        if (survey->has_esp)
                return actions[followup_decide(&look->facts)](look);
        if (!look->facts.known || armed_stopped(&survey->armed, &told))
                return EXIT_PASS;
        return complain(EXIT_FAIL,
                "whether order %s for every boot would start what this host boots by now cannot be "
                "told: %s",
                survey->facts.armed, survey->esp_failure.text);
}

/* --- what a host that has come up has to say --- */

static bool is_run_of_order(const struct survey *survey)
{
        uint8_t order[16];
        uint32_t number;

        return survey->facts.has_boot &&
               uuid_parse(survey->armed.order, strlen(survey->armed.order), order) &&
               repeat_run_number(order, survey->line.run_id, &number);
}

/*
 * The stage cannot see the host's files: a power cut behind an update is only found out here. What
 * changes behind the first look has changed since.
 */
static int tell_old(struct look *look)
{
        struct survey *survey = &look->survey;
        const char *run = survey->facts.boot;

        if (!look->facts.known || !is_run_of_order(survey) || strcmp(survey->armed.seen, run) == 0)
                return EXIT_PASS;
        armed_see(look->host, &survey->armed, run);
        if (look->facts.sight != FOLLOWUP_DIFFERS)
                return EXIT_PASS;
        return complain(EXIT_FAIL,
                "run %s has started this system with what was armed before an update: %s", run,
                look->why);
}

static int tell_stopped(struct look *look)
{
        struct armed *armed = &look->survey.armed;
        struct failure failure;
        const char *why;
        bool told = true;

        if (!look->facts.known)
                return EXIT_PASS;
        why = armed_stopped(armed, &told);
        if (!why || told)
                return EXIT_PASS;
        complain(EXIT_FAIL,
                "order %s for every boot was disarmed: %s; to order runs again: forestage arm "
                "--every-boot",
                armed->order, why);
        if (!armed_stop(look->host, armed, why, true, &failure))
                failure_print(&failure);
        return EXIT_FAIL;
}

/*
 * It was neither used up nor called off, and nobody has noted that it was given up: there may have
 * been no room for that note. Without variables it may have disarmed itself, unless it has started
 * this very boot.
 */
static int tell_gone(struct look *look)
{
        static const char why[] = "it is not on the EFI system partition any more, or cannot be "
                                  "read there";
        struct survey *survey = &look->survey;
        struct failure failure;
        bool told;

        if (!look->facts.known || !survey->has_esp || look->facts.has_order ||
                look->facts.withdrawn || survey->struck_out ||
                armed_stopped(&survey->armed, &told) ||
                (!survey->facts.has_variables && !is_run_of_order(survey)))
                return EXIT_PASS;
        complain(EXIT_FAIL,
                "order %s for every boot is gone: %s; to order runs again: forestage arm "
                "--every-boot",
                survey->armed.order, why);
        if (!armed_stop(look->host, &survey->armed, why, true, &failure))
                failure_print(&failure);
        return EXIT_FAIL;
}

/* Whether anything has to follow this host: else nobody is missed who cannot look. */
static bool is_order_known(const struct host *host)
{
        _cleanup_(armed_free) struct armed armed = { .document = NULL };

        return armed_load(host, &armed) && armed.every_boot;
}

/* All is as it was, and there are no runs any more. A boot that a run has started shows it starts.
 */
static int tell_unstarted(struct look *look)
{
        const struct survey *survey = &look->survey;
        struct failure failure;

        if (!look->facts.known || !survey->has_esp || !look->facts.has_order ||
                look->facts.sight != FOLLOWUP_SAME || survey->facts.has_boot ||
                readiness_check(&look->ready, &failure))
                return EXIT_PASS;
        return complain(EXIT_FAIL, "order %s for every boot is armed, but would not start: %s",
                survey->facts.order, failure.text);
}

static int (*const tellers[])(
        struct look *look) = { tell_stopped, tell_gone, tell_old, tell_unstarted };

int follow_boot(const struct host *host)
{
        _cleanup_(lock_release) struct lock lock = LOCK_NONE;
        _cleanup_(look_free) struct look look = { .host = host, .boot = true };
        struct failure failure;
        int said = EXIT_PASS, done;

        if (!lock_take(host, "collect", &lock, &failure))
                return is_order_known(host) ? failure_print(&failure) : EXIT_PASS;
        look_make(&look, true);
        for (size_t i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++)
                if (tellers[i](&look) != EXIT_PASS)
                        said = EXIT_FAIL;
        done = act(&look);
        return done == EXIT_PASS ? said : done;
}

/* --- the verb --- */

/*
 * A host where nothing has to follow is not kept from its shutdown by who is at work there, nor is
 * who looks at it disturbed by the lock. But what is just being armed may have been read before the
 * update: a withdrawal waits for it.
 */
static bool is_needless(const struct host *host, bool withdraw)
{
        _cleanup_(survey_free) struct survey survey = { .has_esp = false };
        struct lock_view before, after;

        lock_look(host, &before);
        if (is_order_known(host))
                return false;
        survey_make(host, &survey);
        lock_look(host, &after);
        return survey.has_esp && !survey.facts.has_order &&
               !(withdraw && lock_disturbed(&before, &after));
}

static int follow(const struct host *host, int argc, char **argv)
{
        _cleanup_(lock_release) struct lock lock = LOCK_NONE;
        _cleanup_(look_free) struct look look = { .host = host };
        struct follow_options given = { 0 };
        struct option_error wrong;
        struct failure failure;
        int code;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (is_needless(host, given.withdraw))
                return EXIT_PASS;
        if (!lock_take(host, argv[0], &lock, &failure))
                return failure_print(&failure);
        look_make(&look, !given.withdraw);
        code = act(&look);
        return code == EXIT_PASS ? proposal_done("the order follows this host") : code;
}

const struct verb verb_follow = {
        .name = "follow",
        .options = options,
        .run = follow,
};
