#include <stdio.h>

#include "dom0/base/lock.h"
#include "dom0/base/proposal.h"
#include "dom0/base/verb.h"
#include "dom0/state/armed.h"
#include "dom0/state/order.h"
#include "lib/cleanup.h"

struct disarm_options {
        const char *esp;
};

static const struct option_spec options[] = {
        { "esp", OPTION_VALUE, offsetof(struct disarm_options, esp) },
        { 0 },
};

/* What there is to call off. */
struct standing {
        enum order_state state;
        struct order order;
        struct armed armed; /* all zero where nobody looked */
        bool withdrawn;     /* its order is not on the ESP, and would come back */
};

static void standing_free(struct standing *standing)
{
        armed_free(&standing->armed);
}

static void look_at(const struct host *host, const struct esp *esp, struct standing *standing)
{
        standing->state = order_read(esp, &standing->order);
        standing->withdrawn = standing->state == ORDER_NONE && armed_load(host, &standing->armed) &&
                              standing->armed.withdrawn;
}

static void print_done(const struct standing *standing)
{
        if (standing->withdrawn)
                printf("Disarmed: order %s, which was withdrawn, does not come back.\n",
                        standing->armed.order);
        else if (standing->state == ORDER_NONE)
                puts("Nothing is armed.");
        else if (standing->state == ORDER_LIVE)
                printf("Disarmed: order %s. The next boot is a normal one.\n",
                        standing->order.run_text);
        else
                puts("Disarmed: an order that could not be read. The next boot is a normal one.");
}

static int disarm(const struct host *host, int argc, char **argv)
{
        _cleanup_(esp_free) struct esp esp = { 0 };
        _cleanup_(lock_release) struct lock lock = LOCK_NONE;
        _cleanup_(standing_free) struct standing standing = { .state = ORDER_NONE };
        struct disarm_options given = { 0 };
        struct option_error wrong;
        struct failure failure;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (!lock_take(host, argv[0], &lock, &failure) ||
                !esp_find(host, given.esp, &esp, &failure))
                return failure_print(&failure);
        look_at(host, &esp, &standing);
        if ((standing.state != ORDER_NONE && !order_remove(&esp, &failure)) ||
                ((standing.state != ORDER_NONE || standing.withdrawn) &&
                        !armed_forget(host, &failure)))
                return failure_print(&failure);
        print_done(&standing);
        return proposal_done("nothing is armed");
}

const struct verb verb_disarm = {
        .name = "disarm",
        .options = options,
        .run = disarm,
};
