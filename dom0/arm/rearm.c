#include "dom0/arm/rearm.h"

#include "dom0/arm/delivery.h"
#include "dom0/arm/swap.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/install/bundle.h"
#include "dom0/state/drift.h"
#include "lib/cleanup.h"

/* What was armed is no order's any more, but for its jobs. */
static bool check_room(const struct arming *arming, struct failure *error)
{
        uint64_t needed = arming->next.bytes;
        uint64_t freed = swap_leftovers(&arming->ready.esp, SWAP_KEEP_JOBS);

        return esp_check_room(
                arming->host, &arming->ready.esp, needed > freed ? needed - freed : 0, error);
}

/* The image that this host has beside the one on the ESP, and whether that is another one by now.
 */
static void find_image(struct arming *arming)
{
        const char *folder = armed_image(arming->again);
        char ignored[512];

        if (!folder)
                return;
        arming->image = memory_copy(folder);
        arming->renewed = drift_of_image(arming->again, ignored, sizeof(ignored));
}

static bool bring_image(struct arming *arming, struct failure *error)
{
        _cleanup_(bundle_free) struct bundle bundle = { 0 };

        if (!arming->renewed)
                return true;
        return bundle_plan(arming->host, &arming->ready.esp, arming->image, &bundle, error) &&
               esp_check_room(arming->host, &arming->ready.esp, bundle.bytes, error) &&
               bundle_write(&bundle, &arming->ready.esp, &arming->ready.boot, error);
}

/* Without their hashes, any image and any jobs might be those. */
static bool check_record(const struct armed *armed, struct failure *error)
{
        return get_string(armed->document, "jobs_sha256") ||
               fail(error, EXIT_FAIL,
                       "it was armed by an older forestage, which has not noted all that it was "
                       "made of");
}

static bool check_all(struct arming *arming, struct failure *error)
{
        return check_record(arming->again, error) && arming_read_hand_off(arming, error) &&
               readiness_check(&arming->ready, error) && arming_check_jobs(arming, error) &&
               arming_find_store(arming, error) &&
               nextsystem_check(arming->host, &arming->ready.boot, NULL, &arming->next, error);
}

bool rearm(const struct host *host, struct readiness *ready, const struct armed *armed,
        struct failure *ret_error)
{
        _cleanup_free_ char *jobs = esp_file(&ready->esp, "jobs");
        struct arm_options given = { .jobs = jobs,
                .entry = armed_entry(armed),
                .every_boot = "",
                .store = armed_store(armed),
                .hand_off = armed_hand_off(armed) };
        _cleanup_(arming_free) struct arming arming = { .host = host,
                .given = &given,
                .ready = *ready,
                .updates = armed->updates,
                .again = armed };
        struct order order;

        *ready = (struct readiness){ .method = METHOD_NONE };
        given.no_jobs = get_integer(armed->document, "jobs") == 0;
        given.jobs = given.no_jobs ? NULL : jobs;
        find_image(&arming);
        return check_all(&arming, ret_error) && bring_image(&arming, ret_error) &&
               check_room(&arming, ret_error) && delivery_make(&arming, &order, ret_error);
}
