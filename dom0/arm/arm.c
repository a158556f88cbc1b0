#include <stdio.h>
#include <string.h>

#include "dom0/arm/arming.h"
#include "dom0/arm/delivery.h"
#include "dom0/arm/examination.h"
#include "dom0/arm/summary.h"
#include "dom0/base/proposal.h"
#include "dom0/base/verb.h"

static const struct option_spec options[] = {
        { "jobs", OPTION_VALUE, offsetof(struct arm_options, jobs) },
        { "no-jobs", OPTION_SWITCH, offsetof(struct arm_options, no_jobs) },
        { "every-boot", OPTION_CHOICE, offsetof(struct arm_options, every_boot) },
        { "esp", OPTION_VALUE, offsetof(struct arm_options, esp) },
        { "entry", OPTION_VALUE, offsetof(struct arm_options, entry) },
        { "hand-off", OPTION_VALUE, offsetof(struct arm_options, hand_off) },
        { "store", OPTION_SWITCH, offsetof(struct arm_options, store) },
        { "anew", OPTION_SWITCH, offsetof(struct arm_options, anew) },
        { "yes", OPTION_SWITCH, offsetof(struct arm_options, yes) },
        { "dry-run", OPTION_SWITCH, offsetof(struct arm_options, dry_run) },
        { 0 },
};

static enum proposal_step examine(void *plan, FILE *to, struct failure *ret_error)
{
        struct arming *arming = plan;

        if (!examination_find(arming, ret_error) || !examination_finish(arming, ret_error)) {
                summary_print_way_out(arming, to);
                return PROPOSAL_FAILED;
        }
        if (arming->given->every_boot)
                arming_find_image(arming);
        standing_ask(arming->host, &arming->standing);
        summary_print_jobs(arming, to);
        summary_print_store(arming, to);
        summary_print_hand_off(arming, to);
        summary_print_next(arming, to);
        summary_print_when(arming, to);
        summary_print_host(arming, to);
        return examination_check_ha(arming, ret_error) ? PROPOSAL_GO : PROPOSAL_FAILED;
}

static void forget(void *plan)
{
        struct arming *arming = plan;

        arming_free(arming);
        *arming = (struct arming){
                .host = arming->host,
                .given = arming->given,
                .updates = arming->updates,
                .hand_off = arming->hand_off,
        };
}

static int carry_out(void *plan)
{
        struct arming *arming = plan;
        struct failure failure;
        struct order order;

        if (!delivery_make(arming, &order, &failure)) {
                failure_print(&failure);
                summary_print_rest(arming);
                return failure.code;
        }
        summary_print_armed(arming, &order);
        return proposal_done("the run is armed");
}

static int arm(const struct host *host, int argc, char **argv)
{
        struct arm_options given = { 0 };
        struct arming arming = { .host = host, .given = &given };
        struct option_error wrong;
        struct failure failure;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (!arming_read_hand_off(&arming, &failure))
                return failure_print(&failure);
        if (given.every_boot && *given.every_boot &&
                !armed_parse_updates(given.every_boot, &arming.updates))
                return complain(
                        EXIT_USAGE, "--every-boot=%s is none of follow, stop", given.every_boot);
        return proposal_run(host,
                &(struct proposal){
                        argv[0], "Arm?", given.yes, given.dry_run, examine, forget, carry_out },
                &arming);
}

const struct verb verb_arm = {
        .name = "arm",
        .options = options,
        .run = arm,
};
