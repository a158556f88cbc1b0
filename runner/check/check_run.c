/* The supervisor's side of Type=check: kind_check (attempt.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/folder.h"
#include "jobs/room.h"
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/io.h"
#include "runner/check/check_baseline.h"
#include "runner/check/check_job.h"
#include "runner/check/check_limits.h"
#include "runner/check/check_peers.h"
#include "runner/check/check_phase.h"
#include "runner/check/check_unfinished.h"
#include "runner/check/check_verdict.h"
#include "runner/process/attempt.h"
#include "runner/record/record.h"

#define BASELINE_MAX_BYTES (UINT64_C(1) << 24)

struct check_state {
        json_t *check;     /* the RESULT's "check" */
        json_t *tests;     /* borrowed from it */
        json_t *baseline;  /* the whole file; NULL: none */
        const json_t *own; /* this GPU's part of it */
        int devices;
        char running[40];       /* name of the test under way */
        struct check_part part; /* what is known of it */
};

/* --- before it runs --- */

static bool read_baseline(struct attempt *attempt, struct check_state *state)
{
        const char *path = attempt->entry->job->check.baseline;
        json_error_t where;
        _cleanup_free_ char *text = NULL;
        size_t length;
        int error;

        if (!path)
                return true;
        error = folder_read(attempt->place->folder, path, BASELINE_MAX_BYTES, &text, &length);
        if (error) {
                attempt_error(attempt, "Baseline=%s %s", path, folder_strerror(error));
                return false;
        }
        state->baseline = json_loadb(text, length, 0, &where);
        state->own = check_baseline_of(state->baseline, attempt->entry->device->uuid);
        if (!state->baseline)
                attempt_error(attempt, "Baseline=%s: line %d: %s", path, where.line, where.text);
        else if (!state->own)
                attempt_error(attempt,
                        "Baseline=%s has nothing of %s: run the check without it, and use "
                        "its " CHECK_BASELINE_FILE,
                        path, attempt->entry->device->uuid);
        return state->own != NULL;
}

static void begin(struct attempt *attempt)
{
        struct check_state *state = attempt_make_state(attempt, sizeof(*state));
        struct check_task task = { attempt->entry->job, attempt->entry->device,
                check_phase_file() };

        if (!state)
                return;
        state->check = json_object();
        state->tests = json_array();
        json_object_set_new(state->check, "tests", state->tests);
        if (task.job->check.level)
                json_object_set_new(state->check, "level", json_string(task.job->check.level));
        if (read_baseline(attempt, state))
                attempt_launch(attempt, check_job_main, &task);
}

/* --- while it runs --- */

/* The test under way is done, or another one begins. */
static void forget_part(struct check_state *state)
{
        json_decref(state->part.result);
        state->part = (struct check_part){ 0 };
}

static void take_limit(struct attempt *attempt, const json_t *message)
{
        struct check_state *state = attempt->state;
        const char *name = json_string_value(json_object_get(message, "test"));

        forget_part(state);
        attempt_limit_part(attempt, json_number_value(json_object_get(message, "s")));
        if (!name)
                return;
        snprintf(state->running, sizeof(state->running), "%s", name);
        state->part.test = state->running;
        state->part.since = clock_seconds();
}

static void take_test(struct attempt *attempt, const json_t *message)
{
        struct check_state *state = attempt->state;

        forget_part(state);
        check_add_result(state->tests, json_object_get(message, "result"));
}

static void take_errors(struct attempt *attempt, const json_t *message)
{
        struct check_state *state = attempt->state;
        const char *name = json_string_value(json_object_get(message, "test"));
        json_t *test = name ? check_result_of(state->tests, name) : NULL;
        json_t *list = json_object_get(test, "first_errors");
        json_t *errors = json_object_get(message, "errors"), *error;
        size_t i;

        if (!test)
                return;
        if (!list) {
                list = json_array();
                json_object_set_new(test, "first_errors", list);
        }
        json_array_foreach(errors, i, error) {
                if (json_array_size(list) < 64)
                        json_array_append(list, error);
        }
}

/* A column of the readings goes on. */
static void take_series(struct attempt *attempt, const json_t *message)
{
        struct check_state *state = attempt->state;
        const char *column = json_string_value(json_object_get(message, "column"));
        json_t *series = json_object_get(state->check, "series"), *list;

        if (!column)
                return;
        if (!series) {
                series = json_object();
                json_object_set_new(state->check, "series", series);
        }
        list = json_object_get(series, column);
        if (!list) {
                list = json_array();
                json_object_set_new(series, column, list);
        }
        json_array_extend(list, json_object_get(message, "points"));
}

