#include "dom0/arm/summary.h"

#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/pool/advice.h"
#include "dom0/xen/elfentry.h"
#include "lib/cleanup.h"

void summary_warn(FILE *to, const char *text)
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
                summary_warn(to, text);
        }
        if (target_lacks_fabric(&arming->outlook.target))
                summary_warn(to,
                        "NVSwitches join this host's GPUs, and the image has no Fabric Manager: "
                        "every job that uses CUDA would be an error; make it with FABRIC=, and "
                        "install it");
        if (!arming->outlook.target.image) {
                _cleanup_free_ char *why = memory_format(
                        "what the jobs need was not compared with the image in %s: %s",
                        arming->ready.esp.folder, arming->outlook.why);

                summary_warn(to, why);
        }
}

static void warn_of_boot(const struct arming *arming, FILE *to)
{
        const struct xenboot *boot = &arming->ready.boot;
        char text[512];

        for (size_t i = 0; i < boot->remarks_count; i++)
                summary_warn(to, boot->remarks[i]);
        if (arming->next.remark)
                summary_warn(to, arming->next.remark);
        if (readiness_is_silent(&arming->ready, text, sizeof(text)))
                summary_warn(to, text);
        if (arming->ready.secure_boot)
                summary_warn(to,
                        "Secure Boot is on: forestage.efi and the stage's kernel must be signed "
                        "with a key that this firmware trusts, or the boot falls back to the "
                        "normal one");
}

void summary_print_next(const struct arming *arming, FILE *to)
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

void summary_print_jobs(const struct arming *arming, FILE *to)
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
}

void summary_print_store(const struct arming *arming, FILE *to)
{
        const struct store_record *store = &arming->marking.after;

        if (arming->given->store)
                print_line(to, "Store:     %s, %llu MiB of room, order %llu", store->path,
                        (unsigned long long)store->map.room >> 20,
                        (unsigned long long)store->map.generation - 1);
        for (size_t i = 0; i < arming->list.trees.count; i++)
                print_line(to, "%-11s%s, read from there", i == 0 ? "Inputs:" : "",
                        arming->list.trees.word[i]);
        if (arming->check.store_bytes > 0)
                print_line(to, "           %llu KiB of outputs go there",
                        (unsigned long long)arming->check.store_bytes >> 10);
}

void summary_print_hand_off(const struct arming *arming, FILE *to)
{
        static const char *const texts[] = {
                [HAND_OFF_KEXEC] = "in Xen, by kexec",
                [HAND_OFF_KEXEC_ELSE_RESET] = "in Xen, else in a reset; the run is in the store",
                [HAND_OFF_RESET] = "in a reset, into the normal boot; the run is in the store",
        };

        if (arming->given->hand_off || arming_hand_off(arming) != HAND_OFF_KEXEC)
                print_line(to, "Ends:      %s", texts[arming_hand_off(arming)]);
}

void summary_print_when(const struct arming *arming, FILE *to)
{
        fprintf(to, "When:      %s\n",
                arming->given->every_boot ? "at every boot from the next one on"
                                          : "at the next boot, once");
        if (arming->given->every_boot)
                fprintf(to, "Updates:   %s\n", updates_text[arming->updates]);
        if (arming->before_state == ORDER_LIVE)
                fprintf(to, "Armed already: order %s is replaced.\n", arming->before.run_text);
}

void summary_print_host(const struct arming *arming, FILE *to)
{
        print_host(&arming->standing, to);
        tell_standing(arming, to);
        warn_of_jobs(arming, to);
        warn_of_boot(arming, to);
}

void summary_print_rest(const struct arming *arming)
{
        struct order order;

        if (order_read(&arming->ready.esp, &order) == ORDER_LIVE)
                complain(EXIT_FAIL, "order %s stays armed", order.run_text);
        else
                complain(EXIT_FAIL, "nothing is armed now");
}

void summary_print_way_out(const struct arming *arming, FILE *to)
{
        _cleanup_free_ char *text = NULL;

        if (!arming->needs_elf)
                return;
        text = elfentry_advice(arming->host, &arming->ready.config, &arming->ready.boot);
        print_lines(to, text);
}

void summary_print_armed(const struct arming *arming, const struct order *order)
{
        struct advice_commands commands = advice_commands(&arming->standing);

        printf("Armed:     order %s\n", order->run_text);
        for (size_t i = 0; i < commands.count; i++)
                printf("%-11s%s\n", i == 0 ? "Next:" : "", commands.line[i]);
        printf("%sdom0 collects the results by itself, and forestage status\nshows them. To call "
               "it off: forestage disarm\n",
                commands.count > 0 ? "" : "Next: reboot; ");
}
