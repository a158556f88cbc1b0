/* The look at what Xen will find, before it is entered. */
#pragma once

#include "initramfs/xen/purgatory/table.h"

/* Whether the ranges' bytes have the checksum. Runs in the image, and in the tests. */
int purgatory_check(const struct purgatory_table *table);
