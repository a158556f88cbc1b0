/*
 * The file `order`: it is there while a run is armed. Plain C11 without a C library; uses
 * uuid_parse and uuid_format of region/.
 */
#pragma once

#include "efi/parse/handoff.h"
#include "efi/parse/text.h"
#include "lib/uuid.h"

struct order {
        uint8_t run_id[16];             /* RFC 4122 byte order */
        char run_text[UUID_LENGTH + 1]; /* the same, lower case */
        bool every_boot;                /* repeat=every-boot; otherwise once */
        bool has_hand_off;              /* it does not end as forestage.conf says, but so: */
        enum hand_off hand_off;
};

/* Returns false when the text is no order and appends "order:LINE: what" to `reason`. */
bool order_parse(struct slice text, struct order *ret_order, struct text *reason);
