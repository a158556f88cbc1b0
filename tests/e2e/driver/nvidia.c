// SPDX-License-Identifier: MIT
/*
 * A stand-in for NVIDIA's kernel module on machines without a GPU. It has the module's name, its
 * device nodes and its places in /proc, and goes wrong in one of the ways below with the words that
 * NVIDIA's module has for it (open modules 550.163.01). Nothing of a GPU is behind it.
 *
 * Which way stands in the module file itself, so that one build gives them all:
 * tests/e2e/driver/build.sh writes it over the text in `behaviour`.
 */
#include <linux/completion.h>
#include <linux/firmware.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#define MAJOR_NUMBER  195
#define CONTROL_MINOR 255
#define GPU           "driver/nvidia/gpus/0000:a0:00.0"
#define FIRMWARE      "nvidia/1.2.3/gsp_ga10x.bin"
#define KEY           "behaviour="

static char behaviour[] = KEY "works.....................";
module_param_string(behaviour, behaviour, sizeof(behaviour), 0444);

static struct platform_device *device;
static DECLARE_COMPLETION(never);

int nvidia_standin_for_uvm(void);

static bool is(const char *word)
{
        size_t length = strlen(word);
        const char *set = behaviour + strlen(KEY);

        return strncmp(set, word, length) == 0 && set[length] == '.';
}

static int missing_firmware(void)
{
        const struct firmware *firmware;

        if (request_firmware(&firmware, FIRMWARE, &device->dev) == 0) {
                release_firmware(firmware);
                return 0;
        }
        pr_err("NVRM: RmFetchGspRmImages: No firmware image found\n");
        pr_err("NVRM: GPU 0000:a0:00.0: RmInitAdapter failed! (0x61:0x56:1697)\n");
        pr_err("NVRM: GPU 0000:a0:00.0: rm_init_adapter failed, device minor number 0\n");
        return -EIO;
}

static int failed_gsp(void)
{
        pr_err("NVRM: _kgspBootGspRm: unexpected mailbox value 0x3f\n");
        pr_err("NVRM: RmInitAdapter: Cannot initialize GSP firmware RM\n");
        pr_err("NVRM: GPU 0000:a0:00.0: RmInitAdapter failed! (0x62:0xffff:1860)\n");
        pr_err("NVRM: GPU 0000:a0:00.0: rm_init_adapter failed, device minor number 0\n");
        return -EIO;
}

static int open_node(struct inode *inode, struct file *file)
{
        if (imajor(inode) != MAJOR_NUMBER || iminor(inode) == CONTROL_MINOR)
                return 0;
        if (is("firmware-missing"))
                return missing_firmware();
        if (is("gsp-failure"))
                return failed_gsp();
        if (is("stuck")) /* a reference that nobody gives back */
                __module_get(THIS_MODULE);
        if (is("silent"))
                wait_for_completion(&never);
        return 0;
}

static const struct file_operations operations = {
        .owner = THIS_MODULE,
        .open = open_node,
};

static int show_information(struct seq_file *file, void *nothing)
{
        seq_puts(file, "Model: \t\t Stand-in\nDevice Minor: \t 0\n");
        return 0;
}

static int refuse(void)
{
        if (is("no-gpu")) {
                pr_err("NVRM: No NVIDIA GPU found.\n");
                return -ENODEV;
        }
        if (is("unsupported")) {
                pr_err("NVRM: The NVIDIA GPU 0000:a0:00.0 (PCI ID: 10de:1b06)\n"
                       "NVRM: installed in this system is not supported by open\n"
                       "NVRM: nvidia.ko because it does not include the required GPU\n"
                       "NVRM: System Processor (GSP).\n");
                pr_err("NVRM: None of the NVIDIA devices were initialized.\n");
                return -ENODEV;
        }
        if (is("hangs"))
                wait_for_completion(&never);
        if (is("panics"))
                panic("NVRM: the stand-in panics");
        return 0;
}

/*
 * An NVSwitch on a PCI bus of its own: what /sys shows of one, and the device number that the real
 * module registers for it. Nothing is behind that either.
 */
#define SWITCH_ID    0x22a310de
#define SWITCH_CLASS 0x068000a1

static struct pci_sysdata system_data = { .domain = 1, .node = NUMA_NO_NODE };
static struct pci_bus *bus;
static int switch_major;

static int read_configuration(
        struct pci_bus *of, unsigned int function, int where, int size, u32 *value)
{
        u32 word = where < 4 ? SWITCH_ID : where >= 8 && where < 12 ? SWITCH_CLASS : 0;

        *value = function == 0 ? word >> 8 * (where & 3) : ~0u;
        if (size < 4)
                *value &= (1u << 8 * size) - 1;
        return PCIBIOS_SUCCESSFUL;
}

static int write_configuration(
        struct pci_bus *of, unsigned int function, int where, int size, u32 value)
{
        return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops configuration = {
        .read = read_configuration,
        .write = write_configuration,
};

static void add_switch(void)
{
        LIST_HEAD(resources);

        bus = pci_scan_root_bus(NULL, 0, &configuration, &system_data, &resources);
        if (bus)
                pci_bus_add_devices(bus);
        switch_major = register_chrdev(0, "nvidia-nvswitch", &operations);
}

static void remove_switch(void)
{
        if (switch_major > 0)
                unregister_chrdev(switch_major, "nvidia-nvswitch");
        if (!bus)
                return;
        pci_stop_root_bus(bus);
        pci_remove_root_bus(bus);
}

/* For nvidia-uvm's stand-in: like the real one it cannot be there without this module. */
int nvidia_standin_for_uvm(void)
{
        return 0;
}
EXPORT_SYMBOL(nvidia_standin_for_uvm);

static int __init start(void)
{
        int error = refuse();

        if (error)
                return error;
        error = register_chrdev(MAJOR_NUMBER, "nvidia", &operations);
        if (error)
                return error;
        device = platform_device_register_simple("nvidia-standin", -1, NULL, 0);
        proc_mkdir("driver/nvidia", NULL);
        proc_mkdir("driver/nvidia/gpus", NULL);
        proc_mkdir(GPU, NULL);
        proc_create_single(GPU "/information", 0444, NULL, show_information);
        if (is("switches") || is("stuck"))
                add_switch();
        return 0;
}

static void __exit stop(void)
{
        remove_switch();
        remove_proc_subtree("driver/nvidia", NULL);
        platform_device_unregister(device);
        unregister_chrdev(MAJOR_NUMBER, "nvidia");
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("Stand-in for NVIDIA's module, for the tests of Forestage");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION("1.2.3");
