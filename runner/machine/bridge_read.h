/* Reading the PCI Express path of a GPU from /sys. */
#pragma once

#include "runner/machine/bridge.h"

/*
 * From the GPU at this address up to its root port. `sys` is "/sys", or where a test has its like;
 * NULL: nothing is there. What cannot be read is not known.
 */
struct bridges bridges_read(const char *sys, const char *pci);
