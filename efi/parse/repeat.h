/*
 * Orders with repeat=every-boot: the run id of each boot, and the count that ends them. Plain C11
 * without a C library; forestage.efi keeps the count, dom0 reads it.
 *
 * Each run gets an id of its own: the order's id with the number of the run (1, 2, …) in big-endian
 * XORed into its last four bytes, and version 8 (RFC 9562: made up by the application) in place of
 * the order's version. Both ways can be computed by anyone who knows the order's id.
 *
 * A run is a strike until dom0 has confirmed that it came up: it writes the run's id to the file
 * `handoff` of the bundle (`run=UUID`). With REPEAT_STRIKES strikes in a row the order is dead.
 */
#pragma once

#include "efi/parse/order.h"
#include "lib/uuid.h"

#define REPEAT_STRIKES 2u

/* "UUID RRRRRRRR S": the order's id, runs in 8 hexadecimal digits, strikes in one digit. */
#define REPEAT_LENGTH (UUID_LENGTH + 11u)

struct repeat {
        uint8_t order_id[16];
        uint32_t runs;    /* started so far; the number of the last one */
        unsigned strikes; /* runs in a row, up to the last, that nobody has confirmed; at most 9 */
};

/* False when the text is no such thing. */
bool repeat_parse(struct slice text, struct repeat *ret_repeat);
void repeat_format(const struct repeat *repeat, char ret_text[REPEAT_LENGTH + 1]);

/* The id of a run of an order, and back: false when the run is none of this order. */
void repeat_run_id(const uint8_t order_id[16], uint32_t number, uint8_t ret_run_id[16]);
bool repeat_run_number(const uint8_t order_id[16], const uint8_t run_id[16], uint32_t *ret_number);

/* The file `handoff`: the last run whose hand-off dom0 has confirmed. */
bool repeat_parse_handoff(struct slice text, uint8_t ret_run_id[16], struct text *reason);

/*
 * The count as it is before the next run of an order. `stored` is what the firmware variable holds
 * and `confirmed` the run id in `handoff`; either may be NULL, or of another order. A confirmed run
 * is no strike, and no number is given twice although the variable may have been lost.
 */
struct repeat repeat_before(
        const uint8_t order_id[16], const struct repeat *stored, const uint8_t confirmed[16]);

/* The same when the next run has been started. */
struct repeat repeat_after(const struct repeat *before);
