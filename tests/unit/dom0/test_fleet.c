/* forestage report --fleet: who stands apart among many, and what is said of runs that are none. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/fleet/apart.h"
#include "dom0/fleet/gather.h"
#include "dom0/fleet/robust.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/dom0/fleet_runs.h"
#include "tests/unit/tap.h"

#define ID "11111111-2222-4333-8444-55555555555"

static char *folder_of(const struct stand_in *host)
{
        return memory_format("%s/fleet", host->root);
}

static void put(struct stand_in *host, const char *path, const char *text)
{
        char *full = memory_format("/fleet/%s/run.json", path);

        stand_in_write(host, full, text, strlen(text));
        free(full);
}

/* A run of one GPU with one job; `verdict` of the run, `status` of the job. */
static char *make(const char *id, const char *uuid, const char *verdict, const char *status)
{
        return memory_format("{\"schema\":\"forestage-run/1\",\"run_id\":\"%s\",\"verdict\":\"%s\","
                             "\"reasons\":[\"a reason\"],\"rehearsal\":false,"
                             "\"devices\":[{\"index\":0,\"name\":\"H100\",\"uuid\":\"%s\"}],"
                             "\"jobs\":[{\"job\":\"copy\",\"device\":0,\"status\":\"%s\"}],"
                             "\"collected\":{\"host\":\"one\",\"time\":\"2026-01-01T00:00:00Z\"}}",
                id, verdict, uuid, status);
}

static void put_made(struct stand_in *host, const char *path, const char *id, const char *uuid,
        const char *verdict, const char *status)
{
        char *text = make(id, uuid, verdict, status);

        put(host, path, text);
        free(text);
}

/* What report --fleet --json says; release it. */
static json_t *ask(struct stand_in *host)
{
        char *folder = folder_of(host);
        json_t *found;

        assert_int_equal(stand_in_run(host, "report --fleet %s --json", folder), 0);
        found = json_loads(host->output, 0, NULL);
        assert_non_null(found);
        free(folder);
        return found;
}

static const json_t *with(const json_t *list, const char *key, const char *value)
{
        const json_t *entry;
        size_t i;

        json_array_foreach(list, i, entry) {
                if (strcmp(get_text(entry, key), value) == 0)
                        return entry;
        }
        return NULL;
}

static void the_spread_is_not_moved_by_a_few(void **state)
{
        double values[] = { 10, 11, 9, 10.5, 9.5, 10, 1000 }, same[] = { 0, 0, 0, 0, 0, 0, 0, 7 };
        double four[] = { 4, 1, 3, 2 };
        struct robust robust = robust_of(values, 7);

        (void)state;
        assert_true(robust.median == 10 && robust.low == 9 && robust.high == 1000);
        assert_true(fabs(robust.spread - 1.4826 * .5) < 1e-9);
        assert_true(robust_distance(&robust, 1000, 0) > 1000);
        assert_true(robust_distance(&robust, 9, 100) == -.01); /* what does not matter, does not */
        assert_true(robust_of(four, 4).median == 2.5);
        robust = robust_of(same, 8); /* more than half the same: the mean deviation */
        assert_true(robust.median == 0 && fabs(robust.spread - 1.2533 * 7 / 8) < 1e-9);
        robust = robust_of(same, 7); /* now all */
        assert_true(robust.spread == 0 && robust_distance(&robust, 0, 0) == 0);
        assert_true(isinf(robust_distance(&robust, 1, 0)));
        assert_int_equal(robust_of(NULL, 0).count, 0);
}

/* Everything that is planted, each by the figure that it is about, and nobody else. */
static void finds_what_is_planted_and_no_more(void **state)
{
        struct fleet_runs runs = { .hosts = 80, .rounds = 4, .seed = 7 };
        struct stand_in *host = *state;
        char *folder = folder_of(host);
        json_t *found;

        assert_int_equal(fleet_runs_write(folder, &runs), 320);
        found = ask(host);
        assert_int_equal(get_integer(found, "runs"), 320);
        assert_int_equal(get_integer(get_value(found, "counts"), "pass"), 80 + 8 * 7);
        assert_int_equal(json_array_size(get_value(found, "apart")), FLEET_PLANTED);
        for (size_t i = 0; i < FLEET_PLANTED; i++) {
                const json_t *entry;
                char uuid[64];

                fleet_runs_uuid(i, uuid, sizeof(uuid));
                entry = with(get_value(found, "apart"), "uuid", uuid);
                assert_non_null(entry);
                assert_non_null(strstr(get_text(entry, "figure"), fleet_runs_plant(i)));
        }
        json_decref(found);
        free(folder);
}

