#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dom0/arm/arming.h"
#include "dom0/arm/delivery.h"
#include "dom0/arm/swap.h"
#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/proposal.h"
#include "dom0/base/verb.h"
#include "dom0/host/source.h"
#include "dom0/pool/advice.h"
#include "dom0/xen/elfentry.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

static const struct option_spec options[] = {
        { "jobs", OPTION_VALUE, offsetof(struct arm_options, jobs) },
        { "no-jobs", OPTION_SWITCH, offsetof(struct arm_options, no_jobs) },
        { "every-boot", OPTION_CHOICE, offsetof(struct arm_options, every_boot) },
        { "esp", OPTION_VALUE, offsetof(struct arm_options, esp) },
        { "entry", OPTION_VALUE, offsetof(struct arm_options, entry) },
        { "yes", OPTION_SWITCH, offsetof(struct arm_options, yes) },
        { "dry-run", OPTION_SWITCH, offsetof(struct arm_options, dry_run) },
        { 0 },
};

/* --- checks --- */

/* Results in memory do not survive the reboot that arming is about. */
static bool check_collected(const struct host *host, struct failure *error)
{
        _cleanup_free_ char *document = NULL;
        char id[UUID_LENGTH + 1];
        struct bootline line;
        struct failure none;

        if (!source_bootline(host, &line, &none))
                return true;
        uuid_format(line.run_id, id);
        document = memory_format("%s/%s/run.json", host->runs, id);
        return access(document, F_OK) == 0 ||
               fail(error, EXIT_FAIL,
                       "the results of run %s are not collected yet, and the next reboot "
                       "loses them; first: forestage collect",
                       id);
}

/* The files of an order that is armed stay until the new ones are complete. */
static bool check_esp(const struct arming *arming, struct failure *error)
{
        const struct esp *esp = &arming->ready.esp;
        bool armed = arming->before_state != ORDER_NONE;
        uint64_t needed = arming->next.bytes + arming->list.fat_bytes;
        uint64_t all = swap_leftovers(esp, SWAP_KEEP_NOTHING);
        uint64_t freed = armed ? swap_leftovers(esp, SWAP_KEEP_ALL) : all;
        struct failure other;

        if (esp_check_room(arming->host, esp, needed > freed ? needed - freed : 0, error))
                return true;
        if (!armed || !esp_check_room(arming->host, esp, needed > all ? needed - all : 0, &other))
                return false;
        other = *error;
        return fail(error, EXIT_FAIL,
                "%.300s. What is armed there takes %llu KiB, and stays until the new run is "
                "complete beside it; to give it up first: forestage disarm",
                other.text, (unsigned long long)(all - freed) >> 10);
}

/* A run must not end in another system than the one that is meant. */
static bool check_entry(const struct xenboot *boot, struct failure *error)
{
        return !boot->doubt || fail(error, EXIT_FAIL, "%s", boot->doubt);
}

static bool check_next(struct arming *arming, struct failure *error)
{
        arming->needs_elf = elfentry_is_needed(&arming->ready.boot);
        return nextsystem_check(arming->host, &arming->ready.boot, &arming->next, error);
}

static bool is_same_boot(const struct xenboot *left, const struct xenboot *right)
{
        bool same = strcmp(left->xen, right->xen) == 0 &&
                    strcmp(left->xen_options, right->xen_options) == 0 &&
                    strcmp(left->dom0_options, right->dom0_options) == 0 &&
                    left->module_count == right->module_count;

        for (size_t i = 0; same && i < left->module_count; i++)
                same = strcmp(left->modules[i], right->modules[i]) == 0;
        return same;
}

/* What an order for every boot will be held against must be found again, and be the same. */
static bool check_followed(const struct arming *arming, struct failure *error)
{
        const struct xenboot *boot = &arming->ready.boot;
        _cleanup_(xenboot_free) struct xenboot next = { 0 };
        struct failure why;

        if (!arming->given->every_boot)
                return true;
        if (!xenboot_follow(arming->host, &arming->ready.config, arming->given->entry, boot->title,
                    &next, &why))
                return fail(error, EXIT_FAIL,
                        "an order for every boot could not be held against what this host boots "
                        "after an update: %s",
                        why.text);
        return is_same_boot(&next, boot) ||
               fail(error, EXIT_FAIL,
                       "an order for every boot follows GRUB's default, which is \"%s\" and not "
                       "\"%s\": decide with --entry",
                       next.title, boot->title);
}

