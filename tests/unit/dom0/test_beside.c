/* Several GPUs in forestage report and forestage compare: who is slow is seen, and no name is cut.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "lib/cleanup.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/tap.h"

#define MEMORY "memory-inversions.verify_gbps"

/* A run of one check on so many GPUs of one model. */
struct gpus {
        size_t count;
        int slow;          /* the GPU whose FP32 is 50 of 100 TFLOP/s, and fails; -1: none */
        const char *model; /* of the last one, 20 TFLOP/s; NULL: as the others */
        const char *more;  /* members of the last one's check, each with a comma before it */
};

static void put_pairs(FILE *to, size_t own, size_t count)
{
        bool first = true;

        fputs("{\"test\":\"copy-p2p\",\"gbps\":390,\"pairs\":[", to);
        for (size_t peer = 0; peer < count; peer++)
                if (peer != own) {
                        fprintf(to, "%s{\"peer\":%zu,\"write_gbps\":%zu}", first ? "" : ",", peer,
                                300 + peer);
                        first = false;
                }
        fputs("]}", to);
}

static void put_gpu(FILE *to, const struct gpus *gpus, size_t gpu)
{
        bool last = gpu + 1 == gpus->count, slow = (int)gpu == gpus->slow;
        bool other = last && gpus->model;
        double found = other ? 20 : slow ? 50 : 100;

        fprintf(to,
                "%s{\"job\":\"quick\",\"device\":%zu,\"name\":\"%s\",\"status\":\"%s\","
                "\"wall_s\":%zu,\"check\":{\"tests\":[{\"test\":\"memory-inversions\","
                "\"verify_gbps\":4000,\"errors\":%zu},{\"test\":\"compute-fp32\",\"tflops\":%.1f},",
                gpu == 0 ? "" : ",", gpu, other ? gpus->model : "H200", slow ? "fail" : "pass",
                gpu + 2, gpu, found);
        put_pairs(to, gpu, gpus->count);
        fputs("]", to);
        if (gpus->slow >= 0)
                fprintf(to,
                        ",\"peers\":[{\"metric\":\"compute-fp32.tflops\",\"best\":100.0,"
                        "\"found\":%.1f,\"device\":%d,\"status\":\"%s\"}]",
                        found, gpus->slow == 0, slow ? "fail" : "pass");
        fprintf(to, "%s}}", last && gpus->more ? gpus->more : "");
}

static void put_run(struct stand_in *host, const char *id, struct gpus gpus)
{
        _cleanup_free_ char *text = NULL;
        char path[160];
        size_t length;
        FILE *to = open_memstream(&text, &length);

        fprintf(to,
                "{\"schema\":\"forestage-run/1\",\"run_id\":\"%s\",\"verdict\":\"%s\",\"jobs\":[",
                id, gpus.slow < 0 ? "pass" : "fail");
        for (size_t gpu = 0; gpu < gpus.count; gpu++)
                put_gpu(to, &gpus, gpu);
        fputs("]}", to);
        fclose(to);
        snprintf(path, sizeof(path), "/var/lib/forestage/runs/%s/run.json", id);
        stand_in_write(host, path, text, length);
}

static size_t count_of(const char *page, const char *text)
{
        size_t count = 0;

        for (const char *at = page; (at = strstr(at, text)); at += strlen(text))
                count++;
        return count;
}

/* The row of a number in the first table that has one; owned. GPUs beside each other come first,
 * and say behind the name what their bars end at. */
static char *row_of(const char *page, const char *name)
{
        char head[96];
        const char *start;

        snprintf(head, sizeof(head), ">%s<span class=\"of\">", name);
        start = strstr(page, head);
        if (!start) {
                snprintf(head, sizeof(head), ">%s</th>", name);
                start = strstr(page, head);
        }
        if (!start)
                fail_msg("no row of %s", name);
        return strndup(start, (size_t)(strstr(start, "</tr>") - start));
}