static void nobody_stands_apart_in_a_healthy_fleet(void **state)
{
        struct stand_in *host = *state;
        char *folder = folder_of(host);

        for (unsigned seed = 1; seed <= 3; seed++) {
                struct fleet_runs runs = {
                        .hosts = 40, .rounds = 3, .seed = seed, .healthy = true
                };
                struct failure failure;
                struct apart apart;
                struct fleet fleet;

                fleet_runs_write(folder, &runs);
                assert_true(gather(folder, &fleet, &failure));
                apart = apart_find(&fleet);
                assert_int_equal(apart.count, 0);
                assert_int_equal(apart.unjudged, 0);
                apart_free(&apart);
                fleet_free(&fleet);
        }
        free(folder);
}

/* A pass is the run's; a GPU never passes in one that did not. */
static void a_gpu_passes_only_when_its_run_does(void **state)
{
        static const struct {
                const char *verdict, *job, *status;
        } cases[] = {
                { "pass", "pass", "pass" },
                { "fail", "pass", "undecided" },
                { "fail", "fail", "fail" },
                { "fail", "timeout", "fail" },
                { "fail", "notrun", "fail" },
                { "incomplete", "pass", "incomplete" },
                { "empty", "pass", "incomplete" },
                { "", "pass", "incomplete" },
                { "PASS", "pass", "incomplete" },
                { "pass", "fail", "fail" },
                { "pass", "error", "fail" },
                { "pass", "skip", "untried" },
                { "pass", "", "fail" },
        };
        struct stand_in *host = *state;
        json_t *found;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char path[16], id[64], uuid[16];

                snprintf(path, sizeof(path), "h/%zu", i);
                snprintf(id, sizeof(id), ID "%zx", i);
                snprintf(uuid, sizeof(uuid), "GPU-%zu", i);
                put_made(host, path, id, uuid, cases[i].verdict, cases[i].job);
        }
        found = ask(host);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char uuid[16];

                snprintf(uuid, sizeof(uuid), "GPU-%zu", i);
                assert_string_equal(
                        get_text(with(get_value(found, "gpus"), "uuid", uuid), "status"),
                        cases[i].status);
        }
        assert_int_equal(get_integer(get_value(found, "counts"), "pass"), 1);
        assert_int_equal(get_integer(found, "unjudged"), 0);
        json_decref(found);
}

static void a_run_counts_once_and_the_latest_is_the_one(void **state)
{
        struct stand_in *host = *state;
        char *late = make(ID "1", "GPU-1", "fail", "fail"), *year;
        json_t *found;

        put_made(host, "a/run", ID "1", "GPU-1", "pass", "pass");
        year = strstr(late, "2026-");
        memcpy(year, "2027-", 5);
        put(host, "b/run", late);
        put_made(host, "c/run", ID "1", "GPU-1", "pass", "pass");
        found = ask(host);
        assert_int_equal(json_array_size(get_value(found, "gpus")), 1);
        assert_string_equal(
                get_text(json_array_get(get_value(found, "gpus"), 0), "status"), "fail");
        assert_int_equal(get_integer(json_array_get(get_value(found, "gpus"), 0), "runs"), 1);
        assert_int_equal(json_array_size(get_value(found, "skipped")), 2);
        assert_errors(host, "the same run is in ");
        json_decref(found);
        free(late);
}

static void what_cannot_be_read_is_named(void **state)
{
        struct stand_in *host = *state;
        json_t *found;

        put_made(host, "a/good", ID "1", "GPU-1", "pass", "pass");
        put(host, "a/cut", "{\"schema\":");
        put(host, "a/empty", "");
        put(host, "a/other", "{\"schema\":\"forestage-run/9\"}");
        put(host, "a/list", "[]");
        stand_in_link(host, "/etc/hostname", "/fleet/a/link/run.json");
        stand_in_link(host, "/", "/fleet/a/everything");
        put(host, "a/good/jobs/x/0", "{}"); /* below a run: not looked at */
        found = ask(host);
        assert_int_equal(json_array_size(get_value(found, "gpus")), 1);
        assert_int_equal(json_array_size(get_value(found, "skipped")), 5);
        assert_errors(host, "a/cut: run.json is cut or damaged");
        assert_errors(host, "a/other: run.json is of another kind than forestage-run/1");
        assert_errors(host, "a/link: ");
        json_decref(found);
}

