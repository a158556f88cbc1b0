#include "dom0/store/removal.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/failure.h"
#include "dom0/base/print.h"
#include "dom0/base/proposal.h"
#include "dom0/state/armed.h"
#include "dom0/state/order.h"
#include "dom0/store/content.h"
#include "dom0/store/holding.h"
#include "dom0/store/record.h"
#include "lib/cleanup.h"

struct removal {
        const struct host *host;
        struct store_record record;
        struct holding holding;
        bool is_there; /* what holds it is, and still does */
        struct failure reason;
};

/* --- finding out --- */

/* An order that is armed, or will be once more, needs it. */
static bool is_free(const struct host *host, struct failure *error)
{
        _cleanup_(armed_free) struct armed armed = { .document = NULL };
        _cleanup_(esp_free) struct esp esp = { 0 };
        struct order order;

        if (!armed_load(host, &armed) || !armed_store(&armed))
                return true;
        if (!esp_find(host, NULL, &esp, error))
                return false;
        if (!armed.withdrawn && (order_read(&esp, &order) != ORDER_LIVE ||
                                        strcmp(order.run_text, armed.order) != 0))
                return true;
        return fail(error, EXIT_FAIL, "order %s is armed with it; first: forestage disarm",
                armed.order);
}

static void look(struct removal *removal)
{
        const char *path = removal->record.path;

        removal->is_there = holding_open(removal->host, path, HOLDING_LOOK, &removal->holding,
                                    &removal->reason) &&
                            (content_is_of(&removal->holding, removal->record.map.id) ||
                                    fail(&removal->reason, EXIT_FAIL,
                                            "%s does not begin with the store any more", path));
}

static enum proposal_step examine(void *plan, FILE *to, struct failure *ret_error)
{
        struct removal *removal = plan;

        if (store_record_load(removal->host, &removal->record, ret_error) != EXIT_PASS ||
                !is_free(removal->host, ret_error))
                return PROPOSAL_FAILED;
        look(removal);
        print_line(to, "Store:     %s, %llu MiB", removal->record.path,
                (unsigned long long)store_record_bytes(&removal->record) >> 20);
        if (!removal->is_there)
                print_line(to, "           left as it is: %s", removal->reason.text);
        else
                print_line(to, "           %s",
                        removal->record.is_device ? "what says that it is one is wiped out"
                                                  : "the file is removed");
        return PROPOSAL_GO;
}

static void forget(void *plan)
{
        struct removal *removal = plan;

        holding_close(&removal->holding);
        store_record_free(&removal->record);
}

/* --- doing it --- */

/* First no order finds it any more, and only then are its blocks anybody's. */
static bool wipe_and_remove(struct removal *removal, struct failure *error)
{
        holding_close(&removal->holding);
        return holding_open(removal->host, removal->record.path, HOLDING_WRITE, &removal->holding,
                       error) &&
               content_wipe(&removal->holding, &removal->record.map, error) &&
               (removal->holding.is_device || holding_unlink(&removal->holding, error));
}

static int carry_out(void *plan)
{
        struct removal *removal = plan;
        struct failure failure;

        if ((removal->is_there && !wipe_and_remove(removal, &failure)) ||
                !store_record_forget(removal->host, &failure))
                return failure_print(&failure);
        puts("Removed:   this host has no store.");
        return proposal_done("the store is removed");
}

int removal_run(const struct host *host, bool yes, bool dry_run)
{
        struct removal removal = { .host = host, .holding = HOLDING_NONE };

        return proposal_run(host,
                &(struct proposal){
                        "store", "Remove it?", yes, dry_run, examine, forget, carry_out },
                &removal);
}