static bool check_all(struct arming *arming, struct failure *error)
{
        if (!readiness_find(arming->host, arming->given->esp, arming->given->entry, &arming->ready,
                    error) ||
                !check_entry(&arming->ready.boot, error))
                return false;
        arming->before_state = order_read(&arming->ready.esp, &arming->before);
        return readiness_check(&arming->ready, error) && check_collected(arming->host, error) &&
               check_followed(arming, error) && arming_check_jobs(arming, error) &&
               check_next(arming, error) && check_esp(arming, error);
}

/* --- what to know before --- */

static void warn(FILE *to, const char *text)
{
        fputs("Warning: ", to);
        print_wrapped(to, 9, 9, text);
}

/* What this host and its pool lose by the reboot, and how it is done there. */
static void tell_standing(const struct arming *arming, FILE *to)
{
        struct advice advice[ADVICE_MAX];
        size_t count = advice_make(&arming->standing, arming->ready.conf.deadline, advice);

        for (size_t i = 0; i < count; i++) {
                fputs(advice[i].warning ? "Warning: " : "Note:    ", to);
                print_wrapped(to, 9, 9, advice[i].text);
                if (!*advice[i].next)
                        continue;
                fputs("     do: ", to);
                print_wrapped(to, 9, 9, advice[i].next);
        }
}

static void print_host(const struct standing *standing, FILE *to)
{
        char text[256];

        if (!standing->inventory.is_there)
                return;
        advice_describe(standing, text, sizeof(text));
        print_line(to, "Host:      %s", text);
}

/* What may keep jobs from their end that are right. */
static void warn_of_jobs(const struct arming *arming, FILE *to)
{
        unsigned deadline = arming->ready.conf.deadline;
        _cleanup_free_ char *text = NULL;

        if (!arming->jobs)
                return;
        if (arming->check.most_s > deadline) {
                text = memory_format("the jobs of one GPU may take %llu s by their Timeout=, and "
                                     "the stage ends them after %u s: deadline=%llu in "
                                     "%s/forestage.conf is enough for all",
                        (unsigned long long)arming->check.most_s, deadline,
                        (unsigned long long)arming->check.most_s, arming->ready.esp.folder);
                warn(to, text);
        }
        if (!arming->outlook.target.image) {
                _cleanup_free_ char *why = memory_format(
                        "what the jobs need was not compared with the image in %s: %s",
                        arming->ready.esp.folder, arming->outlook.why);

                warn(to, why);
        }
}

static void warn_of_boot(const struct arming *arming, FILE *to)
{
        const struct xenboot *boot = &arming->ready.boot;
        char text[512];

        for (size_t i = 0; i < boot->remarks_count; i++)
                warn(to, boot->remarks[i]);
        if (arming->next.remark)
                warn(to, arming->next.remark);
        if (readiness_is_silent(&arming->ready, text, sizeof(text)))
                warn(to, text);
        if (arming->ready.secure_boot)
                warn(to, "Secure Boot is on: forestage.efi and the stage's kernel must be signed "
                         "with a key that this firmware trusts, or the boot falls back to the "
                         "normal one");
}

/* All that the run will end in. */
static void print_next(const struct arming *arming, FILE *to)
{
        const struct xenboot *boot = &arming->ready.boot;

        print_line(to, "Entry:     \"%s\"%s", boot->title,
                boot->runs_now ? ", which runs here now" : "");
        print_line(to, "Then Xen:  %s%s", boot->xen,
                arming->next.rewrite ? " (its notes are blanked in the copy, for kexec)" : "");
        print_line(to, "           %s", boot->xen_options);
        print_line(to, "dom0:      %s", boot->modules[0]);
        print_line(to, "           %s", boot->dom0_options);
        for (size_t i = 1; i < boot->module_count; i++)
                print_line(to, "           with %s", boot->modules[i]);
}

/* What becomes of an order for every boot when the host boots something else by then. */
static const char *const updates_text[] = {
        [ARMED_FOLLOW] = "followed: it is armed anew with what the host boots then",
        [ARMED_STOP] = "it is disarmed after the first one",
};

