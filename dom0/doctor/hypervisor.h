/* What this system runs on: bare hardware, a domain of Xen of which kind, another hypervisor. */
#pragma once

#include <stdbool.h>

#include "dom0/base/host.h"

enum system_kind {
        SYSTEM_BARE,
        SYSTEM_PV,    /* paravirtual domain of Xen */
        SYSTEM_PVH,   /* domain in a hardware container, without emulated devices */
        SYSTEM_HVM,   /* the same with them */
        SYSTEM_XEN,   /* of Xen, and its kind cannot be told */
        SYSTEM_OTHER, /* under another hypervisor */
};

/* What files and CPUID say; "" where they say nothing. */
struct hypervisor_words {
        char type[32];         /* /sys/hypervisor/type: "xen" */
        char guest_type[32];   /* /sys/hypervisor/guest_type: "PV", "PVH", "HVM" (Linux 4.14) */
        char features[64];     /* /sys/hypervisor/properties/features, hexadecimal */
        char capabilities[64]; /* /proc/xen/capabilities: "control_d" in dom0 */
        bool bit;              /* CPUID's hypervisor bit, or the flag in /proc/cpuinfo */
};

struct hypervisor {
        struct hypervisor_words words;
        enum system_kind kind;
        bool is_dom0;     /* the control domain */
        char vendor[13];  /* of CPUID leaf 0x40000000; "" not known */
        char version[80]; /* of Xen, "4.17.5"; "" not known */
};

/* Pure. */
enum system_kind hypervisor_kind(const struct hypervisor_words *words);
bool hypervisor_is_dom0(const struct hypervisor_words *words);
const char *hypervisor_kind_name(enum system_kind kind); /* "bare", "pv", …, for JSON */

void hypervisor_look(const struct host *host, struct hypervisor *ret_hypervisor);
