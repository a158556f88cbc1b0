#include <stdio.h>
#include <string.h>

#include "dom0/base/fresh.h"
#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/proposal.h"
#include "dom0/base/verb.h"
#include "dom0/host/firmware.h"
#include "dom0/install/bundle.h"
#include "dom0/state/armed.h"
#include "dom0/state/changes.h"
#include "dom0/state/method.h"
#include "dom0/state/order.h"
#include "dom0/xen/xenboot.h"
#include "lib/cleanup.h"

struct install_options {
        const char *bundle;
        const char *esp;
        const char *method;
        bool yes;
        bool dry_run;
};

static const struct option_spec options[] = {
        { "bundle", OPTION_VALUE, offsetof(struct install_options, bundle) },
        { "esp", OPTION_VALUE, offsetof(struct install_options, esp) },
        { "method", OPTION_VALUE, offsetof(struct install_options, method) },
        { "yes", OPTION_SWITCH, offsetof(struct install_options, yes) },
        { "dry-run", OPTION_SWITCH, offsetof(struct install_options, dry_run) },
        { 0 },
};

/* All that is found out before anything is changed. */
struct plan {
        const struct host *host;
        const struct install_options *given;
        struct esp esp;
        struct grub_config config;
        struct xenboot boot;
        struct bundle bundle;
        struct changes changes;
        enum method method;
        bool started;   /* the method is installed, and would start a run */
        bool installed; /* it is installed, in order or not */
        bool automatic; /* it was not asked for */
        bool spoils;    /* a run is armed, and its manifest lists what is to be replaced */
};

static bool check_machine(const struct host *host, struct failure *error)
{
        if (firmware_kind(host) != FIRMWARE_BIOS)
                return true;
        return fail(error, EXIT_FAIL,
                "this host was started by a BIOS, or by a UEFI that Xen hides from dom0 (there is "
                "no /sys/firmware/efi): Forestage needs UEFI; nothing was changed");
}

/* What an interrupted installation has left goes before the first file comes. */
static uint64_t bytes_needed(const struct plan *plan)
{
        uint64_t left = fresh_leftovers(plan->esp.folder), bytes = plan->bundle.bytes;

        return bytes > left ? bytes - left : 0;
}

/* forestage.efi itself is in no manifest. */
static bool spoils_order(const struct plan *plan)
{
        struct order order;
        bool listed = plan->bundle.conf;

        for (size_t i = 1; i < BUNDLE_FILES; i++)
                listed |= plan->bundle.file[i].fresh;
        return listed && order_read(&plan->esp, &order) != ORDER_NONE;
}

static bool make_plan(struct plan *plan, struct failure *error)
{
        const struct install_options *given = plan->given;
        const struct host *host = plan->host;
        _cleanup_free_ char *source =
                given->bundle ? memory_copy(given->bundle) : host_path(host, BUNDLE_FOLDER);
        struct firmware_option option;
        enum method installed;

        if (!check_machine(host, error) || !esp_find(host, given->esp, &plan->esp, error) ||
                !esp_check_device(&plan->esp, error) ||
                !grub_config_find(host, &plan->esp, &plan->config, error) ||
                !xenboot_find(host, &plan->config, NULL, &plan->boot, error) ||
                !bundle_plan(host, &plan->esp, source, &plan->bundle, error) ||
                !changes_open(host, &plan->changes, error))
                return false;
        installed = method_installed(host, &plan->esp, &plan->config, &option);
        plan->installed = installed != METHOD_NONE;
        plan->started = method_works(installed, &option);
        plan->automatic = !given->method || strcmp(given->method, "auto") == 0;
        plan->spoils = spoils_order(plan);
        return method_choose(host, &plan->esp, given->method, installed, &plan->method, error) &&
               esp_check_room(host, &plan->esp, bytes_needed(plan), error);
}

static void forget(void *made)
{
        struct plan *plan = made;

        changes_close(&plan->changes);
        bundle_free(&plan->bundle);
        xenboot_free(&plan->boot);
        grub_config_free(&plan->config);
        esp_free(&plan->esp);
        *plan = (struct plan){ .host = plan->host, .given = plan->given };
}

static bool has_work(const struct plan *plan)
{
        bool work = plan->bundle.conf || !plan->started || changes_empty(&plan->changes);

        for (size_t i = 0; i < BUNDLE_FILES; i++)
                work |= plan->bundle.file[i].fresh;
        return work;
}

/* GRUB's lines do as well, as long as nobody has asked for the firmware. */
static bool may_turn_to_grub(const struct plan *plan)
{
        return plan->method == METHOD_FIRMWARE && plan->automatic && !plan->installed;
}

