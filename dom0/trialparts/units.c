#include "dom0/trialparts/units.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

/*
 * Who starts guests at boot, and how that is known:
 *
 * xendomains     read in Debian 12's package xen-utils-common: /etc/init.d/xendomains starts what
 *                is in /etc/xen/auto. It has no unit there: systemd-sysv-generator makes one, with
 *                less weight than a mask of the command line (systemd.generator(7): early, late).
 *                Xen's own tree has a unit of that name.
 * xapi-domains   read in xapi's tree: its unit runs xapi-autostart-vms, which starts every guest
 *                with auto_poweron=true. xapi itself starts none at boot; with high availability
 *                it would (inferred: a trial is refused then, as any run is).
 * libvirt-guests read in Debian 12's package libvirt-daemon-system: it starts what ran before.
 * libvirtd,      start guests that are marked for it when they come up (autostart of virsh(1);
 * virtxend       inferred for Xen's driver, which was not tried).
 */
static const char *const guests[] = { "xendomains.service", "xapi-domains.service",
        "libvirt-guests.service", "libvirtd.service", "virtxend.service" };

_Static_assert(sizeof(guests) / sizeof(guests[0]) < UNITS_GUESTS, "and a NULL");

static bool is_there(const struct host *host, const char *folder, const char *name)
{
        _cleanup_free_ char *path = host_path(host, "%s/%s", folder, name);
        struct stat status;

        return lstat(path, &status) == 0;
}

static bool has_unit(const struct host *host, const char *name)
{
        static const char *const folders[] = { "/etc/systemd/system", "/run/systemd/system",
                "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };

        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
                if (is_there(host, folders[i], name))
                        return true;
        return false;
}

/* A script of that name, without ".service". */
static bool has_script(const struct host *host, const char *unit)
{
        _cleanup_free_ char *name = memory_copy_text(unit, strlen(unit) - strlen(".service"));

        return is_there(host, "/etc/init.d", name);
}

size_t units_find_guests(const struct host *host, const char *ret_units[UNITS_GUESTS])
{
        size_t count = 0;

        for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++)
                if (has_unit(host, guests[i]) || has_script(host, guests[i]))
                        ret_units[count++] = guests[i];
        ret_units[count] = NULL;
        return count;
}

bool units_check_ours(const struct host *host, struct failure *ret_error)
{
        static const char wants[] = "/etc/systemd/system/multi-user.target.wants";

        if (!has_unit(host, "forestage-trial.service"))
                return fail(ret_error, EXIT_FAIL,
                        "there is no forestage-trial.service here, which carries a trial out in "
                        "dom0: install all of Forestage's package");
        return is_there(host, wants, "forestage-collect.service") ||
               fail(ret_error, EXIT_FAIL,
                       "forestage-collect.service is not enabled, and nothing in dom0 would carry "
                       "the trial out; first: systemctl enable forestage-collect.service");
}