/* A number's values stand in one row, the slow GPU's is marked, and its bar is half as long. */
static void the_slow_one_is_seen(void **state)
{
        static const size_t counts[] = { 2, 4, 8, 16 };

        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
                size_t count = counts[i];
                _cleanup_free_ char *page = NULL, *row = NULL, *mark = NULL;
                char head[64];

                put_run(*state, "aaaa", (struct gpus){ .count = count, .slow = (int)count - 1 });
                page = answers_page(*state, "aaaa");
                snprintf(head, sizeof(head), "<strong>GPU %zu falls behind", count - 1);
                assert_page(page, head);
                assert_page(page, "<strong>50 TFLOP/s</strong>, 50.0 % less than the 100 TFLOP/s "
                                  "of GPU 0");
                assert_int_equal(count_of(page, "falls behind"), 1);
                assert_true(strstr(page, "falls behind") < strstr(page, "Where it ran"));
                row = row_of(page, "compute-fp32.tflops");
                assert_int_equal(count_of(row, "<td>"), count);
                assert_int_equal(count_of(row, ">100 %<"), count - 1);
                assert_int_equal(count_of(row, "width=\"1000.00\""), count - 1);
                assert_int_equal(count_of(row, "width=\"500.00\""), 1);
                assert_int_equal(count_of(row, "class=\"cell slow\""), 1);
                mark = strdup(strstr(row, "cell slow"));
                assert_int_equal(count_of(mark, "<td>"), 0); /* the last one's */
                assert_page(mark, "<span>✗ 50</span><span class=\"p\">50.0 %</span>");
                assert_int_equal(count_of(page, "cell slow"), 1);
        }
}

static void alike_ones_are_not_marked(void **state)
{
        _cleanup_free_ char *page = NULL, *row = NULL;

        put_run(*state, "aaaa", (struct gpus){ .count = 4, .slow = -1 });
        page = answers_page(*state, "aaaa");
        row = row_of(page, "compute-fp32.tflops");
        assert_int_equal(count_of(row, ">100 %<"), 4);
        assert_null(strstr(page, "falls behind"));
        assert_null(strstr(page, "cell slow"));
        assert_null(strstr(page, "✗ "));
}

/* The first GPU may be the slow one, and a number may be missing where others have it. */
static void what_is_missing_is_marked(void **state)
{
        static const char more[] = ",\"peers\":[{\"metric\":\"compute-tf32.tflops\",\"best\":100.5,"
                                   "\"device\":0,\"status\":\"fail\"}]";
        _cleanup_free_ char *page = NULL;

        put_run(*state, "aaaa", (struct gpus){ .count = 3, .slow = 0 });
        page = answers_page(*state, "aaaa");
        assert_page(page, "<strong>GPU 0 falls behind");
        assert_page(page, "of GPU 1</li>");
        free(page);
        put_run(*state, "aaaa", (struct gpus){ .count = 3, .slow = -1, .more = more });
        page = answers_page(*state, "aaaa");
        assert_page(page, "<strong>GPU 2 falls behind");
        assert_page(page, "<strong>none</strong>, less than the 100.5 TFLOP/s of GPU 0");
}

/* Only GPUs of one model say something about each other; one that is alone is no share of any. */
static void models_are_apart(void **state)
{
        _cleanup_free_ char *page = NULL, *row = NULL;

        put_run(*state, "aaaa", (struct gpus){ .count = 3, .slow = -1, .model = "A2" });
        page = answers_page(*state, "aaaa");
        row = row_of(page, "compute-fp32.tflops");
        assert_int_equal(count_of(row, ">100 %<"), 2);
        assert_int_equal(count_of(row, "<svg"), 2);
        assert_int_equal(count_of(row, ">no limit<"), 1);
        assert_page(page, "<span class=\"small\">A2</span></th>");
        assert_int_equal(count_of(page, "<span class=\"small\">H200</span></th>"), 2);
}

