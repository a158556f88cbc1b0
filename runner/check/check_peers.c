#include "runner/check/check_peers.h"

#include <stdio.h>
#include <string.h>

#include "jobs/check_tests.h"
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
        return list;
}
