#include "dom0/doctor/hurdle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dom0/doctor/kernellog.h"

#define NEW_DRIVER                                                                          \
        "install NVIDIA's driver 610.43.02 or later with its open modules, built for this " \
        "kernel (a GPU since Turing)"

struct hurdles {
        struct hurdle *list;
        size_t count;
};

const char *hurdle_state_name(enum hurdle_state state)
{
        static const char *const names[] = {
                [HURDLE_BLOCKS] = "blocks", [HURDLE_RISKS] = "risks", [HURDLE_UNKNOWN] = "unknown"
        };

        return names[state];
}

/* One more; `next` is what to do about it, or NULL. */
__attribute__((format(printf, 5, 6))) static void add(struct hurdles *hurdles,
        enum hurdle_state state, const char *id, const char *next, const char *format, ...)
{
        struct hurdle *hurdle = &hurdles->list[hurdles->count];
        va_list arguments;

        if (hurdles->count == HURDLES_MAX)
                return;
        hurdles->count++;
        *hurdle = (struct hurdle){ .state = state, .id = id };
        snprintf(hurdle->next, sizeof(hurdle->next), "%s", next ? next : "");
        va_start(arguments, format);
        vsnprintf(hurdle->text, sizeof(hurdle->text), format, arguments);
        va_end(arguments);
}

/* The driver, and what it says to the page attribute table of a PV domain. */
static void look_at_driver(const struct host_facts *facts, struct hurdles *hurdles)
{
        const struct nvidia *nvidia = &facts->nvidia;
        enum nvidia_check check = nvidia_check(nvidia->version, nvidia->is_open);
        bool table = facts->hypervisor.kind != SYSTEM_PVH;

        if (!nvidia->installed)
                add(hurdles, HURDLE_BLOCKS, "driver", NEW_DRIVER,
                        "no NVIDIA driver is installed in this dom0");
        else if (nvidia->pat_off)
                add(hurdles, HURDLE_BLOCKS, "module_option",
                        "take it out of /etc/modprobe.d and the kernel's command line",
                        "NVreg_UsePageAttributeTable=0 has switched the driver's write-combining "
                        "off");
        else if (table && check == NVIDIA_REFUSES)
                add(hurdles, HURDLE_BLOCKS, "table",
                        NEW_DRIVER "; or build this one's open modules with research/nvidia-pat",
                        "driver %s refuses the page attribute table that Xen gives to PV domains, "
                        "as all from 515.43.04 to 595.80 do",
                        nvidia->version);
        else if (table && check == NVIDIA_UNREAD)
                add(hurdles, HURDLE_UNKNOWN, "table", NEW_DRIVER,
                        "what driver %s%s does with the page attribute table that Xen gives to PV "
                        "domains has not been read",
                        nvidia->version, nvidia->is_open ? "" : " (proprietary modules)");
}

static void look_at_gpus(const struct host_facts *facts, struct hurdles *hurdles)
{
        size_t aside = 0;

        for (size_t i = 0; i < facts->gpus_count; i++)
                aside += pci_is_set_aside(&facts->gpus[i]);
        if (facts->gpus_count == 0)
                add(hurdles, HURDLE_BLOCKS, "gpu", NULL, "no NVIDIA GPU is on dom0's PCI bus");
        else if (aside == facts->gpus_count)
                add(hurdles, HURDLE_BLOCKS, "set_aside",
                        "take the GPU out of xen-pciback.hide= on dom0's command line, and reboot",
                        "every GPU is set aside for guests (%s): dom0's driver cannot have it",
                        facts->gpus[0].driver);
}

/*
 * A PV domain's memory is scattered over the machine's. swiotlb-xen bounces what a device should
 * see in one piece, and NVIDIA's driver does not notice.
 */
static void look_at_dma(const struct host_facts *facts, struct hurdles *hurdles)
{
        bool amd = strcmp(facts->cpu, "AuthenticAMD") == 0;

        if (kernellog_has(facts->log, "swiotlb buffer is full"))
                add(hurdles, HURDLE_BLOCKS, "bounce_buffers",
                        "a fixed dom0_mem, an IOMMU that Xen uses for dom0, or a PVH dom0",
                        "a device's DMA went through bounce buffers until they were used up; "
                        "NVIDIA's driver does not work right with them");
        else if (amd)
                add(hurdles, HURDLE_RISKS, "bounce_buffers",
                        "dom0=pvh on Xen's command line, where Xen and kernel can do that; or "
                        "build the driver with research/nvidia-pat --dma",
                        "dom0's DMA goes through swiotlb-xen, which may hand the GPU a copy: wrong "
                        "bytes without an error. XCP-ng's way around it, PV-IOMMU, is not for "
                        "AMD's processors");
        else if (facts->iommu_off)
                add(hurdles, HURDLE_RISKS, "bounce_buffers",
                        "switch the IOMMU (VT-d) on in the firmware setup and leave iommu=off "
                        "away; XCP-ng's dom0 then says \"Using GPFN IOMMU mode\" when it boots",
                        "dom0's DMA goes through swiotlb-xen, which may hand the GPU a copy: wrong "
                        "bytes without an error. The IOMMU is off");
        else
                add(hurdles, facts->log_is_whole ? HURDLE_RISKS : HURDLE_UNKNOWN, "bounce_buffers",
                        "look for \"Using GPFN IOMMU mode\" in the log of a fresh boot (XCP-ng's "
                        "dom0 on Intel); without it: dom0=pvh, or research/nvidia-pat --dma",
                        "dom0's DMA goes through swiotlb-xen, which may hand the GPU a copy: wrong "
                        "bytes without an error%s",
                        facts->log_is_whole ? ""
                                            : " (unless the lost beginning of the log says "
                                              "\"Using GPFN IOMMU mode\")");
}

/* A dom0 that gives memory away and takes other back has it in smaller pieces than before. */
static void look_at_memory(const struct host_facts *facts, struct hurdles *hurdles)
{
        if (facts->dom0_memory != MEMORY_FIXED)
                add(hurdles, facts->dom0_memory == MEMORY_ELASTIC ? HURDLE_RISKS : HURDLE_UNKNOWN,
                        "ballooning", "dom0_mem=4G,max:4G (or what fits) on Xen's command line",
                        facts->dom0_memory == MEMORY_ELASTIC
                                ? "dom0 may be ballooned, and its memory is then scattered more: "
                                  "what DMA got right after the boot goes wrong later"
                                : "whether dom0 may be ballooned is not known (xl info would say)");
}

size_t hurdles_find(const struct host_facts *facts, struct hurdle ret_hurdles[HURDLES_MAX])
{
        struct hurdles hurdles = { .list = ret_hurdles };

        if (!facts->hypervisor.is_dom0)
                return 0;
        look_at_driver(facts, &hurdles);
        look_at_gpus(facts, &hurdles);
        if (facts->hypervisor.kind != SYSTEM_PVH &&
                !kernellog_has(facts->log, "Using GPFN IOMMU mode")) {
                look_at_dma(facts, &hurdles);
                look_at_memory(facts, &hurdles);
        }
        add(&hurdles, HURDLE_UNKNOWN, "untried",
                "with no guest running: the sample jobs, then the memory checks, which compare "
                "every byte (docs/feasibility.md, section 9)",
                "nobody is known to have run CUDA in a dom0, and NVIDIA does not support it");
        return hurdles.count;
}
