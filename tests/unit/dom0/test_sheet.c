/* The page of one run, as it is signed: what it says of a check on an H200, and that it says no
 * more than is known. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/figures/scale.h"
#include "dom0/sheet/confidence.h"
#include "dom0/sheet/coverage.h"
#include "lib/sha256.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/tap.h"

#define RECORD "tests/unit/records/h200.json"

/* --- how far to trust a pass --- */

static void a_bound_is_what_follows(void **state)
{
        static const struct {
                size_t found, planted;
                double bound;
        } cases[] = {
                { 1, 1, 0.05 },
                { 4, 4, 0.472871 },
                { 7, 7, 0.651836 },
                { 300, 300, 0.990064 },
                { 1000, 1000, 0.997009 },
                { 9, 10, 0.605837 },
                { 95, 100, 0.897747 },
                { 1, 2, 0.025321 },
                { 299, 300, 0.984285 },
                { 999, 1000, 0.995265 },
                { 1, 1000, 0.000051 },
                { 0, 5, 0 },
                { 6, 5, 0 },
                { 0, 0, 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if (fabs(confidence_bound(cases[i].found, cases[i].planted) - cases[i].bound) >
                        1e-6)
                        fail_msg("%zu of %zu: %f", cases[i].found, cases[i].planted,
                                confidence_bound(cases[i].found, cases[i].planted));
}

static bool has_run(const struct coverage_line *fault)
{
        const char *at = coverage_text;
        struct coverage_line line;
        char id[64];

        snprintf(id, sizeof(id), "%.*s", fault->field[COVERAGE_RUN].length,
                fault->field[COVERAGE_RUN].text);
        while (coverage_next(&at, &line))
                if (coverage_is(&line, 0, "run") && coverage_is(&line, COVERAGE_ID, id))
                        return true;
        return false;
}

static void check_fault(const struct coverage_line *line)
{
        size_t planted, found;
        enum check_kind kind;

        if (line->fields != COVERAGE_FIELDS ||
                !check_kind_parse(line->field[COVERAGE_TEST].text,
                        strcspn(line->field[COVERAGE_TEST].text, ".\t"), &kind))
                fail_msg("no test: %.60s", line->field[0].text);
        if (coverage_is(line, COVERAGE_PLANTED, "-")) {
                assert_true(coverage_is(line, COVERAGE_FOUND, "-"));
                assert_true(coverage_is(line, COVERAGE_RUN, "-"));
        } else if (!coverage_number(line, COVERAGE_PLANTED, &planted) ||
                   !coverage_number(line, COVERAGE_FOUND, &found) || planted == 0 ||
                   found > planted || !has_run(line)) {
                fail_msg("no numbers of a run: %.60s", line->field[0].text);
        }
}

/* Nothing without the run that it is from: GPU, driver, day and commit. */
static void check_source(const struct coverage_line *line)
{
        assert_int_equal(line->fields, COVERAGE_FIELDS);
        for (size_t i = 0; i < COVERAGE_FIELDS; i++)
                assert_true(line->field[i].length > 1);
        assert_int_equal(line->field[COVERAGE_DATE].length, 10);
        assert_int_equal(line->field[COVERAGE_COMMIT].length, 7);
}

static void every_line_has_its_source(void **state)
{
        size_t runs = 0, faults = 0, units = 0;
        const char *at = coverage_text;
        struct coverage_line line;

        (void)state;
        while (coverage_next(&at, &line)) {
                if (coverage_is(&line, 0, "run")) {
                        check_source(&line);
                        runs++;
                } else if (coverage_is(&line, 0, "fault")) {
                        check_fault(&line);
                        faults++;
                } else {
                        assert_true(coverage_is(&line, 0, "untested") && line.fields == 2);
                        units++;
                }
        }
        assert_true(runs > 0 && faults > 0 && units > 0);
        assert_int_equal(*at, '\0');
}

/* --- what a bar is measured by --- */

static json_t *read_record(void)
{
        json_t *record = json_load_file(RECORD, 0, NULL);

        assert_non_null(record);
        return record;
}

static json_t *job_of(json_t *record)
{
        return json_array_get(json_object_get(record, "jobs"), 0);
}

static json_t *check_of(json_t *record)
{
        return json_object_get(job_of(record), "check");
}

static json_t *device_of(json_t *record)
{
        return json_array_get(json_object_get(record, "devices"), 0);
}

static json_t *health_of(json_t *record)
{
        json_t *tests = json_object_get(check_of(record), "tests");

        return json_array_get(tests, json_array_size(tests) - 1);
}

static void bars_end_at_what_is_possible(void **state)
{
        static const struct {
                const char *metric;
                double best, least;
        } cases[] = {
                { "memory-address.write_gbps", 4800, 4200 },
                { "memory-address.turn_gbps", 4800, 0 },
                { "copy-d2d.gbps", 2400, 1970 },
                { "compute-fp32.efficiency", 1, 0.95 },
                { "copy-h2d.gbps", 63.008, 37.8048 },
                { "copy-bidirectional.gbps", 126.016, 0 },
                { "multiprocessors", 132, 132 },
                { "latency.launch_us", 0, 0 },
                { "never.heard", 0, 0 },
        };
        json_t *record = read_record();
        struct scale scale;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                scale = scale_of(device_of(record), job_of(record), cases[i].metric);
                if (fabs(scale.best - cases[i].best) > 1e-6 * cases[i].best ||
                        fabs(scale.least - cases[i].least) > 1e-6 * cases[i].least)
                        fail_msg("%s: %f, %f", cases[i].metric, scale.best, scale.least);
                assert_true(scale.best > 0 ? scale.is != NULL : scale.why != NULL);
        }
        /* The rate over its share of what the units could do; the share asked is the larger floor.
         */
        scale = scale_of(device_of(record), job_of(record), "compute-fp32.tflops");
        assert_true(scale.best > 66 && scale.best < 67.5);
        assert_true(fabs(scale.least - 0.95 * scale.best) < 1e-6);
        /* Another board of the name: nothing is known of its memory. */
        json_object_set_new(check_of(record), "pci_id", json_string("ffff"));
        scale = scale_of(device_of(record), job_of(record), "memory-address.turn_gbps");
        assert_true(scale.best == 0 && scale.least == 0);
        /* The least of the table is all that there is. */
        scale = scale_of(device_of(record), job_of(record), "memory-address.write_gbps");
        assert_true(scale.best == 4200 && scale.least == 4200);
        json_object_del(check_of(record), "limits");
        scale = scale_of(device_of(record), job_of(record), "memory-address.write_gbps");
        assert_string_equal(scale.why, "the check had no limits");
        json_decref(record);
}

/* --- the page --- */

/* Of the record, which this uses up; owned. */
static char *page_of(struct stand_in *host, json_t *record)
{
        char *text = json_dumps(record, 0), *page;

        stand_in_text(host, "/run/run.json", "%s", text);
        free(text);
        json_decref(record);
        if (stand_in_run(host, "report %s/run --html %s/page.html", host->root, host->root) != 0)
                fail_msg("%s", host->errors);
        page = stand_in_read(host, "/page.html");
        assert_non_null(page);
        return page;
}

static size_t count_of(const char *page, const char *text)
{
        size_t count = 0;

        for (const char *at = strstr(page, text); at; at = strstr(at + 1, text))
                count++;
        return count;
}

static void assert_no(const char *page, const char *text)
{
        if (strstr(page, text))
                fail_msg("the page has %s", text);
}

static void a_head_says_what_is_signed(void **state)
{
        struct stand_in *host = *state;
        json_t *record = read_record();
        uint8_t digest[SHA256_SIZE];
        char hash[2 * SHA256_SIZE + 1], *page, *file;

        json_object_set_new(device_of(record), "verdict", json_string("fail"));
        page = page_of(host, record);
        file = stand_in_read(host, "/run/run.json");
        sha256(file, strlen(file), digest);
        sha256_format(digest, hash);
        assert_page(page, hash);
        assert_page(page, "<tr class=\"gpu\"><th>GPU 0</th><td><span class=\"badge fail\">FAIL<");
        assert_page(page, "GPU-5a192a79-5aef-de67-b60d-a490dbb6477e");
        assert_page(page, "1650000000017");
        assert_page(page, "96.00.A5.00.1A");
        assert_page(page, "580.159.04");
        assert_page(page, "2026-11-30T08:47:23Z");
        assert_page(page, "a052c98c-763a-42ae-aa19-1d5312e083c9");
        assert_page(page, "Tests: <span class=\"pass\">18 passed</span>, <span class=\"fail\">1 "
                          "failed</span>, <span class=\"skip\">1 skipped</span>.");
        assert_page(page, "<span>Signature</span>");
        assert_page(page, "not known: the run was collected from a file");
        free(file);
        free(page);
}

static void a_run_in_memory_has_a_host(void **state)
{
        json_t *record = read_record();
        char *page;

        json_object_set_new(json_object_get(record, "region"), "address", json_string("0x1000"));
        json_object_set_new(json_object_get(record, "collected"), "host", json_string("node7"));
        page = page_of(*state, record);
        assert_page(page, "<tr><th>Host</th><td>node7</td>");
        free(page);
}

static void a_figure_without_a_limit_has_no_bar(void **state)
{
        json_t *record = read_record();
        char *page = page_of(*state, json_deep_copy(record));
        size_t bars = count_of(page, "class=\"measure\""), ticks = count_of(page, "class=\"tick\"");

        assert_int_equal(bars, count_of(page, "<div class=\"bar one value\">") - 3);
        assert_int_equal(ticks, bars - 5); /* four turns and the copies both ways */
        assert_int_equal(count_of(page, "no limit known: the table has none for it"), 3);
        assert_page(page, "NVIDIA&#39;s data sheet, 4800 GB/s; at least 4200 GB/s");
        free(page);
        json_object_del(check_of(record), "limits");
        json_object_del(check_of(record), "pci_id");
        json_object_set_new(device_of(record), "name", json_string("Another"));
        page = page_of(*state, record);
        assert_no(page, "class=\"measure\"");
        assert_page(page, "no limit known: the check had no limits");
        assert_page(page, "its numbers were held against no limit");
        free(page);
}

static void what_is_below_a_limit_is_marked(void **state)
{
        json_t *record = read_record(), *limits = json_object_get(check_of(record), "limits");
        char *page;

        json_object_set_new(json_array_get(limits, 0), "status", json_string("fail"));
        json_object_set_new(json_array_get(limits, 0), "found", json_real(125));
        json_object_set_new(json_array_get(json_object_get(check_of(record), "tests"), 0),
                "write_gbps", json_real(4100));
        page = page_of(*state, record);
        assert_page(page, "GPU 0 is below a limit");
        assert_page(page, "<code>multiprocessors</code>: <strong>125, at least 132</strong>");
        assert_page(page, "✗ 4100 GB/s");
        assert_int_equal(count_of(page, "fill=\"var(--bad)\""), 1);
        free(page);
}

static void the_standing_condition_is_a_table(void **state)
{
        json_t *record = read_record();
        json_t *standing = json_object_get(health_of(record), "standing");
        char *page;

        json_object_del(json_array_get(standing, 4), "value");
        json_object_set_new(json_array_get(standing, 4), "status", json_string("not readable"));
        page = page_of(*state, record);
        assert_page(page, "<tr><th>ecc_mode</th><td><span>on</span></td><td class=\"pass\"><span "
                          "class=\"value\">on</span> <span class=\"verdict\">✓ pass</span></td>");
        assert_page(page, "<tr><th>remapped_correctable_rows</th><td><span>at most 0</span></td>"
                          "<td class=\"fail\"><span class=\"value\">1</span> <span "
                          "class=\"verdict\">✗ fail</span></td>");
        assert_page(page, "<tr><th>inforom</th><td><span>valid</span></td><td class=\"none\"><span "
                          "class=\"verdict\"> not readable</span></td>");
        assert_page(page, "<tr><th>serial</th><td><span>any</span></td>");
        assert_page(page, "one: inforom</li>"); /* among what was not tested */
        free(page);
}

/* The line of the chip's temperature. */
static char *line_of(const char *page)
{
        const char *start = strstr(page, "Temperature"), *end;

        assert_non_null(start);
        start = strstr(start, "<path d=\"");
        assert_non_null(start);
        end = strchr(start + 9, '"');
        return strndup(start + 9, (size_t)(end - start - 9));
}

static void series_have_gaps_and_marks(void **state)
{
        json_t *record = read_record();
        json_t *series = json_object_get(check_of(record), "series");
        json_t *heat = json_object_get(series, "temperature_c");
        char *page = page_of(*state, json_deep_copy(record)), *line = line_of(page);

        assert_int_equal(count_of(page, "<figure>"), 3);
        assert_int_equal(count_of(line, "M"), 1);
        assert_int_equal(count_of(line, "L"), 75);
        assert_int_equal(count_of(page, "<rect class=\"hot\""), 0);
        assert_true(count_of(page, "<rect class=\"capped\"") >= 3);
        assert_page(page, "of 76 readings at the power cap in 21");
        free(line);
        free(page);
        json_array_set_new(heat, 10, json_null());
        json_array_set_new(heat, 12, json_string("hot"));
        json_array_set_new(heat, 20, json_integer(-1));
        json_array_set_new(json_object_get(series, "throttle"), 40, json_integer(0x48));
        json_array_set_new(json_object_get(series, "throttle"), 50, json_null());
        page = page_of(*state, record);
        line = line_of(page);
        assert_int_equal(count_of(line, "M"), 4);
        assert_int_equal(count_of(line, "L"), 69);
        assert_int_equal(count_of(page, "<rect class=\"hot\""), 3); /* in each drawing */
        assert_page(page, "throttled in 1");
        assert_page(page, "not readable in 1");
        free(line);
        free(page);
}

static void what_was_not_tested_is_told(void **state)
{
        json_t *record = read_record(), *tests = json_object_get(check_of(record), "tests");
        char *page = page_of(*state, json_deep_copy(record));

        assert_page(page, "<code>copy-p2p</code>: this machine has one GPU only");
        assert_page(page, "the level is quick");
        assert_page(page, "memory-walking 2 of 64 rounds");
        assert_page(page, "0.18 % of the free memory");
        assert_page(page, "PCIe AER counters");
        assert_page(page, "<li>NVSwitches, and NVLinks but for copy-p2p and their counters</li>");
        assert_no(page, "no test went through");
        assert_no(page, "Checks that did not come to their end");
        free(page);
        while (json_array_size(tests) > 5)
                json_array_remove(tests, 5);
        page = page_of(*state, record);
        assert_page(page, "of 20 planned tests 5 were run");
        assert_page(page, "one: memory-modulo, memory-fade, compute-fp32");
        free(page);
}

/* Of a newer GPU: what its products went through, and what they did not. */
static void what_was_gone_around_is_told(void **state)
{
        json_t *record = read_record(), *tests = json_object_get(check_of(record), "tests"), *test;
        char *page;
        size_t i;

        json_array_foreach(tests, i, test) {
                const char *name = json_string_value(json_object_get(test, "test"));

                if (strcmp(name, "compute-fp16") != 0 && strcmp(name, "compute-int8") != 0)
                        continue;
                json_object_set_new(test, "path", json_string("mma.sync"));
                json_object_set_new(test, "untested", json_string("tcgen05"));
        }
        json_array_append_new(tests, json_pack("{s:s, s:s, s:s}", "test", "together", "status",
                                             "pass", "untested", "tcgen05"));
        page = page_of(*state, record);
        assert_page(page, "<h3>Units that the GPU has and no test went through</h3>");
        assert_page(page, "GPU 0; one: compute-fp16 through mma.sync, <code>tcgen05</code> "
                          "untested, compute-int8 through mma.sync, <code>tcgen05</code> untested, "
                          "together, <code>tcgen05</code> untested</li>");
        free(page);
}

/* An architecture that nobody has measured is no silent pass, and what another GPU has is told. */
static void hashes_that_are_not_known_are_told(void **state)
{
        static const char hostile[] = "0x1<script>x()</script>";
        json_t *record = read_record(), *check = check_of(record), *one;
        char *page;

        json_array_append_new(json_object_get(check, "tests"),
                json_pack("{s:s, s:s, s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}", "test", "agreement",
                        "status", "pass", "hashes", "operation", "fma-fp32", "hash", "0x1",
                        "status", "pass", "operation", "mma-fp16", "hash", "0x2", "status",
                        "no golden hash known"));
        one = json_pack("{s:s, s:s, s:s, s:i, s:s}", "metric", "agreement.mma-fp16", "best", "0x3",
                "found", hostile, "device", 7, "status", "fail");
        json_object_set_new(check, "peers", json_pack("[o]", one));
        page = page_of(*state, record);
        assert_page(page, "<h3>Operations of which no golden hash is known</h3>");
        assert_page(page, "one: mma-fp16</li>");
        assert_no(page, "one: fma-fp32");
        assert_page(page, "<code>agreement.mma-fp16</code>: <strong>0x1&lt;script&gt;");
        assert_page(page, "not the 0x3 of GPU 7");
        assert_no(page, "<script");
        free(page);
}

static void trust_follows_from_what_was_found(void **state)
{
        char *page = page_of(*state, read_record());

        assert_page(page, "<td class=\"n\">1000</td><td class=\"n\">1000</td><td class=\"n\">99.7 "
                          "%</td>");
        assert_page(page, "<td class=\"n\">300</td><td class=\"n\">300</td><td class=\"n\">99.0 "
                          "%</td>");
        assert_page(page, "<td class=\"dim\" colspan=\"4\">not tried</td>");
        assert_page(page, "<code>latency</code></td><td class=\"kind\">a launch or a load that is "
                          "slow</td><td class=\"dim\" colspan=\"4\">not tried</td>");
        assert_page(page, "commit <code>6673864</code>");
        free(page);
}

/* Parts of a part, and what runs beside the tests, are no parts of the job's time. */
static void time_goes_into_tests(void **state)
{
        json_t *record = read_record(), *timings = json_object_get(job_of(record), "timings");
        char *page, *legend;

        json_object_set_new(timings, "standing_s", json_real(0.5));
        json_object_set_new(timings, "standing_modes_s", json_real(0.4));
        json_object_set_new(timings, "inforom_s", json_real(3));
        json_object_set_new(timings, "compile_s", json_real(2));
        page = page_of(*state, record);
        legend = strstr(page, "What the time of each job goes into");
        assert_non_null(legend);
        assert_page(legend, ">standing<");
        assert_page(legend, ">memory<");
        assert_page(legend, ">compute<");
        assert_page(legend, ">other tests<");
        *strstr(legend, "class=\"group\"") = '\0';
        assert_no(legend, "standing_modes");
        assert_no(legend, "inforom");
        assert_no(legend, "compile");
        free(page);
}

/* The faults of a unit share its cells, and what its test came to. */
static void faults_of_a_unit_stand_together(void **state)
{
        char *page = page_of(*state, read_record());

        assert_page(page, "<tr><th rowspan=\"4\">fp32 units</th><td rowspan=\"4\"><code>"
                          "compute-fp32</code></td><td class=\"kind\">");
        assert_int_equal(count_of(page, "<code>compute-fp32</code></td><td class=\"kind\">"), 1);
        free(page);
}

static char *bridges_of(void *state, const char *status)
{
        json_t *record = read_record();
        json_t *standing = json_object_get(health_of(record), "standing"), *one;
        char *page, *row;
        size_t i;

        json_array_foreach(standing, i, one)
                if (strcmp(json_string_value(json_object_get(one, "item")), "bridge_width") == 0)
                        json_array_remove(standing, i--);
        if (status)
                json_array_append_new(standing, json_pack("{ss ss ss}", "item", "bridge_width",
                                                        "limit", "full", "status", status));
        page = page_of(state, record);
        row = strstr(page, "bridges up to the root port</th>");
        assert_non_null(row);
        *strstr(row, "</tr>") = '\0';
        row = strdup(row);
        free(page);
        return row;
}

/* Bridges that could not be read have not passed, although the test of health has. */
static void a_unit_is_what_its_item_is(void **state)
{
        static const struct {
                const char *status, *badge;
        } cases[] = { { "pass", ">pass<" }, { "fail", ">fail<" },
                { "not readable", ">not readable<" }, { NULL, ">not in it<" } };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *row = bridges_of(*state, cases[i].status);

                assert_page(row, cases[i].badge);
                assert_page(row, "<code>health</code>");
                free(row);
        }
}

