// SPDX-License-Identifier: MIT
/* A module that the GPU's driver can do without, and that does not load. */
#include <linux/module.h>

static int __init start(void)
{
        return -ENODEV;
}

module_init(start);
MODULE_DESCRIPTION("A module that does not load, for the tests of Forestage");
MODULE_LICENSE("Dual MIT/GPL");
