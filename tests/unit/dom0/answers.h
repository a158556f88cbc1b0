/* What verbs leave and answer on a stand-in host (host.h), for the tests of several of them. */
#pragma once

#include <jansson.h>

#include "efi/parse/order.h"
#include "tests/unit/dom0/host.h"

/* The order on the ESP; its texts are its own. */
struct order answers_order(const struct stand_in *host);

/*
 * What status --json says under a key, as text: numbers and booleans are written out, null is
 * "null". Until the next call.
 */
char *answers_status(struct stand_in *host, const char *key);

/* The finding of this id in doctor's answer; NULL: none. */
const json_t *answers_finding(const json_t *answer, const char *id);

/* The page that report makes of these runs; owned. */
char *answers_page(struct stand_in *host, const char *runs);
void assert_page(const char *page, const char *text);