/* Whatever a GPU or a job says is text, and numbers that cannot be are none. */
static void a_gpu_cannot_make_the_page_act(void **state)
{
        static const char hostile[] = "</table><script>x()</script>\"' onload=x()&\xe2\x80\xae";
        json_t *record = read_record(), *one, *check = check_of(record);
        json_t *series = json_object_get(check, "series");
        char *page;
        size_t i;

        json_array_foreach(json_object_get(health_of(record), "standing"), i, one) {
                json_object_set_new(one, i % 2 ? "item" : "status", json_string(hostile));
                json_object_set_new(one, "value", json_string(hostile));
                json_object_set_new(one, "limit", json_string(hostile));
        }
        json_array_foreach(json_object_get(check, "limits"), i, one) {
                json_object_set_new(one, "found", i % 2 ? json_real(-1e308) : json_real(1e308));
                json_object_set_new(one, "source", json_string(hostile));
                json_object_set_new(one, "reason", json_string(hostile));
                json_object_set_new(one, "status", json_string("fail"));
        }
        json_array_foreach(json_object_get(series, "time_ms"), i, one) {
                json_array_set_new(json_object_get(series, "time_ms"), i,
                        i % 3 == 0   ? json_real(1e300)
                        : i % 3 == 1 ? json_integer(-5)
                                     : json_true());
                json_array_set_new(json_object_get(series, "power_w"), i, json_real(1e300));
                json_array_set_new(json_object_get(series, "throttle"), i, json_real(1e300));
        }
        json_object_set_new(series, "clock_mhz", json_string(hostile));
        json_object_set_new(health_of(record), "not_readable", json_string(hostile));
        json_object_set_new(check, "planned", json_integer(INT64_MAX));
        json_object_set_new(check, "level", json_string(hostile));
        json_object_set_new(device_of(record), "verdict", json_string(hostile));
        json_object_set_new(device_of(record), "name", json_string(hostile));
        json_object_set_new(device_of(record), "compute", json_string("99999999999999.1"));
        page = page_of(*state, record);
        assert_no(page, "<script");
        assert_no(page, "\" onload");
        assert_no(page, "\xe2\x80\xae");
        assert_no(page, "nan");
        assert_no(page, "inf<");
        assert_no(page, "inf\"");
        assert_page(page, "&lt;script&gt;");
        assert_page(page, "</html>");
        free(page);
}

