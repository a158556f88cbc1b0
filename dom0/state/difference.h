/*
 * What is different on a host that a run has started, until its next normal boot:
 * docs/install-xcp-ng.md has a table of them. Each is named only where it was looked at and holds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/host.h"

#define DIFFERENCES_MAX 8u

/* What is there, or missing. */
struct difference_facts {
        bool by_run;         /* this boot's command line names a run; else nothing is different */
        bool has_efi;        /* /sys/firmware/efi */
        bool has_smbios;     /* /sys/class/dmi/id, /sys/firmware/dmi */
        bool has_display;    /* /sys/class/graphics/fb0, /sys/class/drm/card0 */
        bool has_rsdp;       /* the command line has acpi_rsdp= */
        bool has_xapi;       /* this is a host of XCP-ng or XenServer */
        bool was_told;       /* Xen was told of a screen, as the run's events have it */
        char no_screen[160]; /* or why not; both empty: the events are not at hand */
};

struct differences {
        struct {
                const char *key; /* a word of status --json */
                char text[400];  /* for people */
        } item[DIFFERENCES_MAX];
        size_t count;
};

/* Pure. */
void differences_decide(const struct difference_facts *facts, struct differences *ret_differences);

/* Looks at this host; what cannot be looked at is not named. */
void differences_look(const struct host *host, struct differences *ret_differences);
