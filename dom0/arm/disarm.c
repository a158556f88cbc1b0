#include <stdio.h>

#include "dom0/base/verb.h"
#include "dom0/state/armed.h"
#include "dom0/state/order.h"

struct disarm_options {
        const char *esp;
};

static const struct option_spec options[] = {
        { "esp", OPTION_VALUE, offsetof(struct disarm_options, esp) },
        { 0 },
};

static int call_off(const struct host *host, const struct esp *esp)
{
        struct failure failure;
        struct order order;
        enum order_state state = order_read(esp, &order);

        if (state == ORDER_NONE) {
                puts("Nothing is armed.");
                return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
        }
        if (!order_remove(esp, &failure) || !armed_forget(host, &failure))
                return failure_print(&failure);
        if (state == ORDER_LIVE)
                printf("Disarmed: order %s. The next boot is a normal one.\n", order.run_text);
        else
                puts("Disarmed: an order that could not be read. The next boot is a normal one.");
        return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
}

static int disarm(const struct host *host, int argc, char **argv)
{
        struct disarm_options given = { 0 };
        struct option_error wrong;
        struct failure failure;
        struct esp esp;
        int code;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (!esp_find(host, given.esp, &esp, &failure))
                return failure_print(&failure);
        code = call_off(host, &esp);
        esp_free(&esp);
        return code;
}

const struct verb verb_disarm = {
        .name = "disarm",
        .options = options,
        .run = disarm,
};
