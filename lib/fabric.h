/*
 * What became of NVIDIA's Fabric Manager in the stage: the word that init writes into the event
 * driver.fabric, and tells the runner by --fabric.
 */
#pragma once

#include <stdbool.h>
#include <string.h>

enum fabric_state {
        FABRIC_UNTOLD,   /* nobody said anything of it */
        FABRIC_RUNNING,  /* it has set the NVSwitches up */
        FABRIC_NONE,     /* there are NVSwitches, and the image has no Fabric Manager */
        FABRIC_MISMATCH, /* it is of another version than the driver, and refuses */
        FABRIC_FAILED,   /* it ended with an error */
        FABRIC_LATE,     /* it was not ready in time */
        FABRIC_STATES,
};

static inline const char *fabric_word(enum fabric_state state)
{
        static const char *const words[FABRIC_STATES] = {
                [FABRIC_UNTOLD] = "untold",
                [FABRIC_RUNNING] = "running",
                [FABRIC_NONE] = "none",
                [FABRIC_MISMATCH] = "mismatch",
                [FABRIC_FAILED] = "failed",
                [FABRIC_LATE] = "late",
        };

        return words[state];
}

/* False: nobody says such a word. */
static inline bool fabric_state_of(const char *word, enum fabric_state *ret_state)
{
        for (int i = FABRIC_RUNNING; i < FABRIC_STATES; i++) {
                if (strcmp(word, fabric_word((enum fabric_state)i)) != 0)
                        continue;
                *ret_state = (enum fabric_state)i;
                return true;
        }
        return false;
}
