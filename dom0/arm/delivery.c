#include "dom0/arm/delivery.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/arm/jobcopy.h"
#include "dom0/arm/swap.h"
#include "dom0/base/durable.h"
#include "dom0/state/armed.h"

static bool list_file(
        const struct esp *esp, const char *name, struct hashlist *list, struct failure *error)
{
        char *path = esp_file(esp, "%s", name);
        uint8_t digest[SHA256_SIZE];
        bool good = durable_hash(path, digest) ||
                    fail(error, EXIT_FAIL, "cannot read %s: %s", path, strerror(errno));

        free(path);
        if (good)
                hashlist_add(list, name, digest);
        return good;
}

static bool write_jobs(const struct arming *arming, const struct esp *draft, struct hashlist *list,
        struct failure *error)
{
        char *target;
        bool good;

        if (!arming->jobs)
                return true;
        target = esp_file(draft, "jobs");
        good = jobcopy_write(&arming->list, target, list, error);
        free(target);
        return good;
}

static bool is_as_shown(const struct job_check *shown, const struct job_check *copied)
{
        return shown->jobs == copied->jobs && shown->programs == copied->programs &&
               shown->region_bytes == copied->region_bytes;
}

/* What is armed is what was checked: the copy, which nobody else can write to. */
static bool check_copy(const struct arming *arming, const struct esp *draft, struct failure *error)
{
        struct job_check check;
        char *folder;
        bool good;

        if (!arming->jobs)
                return true;
        folder = esp_file(draft, "jobs");
        good = job_check(
                folder, &arming->list, job_check_devices(arming->host), stderr, &check, error);
        free(folder);
        if (good && check.complaints > 0)
                return fail(error, EXIT_FAIL,
                        "the jobs in %s have changed since they were checked, and have %zu faults "
                        "now (above)",
                        arming->jobs, check.complaints);
        if (good && !is_as_shown(&arming->check, &check))
                return fail(error, EXIT_FAIL,
                        "the jobs in %s have changed since they were checked: arm again",
                        arming->jobs);
        return good;
}

static bool write_manifest(
        const struct esp *draft, const struct hashlist *list, struct failure *error)
{
        char *path = esp_file(draft, "manifest");
        bool good = hashlist_check(list, true, error) &&
                    durable_write(path, list->text, list->length, 0600, error);

        free(path);
        return good;
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
        struct hashlist list = { 0 };
        bool good = write_bundle(arming, &swap->draft, &list, error) &&
                    order_make(arming->given->every_boot, ret_order, error) &&
                    order_write(&swap->draft, ret_order, error) && swap_sync(swap, error);

        hashlist_free(&list);
        return good;
}

/* The order is the last thing that comes: from the first step on until then nothing is armed. */
static bool change_over(
        struct arming *arming, struct swap *swap, const struct order *order, struct failure *error)
{
        struct armed before;
        bool had_before = armed_load(arming->host, &before);
        bool saved = swap_bundle(swap, error) &&
                     armed_save(arming->host, order->run_text, order->every_boot,
                             arming->check.jobs, &arming->next, error);
        bool good = saved && swap_order(swap, error);
        struct failure other;

        if (saved && !good && !armed_restore(arming->host, had_before ? &before : NULL, &other))
                failure_print(&other);
        if (!good && !swap_back(swap, &other))
                failure_print(&other);
        if (had_before)
                armed_free(&before);
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
        struct swap swap;
        bool good;

        if (!swap_begin(&arming->ready.esp, arming->before_state != ORDER_NONE, &swap, ret_error))
                return false;
        good = prepare(arming, &swap, ret_order, ret_error) &&
               change_over_undisturbed(arming, &swap, ret_order, ret_error);
        swap_end(&swap);
        return good;
}
