#include "dom0/trial/trialtext.h"

#include <string.h>

#include "dom0/arm/summary.h"
#include "dom0/base/print.h"
#include "lib/cleanup.h"

#define INDENT 11u

static void print_driver(const struct preparation *preparation, FILE *to)
{
        const struct driverfolder *driver = &preparation->driver;

        print_line(to, "Driver:    %s", driver->path);
        if (driver->count > 0)
                print_line(to, "           NVIDIA %s, %s, %zu modules for Linux %s",
                        driver->version, driver->is_open ? "open modules" : "proprietary modules",
                        driver->count, preparation->release);
        else
                print_line(to, "           libcuda alone: no module is loaded");
}

static void print_line_changed(const char *label, enum wordlist_reader reader, const char *before,
        const char *after, FILE *to)
{
        if (strcmp(before, after) == 0)
                print_line(to, "%-*snothing", (int)INDENT, label);
        else
                print_line(to, "%s", label);
        lines_print_difference(to, INDENT, reader, before, after);
}

static void print_lines_changed(const struct preparation *preparation, FILE *to)
{
        const struct arming *arming = &preparation->arming;
        size_t initrd = arming->next.initrd;

        print_line(to, "Different for that one boot, and for no other:");
        print_line_changed(
                "Xen:", WORDLIST_XEN, preparation->host_lines.xen, preparation->lines.xen, to);
        print_line_changed(
                "dom0:", WORDLIST_LINUX, preparation->host_lines.dom0, preparation->lines.dom0, to);
        print_line(to, "initrd:    + forestage-guard%s behind a copy of %s",
                preparation->guard.module ? " and xen-privcmd.ko" : "",
                arming->ready.boot.modules[initrd]);
}

static void print_guests(const struct preparation *preparation, FILE *to)
{
        fputs("Guests:    ", to);
        if (!preparation->masks[0])
                print_wrapped(to, INDENT, INDENT,
                        "no unit that is known to start guests was found here; whatever else "
                        "starts them would in that boot too");
        else
                print_wrapped(to, INDENT, INDENT,
                        "none is started in that boot: the units that do are masked on dom0's "
                        "command line");
}

static void print_net(const struct preparation *preparation, FILE *to)
{
        char text[512];

        snprintf(text, sizeof(text),
                "Xen resets the machine when dom0 does not come up within %u s, or the trial does "
                "not end within %u s; the boot behind it is a normal one%s",
                preparation->boot_s, preparation->trial_s,
                preparation->given->stay ? ". Where the trial ends, dom0 stays up until you reboot"
                                         : ", and so it is when the trial ends by itself");
        fputs("Net:       ", to);
        print_wrapped(to, INDENT, INDENT, text);
}

/* What happened to a kernel of that age: docs/feasibility.md, row C'. */
static void warn_of_kind(const struct preparation *preparation, FILE *to)
{
        if (preparation->mode != TRIAL_PVH)
                return;
        if (strncmp(preparation->release, "4.19.", 5) == 0)
                summary_warn(to, "a Linux 4.19 of XCP-ng's configuration died as PVH dom0 at its "
                                 "first program, in QEMU; on hardware nobody has tried. Such a "
                                 "trial ends in a reset");
        else
                summary_warn(to, "Xen calls a PVH dom0 experimental before 4.20. It has no PCI "
                                 "passthrough, and needs an IOMMU; a disk behind an AHCI "
                                 "controller may be lost there (docs/trial.md)");
}

static void print_known(const struct preparation *preparation, FILE *to)
{
        char text[512];

        for (size_t i = 0; i < preparation->driver.remarks; i++)
                summary_warn(to, preparation->driver.remark[i]);
        for (size_t i = 0; i < preparation->hurdles_count; i++) {
                const struct hurdle *hurdle = &preparation->hurdles[i];

                if (strcmp(hurdle->id, "untried") == 0)
                        continue;
                snprintf(text, sizeof(text), "%s: %s", hurdle_state_name(hurdle->state),
                        hurdle->text);
                fputs(i == 0 ? "Known:     " : "           ", to);
                print_wrapped(to, INDENT, INDENT, text);
        }
        warn_of_kind(preparation, to);
}

static const char *next_text(const struct preparation *preparation)
{
        return preparation->given->all ? "; then pvh, in another boot" : "";
}

void trialtext_print(const struct preparation *preparation, FILE *to)
{
        const struct arming *arming = &preparation->arming;

        print_line(to, "Trial:     CUDA in a %s dom0%s",
                preparation->mode == TRIAL_PVH ? "PVH" : "PV", next_text(preparation));
        print_line(to, "           %s", preparation->trial);
        print_driver(preparation, to);
        summary_print_jobs(arming, to);
        summary_print_next(arming, to);
        print_lines_changed(preparation, to);
        print_guests(preparation, to);
        print_net(preparation, to);
        summary_print_when(arming, to);
        summary_print_host(arming, to);
        print_known(preparation, to);
}
