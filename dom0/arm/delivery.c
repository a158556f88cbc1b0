#include "dom0/arm/delivery.h"

#include <signal.h>
#include <stdio.h>

#include "dom0/arm/jobcopy.h"
#include "dom0/arm/swap.h"
#include "dom0/base/durable.h"
#include "dom0/host/pci.h"
#include "dom0/state/armed.h"
#include "lib/cleanup.h"

static bool list_file(
        const struct esp *esp, const char *name, struct hashlist *list, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "%s", name);
        uint8_t digest[SHA256_SIZE];

        if (!durable_hash(path, digest))
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        hashlist_add(list, name, digest);
        return true;
}

static bool write_jobs(const struct arming *arming, const struct esp *draft, struct hashlist *list,
        struct failure *error)
{
        _cleanup_free_ char *target = esp_file(draft, "jobs");

        return !arming->jobs || jobcopy_write(&arming->list, target, list, error);
}

static bool is_as_shown(const struct job_check *shown, const struct job_check *copied)
{
        return shown->jobs == copied->jobs && shown->programs == copied->programs &&
               shown->region_bytes == copied->region_bytes;
}

/* What is armed is what was checked: the copy, which nobody else can write to. */
static bool check_copy(const struct arming *arming, const struct esp *draft, struct failure *error)
{
        _cleanup_free_ char *folder = esp_file(draft, "jobs");
        struct job_check check;

        if (!arming->jobs)
                return true;
        if (!job_check(folder, &arming->list, pci_find_gpus(arming->host, NULL, 0), stderr, &check,
                    error))
                return false;
        if (check.complaints > 0)
                return fail(error, EXIT_FAIL,
                        "the jobs in %s have changed since they were checked, and have %zu faults "
                        "now (above)",
                        arming->jobs, check.complaints);
        return is_as_shown(&arming->check, &check) ||
               fail(error, EXIT_FAIL,
                       "the jobs in %s have changed since they were checked: arm again",
                       arming->jobs);
}

static bool write_manifest(
        const struct esp *draft, const struct hashlist *list, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(draft, "manifest");

        return hashlist_check(list, true, error) &&
               durable_write(path, list->text.data, list->text.length, 0600, error);
}

static bool write_bundle(struct arming *arming, const struct esp *draft, struct hashlist *list,
        struct failure *error)
{
        static const char *const names[] = { "forestage.conf", "vmlinuz", "initramfs.img" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (!list_file(&arming->ready.esp, names[i], list, error))
                        return false;
        return nextsystem_write(arming->host, &arming->next, draft, list, error) &&
               write_jobs(arming, draft, list, error) && check_copy(arming, draft, error) &&
               write_manifest(draft, list, error);
}

/* Everything that can fail for want of room or of a readable file fails here, before any change. */
static bool prepare(struct arming *arming, const struct swap *swap, struct order *ret_order,
        struct failure *error)
{
        _cleanup_(hashlist_free) struct hashlist list = { 0 };

        return write_bundle(arming, &swap->draft, &list, error) &&
               order_make(arming->given->every_boot, ret_order, error) &&
               order_write(&swap->draft, ret_order, error) && swap_sync(swap, error);
}

/* The order is the last thing that comes: from the first step on until then nothing is armed. */
static bool change_over(
        struct arming *arming, struct swap *swap, const struct order *order, struct failure *error)
{
        _cleanup_(armed_free) struct armed before = { .document = NULL };
        bool had_before = armed_load(arming->host, &before);
        bool saved = swap_bundle(swap, error) &&
                     armed_save(arming->host, order->run_text, order->every_boot,
                             arming->check.jobs, arming->given->entry, &arming->next, error);
        bool good = saved && swap_order(swap, error);
        struct failure other;

        if (saved && !good && !armed_restore(arming->host, had_before ? &before : NULL, &other))
                failure_print(&other);
        if (!good && !swap_back(swap, &other))
                failure_print(&other);
        return good;
}

/* Half a change would be safe, but it would disarm: an impatient ^C waits for the whole. */
static bool change_over_undisturbed(
        struct arming *arming, struct swap *swap, const struct order *order, struct failure *error)
{
        static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
        sigset_t blocked, before;
        bool good;

        sigemptyset(&blocked);
        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
                sigaddset(&blocked, signals[i]);
        sigprocmask(SIG_BLOCK, &blocked, &before);
        good = change_over(arming, swap, order, error);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return good;
}

bool delivery_make(struct arming *arming, struct order *ret_order, struct failure *ret_error)
{
        _cleanup_(swap_end) struct swap swap = { .folder = -1 };

        return swap_begin(
                       &arming->ready.esp, arming->before_state != ORDER_NONE, &swap, ret_error) &&
               prepare(arming, &swap, ret_order, ret_error) &&
               change_over_undisturbed(arming, &swap, ret_order, ret_error);
}
