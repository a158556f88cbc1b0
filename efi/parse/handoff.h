/* How the stage ends: what forestage.conf says, or the order for itself. Plain C11, pure. */
#pragma once

#include <stdbool.h>

#include "efi/parse/text.h"

enum hand_off {
        HAND_OFF_KEXEC,            /* in Xen; the machine is reset where that cannot be */
        HAND_OFF_KEXEC_ELSE_RESET, /* the same, and the run is kept in the store before */
        HAND_OFF_RESET,            /* in a reset, with the run kept in the store */
};

/* False: there is no such word, and `reason` (NULL: nobody asks) gets what was expected. */
bool handoff_parse(struct slice word, enum hand_off *ret_hand_off, struct text *reason);

/* "kexec", "kexec-else-reset", "reset". */
const char *handoff_name(enum hand_off hand_off);
