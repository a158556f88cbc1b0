#include "dom0/arm/examination.h"

#include <string.h>
#include <unistd.h>

#include "dom0/arm/swap.h"
#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "dom0/xen/elfentry.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

/* Results in memory do not survive the reboot that arming is about. */
static bool check_collected(const struct host *host, struct failure *error)
{
        _cleanup_free_ char *document = NULL;
        char id[UUID_LENGTH + 1];
        struct bootline line;
        struct failure none;

        if (!source_bootline(host, &line, &none))
                return true;
        uuid_format(line.run_id, id);
        document = memory_format("%s/%s/run.json", host->runs, id);
        return access(document, F_OK) == 0 ||
               fail(error, EXIT_FAIL,
                       "the results of run %s are not collected yet, and the next reboot "
                       "loses them; first: forestage collect",
                       id);
}

/* The files of an order that is armed stay until the new ones are complete. */
static bool check_esp(const struct arming *arming, struct failure *error)
{
        const struct esp *esp = &arming->ready.esp;
        bool armed = arming->before_state != ORDER_NONE;
        uint64_t needed = arming->next.bytes + arming->list.fat_bytes;
        uint64_t all = swap_leftovers(esp, SWAP_KEEP_NOTHING);
        uint64_t freed = armed ? swap_leftovers(esp, SWAP_KEEP_ALL) : all;
        struct failure other;

        if (esp_check_room(arming->host, esp, needed > freed ? needed - freed : 0, error))
                return true;
        if (!armed || !esp_check_room(arming->host, esp, needed > all ? needed - all : 0, &other))
                return false;
        other = *error;
        return fail(error, EXIT_FAIL,
                "%.300s. What is armed there takes %llu KiB, and stays until the new run is "
                "complete beside it; to give it up first: forestage disarm",
                other.text, (unsigned long long)(all - freed) >> 10);
}

/* A run must not end in another system than the one that is meant. */
static bool check_entry(const struct xenboot *boot, struct failure *error)
{
        return !boot->doubt || fail(error, EXIT_FAIL, "%s", boot->doubt);
}

/* A run that ends in a reset has no use for Xen, whatever kind of file that is. */
static bool check_next(struct arming *arming, struct failure *error)
{
        static const struct nextsystem_changes unused = { .not_started = true };
        bool starts = arming_hand_off(arming) != HAND_OFF_RESET;

        arming->needs_elf = starts && elfentry_is_needed(&arming->ready.boot);
        return nextsystem_check(arming->host, &arming->ready.boot,
                starts ? arming->changes : &unused, &arming->next, error);
}

static bool is_same_boot(const struct xenboot *left, const struct xenboot *right)
{
        bool same = strcmp(left->xen, right->xen) == 0 &&
                    strcmp(left->xen_options, right->xen_options) == 0 &&
                    strcmp(left->dom0_options, right->dom0_options) == 0 &&
                    left->module_count == right->module_count;

        for (size_t i = 0; same && i < left->module_count; i++)
                same = strcmp(left->modules[i], right->modules[i]) == 0;
        return same;
}

/* What an order for every boot will be held against must be found again, and be the same. */
static bool check_followed(const struct arming *arming, struct failure *error)
{
        const struct xenboot *boot = &arming->ready.boot;
        _cleanup_(xenboot_free) struct xenboot next = { 0 };
        struct failure why;

        if (!arming->given->every_boot)
                return true;
        if (!xenboot_follow(arming->host, &arming->ready.config, arming->given->entry, boot->title,
                    &next, &why))
                return fail(error, EXIT_FAIL,
                        "an order for every boot could not be held against what this host boots "
                        "after an update: %s",
                        why.text);
        return is_same_boot(&next, boot) ||
               fail(error, EXIT_FAIL,
                       "an order for every boot follows GRUB's default, which is \"%s\" and not "
                       "\"%s\": decide with --entry",
                       next.title, boot->title);
}

bool examination_find(struct arming *arming, struct failure *ret_error)
{
        if (!readiness_find(arming->host, arming->given->esp, arming->given->entry, &arming->ready,
                    ret_error) ||
                !check_entry(&arming->ready.boot, ret_error))
                return false;
        arming->before_state = order_read(&arming->ready.esp, &arming->before);
        return readiness_check(&arming->ready, ret_error) &&
               check_collected(arming->host, ret_error) && check_followed(arming, ret_error) &&
               arming_check_jobs(arming, ret_error);
}

bool examination_finish(struct arming *arming, struct failure *ret_error)
{
        return check_next(arming, ret_error) && arming_find_store(arming, ret_error) &&
               check_esp(arming, ret_error);
}

bool examination_check_ha(const struct arming *arming, struct failure *ret_error)
{
        const struct arm_options *given = arming->given;

        if (arming->standing.ha != TRUTH_YES || given->yes || given->dry_run)
                return true;
        return fail(ret_error, EXIT_FAIL,
                "HA is on in this pool: after arming, this host must be restarted with xe "
                "host-reboot host=%s and not with a bare reboot, which HA may take for a crash; "
                "--yes says that it will be; nothing was changed",
                inventory_name(&arming->standing.inventory));
}
