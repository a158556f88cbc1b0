/* What all devices are: their numbers, and what they are capable of. */
#pragma once

#include "rehearsal/driver/driver.h"

#define COMPUTE_MAJOR 9
#define COMPUTE_MINOR 0
#define DEVICE_NAME   "Forestage rehearsal (no GPU)"
#define MAX_GRID_X    0x7fffffffu
#define MAX_GRID_YZ   65535u
#define MAX_BLOCK_Z   64u

CUresult device_check(CUdevice device);