/* What a GPU has about its first peer is about another one on GPU 0 than on GPU 1. */
static void pairs_go_by_the_peer(void **state)
{
        _cleanup_free_ char *page = NULL, *row = NULL, *last = NULL;

        put_run(*state, "aaaa", (struct gpus){ .count = 3, .slow = -1 });
        page = answers_page(*state, "aaaa");
        row = row_of(page, "copy-p2p.pairs.0.write_gbps");
        assert_int_equal(count_of(row, "<span>300<"), 2);
        assert_int_equal(count_of(row, "<span>–<"), 1);
        last = row_of(page, "copy-p2p.pairs.2.write_gbps");
        assert_int_equal(count_of(last, "<span>302<"), 2);
        assert_true(strstr(page, "pairs.0.write") < strstr(page, "pairs.1.write"));
        assert_true(strstr(page, "pairs.1.write") < strstr(page, "pairs.2.write"));
}

/* All numbers of one run have its GPUs as columns; of several, the runs. */
static void all_numbers_stand_side_by_side(void **state)
{
        _cleanup_free_ char *page = NULL, *row = NULL, *two = NULL;

        put_run(*state, "aaaa", (struct gpus){ .count = 3, .slow = -1 });
        put_run(*state, "bbbb", (struct gpus){ .count = 3, .slow = 2 });
        page = answers_page(*state, "aaaa");
        row = row_of(page, "check.tests.memory-inversions.errors");
        assert_page(row, "<td class=\"n\">0</td><td class=\"n\">1</td><td class=\"n\">2</td>");
        assert_int_equal(count_of(page, "<details>"), 1);
        free(row);
        two = answers_page(*state, "aaaa bbbb");
        assert_int_equal(count_of(two, "<details>"), 3);
        assert_page(two, "<strong>GPU 2 falls behind the best GPU of its model</strong> in quick, "
                         "run B:");
        row = row_of(two, "compute-fp32.tflops");
        assert_int_equal(count_of(row, "<td>"), 3);
        assert_int_equal(count_of(row, "<span class=\"l\">A</span>"), 3);
        assert_int_equal(count_of(row, "<span class=\"l\">B</span>"), 3);
        assert_int_equal(count_of(row, "cell slow"), 1);
        assert_page(row, "<div class=\"cell slow\" style=\"--c:var(--s1)\">");
}

/* Nobody's machine has more than fit side by side; a run may say so all the same. */
static void many_gpus_are_several_tables(void **state)
{
        _cleanup_free_ char *page = NULL, *row = NULL;

        put_run(*state, "aaaa", (struct gpus){ .count = 40, .slow = 39 });
        page = answers_page(*state, "aaaa");
        assert_int_equal(count_of(page, "class=\"peers\""), 3);
        row = row_of(page, "compute-fp32.tflops");
        assert_int_equal(count_of(row, "<td>"), 16);
        assert_page(page, "GPU 39 falls behind");
}

/* A bar with nothing beside it is as long as can be and says nothing. */
static void a_single_gpu_has_no_bars(void **state)
{
        static const char baseline[] =
                ",\"baseline_compared\":[{\"metric\":\"" MEMORY "\",\"baseline\":8000.0,"
                "\"found\":4000.0,\"status\":\"fail\"},{\"metric\":\"compute-fp32.tflops\","
                "\"baseline\":80.0,\"found\":100.0,\"status\":\"pass\"}]";
        _cleanup_free_ char *page = NULL, *against = NULL, *two = NULL;

        put_run(*state, "aaaa", (struct gpus){ .count = 1, .slow = -1 });
        page = answers_page(*state, "aaaa");
        assert_int_equal(count_of(page, "<svg"), 0);
        assert_page(page, MEMORY "</span><span class=\"n\">4000 GB/s</span>");
        assert_null(strstr(page, "GPUs beside each other"));
        put_run(*state, "aaaa", (struct gpus){ .count = 1, .slow = -1, .more = baseline });
        against = answers_page(*state, "aaaa");
        assert_int_equal(count_of(against, "<svg"), 2);
        assert_page(against, "50.0 % of the baseline</span></span><span class=\"n\">✗ 4000 GB/s");
        assert_page(against, "125.0 % of the baseline</span></span><span class=\"n\">100 TFLOP/s");
        assert_int_equal(count_of(against, "width=\"500.00\""), 1);
        two = answers_page(*state, "aaaa aaaa");
        assert_true(count_of(two, "<svg") > 4);
}

