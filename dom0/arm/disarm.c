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

static int disarm(const struct host *host, int argc, char **argv)
{
        _cleanup_(esp_free) struct esp esp = { 0 };
        _cleanup_(lock_release) struct lock lock = LOCK_NONE;
        struct disarm_options given = { 0 };
        struct option_error wrong;
        struct failure failure;
        enum order_state state;
        struct order order;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (!lock_take(host, argv[0], &lock, &failure) ||
                !esp_find(host, given.esp, &esp, &failure))
                return failure_print(&failure);
        state = order_read(&esp, &order);
        if (state != ORDER_NONE && (!order_remove(&esp, &failure) || !armed_forget(host, &failure)))
                return failure_print(&failure);
        if (state == ORDER_NONE)
                puts("Nothing is armed.");
        else if (state == ORDER_LIVE)
                printf("Disarmed: order %s. The next boot is a normal one.\n", order.run_text);
        else
                puts("Disarmed: an order that could not be read. The next boot is a normal one.");
        return proposal_done("nothing is armed");
}

const struct verb verb_disarm = {
        .name = "disarm",
        .options = options,
        .run = disarm,
};
