/*
 * The next system as next.conf describes it, and the arguments that make kexec-tools load it. Pure:
 * text in, text out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "efi/parse/text.h"
#include "region/bootline.h"

struct next {
        struct slice xen_options; /* into the text that was parsed */
        struct slice dom0_options;
};

/* Reads next.conf. False with "next.conf:LINE: what" appended to `reason`. */
bool next_parse(struct slice text, struct next *ret_next, struct text *reason);

/*
 * Xen's command line for a start by kexec on a machine that was booted by UEFI: in front stands
 * what Xen needs there (no-real-mode: without BIOS calls; edd=off, reboot=acpi), then the host's
 * own options without the video modes that only the BIOS could set (vga=mode-…, vga=gfx-…; the
 * `keep` in one stays).
 */
void next_xen_line(const struct next *next, struct text *line);

/* Whether Xen's options ask for a PVH dom0 (dom0=pvh). */
bool next_is_pvh(const struct next *next);

/*
 * The dom0 kernel's module argument for kexec: path, the host's own options, and where the run is:
 * forestage.region=, forestage.run=, and for a PV dom0 acpi_rsdp=. Xen makes tables of its own for
 * a PVH dom0; the machine's would make it fight with Xen over the IOMMU.
 */
void next_dom0_line(
        const struct next *next, const char *path, const struct bootline *run, struct text *line);
