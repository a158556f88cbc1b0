#include "dom0/arm/delivery.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "dom0/arm/jobcopy.h"
#include "dom0/arm/swap.h"
#include "dom0/base/durable.h"
#include "dom0/base/memory.h"
#include "dom0/state/armed.h"
#include "dom0/state/drift.h"
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

/* Of an order that is armed anew: they stay where they are, if they are still those. */
static bool list_jobs(const struct arming *arming, struct hashlist *list, struct failure *error)
{
        const struct esp *esp = &arming->ready.esp;

        for (size_t i = 0; arming->jobs && i < arming->list.count; i++) {
                _cleanup_free_ char *name = memory_format("jobs/%s", arming->list.file[i].name);

                if (!list_file(esp, name, list, error))
                        return false;
        }
        return drift_spares_jobs(arming->again, list) ||
               fail(error, EXIT_FAIL, "the jobs in %s/jobs are not those that were armed any more",
                       esp->folder);
}

/* What nobody has brought is a damage, and gets no new hash. */
static bool check_image(
        const struct arming *arming, const struct hashlist *list, struct failure *error)
{
        return !arming->again || arming->renewed || drift_spares_image(arming->again, list) ||
               fail(error, EXIT_FAIL,
                       "the image in %s is not the one that was armed any more; first: forestage "
                       "install",
                       arming->ready.esp.folder);
}

static bool write_jobs(const struct arming *arming, const struct esp *draft, struct hashlist *list,
        struct failure *error)
{
        _cleanup_free_ char *target = esp_file(draft, "jobs");

        if (arming->again)
                return list_jobs(arming, list, error);
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

        if (!arming->jobs || arming->again)
                return true;
        if (!job_check(folder, &arming->list, &arming->outlook.target, stderr, &check, error))
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

/* Where the store lies, for the stage (store/map.h). */
static bool write_store(const struct arming *arming, const struct esp *draft, struct hashlist *list,
        struct failure *error)
{
        _cleanup_free_ char *path = esp_file(draft, "store"), *text = NULL;
        size_t length;

        if (!arming->given->store)
                return true;
        text = store_map_format(&arming->marking.after.map, &length);
        if (!text)
                return fail(error, EXIT_FAIL, "no memory");
        return durable_write(path, text, length, 0600, error) &&
               list_file(draft, "store", list, error);
}

static bool write_bundle(struct arming *arming, const struct esp *draft, struct hashlist *list,
        struct failure *error)
{
        static const char *const names[] = { "forestage.conf", "vmlinuz", "initramfs.img" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (!list_file(&arming->ready.esp, names[i], list, error))
                        return false;
        return check_image(arming, list, error) &&
               nextsystem_write(arming->host, &arming->next, draft, list, error) &&
               write_jobs(arming, draft, list, error) && check_copy(arming, draft, error) &&
               write_store(arming, draft, list, error) && write_manifest(draft, list, error);
}

static void set_hand_off(const struct arming *arming, struct order *order)
{
        order->has_hand_off = arming->given->hand_off != NULL;
        order->hand_off = arming->hand_off;
}

/* The same order keeps its id, by which the firmware counts its runs and its strikes. */
static bool make_order(const struct arming *arming, struct order *ret_order, struct failure *error)
{
        const struct armed *again = arming->again;
        struct order order = { .every_boot = true };

        if (again) {
                memcpy(order.run_text, again->order, sizeof(order.run_text));
                uuid_parse(order.run_text, strlen(order.run_text), order.run_id);
        } else if (arming->order) {
                order = *arming->order;
        } else if (!order_make(arming->given->every_boot != NULL, &order, error)) {
                return false;
        }
        set_hand_off(arming, &order);
        *ret_order = order;
        return true;
}

/* Everything that can fail for want of room or of a readable file fails here, before any change. */
static bool prepare(struct arming *arming, const struct swap *swap, struct hashlist *list,
        struct order *ret_order, struct failure *error)
{
        return arming_make_inputs(arming, error) &&
               write_bundle(arming, &swap->draft, list, error) &&
               make_order(arming, ret_order, error) &&
               order_write(&swap->draft, ret_order, error) && swap_sync(swap, error);
}

static bool save(const struct arming *arming, const struct order *order,
        const struct hashlist *list, struct failure *error)
{
        json_auto_t *store = arming->given->store ? marking_describe(&arming->marking) : NULL;
        _cleanup_free_ char *application = esp_file(&arming->ready.esp, "forestage.efi");
        struct armed_order made = { .order = order->run_text,
                .every_boot = order->every_boot,
                .updates = arming->updates,
                .jobs = arming->check.jobs,
                .entry = arming->given->entry,
                .next = &arming->next,
                .files = list,
                .image = arming->image,
                .store = store,
                .hand_off = arming->given->hand_off };

        if (!durable_hash(application, made.application))
                return fail_errno(error, EXIT_FAIL, "cannot read", application);
        return armed_save(arming->host, &made, arming->again, error);
}

/* One that is armed anew is found as it is. */
static bool has_to_mark(const struct arming *arming)
{
        return arming->given->store && !arming->again;
}

static bool mark(const struct arming *arming, struct failure *error)
{
        return !has_to_mark(arming) || marking_make(arming->host, &arming->marking, error);
}

/* An earlier order with the store finds it again. */
static void unmark(const struct arming *arming)
{
        struct failure failure;

        if (has_to_mark(arming) && !marking_undo(arming->host, &arming->marking, &failure))
                failure_print(&failure);
}

/* The order is the last thing that comes: from the first step on until then nothing is armed. */
static bool change_over(struct arming *arming, struct swap *swap, const struct hashlist *list,
        const struct order *order, struct failure *error)
{
        _cleanup_(armed_free) struct armed before = { .document = NULL };
        bool had_before = armed_load(arming->host, &before);
        bool placed = swap_bundle(swap, error);
        bool saved = placed && mark(arming, error) && save(arming, order, list, error);
        bool good = saved && swap_order(swap, error);
        struct failure other;

        if (placed && !good)
                unmark(arming);
        if (saved && !good && !armed_restore(arming->host, had_before ? &before : NULL, &other))
                failure_print(&other);
        if (!good && !swap_back(swap, &other))
                failure_print(&other);
        return good;
}

/* Half a change would be safe, but it would disarm: an impatient ^C waits for the whole. */
static bool change_over_undisturbed(struct arming *arming, struct swap *swap,
        const struct hashlist *list, const struct order *order, struct failure *error)
{
        static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
        sigset_t blocked, before;
        bool good;

        sigemptyset(&blocked);
        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
                sigaddset(&blocked, signals[i]);
        sigprocmask(SIG_BLOCK, &blocked, &before);
        good = change_over(arming, swap, list, order, error);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return good;
}

static enum swap_keep what_to_keep(const struct arming *arming)
{
        if (arming->again)
                return SWAP_KEEP_JOBS;
        return arming->before_state == ORDER_NONE ? SWAP_KEEP_NOTHING : SWAP_KEEP_ALL;
}

bool delivery_make(struct arming *arming, struct order *ret_order, struct failure *ret_error)
{
        _cleanup_(swap_end) struct swap swap = { .folder = -1 };
        _cleanup_(hashlist_free) struct hashlist list = { 0 };

        return swap_begin(&arming->ready.esp, what_to_keep(arming), &swap, ret_error) &&
               prepare(arming, &swap, &list, ret_order, ret_error) &&
               change_over_undisturbed(arming, &swap, &list, ret_order, ret_error);
}
