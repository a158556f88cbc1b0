/* The file `order` on the ESP. */
#pragma once

#include <stdbool.h>

#include "dom0/host/esp.h"
#include "efi/parse/order.h"

enum order_state {
        ORDER_NONE,
        ORDER_LIVE,
        ORDER_WRONG, /* it is there and forestage.efi would refuse it */
};

enum order_state order_read(const struct esp *esp, struct order *ret_order);

/* An order with a fresh random id. */
bool order_make(bool every_boot, struct order *ret_order, struct failure *ret_error);

/* Writes it: complete and on disk, or not at all. */
bool order_write(const struct esp *esp, const struct order *order, struct failure *ret_error);

bool order_remove(const struct esp *esp, struct failure *ret_error);

/*
 * Writes the file `handoff`: dom0 has come up from this run. Orders for every boot depend on it
 * (efi/parse/repeat.h).
 */
bool order_confirm(const struct esp *esp, const uint8_t run_id[16], struct failure *ret_error);