/* Until the host has another run, that it saw no GPU must not be lost. */
static void a_host_without_a_gpu_is_seen(void **state)
{
        static const char none[] =
                "{\"schema\":\"forestage-run/1\",\"run_id\":\"" ID
                "2\",\"verdict\":\"fail\",\"reasons\":[\"no GPU\"],\"devices\":[],\"jobs\":[],"
                "\"collected\":{\"host\":\"one\",\"time\":\"2025-01-01T00:00:00Z\"}}";
        struct stand_in *host = *state;
        json_t *found;

        put(host, "one/first", none);
        found = ask(host);
        assert_int_equal(get_integer(get_value(found, "counts"), "fail"), 1);
        assert_true(json_is_null(get_value(json_array_get(get_value(found, "gpus"), 0), "uuid")));
        json_decref(found);
        put_made(host, "one/second", ID "1", "GPU-1", "pass", "pass"); /* a year later */
        found = ask(host);
        assert_int_equal(json_array_size(get_value(found, "gpus")), 1);
        assert_int_equal(get_integer(get_value(found, "counts"), "pass"), 1);
        assert_int_equal(get_integer(found, "unjudged"), 1); /* one says nothing of what is usual */
        json_decref(found);
}

/* One with another driver is an exception, a fifth of the fleet is a second version. */
static void many_with_another_version_are_no_exception(void **state)
{
        struct stand_in *host = *state;
        json_t *found;

        for (size_t i = 0; i < 100; i++) {
                char path[16], id[64], *text;

                snprintf(path, sizeof(path), "h/%zu", i);
                snprintf(id, sizeof(id), "%08zx-2222-4333-8444-555555555555", i);
                text = memory_format(
                        "{\"schema\":\"forestage-run/1\",\"run_id\":\"%s\",\"verdict\":\"pass\","
                        "\"where\":{\"driver\":\"%s\",\"firmware\":\"%s\"},"
                        "\"devices\":[{\"index\":0,\"name\":\"H100\",\"uuid\":\"GPU-%zu\"}],"
                        "\"jobs\":[{\"job\":\"x\",\"device\":0,\"status\":\"pass\"}]}",
                        id, i < 20 ? "550" : "580", i == 50 ? "1.1" : "1.0", i);
                put(host, path, text);
                free(text);
        }
        found = ask(host);
        assert_int_equal(json_array_size(get_value(found, "apart")), 1);
        assert_string_equal(
                get_text(json_array_get(get_value(found, "apart"), 0), "uuid"), "GPU-50");
        assert_string_equal(get_text(json_array_get(get_value(found, "apart"), 0), "text"),
                "firmware 1.1, where 1.0 is usual (99 of 100)");
        assert_int_equal(json_array_size(get_value(found, "versions")), 6);
        json_decref(found);
}

/* A run.json that says pass, and that it was not complete. */
static void a_pass_that_contradicts_itself(void **state)
{
        struct stand_in *host = *state;
        const json_t *gpu;
        json_t *found;

        put(host, "h/1",
                "{\"schema\":\"forestage-run/1\",\"run_id\":\"1\",\"verdict\":\"pass\","
                "\"complete\":false,\"devices\":[{\"index\":0,\"name\":\"H100\","
                "\"uuid\":\"GPU-1\"}],\"jobs\":[{\"job\":\"x\",\"device\":0,"
                "\"status\":\"pass\"}]}");
        found = ask(host);
        gpu = json_array_get(get_value(found, "gpus"), 0);
        assert_string_equal(get_text(gpu, "status"), "incomplete");
        assert_string_equal(
                get_text(gpu, "reason"), "its run.json says pass, and it was not complete");
        json_decref(found);
}

/* A counter that all others have as high; it was 0 before on this one alone. */
static void what_was_usual_is_what_it_was(void **state)
{
        struct stand_in *host = *state;
        const json_t *first;
        json_t *found;

        for (size_t gpu = 0; gpu < 20; gpu++)
                for (size_t run = 0; run < 3; run++) {
                        char path[32], *text;

                        snprintf(path, sizeof(path), "h%zu/%zu", gpu, run);
                        text = memory_format(
                                "{\"schema\":\"forestage-run/1\",\"run_id\":\"%zu-%zu\","
                                "\"verdict\":\"pass\",\"devices\":[{\"index\":0,\"name\":\"H100\","
                                "\"uuid\":\"GPU-%zu\"}],\"jobs\":[{\"job\":\"x\",\"device\":0,"
                                "\"status\":\"pass\",\"timings\":{\"replays\":%d}}],"
                                "\"collected\":{\"time\":\"2026-01-0%zuT00:00:00Z\"}}",
                                gpu, run, gpu, gpu == 7 && run < 2 ? 0 : 5, run + 1);
                        put(host, path, text);
                        free(text);
                }
        found = ask(host);
        assert_int_equal(json_array_size(get_value(found, "apart")), 1);
        first = json_array_get(get_value(found, "apart"), 0);
        assert_string_equal(get_text(first, "from"), "earlier");
        assert_string_equal(get_text(first, "text"),
                "x timings.replays 5, where 0 was usual in its own earlier runs");
        json_decref(found);
}