/* "test 4 of 20, memory-random, 1200 GB" */
static void take_progress(struct attempt *attempt, const json_t *message)
{
        struct check_part *part = &((struct check_state *)attempt->state)->part;
        const char *name = json_string_value(json_object_get(message, "test"));
        double gbytes = json_number_value(json_object_get(message, "gbytes"));
        double teraflop = json_number_value(json_object_get(message, "teraflop"));

        snprintf(attempt->doing, sizeof(attempt->doing), "%lld/%lld %s, %.0f %s",
                (long long)json_integer_value(json_object_get(message, "number")),
                (long long)json_integer_value(json_object_get(message, "tests")), name ? name : "",
                name && strncmp(name, "compute", 7) == 0 ? teraflop : gbytes,
                name && strncmp(name, "compute", 7) == 0 ? "TFLOP" : "GB");
        json_decref(part->result);
        part->result = json_incref(json_object_get(message, "result"));
        part->gbytes = json_number_value(json_object_get(message, "own_gbytes"));
        part->teraflop = json_number_value(json_object_get(message, "own_teraflop"));
}

static void take_plan(struct attempt *attempt, const json_t *message)
{
        struct check_state *state = attempt->state;

        json_object_set(state->check, "planned", json_object_get(message, "tests"));
        json_object_set(state->check, "estimate_s", json_object_get(message, "estimate_s"));
}

static void take_devices(struct attempt *attempt, const json_t *message)
{
        struct check_state *state = attempt->state;

        state->devices = (int)json_integer_value(json_object_get(message, "count"));
}

static void take_end(struct attempt *attempt, const json_t *message)
{
        (void)message;
        attempt->evidence.finished = true;
}

static void take(struct attempt *attempt, const char *type, const json_t *message)
{
        static const struct {
                const char *type;
                void (*take)(struct attempt *attempt, const json_t *message);
        } kinds[] = { { "limit", take_limit }, { "test", take_test }, { "errors", take_errors },
                { "series", take_series }, { "progress", take_progress }, { "plan", take_plan },
                { "devices", take_devices }, { "end", take_end } };

        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                if (strcmp(kinds[i].type, type) == 0)
                        kinds[i].take(attempt, message);
}

/* --- when it has run --- */

/* What this GPU can do, for a later run to be compared with. */
static void keep_baseline(struct attempt *attempt, const struct check_state *state)
{
        json_t *baseline = check_baseline_make(attempt->entry->device->uuid, state->tests);
        _cleanup_free_ char *text = json_dumps(baseline, CHECK_BASELINE_FLAGS);
        char path[REGION_MAX_NAME + 1];

        if (text && attempt_path(attempt, CHECK_BASELINE_FILE, path))
                attempt_kept(attempt, CHECK_BASELINE_FILE,
                        region_record_bytes(strlen(path), strlen(text)),
                        journal_file(attempt->place->journal, path, text, strlen(text)));
        json_decref(baseline);
}

/* The room for it is kept in any case; first errors that would burst it go. */
static void shorten(struct check_state *state)
{
        json_t *test;
        size_t i;

        if (json_dumpb(state->check, NULL, 0, JSON_COMPACT | JSON_REAL_PRECISION(17)) <
                ROOM_CHECK_BYTES)
                return;
        json_array_foreach(state->tests, i, test) {
                json_t *list = json_object_get(test, "first_errors");

                while (json_array_size(list) > 8)
                        json_array_remove(list, json_array_size(list) - 1);
        }
}

/* "2335"; "" when /sys does not say it. */
static void read_pci_id(const struct device *device, char ret_id[8])
{
        char path[128], text[16];

        ret_id[0] = '\0';
        snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.32s/device", device->pci);
        if (io_read_text(path, text, sizeof(text)) && strncmp(text, "0x", 2) == 0 &&
                strspn(text + 2, "0123456789abcdef") == 4)
                snprintf(ret_id, 8, "%.4s", text + 2);
}

static void tell_of_limit(struct attempt *attempt, const json_t *one)
{
        evidence_fail(&attempt->evidence, "%s: %s %.6g, and at least %.6g is the limit (%s)",
                json_string_value(json_object_get(one, "metric")),
                json_string_value(json_object_get(one, "kind")),
                json_number_value(json_object_get(one, "found")),
                json_number_value(json_object_get(one, "limit")),
                json_string_value(json_object_get(one, "source")));
}

