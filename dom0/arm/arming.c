#include "dom0/arm/arming.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dom0/arm/resumption.h"
#include "dom0/base/memory.h"
#include "dom0/install/bundle.h"
#include "dom0/store/inputs.h"
#include "dom0/trees/trees.h"
#include "lib/cleanup.h"
#include "store/kept.h"

#define JOBS_FOLDER "/etc/forestage/jobs"

void arming_free(struct arming *arming)
{
        nextsystem_free(&arming->next);
        readiness_free(&arming->ready);
        joblist_free(&arming->list);
        outlook_free(&arming->outlook);
        marking_free(&arming->marking);
        free(arming->image);
        free(arming->jobs);
}

static bool check_region(const struct arming *arming, struct failure *error)
{
        uint64_t room = arming->ready.conf.region_size, needed = arming->check.region_bytes;

        if (needed <= room)
                return true;
        return fail(error, EXIT_FAIL,
                "the outputs of the jobs need %llu MiB, and the region has %llu MiB: set "
                "region-size=%lluM in %s/forestage.conf",
                (unsigned long long)(needed >> 20) + 1, (unsigned long long)room >> 20,
                (unsigned long long)(needed >> 20) + 1, arming->ready.esp.folder);
}

/* The image on the ESP is the one that the run will have, unless another one is about to come. */
static void look_ahead(struct arming *arming)
{
        const struct esp *esp = &arming->ready.esp;
        _cleanup_free_ char *conf = esp_file(esp, "forestage.conf");

        outlook_take_gpus(&arming->outlook, arming->host);
        outlook_take_conf(&arming->outlook, &arming->ready.conf, conf);
        if (arming->given->store)
                arming->outlook.target.store_above = arming->ready.conf.store_above;
        outlook_take_image(&arming->outlook, arming->renewed ? arming->image : esp->folder);
}

/* Of an order that is armed anew they are in the store already. */
static bool check_trees(const struct arming *arming, struct failure *error)
{
        const struct words *trees = &arming->list.trees;

        if (trees->count == 0 || arming->again)
                return true;
        if (!arming->given->store)
                return fail(error, EXIT_FAIL,
                        "the jobs in %s read trees (Data=, Root=: %s%s), which only an order with "
                        "a store can have: forestage arm --store",
                        arming->jobs, trees->word[0], trees->count > 1 ? ", …" : "");
        return trees_check(trees, arming->list.folder, arming->jobs, error);
}

static bool check_resumption(const struct arming *arming, struct failure *error)
{
        return arming->given->store || arming->again || resumption_without(arming->jobs, error);
}

static bool add_resumption(struct arming *arming, struct failure *error)
{
        const struct resumption resumption = { arming->jobs, &arming->list,
                arming->outlook.target.gpus, arming->given->anew };

        return resumption_add(&resumption, &arming->marking, error);
}

bool arming_check_jobs(struct arming *arming, struct failure *ret_error)
{
        const struct arm_options *given = arming->given;

        if (given->no_jobs)
                return !given->jobs || fail(ret_error, EXIT_USAGE,
                                               "--jobs and --no-jobs contradict "
                                               "each other");
        arming->jobs =
                given->jobs ? memory_copy(given->jobs) : host_path(arming->host, JOBS_FOLDER);
        look_ahead(arming);
        if (!joblist_read(arming->jobs, &arming->list, ret_error) ||
                !check_trees(arming, ret_error) || !check_resumption(arming, ret_error) ||
                !job_check(arming->jobs, &arming->list, &arming->outlook.target, stderr,
                        &arming->check, ret_error) ||
                !joblist_check_manifest(&arming->list, ret_error) ||
                !check_region(arming, ret_error))
                return false;
        if (arming->check.complaints > 0)
                return fail(ret_error, EXIT_FAIL,
                        "the jobs in %s have %zu faults (above); nothing was "
                        "armed",
                        arming->jobs, arming->check.complaints);
        return true;
}

bool arming_read_hand_off(struct arming *arming, struct failure *ret_error)
{
        const char *word = arming->given->hand_off;

        return !word || handoff_parse(slice_of(word), &arming->hand_off, NULL) ||
               fail(ret_error, EXIT_USAGE,
                       "--hand-off=%s is none of kexec, kexec-else-reset, reset", word);
}

enum hand_off arming_hand_off(const struct arming *arming)
{
        return arming->given->hand_off ? arming->hand_off : arming->ready.conf.hand_off;
}

/* What ends in a reset is nowhere but in a store, and a host that never comes up collects nothing.
 */
