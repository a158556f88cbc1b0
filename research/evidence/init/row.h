/*
 * The rows of a boot: lines "NAME DRIVER MODULE [OPTIONS]" of the file /rows. Each loads
 * /drivers/DRIVER/MODULE/nvidia.ko, asks /drivers/DRIVER/dmaprobe.ko and `forestage doctor`, and
 * unloads it again.
 */
#pragma once

#include <stdbool.h>

/* All rows, one behind the other. Doctor is asked only when `fresh`. */
void rows_run(bool fresh);
