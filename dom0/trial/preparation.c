#include "dom0/trial/preparation.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/arm/examination.h"
#include "dom0/base/memory.h"
#include "dom0/doctor/facts.h"
#include "dom0/host/lookup.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "dom0/state/order.h"
#include "dom0/trialparts/guardcpio.h"
#include "lib/cleanup.h"
#include "lib/number.h"

#define CACHED_SHIM  "/usr/lib/forestage/forestage-cached.so"
#define CONFIG_BYTES ((size_t)1 << 20)
#define LADDER_S     600u                 /* beside the jobs: loading, steps, collecting */
#define SPARE_BYTES  ((uint64_t)64 << 20) /* for logs, pages and what else a trial leaves */

bool preparation_start(struct preparation *preparation, struct failure *ret_error)
{
        struct order id; /* an order's id is made as any */

        if (!order_make(false, &id, ret_error))
                return false;
        memcpy(preparation->trial, id.run_text, sizeof(preparation->trial));
        return true;
}

/* --- what carries it out in dom0 --- */

static bool check_programs(const struct preparation *preparation, struct failure *error)
{
        _cleanup_free_ char *runner = program_find(preparation->host, "forestage-run");
        _cleanup_free_ char *shim = host_path(preparation->host, CACHED_SHIM);

        if (!runner)
                return fail(error, EXIT_FAIL,
                        "there is no forestage-run here, which runs the jobs in dom0: install all "
                        "of Forestage's package");
        return !preparation->given->cached || access(shim, R_OK) == 0 ||
               fail_errno(error, EXIT_FAIL, "--cached needs what cannot be read:", shim);
}

/* --- dom0's kernel --- */

static bool find_release(struct preparation *preparation, struct failure *error)
{
        const char *path = preparation->arming.ready.boot.modules[0];
        size_t length;
        _cleanup_free_ char *head = source_read_text(path, BOOTMODULE_SETUP, &length);

        if (!head)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        preparation->release = bootmodule_release((const uint8_t *)head, length);
        if (!preparation->release || strchr(preparation->release, '/'))
                return fail(error, EXIT_FAIL,
                        "%s does not say which release of Linux it is, and so which modules fit it",
                        path);
        return true;
}

/* What the kernel was built with, where that is written; NULL: it is not. Owned. */
static char *read_config(const struct preparation *preparation)
{
        _cleanup_free_ char *path =
                host_path(preparation->host, "/boot/config-%s", preparation->release);
        size_t length;

        return source_read_text(path, CONFIG_BYTES, &length);
}

static bool check_kind(const struct preparation *preparation, struct failure *error)
{
        _cleanup_free_ char *config =
                preparation->mode == TRIAL_PVH ? read_config(preparation) : NULL;

        return !config || strstr(config, "\nCONFIG_XEN_PVH=y\n") ||
               fail(error, EXIT_FAIL,
                       "dom0's kernel, Linux %s, was built without CONFIG_XEN_PVH "
                       "(/boot/config-%s): Xen could not start it as PVH",
                       preparation->release, preparation->release);
}

/* --- memory --- */

/* What the balloon is at now, or less than what dom0 has: what the kernel needs is not in it. */
static uint64_t memory_now(const struct host *host)
{
        char text[64];
        uint64_t kib;

        if (lookup_line(host, "/sys/devices/system/xen_memory/xen_memory0/info/current_kb", text,
                    sizeof(text)) &&
                number_u64(text, &kib))
                return kib;
        if (!lookup_value(host, "/proc/meminfo", "MemTotal", text, sizeof(text)))
                return 0;
        return strtoull(text, NULL, 10);
}

/* --- room --- */

static bool has_room(const struct preparation *preparation, const char *path, uint64_t needed,
        bool *ret_known, struct failure *error)
{
        uint64_t bytes;

        *ret_known = preparation->host->room(path, &bytes);
        return !*ret_known || bytes >= needed ||
               fail(error, EXIT_FAIL,
                       "%s has %llu MiB free, and a trial may need %llu MiB there: its jobs, the "
                       "region and what it leaves",
                       path, (unsigned long long)bytes >> 20, (unsigned long long)needed >> 20);
}