static bool check_hand_off(const struct arming *arming, struct failure *error)
{
        const struct arm_options *given = arming->given;
        enum hand_off hand_off = arming_hand_off(arming);
        _cleanup_free_ char *where =
                given->hand_off ? memory_format("--hand-off=%s", given->hand_off)
                                : memory_format("hand-off=%s in %s/forestage.conf",
                                          handoff_name(hand_off), arming->ready.esp.folder);

        if (hand_off != HAND_OFF_KEXEC && !given->store)
                return fail(error, EXIT_FAIL,
                        "%s wants the run kept in a store, and this one has none: --store", where);
        if (hand_off == HAND_OFF_RESET && given->every_boot)
                return fail(error, EXIT_FAIL,
                        "%s, at every boot, would never let this host come up", where);
        return true;
}

/* Bytes of the store's room that the run itself takes, where it is kept there, and the headers of
 * the files' own region. */
static uint64_t room_before_files(const struct arming *arming)
{
        bool kept = arming_hand_off(arming) != HAND_OFF_KEXEC;

        return (kept ? kept_room(arming->ready.conf.region_size) : STORE_BLOCK) +
               2 * (uint64_t)STORE_BLOCK;
}

/* Of the room that inputs leave. */
static bool check_store(const struct arming *arming, struct failure *error)
{
        const struct store_record *store = &arming->marking.after;
        bool kept = arming_hand_off(arming) != HAND_OFF_KEXEC;
        uint64_t before = room_before_files(arming);
        uint64_t needed = arming->check.store_bytes, room = store->map.results;

        room = room > before ? room - before : 0;
        return needed <= room ||
               fail(error, EXIT_FAIL,
                       "the outputs of the jobs need %llu MiB in the store, and %s has room for "
                       "%llu MiB of them%s: make a larger one (forestage store remove, store "
                       "create), or write a larger store-above= in %s/forestage.conf",
                       (unsigned long long)(needed >> 20) + 1, store->path,
                       (unsigned long long)(room >> 20), kept ? " beside the run itself" : "",
                       arming->ready.esp.folder);
}

bool arming_find_store(struct arming *arming, struct failure *ret_error)
{
        bool found;

        if (!check_hand_off(arming, ret_error))
                return false;
        if (!arming->given->store)
                return true;
        /* by a service, which may neither write to the store nor read its disk */
        found = arming->again ? marking_keep(arming->host, &arming->marking, ret_error)
                              : marking_find(arming->host, &arming->marking, ret_error);
        return found && check_store(arming, ret_error);
}

/* Of an earlier order that is armed: it would find others in their place if this one failed. */
static bool spares_earlier(const struct arming *arming, struct failure *error)
{
        const struct marking *marking = &arming->marking;

        return arming->before_state != ORDER_LIVE || marking->before.map.input_count == 0 ||
               inputs_are_those(&marking->after.map, &marking->before.map) ||
               fail(error, EXIT_FAIL,
                       "order %s is armed with other inputs in the store, and would lose them; "
                       "first: forestage disarm",
                       arming->before.run_text);
}

bool arming_make_inputs(struct arming *arming, struct failure *ret_error)
{
        const struct joblist *list = &arming->list;
        uint64_t least = room_before_files(arming) + arming->check.store_bytes;

        if (!arming->given->store || arming->given->no_jobs || arming->again)
                return true;
        if (least < STORE_RESULTS_LEAST)
                least = STORE_RESULTS_LEAST;
        for (size_t i = 0; i < list->trees.count; i++) {
                struct treeimage image;

                if (isatty(STDERR_FILENO)) /* it takes minutes where a tree is large */
                        fprintf(stderr, "reading %s/%s\n", arming->jobs, list->trees.word[i]);
                if (!treeimage_make(arming->host, list->folder, arming->jobs, list->trees.word[i],
                            &image, ret_error))
                        return false;
                marking_add(&arming->marking, &image);
        }
        if (!add_resumption(arming, ret_error))
                return false;
        if (arming->marking.count == 0 && arming->marking.after.map.checkpoint_count == 0)
                return true;
        return marking_plan(&arming->marking, least, ret_error) &&
               spares_earlier(arming, ret_error);
}

void arming_find_image(struct arming *arming)
{
        _cleanup_free_ char *folder = host_path(arming->host, BUNDLE_FOLDER);
        _cleanup_(bundle_free) struct bundle bundle = { 0 };
        struct failure ignored;

        if (!bundle_plan(arming->host, &arming->ready.esp, folder, &bundle, &ignored))
                return;
        for (size_t i = 0; i < BUNDLE_FILES; i++)
                if (bundle.file[i].fresh)
                        return;
        arming->image = TAKE_PTR(folder);
}
