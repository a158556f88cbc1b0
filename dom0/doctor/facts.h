/* All that `forestage doctor` finds out about a host; dom0/doctor/diagnosis.h says what follows
 * from it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/doctor/dom0memory.h"
#include "dom0/doctor/hypervisor.h"
#include "dom0/doctor/nvidia.h"
#include "dom0/doctor/pat.h"
#include "dom0/host/firmware.h"
#include "dom0/host/pci.h"
#include "dom0/pool/advice.h"

#define GPUS_MAX 64u

/* The EFI system partition and the room that a run needs on it. */
struct esp_facts {
        bool found;
        char point[256];   /* where it is mounted */
        char device[192];  /* "/dev/sda1", or what an array or a mapping there is */
        char problem[512]; /* why it cannot be used; "" nothing */
        enum partition_kind kind;
        bool misplaced; /* firmware cannot work with the device: */
        char misplacement[512];
        bool read_only;
        bool installed;        /* forestage.efi is on it */
        uint64_t free_bytes;   /* has_free: */
        uint64_t needed_bytes; /* image, Xen, dom0's kernel and initrd, as far as they are known */
        bool has_free;
};

/* The Xen that this host's boot entry starts, and whether kexec could load it. */
struct xen_facts {
        char path[256];    /* "" not found */
        char entry[128];   /* of GRUB's configuration */
        char problem[512]; /* why it cannot be loaded, or why there is none; "" it can */
        bool loadable;
        bool by_name;     /* with forestage arm --entry ELFENTRY_TITLE alone */
        char *elf_advice; /* the entry to write, as lines; owned; NULL: none is wanted */
        bool rewrite;     /* kexec would stumble over its notes: arm makes a copy without */
};

struct host_facts {
        bool is_root;
        char kernel[128];
        struct hypervisor hypervisor;
        uint64_t memory_bytes;  /* of this system; 0 not known */
        uint64_t machine_bytes; /* of the whole machine, as Xen says; 0 not known */

        bool has_msr;
        uint64_t msr;       /* IA32_PAT as this system reads it */
        char pat_line[256]; /* Linux's own line about it; "" not found */
        bool has_pat;       /* from one of the two: */
        struct pat pat;
        char *log; /* the kernel's; owned; NULL: may not be read */
        bool log_is_whole;

        struct nvidia nvidia;
        struct pci_gpu gpus[GPUS_MAX];
        size_t gpus_count;
        size_t nvswitch_count;
        char fabric[32]; /* version of Fabric Manager in the image on the ESP; "" none, or not known
                          */
        char iommu[128]; /* "on: …", "off", "not known: …" */
        bool iommu_off;  /* for certain */
        char cpu[16];    /* CPUID's vendor, "GenuineIntel"; "" not known */
        enum dom0_memory dom0_memory;

        enum firmware_kind firmware;
        bool secure_boot;
        char lockdown[32]; /* "none", "integrity", "confidentiality"; "" the kernel has none */
        struct esp_facts esp;
        struct xen_facts xen;
        unsigned deadline;        /* seconds that the stage may take */
        struct standing standing; /* before a reboot: guests, pool; and what follows from it: */
        struct advice advice[ADVICE_MAX];
        size_t advice_count;
        char changing[80]; /* who is changing this host, or did while it was looked at; "" nobody */
};

/* Looks at everything, changes nothing. Release with facts_free. */
void facts_gather(const struct host *host, struct host_facts *ret_facts);
void facts_free(struct host_facts *facts);

/* The word in brackets of "none [integrity] confidentiality"; "" none. Pure. */
void facts_lockdown(const char *line, char *out, size_t size);
