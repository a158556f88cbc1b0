#include "efi/parse/order.h"

#include "efi/parse/keyvalue.h"
#include "lib/uuid.h"

static bool set_run(void *target, struct slice value, struct text *reason)
{
        struct order *order = target;

        if (!uuid_parse(value.data, value.length, order->run_id)) {
                text_add(reason, "expected a UUID, not \"" SLICE_FORMAT "\"", SLICE_PRINT(value));
                return false;
        }
        uuid_format(order->run_id, order->run_text);
        return true;
}

static bool set_repeat(void *target, struct slice value, struct text *reason)
{
        struct order *order = target;

        order->every_boot = slice_equal(value, SLICE("every-boot"));
        if (!order->every_boot && !slice_equal(value, SLICE("once"))) {
                text_add(reason, "expected once or every-boot, not \"" SLICE_FORMAT "\"",
                        SLICE_PRINT(value));
                return false;
        }
        return true;
}

static bool set_hand_off(void *target, struct slice value, struct text *reason)
{
        struct order *order = target;

        order->has_hand_off = true;
        return handoff_parse(value, &order->hand_off, reason);
}

bool order_parse(struct slice text, struct order *ret_order, struct text *reason)
{
        static const struct keyvalue_key keys[] = {
                { "run", set_run, false },
                { "repeat", set_repeat, false },
                { "hand-off", set_hand_off, false },
        };
        struct order order = { 0 };

        if (!keyvalue_read("order", text, keys, sizeof(keys) / sizeof(keys[0]), &order, reason))
                return false;
        if (!order.run_text[0]) {
                text_add(reason, "order: does not say run=");
                return false;
        }
        *ret_order = order;
        return true;
}