/* Every line fits, with each name whole, and a number's GPUs are one below the other. */
static void compare_cuts_no_name(void **state)
{
        static const size_t counts[] = { 1, 2, 8, 12 };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
                char *rest, *line;
                bool before = true;
                size_t seen = 0;

                put_run(host, "aaaa", (struct gpus){ .count = counts[i], .slow = -1 });
                put_run(host, "bbbb", (struct gpus){ .count = counts[i], .slow = 0 });
                assert_int_equal(stand_in_run(host, "compare aaaa bbbb --tolerance 5"), 1);
                assert_null(strchr(host->output, '~'));
                assert_output(host, "! compute-fp32.tflops            0   100 TFLOP/s    "
                                    "50 TFLOP/s     0.500\n");
                rest = host->output;
                while ((line = strsep(&rest, "\n"))) {
                        if (text_columns(line) > 80)
                                fail_msg("%s", line);
                        if (strncmp(line, "  " MEMORY " ", strlen(MEMORY) + 3) == 0) {
                                assert_true(before || seen == 0);
                                before = true;
                                seen++;
                        } else {
                                before = false;
                        }
                }
                assert_int_equal(seen, counts[i]);
        }
}

static void compare_gives_a_long_name_its_own_line(void **state)
{
        static const char more[] = ",\"a-number-with-a-name-that-is-longer-than-others_gbps\":5";
        struct stand_in *host = *state;

        put_run(host, "aaaa", (struct gpus){ .count = 2, .slow = -1, .more = more });
        assert_int_equal(stand_in_run(host, "compare aaaa aaaa"), 0);
        assert_output(host, "  check.a-number-with-a-name-that-is-longer-than-others_gbps\n"
                            "                                 1   5 GB/s         5 GB/s         "
                            "1.000\n");
        assert_output(host, "\nquick:\n");
}

/* What a check says of its peers is text of others. */
static void lies_about_peers_make_no_page_act(void **state)
{
        static const char more[] =
                ",\"peers\":[1,{},{\"metric\":7,\"status\":\"fail\"},"
                "{\"metric\":\"<script>x()</script>\",\"status\":\"fail\",\"best\":1e308,"
                "\"found\":1e-308,\"device\":\"<img src=x>\"},{\"metric\":\"a\\u001b[2J\","
                "\"status\":\"fail\",\"best\":-1,\"found\":-5,\"device\":[]},"
                "{\"metric\":\"compute-fp32.tflops\",\"status\":\"fail\",\"best\":\"x\"},"
                "{\"metric\":\"1\",\"status\":\"fail\"},{\"metric\":\"2\",\"status\":\"fail\"},"
                "{\"metric\":\"3\",\"status\":\"fail\"}],"
                "\"baseline_compared\":{\"metric\":1},\"x_gbps\":1e308,\"y_gbps\":-3";
        _cleanup_free_ char *page = NULL;

        put_run(*state, "aaaa",
                (struct gpus){ .count = 2, .slow = -1, .model = "<b>", .more = more });
        page = answers_page(*state, "aaaa");
        assert_null(strstr(page, "<script"));
        assert_null(strstr(page, "<img"));
        assert_null(strstr(page, "<b>"));
        assert_null(strchr(page, '\033'));
        assert_null(strstr(page, "inf<"));
        assert_null(strstr(page, "inf "));
        assert_null(strstr(page, "inf\""));
        assert_null(strstr(page, "nan"));
        assert_page(page, "and 1 more, marked below");
}

#define ON_HOST(name) cmocka_unit_test_setup_teardown(name, stand_in_debian, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_HOST(the_slow_one_is_seen),
                ON_HOST(alike_ones_are_not_marked),
                ON_HOST(what_is_missing_is_marked),
                ON_HOST(models_are_apart),
                ON_HOST(pairs_go_by_the_peer),
                ON_HOST(all_numbers_stand_side_by_side),
                ON_HOST(many_gpus_are_several_tables),
                ON_HOST(a_single_gpu_has_no_bars),
                ON_HOST(compare_cuts_no_name),
                ON_HOST(compare_gives_a_long_name_its_own_line),
                ON_HOST(lies_about_peers_make_no_page_act),
        };

        return run_tap(tests);
}