/* Held against what its units and its model can do. */
static void keep_limits(struct attempt *attempt)
{
        struct check_state *state = attempt->state;
        const struct device *device = attempt->entry->device;
        char id[8];
        struct check_model model = { device->name, id,
                10 * device->compute_major + device->compute_minor, device->multiprocessors };
        size_t failed, unknown, i;
        json_t *list, *one;

        if (!plan_has_limits(attempt->entry) || !attempt->evidence.finished ||
                attempt->evidence.compared == 0) /* all were skipped */
                return;
        read_pci_id(device, id);
        list = check_limits_judge(state->tests, &model, &failed, &unknown);
        json_array_foreach(list, i, one) {
                if (strcmp(json_string_value(json_object_get(one, "status")), "fail") == 0)
                        tell_of_limit(attempt, one);
        }
        attempt->evidence.expected += json_array_size(list) - unknown;
        attempt->evidence.compared += json_array_size(list) - unknown;
        if (*id)
                json_object_set_new(state->check, "pci_id", json_string(id));
        json_object_set_new(state->check, "limits", list);
}

static void ended(struct attempt *attempt)
{
        struct check_state *state = attempt->state;
        size_t planned = (size_t)__builtin_popcountll(check_chosen(attempt->entry->job));
        bool broke_off = state->part.test && !attempt->evidence.error[0];

        check_add_unfinished(state->tests, attempt->entry->job, &state->part, clock_seconds(),
                &attempt->evidence);
        check_judge(state->check, attempt->entry->job, state->own, state->devices, planned,
                &attempt->evidence);
        if (broke_off) /* how, is told by what ended it */
                attempt->evidence.error[0] = '\0';
        keep_limits(attempt);
        shorten(state);
        attempt->outcome.check = json_incref(state->check);
        if (attempt->evidence.finished)
                keep_baseline(attempt, state);
        attempt_keep_streams(attempt);
}

/* None is better; it may be that nobody knows which is right. */
static void tell_of_hash(struct attempt *attempt, const json_t *one)
{
        const char *found = json_string_value(json_object_get(one, "found"));

        evidence_fail(&attempt->evidence, "the hash %s is %s, and GPU %lld, another %s, has %s",
                json_string_value(json_object_get(one, "metric")), found ? found : "not there",
                json_integer_value(json_object_get(one, "device")), attempt->entry->device->name,
                json_string_value(json_object_get(one, "best")));
}

static void tell_of_peer(struct attempt *attempt, const json_t *one)
{
        const char *metric = json_string_value(json_object_get(one, "metric"));
        double best = json_number_value(json_object_get(one, "best"));
        const json_t *found = json_object_get(one, "found");
        long long device = json_integer_value(json_object_get(one, "device"));

        if (found)
                evidence_fail(&attempt->evidence,
                        "%s is %.6g, %.3g %% less than the %.6g of GPU %lld, another %s", metric,
                        json_number_value(found), 100 * (1 - json_number_value(found) / best), best,
                        device, attempt->entry->device->name);
        else if (attempt->evidence.finished) /* else it is told already */
                evidence_fail(&attempt->evidence,
                        "%s was not measured, and GPU %lld, another %s, has %.6g", metric, device,
                        attempt->entry->device->name, best);
}

/* Each of them beside the best; `list` is what came of it. */
static void keep_peers(struct attempt *attempt, json_t *list, size_t count)
{
        struct check_state *state = attempt->state;
        json_t *one;
        size_t i;

        json_array_foreach(list, i, one) {
                if (strcmp(json_string_value(json_object_get(one, "status")), "pass") == 0)
                        continue;
                if (json_is_string(json_object_get(one, "best")))
                        tell_of_hash(attempt, one);
                else
                        tell_of_peer(attempt, one);
        }
        attempt->evidence.expected += json_array_size(list);
        attempt->evidence.compared += json_array_size(list);
        json_object_set_new(state->check, "peer_gpus", json_integer((json_int_t)count));
        json_object_set_new(state->check, "peers", list);
        shorten(state);
}

static void compare(struct attempt **attempts, size_t count)
{
        _cleanup_free_ struct check_peer *peer = calloc(count, sizeof(*peer));
        size_t failed;

        for (size_t i = 0; peer && i < count; i++) {
                const struct check_state *state = attempts[i]->state;

                peer[i].index = attempts[i]->entry->device->index;
                peer[i].tests = state ? state->tests : NULL;
        }
        for (size_t i = 0; i < count; i++) {
                double percent = attempts[i]->entry->job->check.peer_percent;

                if (!peer)
                        attempt_error(attempts[i], "out of memory");
                else if (peer[i].tests)
                        keep_peers(attempts[i],
                                check_peers_compare(peer, count, i, percent, &failed), count);
        }
}

static void clear(struct attempt *attempt)
{
        struct check_state *state = attempt->state;

        forget_part(state);
        json_decref(state->check);
        json_decref(state->baseline);
}

const struct kind kind_check = {
        .begin = begin,
        .take = take,
        .ended = ended,
        .compare = compare,
        .clear = clear,
};
