#include "efi/parse/handoff.h"

static const char *const names[] = {
        [HAND_OFF_KEXEC] = "kexec",
        [HAND_OFF_KEXEC_ELSE_RESET] = "kexec-else-reset",
        [HAND_OFF_RESET] = "reset",
};

bool handoff_parse(struct slice word, enum hand_off *ret_hand_off, struct text *reason)
{
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (slice_equal(word, slice_of(names[i]))) {
                        *ret_hand_off = (enum hand_off)i;
                        return true;
                }
        if (reason)
                text_add(reason,
                        "expected kexec, kexec-else-reset or reset, not \"" SLICE_FORMAT "\"",
                        SLICE_PRINT(word));
        return false;
}

const char *handoff_name(enum hand_off hand_off)
{
        return names[hand_off];
}
