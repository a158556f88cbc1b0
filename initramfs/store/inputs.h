/*
 * The inputs of an order that are in its store: mapped, so that each block is held against its
 * hash when it is read, and mounted read-only in the job folder, where the jobs look for them.
 */
#pragma once

#include <stdbool.h>

#include "initramfs/stage/stage.h"
#include "initramfs/store/claim.h"

/* As DISKS_FOLDER has it: device-mapper, dm-verity and EROFS. */
#define INPUTS_MODULES "/lib/modules/input"

struct inputs {
        int control;           /* of device-mapper; -1: there are no inputs */
        char lost[STAGE_TEXT]; /* why an order's inputs could not be had; "": they could, or it has
                                  none */
};

/*
 * Maps and mounts every input of the claim's map below the folder `jobs`; to be called while there
 * are nodes of disks. The store's disk is shared with device-mapper from then on. False:
 * stage->error and inputs->lost say which could not be had, and why. When it is good,
 * stage->detail says what they are.
 */
bool inputs_map(struct stage *stage, struct claim *claim, const char *jobs, struct inputs *inputs);

/* Once the jobs have ended: whether all that was read of them was what was armed. */
bool inputs_are_sound(struct stage *stage, const struct claim *claim, const struct inputs *inputs);