static void a_run_without_gpus_has_a_sheet(void **state)
{
        char *page = page_of(*state,
                json_pack("{s:s, s:[n, i, {}]}", "schema", "forestage-run/1", "devices", 3));

        assert_page(page, "NOT RECORDED");
        assert_page(page, "GPUs that no check ran on");
        assert_page(page, "Jobs: none.");
        assert_no(page, "<figure>");
        free(page);
}

#define ON_HOST(test) cmocka_unit_test_setup_teardown(test, stand_in_debian, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_bound_is_what_follows),
                cmocka_unit_test(every_line_has_its_source),
                cmocka_unit_test(bars_end_at_what_is_possible),
                ON_HOST(a_head_says_what_is_signed),
                ON_HOST(a_run_in_memory_has_a_host),
                ON_HOST(a_figure_without_a_limit_has_no_bar),
                ON_HOST(what_is_below_a_limit_is_marked),
                ON_HOST(the_standing_condition_is_a_table),
                ON_HOST(series_have_gaps_and_marks),
                ON_HOST(what_was_not_tested_is_told),
                ON_HOST(what_was_gone_around_is_told),
                ON_HOST(hashes_that_are_not_known_are_told),
                ON_HOST(trust_follows_from_what_was_found),
                ON_HOST(faults_of_a_unit_stand_together),
                ON_HOST(a_unit_is_what_its_item_is),
                ON_HOST(time_goes_into_tests),
                ON_HOST(a_gpu_cannot_make_the_page_act),
                ON_HOST(a_run_without_gpus_has_a_sheet),
        };

        if (access(RECORD, R_OK) != 0) {
                puts("1..0 # SKIP not run from the top of the tree");
                return 0;
        }
        stand_in_use_memory();
        return run_tap(tests);
}
