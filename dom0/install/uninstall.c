#include <stdio.h>
#include <unistd.h>

#include "dom0/base/ask.h"
#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/host/esp.h"
#include "dom0/host/firmware.h"
#include "dom0/state/armed.h"
#include "dom0/state/changes.h"
#include "lib/cleanup.h"

struct uninstall_options {
        const char *esp;
        bool yes;
        bool dry_run;
};

static const struct option_spec options[] = {
        { "esp", OPTION_VALUE, offsetof(struct uninstall_options, esp) },
        { "yes", OPTION_SWITCH, offsetof(struct uninstall_options, yes) },
        { "dry-run", OPTION_SWITCH, offsetof(struct uninstall_options, dry_run) },
        { 0 },
};

static void print_changes(const struct changes *changes)
{
        puts("To do, the newest change first:");
        for (size_t i = json_array_size(changes->list); i > 0; i--) {
                const json_t *change = json_array_get(changes->list, i - 1);
                const char *what = get_string(change, "what"), *path = get_string(change, "path");
                const char *partition = get_text(change, "partition");

                if (path)
                        print_line(stdout, "  %s: %s", what, path);
                else
                        print_line(stdout, "  %s: %s%s%s", what, FIRMWARE_LOADER,
                                *partition ? " on partition " : "", partition);
        }
        puts("\nCollected results in /var/lib/forestage/runs stay.");
}

/* The order goes first: with it gone, no half of an installation can start a run. */
static bool disarm_first(const struct host *host, const struct esp *esp, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "order");
        bool armed = access(path, F_OK) == 0;

        if (!durable_remove(path, error))
                return false;
        if (armed)
                puts("A run was armed; it is disarmed now.");
        return armed_forget(host, error);
}

static int undo(const struct host *host, const struct esp *esp, struct changes *changes)
{
        struct failure failure;

        if (!disarm_first(host, esp, &failure) || !changes_undo(changes, 0, stdout, &failure)) {
                fflush(stdout);
                failure_print(&failure);
                return complain(EXIT_FAIL,
                        "what could not be undone is still noted; uninstall again when that is "
                        "solved");
        }
        if (changes->differs)
                puts("Uninstalled. Others have changed something meanwhile (above): in that the "
                     "host\nis not as it was before.");
        else
                puts("Uninstalled; the host is as it was before.");
        return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
}

static int uninstall(const struct host *host, int argc, char **argv)
{
        _cleanup_(changes_close) struct changes changes = { 0 };
        _cleanup_(esp_free) struct esp esp = { 0 };
        _cleanup_free_ char *order = NULL;
        struct uninstall_options given = { 0 };
        struct option_error wrong;
        struct failure failure;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (!esp_find(host, given.esp, &esp, &failure) || !changes_open(host, &changes, &failure))
                return failure_print(&failure);
        if (changes_empty(&changes))
                return complain(EXIT_FAIL,
                        "nothing is installed here (no journal in /var/lib/forestage/backup)");
        print_changes(&changes);
        order = esp_file(&esp, "order");
        if (access(order, F_OK) == 0)
                puts("A run is armed: it will be disarmed.");
        if (given.dry_run)
                return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
        if (esp.read_only) /* says what to do about it */
                return esp_check_room(host, &esp, 0, &failure) ? EXIT_FAIL
                                                               : failure_print(&failure);
        return ask("Go on?", given.yes) ? undo(host, &esp, &changes) : EXIT_FAIL;
}

const struct verb verb_uninstall = {
        .name = "uninstall",
        .options = options,
        .run = uninstall,
};
