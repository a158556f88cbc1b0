#include "dom0/doctor/hypervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dom0/host/lookup.h"

/* Bits of the features that Xen offers: xen/include/public/features.h */
#define FEATURE_AUTO_TRANSLATED (1ul << 2)  /* PVH and HVM: Xen keeps the page tables */
#define FEATURE_DOM0            (1ul << 11) /* the control domain */

static unsigned long features(const struct hypervisor_words *words)
{
        return strtoul(words->features, NULL, 16);
}

enum system_kind hypervisor_kind(const struct hypervisor_words *words)
{
        static const struct {
                const char *name;
                enum system_kind kind;
        } types[] = { { "PV", SYSTEM_PV }, { "PVH", SYSTEM_PVH }, { "HVM", SYSTEM_HVM } };

        if (strcmp(words->type, "xen") != 0)
                return words->bit ? SYSTEM_OTHER : SYSTEM_BARE;
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
                if (strcasecmp(words->guest_type, types[i].name) == 0)
                        return types[i].kind;
        if (!*words->features)
                return SYSTEM_XEN;
        if (!(features(words) & FEATURE_AUTO_TRANSLATED))
                return SYSTEM_PV;
        return hypervisor_is_dom0(words) ? SYSTEM_PVH : SYSTEM_HVM;
}

bool hypervisor_is_dom0(const struct hypervisor_words *words)
{
        return strstr(words->capabilities, "control_d") || features(words) & FEATURE_DOM0;
}

const char *hypervisor_kind_name(enum system_kind kind)
{
        static const char *const names[] = { [SYSTEM_BARE] = "bare",
                [SYSTEM_PV] = "pv",
                [SYSTEM_PVH] = "pvh",
                [SYSTEM_HVM] = "hvm",
                [SYSTEM_XEN] = "xen",
                [SYSTEM_OTHER] = "other" };

        return names[kind];
}

/* Xen's own version, from its three parts. */
static void read_version(const struct host *host, char *out, size_t size)
{
        char major[16], minor[16], extra[40];

        *out = '\0';
        if (lookup_line(host, "/sys/hypervisor/version/major", major, sizeof(major)) &&
                lookup_line(host, "/sys/hypervisor/version/minor", minor, sizeof(minor))) {
                lookup_line(host, "/sys/hypervisor/version/extra", extra, sizeof(extra));
                snprintf(out, size, "%s.%s%s", major, minor, extra);
        }
}

void hypervisor_look(const struct host *host, struct hypervisor *ret_hypervisor)
{
        struct hypervisor found = { .is_dom0 = false };
        struct hypervisor_words *words = &found.words;
        char flags[8192];

        lookup_line(host, "/sys/hypervisor/type", words->type, sizeof(words->type));
        lookup_line(
                host, "/sys/hypervisor/guest_type", words->guest_type, sizeof(words->guest_type));
        lookup_line(host, "/sys/hypervisor/properties/features", words->features,
                sizeof(words->features));
        lookup_line(
                host, "/proc/xen/capabilities", words->capabilities, sizeof(words->capabilities));
        lookup_value(host, "/proc/cpuinfo", "flags", flags, sizeof(flags));
        words->bit = (host->cpuid && host->cpuid(found.vendor)) || strstr(flags, " hypervisor");
        found.kind = hypervisor_kind(words);
        found.is_dom0 = hypervisor_is_dom0(words);
        read_version(host, found.version, sizeof(found.version));
        *ret_hypervisor = found;
}