/* Twice the region: of the stage and of dom0, as files and as they came. */
static bool check_room(const struct preparation *preparation, struct failure *error)
{
        static const char *const folders[] = { "/var/lib/forestage", "/var/lib", "/" };
        const struct arming *arming = &preparation->arming;
        uint64_t needed = SPARE_BYTES + 3 * arming->ready.conf.region_size;
        bool known = false;

        for (size_t i = 0; i < arming->list.count; i++)
                needed += arming->list.file[i].bytes;
        for (size_t i = 0; !known && i < sizeof(folders) / sizeof(folders[0]); i++) {
                _cleanup_free_ char *path = host_path(preparation->host, "%s", folders[i]);

                if (!has_room(preparation, path, needed, &known, error))
                        return false;
        }
        return true;
}

/* --- what is different --- */

static bool make_lines(struct preparation *preparation, struct failure *error)
{
        const struct xenboot *boot = &preparation->arming.ready.boot;
        const struct lines_wish wish = { .mode = preparation->mode,
                .trial = preparation->trial,
                .guard_s = preparation->boot_s,
                .memory_kib = memory_now(preparation->host),
                .masks = preparation->masks,
                .xen = &preparation->given->xen,
                .dom0 = &preparation->given->dom0 };

        units_find_guests(preparation->host, preparation->masks);
        preparation->host_lines = (struct lines){ boot->xen_options, boot->dom0_options };
        return lines_make(&preparation->host_lines, &wish, &preparation->lines, error);
}

static bool make_changes(struct preparation *preparation, struct failure *error)
{
        size_t bytes;

        if (!guardparts_find(preparation->host, preparation->release, &preparation->guard, error) ||
                !make_lines(preparation, error))
                return false;
        preparation->archive = guardcpio_make(&preparation->guard, &bytes);
        preparation->changes = (struct nextsystem_changes){
                .xen_options = preparation->lines.xen,
                .dom0_options = preparation->lines.dom0,
                .archive = preparation->archive,
                .archive_bytes = bytes,
        };
        preparation->arming.changes = &preparation->changes;
        return true;
}

/* --- what is known of it beforehand --- */

/* The facts of the host as it is, but for what will be another dom0 and another driver. */
static void find_hurdles(struct preparation *preparation)
{
        const struct driverfolder *driver = &preparation->driver;
        struct host_facts facts;

        facts_gather(preparation->host, &facts);
        preparation->arming.standing = facts.standing;
        facts.hypervisor.is_dom0 = true;
        facts.hypervisor.kind = preparation->mode == TRIAL_PVH ? SYSTEM_PVH : SYSTEM_PV;
        facts.dom0_memory = MEMORY_FIXED;
        facts.nvidia = (struct nvidia){ .installed = true, .is_open = driver->is_open };
        snprintf(facts.nvidia.version, sizeof(facts.nvidia.version), "%.31s", driver->version);
        if (driver->count > 0)
                preparation->hurdles_count = hurdles_find(&facts, preparation->hurdles);
        facts_free(&facts);
}

/* --- all of it --- */

bool preparation_make(struct preparation *preparation, struct failure *ret_error)
{
        const struct trial_options *given = preparation->given;
        struct arming *arming = &preparation->arming;

        preparation->arm = (struct arm_options){ .jobs = given->jobs,
                .esp = given->esp,
                .entry = given->entry,
                .yes = given->yes,
                .dry_run = given->dry_run };
        arming->host = preparation->host;
        arming->given = &preparation->arm;
        if (!units_check_ours(preparation->host, ret_error) ||
                !check_programs(preparation, ret_error) || !examination_find(arming, ret_error) ||
                !find_release(preparation, ret_error) || !check_kind(preparation, ret_error) ||
                !driverfolder_check(
                        given->driver, preparation->release, &preparation->driver, ret_error) ||
                !make_changes(preparation, ret_error) || !check_room(preparation, ret_error) ||
                !examination_finish(arming, ret_error))
                return false;
        preparation->trial_s = preparation->limit_s > 0 ? preparation->limit_s
                                                        : arming->ready.conf.deadline + LADDER_S;
        find_hurdles(preparation);
        return true;
}

void preparation_forget(struct preparation *preparation)
{
        struct preparation kept = { .host = preparation->host,
                .given = preparation->given,
                .mode = preparation->mode,
                .limit_s = preparation->limit_s,
                .boot_s = preparation->boot_s };

        memcpy(kept.trial, preparation->trial, sizeof(kept.trial));
        arming_free(&preparation->arming);
        driverfolder_free(&preparation->driver);
        guardparts_free(&preparation->guard);
        lines_free(&preparation->lines);
        free(preparation->archive);
        free(preparation->release);
        *preparation = kept;
}
