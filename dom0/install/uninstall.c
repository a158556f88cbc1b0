#include <stdio.h>
#include <unistd.h>

#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/base/proposal.h"
#include "dom0/base/verb.h"
#include "dom0/host/esp.h"
#include "dom0/host/firmware.h"
#include "dom0/state/armed.h"
#include "dom0/state/changes.h"
#include "dom0/store/record.h"
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

/* All that is found out before anything is changed. */
struct undoing {
        const struct host *host;
        const struct uninstall_options *given;
        struct esp esp;
        struct changes changes;
};

static void print_changes(const struct changes *changes, FILE *to)
{
        fputs("To do, the newest change first:\n", to);
        for (size_t i = json_array_size(changes->list); i > 0; i--) {
                const json_t *change = json_array_get(changes->list, i - 1);
                const char *what = get_string(change, "what"), *path = get_string(change, "path");
                const char *partition = get_text(change, "partition");

                if (path)
                        print_line(to, "  %s: %s", what, path);
                else
                        print_line(to, "  %s: %s%s%s", what, FIRMWARE_LOADER,
                                *partition ? " on partition " : "", partition);
        }
        fputs("\nCollected results in /var/lib/forestage/runs stay.\n", to);
}

/* It is as large as somebody has wanted it, and what is in it may be. */
static void print_store(const struct host *host, FILE *to)
{
        _cleanup_(store_record_free) struct store_record record = { .path = NULL };
        struct failure ignored;

        if (store_record_load(host, &record, &ignored) == EXIT_PASS)
                print_line(to, "The store %s stays; to remove it first: forestage store remove",
                        record.path);
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

static bool find_out(struct undoing *undoing, struct failure *error)
{
        if (!esp_find(undoing->host, undoing->given->esp, &undoing->esp, error) ||
                !changes_open(undoing->host, &undoing->changes, error))
                return false;
        if (changes_empty(&undoing->changes))
                return fail(error, EXIT_FAIL,
                        "nothing is installed here (no journal in /var/lib/forestage/backup)");
        /* says what to do about it */
        return undoing->given->dry_run || !undoing->esp.read_only ||
               esp_check_room(undoing->host, &undoing->esp, 0, error);
}

static enum proposal_step examine(void *plan, FILE *to, struct failure *ret_error)
{
        struct undoing *undoing = plan;
        _cleanup_free_ char *order = NULL;

        if (!find_out(undoing, ret_error))
                return PROPOSAL_FAILED;
        print_changes(&undoing->changes, to);
        print_store(undoing->host, to);
        order = esp_file(&undoing->esp, "order");
        if (access(order, F_OK) == 0)
                fputs("A run is armed: it will be disarmed.\n", to);
        return PROPOSAL_GO;
}

static void forget(void *plan)
{
        struct undoing *undoing = plan;

        changes_close(&undoing->changes);
        esp_free(&undoing->esp);
}

static int carry_out(void *plan)
{
        struct undoing *undoing = plan;
        struct failure failure;

        if (!disarm_first(undoing->host, &undoing->esp, &failure) ||
                !changes_undo(&undoing->changes, 0, stdout, &failure)) {
                fflush(stdout);
                failure_print(&failure);
                return complain(EXIT_FAIL,
                        "what could not be undone is still noted; uninstall again when that is "
                        "solved");
        }
        if (undoing->changes.differs)
                puts("Uninstalled. Others have changed something meanwhile (above): in that the "
                     "host\nis not as it was before.");
        else
                puts("Uninstalled; the host is as it was before.");
        return proposal_done("Forestage is uninstalled");
}

static int uninstall(const struct host *host, int argc, char **argv)
{
        struct uninstall_options given = { 0 };
        struct undoing undoing = { .host = host, .given = &given };
        struct option_error wrong;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        return proposal_run(host,
                &(struct proposal){
                        argv[0], "Go on?", given.yes, given.dry_run, examine, forget, carry_out },
                &undoing);
}

const struct verb verb_uninstall = {
        .name = "uninstall",
        .options = options,
        .run = uninstall,
};