static void print_way(const struct plan *plan, FILE *to)
{
        _cleanup_free_ char *way = method_describe(plan->method, &plan->esp, &plan->config);

        if (!plan->started) {
                fputs("  ", to);
                print_wrapped(to, 2, 4, way);
        }
        if (may_turn_to_grub(plan)) {
                _cleanup_free_ char *other =
                        method_describe(METHOD_GRUB, &plan->esp, &plan->config);
                _cleanup_free_ char *text =
                        memory_format("or, where the firmware does not take it: %s", other);

                fputs("  ", to);
                print_wrapped(to, 2, 4, text);
        }
}

static void print_plan(const struct plan *plan, FILE *to)
{
        print_line(to, "This host boots Xen with the entry \"%s\" of", plan->boot.title);
        print_line(to, "  %s", plan->config.path);
        if (plan->boot.doubt)
                fputs("  or with another: forestage arm says why, and takes --entry\n", to);
        fputs("\nTo do:\n", to);
        if (plan->spoils)
                fputs("  disarm the run that is armed: what it starts with is replaced; arm again "
                      "then\n",
                        to);
        for (size_t i = 0; i < BUNDLE_FILES; i++)
                if (plan->bundle.file[i].fresh)
                        print_line(to, "  write %s (%llu KiB)", plan->bundle.file[i].target,
                                (unsigned long long)(plan->bundle.file[i].bytes + 1023) >> 10);
        if (plan->bundle.conf)
                print_line(to, "  write %s/forestage.conf, fallback loader %s", plan->esp.folder,
                        plan->bundle.fallback);
        print_way(plan, to);
        fputs("  note every change in /var/lib/forestage/backup, for forestage uninstall\n\n", to);
}

static bool install_method(struct plan *plan, struct failure *error)
{
        return method_install(plan->method, &plan->esp, &plan->config, &plan->changes, error);
}

/* The boot option could not be made: what there is of it goes, and GRUB's lines come. */
static bool turn_to_grub(struct plan *plan, size_t before, struct failure *error)
{
        struct failure later;

        fflush(stdout);
        failure_print(error);
        puts("So GRUB is to start the runs; taking the boot option back:");
        if (!changes_undo(&plan->changes, before, stdout, &later)) /* it stays noted */
                failure_print(&later);
        plan->method = METHOD_GRUB;
        return install_method(plan, error);
}

static bool bring_method(struct plan *plan, struct failure *error)
{
        size_t before = json_array_size(plan->changes.list);
        struct failure reason;

        if (install_method(plan, error))
                return true;
        if (may_turn_to_grub(plan))
                return turn_to_grub(plan, before, error);
        if (plan->method != METHOD_FIRMWARE)
                return false;
        reason = *error;
        return fail(error, EXIT_FAIL, "%.400s; %s--method grub needs no boot option", reason.text,
                plan->installed ? "after forestage uninstall, " : "");
}

/* An order whose bundle its manifest does not match would only be found out at the boot. */
static bool disarm_first(const struct plan *plan, struct failure *error)
{
        return !plan->spoils ||
               (order_remove(&plan->esp, error) && armed_forget(plan->host, error));
}

static bool make_changes(struct plan *plan, struct failure *error)
{
        return disarm_first(plan, error) &&
               changes_note_folder(&plan->changes, plan->esp.folder, error) &&
               bundle_write(&plan->bundle, &plan->esp, &plan->boot, error) &&
               bring_method(plan, error);
}

static enum proposal_step examine(void *made, FILE *to, struct failure *ret_error)
{
        struct plan *plan = made;

        if (!make_plan(plan, ret_error))
                return PROPOSAL_FAILED;
        if (has_work(plan)) {
                print_plan(plan, to);
                return PROPOSAL_GO;
        }
        fprintf(to, "Forestage is installed already (--method %s); there is nothing to do.\n",
                method_name(plan->method));
        return PROPOSAL_NOTHING;
}

static void print_installed(const struct plan *plan)
{
        struct order order;

        if (order_read(&plan->esp, &order) == ORDER_LIVE)
                printf("Installed. Order %s stays armed.\n", order.run_text);
        else
                puts("Installed. No run is armed; the host boots as before.\n"
                     "Next: forestage arm --jobs DIR");
}

static int carry_out(void *made)
{
        struct plan *plan = made;
        size_t before = json_array_size(plan->changes.list);
        struct failure failure, later;

        if (make_changes(plan, &failure)) {
                print_installed(plan);
                return proposal_done("Forestage is installed");
        }
        puts("That failed; taking back what was done:");
        if (!changes_undo(&plan->changes, before, stdout, &later))
                failure_print(&later);
        fflush(stdout);
        return failure_print(&failure);
}

static int install(const struct host *host, int argc, char **argv)
{
        struct install_options given = { 0 };
        struct plan plan = { .host = host, .given = &given };
        struct option_error wrong;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        return proposal_run(host,
                &(struct proposal){
                        argv[0], "Go on?", given.yes, given.dry_run, examine, forget, carry_out },
                &plan);
}

const struct verb verb_install = {
        .name = "install",
        .options = options,
        .run = install,
};