static void print_summary(const struct arming *arming, FILE *to)
{
        if (arming->jobs)
                print_line(to, "Jobs:      %zu, from %s", arming->check.jobs, arming->jobs);
        else
                print_line(to, "Jobs:      none");
        if (arming->check.programs > 0)
                fprintf(to,
                        "           %zu of them are programs: what they collect is not counted\n",
                        arming->check.programs);
        fprintf(to, "Region:    %llu KiB needed of %llu KiB\n",
                (unsigned long long)arming->check.region_bytes >> 10,
                (unsigned long long)arming->ready.conf.region_size >> 10);
        print_next(arming, to);
        fprintf(to, "When:      %s\n",
                arming->given->every_boot ? "at every boot from the next one on"
                                          : "at the next boot, once");
        if (arming->given->every_boot)
                fprintf(to, "Updates:   %s\n", updates_text[arming->updates]);
        if (arming->before_state == ORDER_LIVE)
                fprintf(to, "Armed already: order %s is replaced.\n", arming->before.run_text);
        print_host(&arming->standing, to);
        tell_standing(arming, to);
        warn_of_jobs(arming, to);
        warn_of_boot(arming, to);
}

/* --- the verb --- */

/* What is armed after a failure: not what should be there, but what is. */
static void print_rest(const struct arming *arming)
{
        struct order order;

        if (order_read(&arming->ready.esp, &order) == ORDER_LIVE)
                complain(EXIT_FAIL, "order %s stays armed", order.run_text);
        else
                complain(EXIT_FAIL, "nothing is armed now");
}

/* What there is to do about a failure takes more lines than a message has. */
static void print_way_out(const struct arming *arming, FILE *to)
{
        _cleanup_free_ char *text = NULL;

        if (!arming->needs_elf)
                return;
        text = elfentry_advice(arming->host, &arming->ready.config, &arming->ready.boot);
        print_lines(to, text);
}

/* Who restarts this host must know how: a question is answered too fast for that. */
static bool check_ha(const struct arming *arming, struct failure *error)
{
        const struct arm_options *given = arming->given;

        if (arming->standing.ha != TRUTH_YES || given->yes || given->dry_run)
                return true;
        return fail(error, EXIT_FAIL,
                "HA is on in this pool: after arming, this host must be restarted with xe "
                "host-reboot host=%s and not with a bare reboot, which HA may take for a crash; "
                "--yes says that it will be; nothing was changed",
                inventory_name(&arming->standing.inventory));
}

static enum proposal_step examine(void *plan, FILE *to, struct failure *ret_error)
{
        struct arming *arming = plan;

        if (!check_all(arming, ret_error)) {
                print_way_out(arming, to);
                return PROPOSAL_FAILED;
        }
        if (arming->given->every_boot)
                arming_find_image(arming);
        standing_ask(arming->host, &arming->standing);
        print_summary(arming, to);
        return check_ha(arming, ret_error) ? PROPOSAL_GO : PROPOSAL_FAILED;
}

static void forget(void *plan)
{
        struct arming *arming = plan;

        arming_free(arming);
        *arming = (struct arming){
                .host = arming->host, .given = arming->given, .updates = arming->updates
        };
}

static void print_armed(const struct arming *arming, const struct order *order)
{
        struct advice_commands commands = advice_commands(&arming->standing);

        printf("Armed:     order %s\n", order->run_text);
        for (size_t i = 0; i < commands.count; i++)
                printf("%-11s%s\n", i == 0 ? "Next:" : "", commands.line[i]);
        printf("%sdom0 collects the results by itself, and forestage status\nshows them. To call "
               "it off: forestage disarm\n",
                commands.count > 0 ? "" : "Next: reboot; ");
}

static int carry_out(void *plan)
{
        struct arming *arming = plan;
        struct failure failure;
        struct order order;

        if (!delivery_make(arming, &order, &failure)) {
                failure_print(&failure);
                print_rest(arming);
                return failure.code;
        }
        print_armed(arming, &order);
        return proposal_done("the run is armed");
}

static int arm(const struct host *host, int argc, char **argv)
{
        struct arm_options given = { 0 };
        struct arming arming = { .host = host, .given = &given };
        struct option_error wrong;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
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
