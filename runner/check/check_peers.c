#include "runner/check/check_peers.h"

#include <stdio.h>
#include <string.h>

#include "jobs/check_tests.h"
#include "runner/answers/check_agreed.h"
#include "runner/check/check_baseline.h"

/* More is better of all of them. `share`: of the tolerance; 0: they must be the same. */
static const struct row {
        const char *test; /* the start of its name */
        const char *metric;
        double share;
} rows[] = {
        { "memory-", "write_gbps", 1 },
        { "memory-", "verify_gbps", 1 },
        { "compute-", "tflops", 1 },
        { "compute-", "tops", 1 },
        { "copy-h2d", "gbps", 5 },
        { "copy-d2h", "gbps", 5 },
        { "copy-d2d", "gbps", 1 },
        { "copy-p2p", "gbps", 5 },
        { "health", "nvlinks_active", 0 },
        { "health", "nvlink_gbps", 0 },
};

static const json_t *number_of(const struct check_peer *peer, const char *test, const char *metric)
{
        const json_t *value = json_object_get(check_result_of(peer->tests, test), metric);

        return json_is_number(value) ? value : NULL;
}

/* A test that broke off is in error for that: it need not fail besides. */
static bool is_over(const struct check_peer *peer, const char *test)
{
        const char *status =
                json_string_value(json_object_get(check_result_of(peer->tests, test), "status"));

        return status && (strcmp(status, "pass") == 0 || strcmp(status, "skip") == 0);
}

static const struct check_peer *best_of(
        const struct check_peer *peer, size_t count, const char *test, const char *metric)
{
        const struct check_peer *best = NULL;
        double most = 0;

        for (size_t i = 0; i < count; i++) {
                const json_t *value = number_of(&peer[i], test, metric);

                if (value && (!best || json_number_value(value) > most)) {
                        best = &peer[i];
                        most = json_number_value(value);
                }
        }
        return best;
}

static bool is_near(double found, double best, double percent)
{
        return found >= best * (1 - (percent < 100 ? percent : 100) / 100);
}

static void compare_one(json_t *list, const struct check_peer *best, const struct check_peer *own,
        const char *test, const struct row *row, double percent, size_t *failed)
{
        const json_t *most = number_of(best, test, row->metric);
        const json_t *found = number_of(own, test, row->metric);
        bool good = found && is_near(json_number_value(found), json_number_value(most),
                                     row->share * percent);
        char metric[96];
        json_t *one;

        if (!found && !is_over(own, test))
                return;
        snprintf(metric, sizeof(metric), "%s.%s", test, row->metric);
        one = json_pack("{s:s, s:O, s:i, s:s}", "metric", metric, "best", most, "device",
                (int)best->index, "status", good ? "pass" : "fail");
        if (found)
                json_object_set(one, "found", (json_t *)found);
        json_array_append_new(list, one);
        *failed += !good;
}

/* --- hashes, of which none is better than another --- */

static const json_t *hash_of(const struct check_peer *peer, const char *operation)
{
        const json_t *list = json_object_get(
                check_result_of(peer->tests, check_tests[CHECK_AGREEMENT].name), "hashes");
        const json_t *one;
        size_t i;

        json_array_foreach(list, i, one) {
                const char *own = json_string_value(json_object_get(one, "operation"));

                if (own && strcmp(own, operation) == 0)
                        return json_object_get(one, "hash");
        }
        return NULL;
}

static size_t count_alike(
        const struct check_peer *peer, size_t count, const char *operation, const json_t *hash)
{
        size_t alike = 0;

        for (size_t i = 0; hash && i < count; i++)
                alike += json_equal(hash_of(&peer[i], operation), hash);
        return alike;
}

/* One with the hash that most have; of as many, with another than `own` has. */
static const struct check_peer *most_like(
        const struct check_peer *peer, size_t count, const char *operation, const json_t *own)
{
        const struct check_peer *best = NULL;
        size_t most = 0;

        for (size_t i = 0; i < count; i++) {
                const json_t *hash = hash_of(&peer[i], operation);
                size_t alike = count_alike(peer, count, operation, hash);

                if (alike > most || (alike > 0 && alike == most && !json_equal(hash, own) &&
                                            json_equal(hash_of(best, operation), own))) {
                        best = &peer[i];
                        most = alike;
                }
        }
        return best;
}

/* It is right if more than half of them have it: where two differ, nobody knows which is wrong. */
static void compare_hash(json_t *list, const struct check_peer *peer, size_t count,
        const struct check_peer *own, const char *operation, size_t *failed)
{
        const json_t *found = hash_of(own, operation);
        const struct check_peer *best = most_like(peer, count, operation, found);
        size_t there = 0;
        char metric[96];
        bool good;
        json_t *one;

        if (!best || (!found && !is_over(own, check_tests[CHECK_AGREEMENT].name)))
                return;
        for (size_t i = 0; i < count; i++)
                there += hash_of(&peer[i], operation) != NULL;
        good = 2 * count_alike(peer, count, operation, found) > there;
        snprintf(metric, sizeof(metric), "%s.%s", check_tests[CHECK_AGREEMENT].name, operation);
        one = json_pack("{s:s, s:O, s:i, s:s}", "metric", metric, "best", hash_of(best, operation),
                "device", (int)best->index, "status", good ? "pass" : "fail");
        if (found)
                json_object_set(one, "found", (json_t *)found);
        json_array_append_new(list, one);
        *failed += !good;
}

json_t *check_peers_compare(
        const struct check_peer *peer, size_t count, size_t own, double percent, size_t *ret_failed)
{
        json_t *list = json_array();

        *ret_failed = 0;
        for (enum check_kind kind = 0; kind < CHECK_KINDS; kind++) {
                const char *test = check_tests[kind].name;

                for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                        const struct check_peer *best;

                        if (strncmp(test, rows[i].test, strlen(rows[i].test)) != 0)
                                continue;
                        best = best_of(peer, count, test, rows[i].metric);
                        if (best)
                                compare_one(list, best, &peer[own], test, &rows[i], percent,
                                        ret_failed);
                }
        }
        for (enum agreement_kind kind = 0; kind < AGREEMENT_KINDS; kind++)
                compare_hash(list, peer, count, &peer[own], agreed_name(kind), ret_failed);
        return list;
}
