#include "dom0/state/order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "dom0/base/durable.h"
#include "dom0/host/source.h"
#include "efi/parse/keyvalue.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

enum order_state order_read(const struct esp *esp, struct order *ret_order)
{
        _cleanup_free_ char *path = esp_file(esp, "order");
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, KEYVALUE_MAX_BYTES + 1, &length);
        struct text reason;
        char buffer[256];

        if (!text)
                return errno == ENOENT || errno == ENOTDIR ? ORDER_NONE : ORDER_WRONG;
        text_init(&reason, buffer, sizeof(buffer));
        return order_parse((struct slice){ text, length }, ret_order, &reason) ? ORDER_LIVE
                                                                               : ORDER_WRONG;
}

/* RFC 9562, version 4. */
static bool make_id(uint8_t ret_id[16])
{
        if (getrandom(ret_id, 16, 0) != 16)
                return false;
        ret_id[6] = (uint8_t)((ret_id[6] & 0x0f) | 0x40);
        ret_id[8] = (uint8_t)((ret_id[8] & 0x3f) | 0x80);
        return true;
}

static bool write_file(
        const struct esp *esp, const char *name, const char *text, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "%s", name);

        return durable_write(path, text, strlen(text), 0600, error);
}

bool order_make(bool every_boot, struct order *ret_order, struct failure *ret_error)
{
        struct order order = { .every_boot = every_boot };

        if (!make_id(order.run_id))
                return fail(ret_error, EXIT_FAIL, "the kernel gives no random numbers: %s",
                        strerror(errno));
        uuid_format(order.run_id, order.run_text);
        *ret_order = order;
        return true;
}

bool order_write(const struct esp *esp, const struct order *order, struct failure *ret_error)
{
        char text[160];

        snprintf(text, sizeof(text), "run=%s\nrepeat=%s\n%s%s%s", order->run_text,
                order->every_boot ? "every-boot" : "once", order->has_hand_off ? "hand-off=" : "",
                order->has_hand_off ? handoff_name(order->hand_off) : "",
                order->has_hand_off ? "\n" : "");
        return write_file(esp, "order", text, ret_error);
}

bool order_remove(const struct esp *esp, struct failure *ret_error)
{
        _cleanup_free_ char *path = esp_file(esp, "order");

        return durable_remove(path, ret_error);
}

bool order_confirm(const struct esp *esp, const uint8_t run_id[16], struct failure *ret_error)
{
        char id[UUID_LENGTH + 1], text[64];

        uuid_format(run_id, id);
        snprintf(text, sizeof(text), "run=%s\n", id);
        return write_file(esp, "handoff", text, ret_error);
}
