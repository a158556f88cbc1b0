/*
 * Xen's own part of its command line in a trial. Options are read as Xen does: later ones win, and
 * those with several values add up (Xen 4.13 to 4.20: xen/arch/x86/dom0_build.c, nmi.c, shutdown.c,
 * xen/drivers/passthrough/iommu.c; older ones know dom0=pvh since 4.10). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "lib/option.h"

struct xenline_wish {
        bool pvh;
        uint64_t memory_kib;              /* that dom0 has now; 0: not known */
        const struct option_words *given; /* that a person adds, which xenline_problem took */
};

/*
 * `line` without what stops a reset or puts something else in its place (noreboot, reboot=no,
 * crashkernel=), with the watchdog, with a dom0 of that kind and a fixed dom0_mem: the host's own
 * amount where it says one, else what dom0 has now. For a PVH dom0 an IOMMU that is switched off is
 * switched on: Xen gives none without. Owned; NULL with a reason.
 */
char *xenline_make(const char *line, const struct xenline_wish *wish, struct failure *ret_error);

/* Why an option may not be added, as the end of a sentence ("is …"); NULL: it may. */
const char *xenline_problem(const char *word, bool pvh);
