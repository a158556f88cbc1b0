#include <stdio.h>

#include "dom0/base/ask.h"
#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/host/firmware.h"
#include "dom0/install/bundle.h"
#include "dom0/state/changes.h"
#include "dom0/state/method.h"
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
        struct esp esp;
        struct grub_config config;
        struct xenboot boot;
        struct bundle bundle;
        struct changes changes;
        enum method method;
        bool started; /* the method is installed, and would start a run */
};

static bool check_machine(const struct host *host, struct failure *error)
{
        if (firmware_kind(host) != FIRMWARE_BIOS)
                return true;
        return fail(error, EXIT_FAIL,
                "this host was started by a BIOS, or by a UEFI that Xen hides from dom0 (there is "
                "no /sys/firmware/efi): Forestage needs UEFI; nothing was changed");
}

static bool make_plan(const struct host *host, const struct install_options *given,
        struct plan *plan, struct failure *error)
{
        _cleanup_free_ char *source =
                given->bundle ? memory_copy(given->bundle) : host_path(host, BUNDLE_FOLDER);
        enum method installed;
        bool first;

        if (!check_machine(host, error) || !esp_find(host, given->esp, &plan->esp, error) ||
                !grub_config_find(host, &plan->esp, &plan->config, error) ||
                !xenboot_find(host, &plan->config, NULL, &plan->boot, error) ||
                !bundle_plan(host, &plan->esp, source, &plan->bundle, error) ||
                !changes_open(host, &plan->changes, error))
                return false;
        installed = method_installed(host, &plan->config, &first);
        plan->started = installed != METHOD_NONE && first;
        return method_choose(host, &plan->esp, given->method, installed, &plan->method, error) &&
               esp_check_room(host, &plan->esp, plan->bundle.bytes, error);
}

static void plan_free(struct plan *plan)
{
        changes_close(&plan->changes);
        bundle_free(&plan->bundle);
        xenboot_free(&plan->boot);
        grub_config_free(&plan->config);
        esp_free(&plan->esp);
}

static bool has_work(const struct plan *plan)
{
        bool work = plan->bundle.conf || !plan->started || changes_empty(&plan->changes);

        for (size_t i = 0; i < BUNDLE_FILES; i++)
                work |= plan->bundle.file[i].fresh;
        return work;
}

static void print_plan(const struct plan *plan)
{
        _cleanup_free_ char *way = method_describe(plan->method, &plan->esp, &plan->config);

        print_line(stdout, "This host boots Xen with the entry \"%s\" of", plan->boot.title);
        print_line(stdout, "  %s", plan->config.path);
        if (plan->boot.doubt)
                puts("  or with another: forestage arm says why, and takes --entry");
        puts("\nTo do:");
        for (size_t i = 0; i < BUNDLE_FILES; i++)
                if (plan->bundle.file[i].fresh)
                        print_line(stdout, "  write %s (%llu KiB)", plan->bundle.file[i].target,
                                (unsigned long long)(plan->bundle.file[i].bytes + 1023) >> 10);
        if (plan->bundle.conf)
                print_line(stdout, "  write %s/forestage.conf, fallback loader %s",
                        plan->esp.folder, plan->bundle.fallback);
        if (!plan->started) {
                fputs("  ", stdout);
                print_wrapped(stdout, 2, 4, way);
        }
        puts("  note every change in /var/lib/forestage/backup, for forestage uninstall\n");
}

static bool carry_out(struct plan *plan, struct failure *error)
{
        return changes_note_folder(&plan->changes, plan->esp.folder, error) &&
               bundle_write(&plan->bundle, &plan->esp, &plan->boot, error) &&
               (plan->started || method_install(plan->method, &plan->esp, &plan->config,
                                         &plan->changes, error));
}

static int do_plan(struct plan *plan)
{
        size_t before = json_array_size(plan->changes.list);
        struct failure failure, later;

        if (carry_out(plan, &failure)) {
                printf("Installed. No run is armed; the host boots as before.\n"
                       "Next: forestage arm --jobs DIR\n");
                return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
        }
        puts("That failed; taking back what was done:");
        if (!changes_undo(&plan->changes, before, stdout, &later))
                failure_print(&later);
        fflush(stdout);
        return failure_print(&failure);
}

static int install(const struct host *host, int argc, char **argv)
{
        _cleanup_(plan_free) struct plan plan = { 0 };
        struct install_options given = { 0 };
        struct option_error wrong;
        struct failure failure;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (!make_plan(host, &given, &plan, &failure))
                return failure_print(&failure);
        if (!has_work(&plan)) {
                printf("Forestage is installed already (--method %s); there is nothing to do.\n",
                        method_name(plan.method));
                return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
        }
        print_plan(&plan);
        if (given.dry_run)
                return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
        return ask("Go on?", given.yes) ? do_plan(&plan) : EXIT_FAIL;
}

const struct verb verb_install = {
        .name = "install",
        .options = options,
        .run = install,
};
