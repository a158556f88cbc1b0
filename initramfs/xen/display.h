/* The screen of this machine, as Linux was given it. */
#pragma once

#include "initramfs/xen/screen.h"

/*
 * Finds what Xen may write to. Returns why there is nothing, or NULL. A frame buffer on an NVIDIA
 * device is none: its driver has had the device meanwhile, and left nothing of what the firmware
 * had set up there.
 */
const char *display_find(struct screen *ret_screen);