static void the_page_and_its_files(void **state)
{
        static const char hostile[] =
                "{\"schema\":\"forestage-run/1\",\"run_id\":\"<i>\",\"verdict\":\"fail\","
                "\"reasons\":[\"<script>alert(1)</script>\"],\"where\":{\"driver\":\"\\\"><b>\"},"
                "\"devices\":[{\"index\":0,\"name\":\"<u>H100\",\"uuid\":\"=cmd|'/c'!A1\"}],"
                "\"jobs\":[{\"job\":\"<s>\",\"device\":0,\"status\":\"fail\",\"reason\":\"</td>\","
                "\"timings\":{\"launch_s\":0.5,\"<q>_gbps\":7}}],"
                "\"collected\":{\"host\":\"</title><script>\",\"time\":\"<p>\"}}";
        const struct fleet_runs runs = { .hosts = 20, .rounds = 3, .seed = 3 };
        struct stand_in *host = *state;
        char *folder = folder_of(host), *page, *table, *data, *check;

        fleet_runs_write(folder, &runs);
        put(host, "h/0", hostile);
        assert_int_equal(
                stand_in_run(host, "report --fleet %s --html %s/p.html", folder, host->root), 0);
        page = stand_in_read(host, "/p.html");
        table = stand_in_read(host, "/p.csv");
        data = stand_in_read(host, "/p.json");
        assert_non_null(strstr(page, "href=\"./p.json\""));
        assert_non_null(strstr(page, "&lt;script&gt;"));
        assert_null(strstr(page, "<script"));
        assert_null(strstr(page, "<b>"));
        assert_null(strstr(page, "<s>"));
        assert_null(strstr(page, "<q>"));
        assert_non_null(strstr(table, "\"'=cmd|"));
        assert_non_null(strstr(table, "host,uuid,model,status,reason,runs,run_id,time,driver,"));
        assert_non_null(strstr(data, "forestage-fleet/1"));
        check = memory_format(
                "/usr/bin/python3 tests/schema.py docs/fleet.schema.json %s/p.json", host->root);
        assert_int_equal(system(check), 0);
        free(check);
        free(page);
        free(table);
        free(data);
        free(folder);
}

static void says_what_is_wrong_with_the_call(void **state)
{
        struct stand_in *host = *state;
        char *folder = folder_of(host);

        assert_int_equal(stand_in_run(host, "report --fleet %s", folder), 2);
        assert_errors(host, "cannot read");
        mkdir(folder, 0700);
        assert_int_equal(stand_in_run(host, "report --fleet %s", folder), 2);
        assert_errors(host, "there is no run.json in ");
        assert_int_equal(stand_in_run(host, "report ./x --fleet %s", folder), 2);
        assert_errors(host, "takes all runs of a folder");
        assert_int_equal(stand_in_run(host, "report ./x --json"), 2);
        put_made(host, "h/0", ID "1", "GPU-1", "pass", "pass");
        assert_int_equal(
                stand_in_run(host, "report --fleet %s --html %s/no/p.html", folder, host->root), 1);
        free(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_spread_is_not_moved_by_a_few),
                cmocka_unit_test_setup_teardown(
                        finds_what_is_planted_and_no_more, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        nobody_stands_apart_in_a_healthy_fleet, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        a_gpu_passes_only_when_its_run_does, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(a_run_counts_once_and_the_latest_is_the_one,
                        stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        what_cannot_be_read_is_named, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        a_host_without_a_gpu_is_seen, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(many_with_another_version_are_no_exception,
                        stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        what_was_usual_is_what_it_was, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        a_pass_that_contradicts_itself, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        the_page_and_its_files, stand_in_debian, stand_in_remove),
                cmocka_unit_test_setup_teardown(
                        says_what_is_wrong_with_the_call, stand_in_debian, stand_in_remove),
        };

        return run_tap(tests);
}
