// SPDX-License-Identifier: MIT
/* A stand-in for nvidia-uvm: a device number, and a need for nvidia.ko. */
#include <linux/fs.h>
#include <linux/module.h>

int nvidia_standin_for_uvm(void);

static const struct file_operations operations = { .owner = THIS_MODULE };
static int major_number;

static int __init start(void)
{
        major_number = register_chrdev(0, "nvidia-uvm", &operations);
        return major_number < 0 ? major_number : nvidia_standin_for_uvm();
}

static void __exit stop(void)
{
        unregister_chrdev((unsigned int)major_number, "nvidia-uvm");
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("Stand-in for nvidia-uvm, for the tests of Forestage");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION("1.2.3");
