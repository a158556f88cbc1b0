#include "dom0/proof/peerclaim.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/run/event.h"
#include "lib/cleanup.h"
#include "runner/check/check_peers.h"

static const json_t *check_of(const json_t *result)
{
        return get_value(result, "check");
}

/* Whether the planned job is this one on a GPU of the same model. */
static bool is_peer(const struct claim *claim, const json_t *planned)
{
        const json_t *device = intake_find_device(claim->intake, get_value(planned, "device"));

        return strcmp(get_text(planned, "job"), get_text(claim->result, "job")) == 0 &&
               json_is_number(get_value(get_value(planned, "promise"), "peer_percent")) && device &&
               strcmp(get_text(device, "name"), get_text(claim->device, "name")) == 0;
}

static const json_t *tests_on(const struct claim *claim, const json_t *index)
{
        const struct run *run = claim->intake->run;
        const char *job = get_text(claim->result, "job");

        for (size_t i = 0; i < run->results_count; i++) {
                const json_t *object = run->results[i].object;

                if (json_equal(get_value(object, "device"), index) &&
                        strcmp(get_text(object, "job"), job) == 0)
                        return get_value(check_of(object), "tests");
        }
        return NULL;
}

/* All of them, in the order of the plan; `ret_own` is the claim's. NULL: out of memory. */
static struct check_peer *find_peers(const struct claim *claim, size_t *ret_count, size_t *ret_own)
{
        json_t *plan = claim->intake->run->plan, *planned;
        struct check_peer *peer = calloc(json_array_size(plan) + 1, sizeof(*peer));
        const json_t *own = get_value(claim->result, "device");
        size_t count = 0, i;

        json_array_foreach(plan, i, planned) {
                const json_t *index = get_value(planned, "device");

                if (!peer || !is_peer(claim, planned))
                        continue;
                if (json_equal(index, own))
                        *ret_own = count;
                peer[count].index = (unsigned)json_integer_value(index);
                peer[count++].tests = tests_on(claim, index);
        }
        *ret_count = count;
        return peer;
}

/* The comparison is made again of what was recorded of each GPU. */
static bool same_again(const struct claim *claim, const struct check_peer *peer, size_t count,
        size_t own, const json_t *percent)
{
        size_t failed = 0;
        json_auto_t *list =
                check_peers_compare(peer, count, own, json_number_value(percent), &failed);

        if (!json_equal(list, get_value(check_of(claim->result), "peers")))
                return claim_miss(claim,
                        "it was not compared with what was found on the other GPUs of its model");
        return failed == 0 || claim_miss(claim, "it is worse than another GPU of its model");
}

bool claim_peers_held(const struct claim *claim)
{
        const json_t *percent = get_value(claim->promise, "peer_percent");
        const json_t *check = check_of(claim->result), *gpus = get_value(check, "peer_gpus");
        bool compared = gpus || get_value(check, "peers");
        size_t count = 0, own = 0;
        _cleanup_free_ struct check_peer *peer = NULL;

        if (!claim->strict)
                return true;
        if (!json_is_number(percent))
                return !compared ||
                       claim_miss(claim, "it was compared with other GPUs, which is not planned");
        peer = find_peers(claim, &count, &own);
        if (count < 2)
                return !compared ||
                       claim_miss(claim, "it was compared with other GPUs of its model, and the "
                                         "job ran on none");
        if ((size_t)json_integer_value(gpus) != count)
                return claim_miss(claim,
                        "it was compared with %lld GPUs of its model, and the job ran on %zu",
                        (long long)json_integer_value(gpus), count);
        return same_again(claim, peer, count, own, percent);
}
