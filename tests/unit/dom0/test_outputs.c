/*
 * The outputs of two runs: forestage compare holds them to the tolerance of their expectations, and
 * forestage report links to them.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/figures/html.h"
#include "dom0/report/closeness.h"
#include "lib/sha256.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/tap.h"

#define ID_A "11111111-2222-4333-8444-555555555555"
#define ID_B "99999999-2222-4333-8444-555555555555"

/* --- elements --- */

static struct closeness floats(double tolerance, const float *a, const float *b, uint64_t count)
{
        struct closeness found = closeness_begin(ELEMENT_F32, tolerance, tolerance);

        closeness_add(&found, (const uint8_t *)a, (const uint8_t *)b, count);
        return found;
}

static void reals_are_held_to_both_tolerances(void **state)
{
        static const struct {
                float a, b;
                double tolerance; /* of each run */
                bool close;
        } cases[] = {
                { 1, 1.25F, 0.125, true },
                { 1, 1.5F, 0.125, false },
                { 0, 0.25F, 0.125, true }, /* below 1 it is absolute */
                { 1000, 1250, 0.125, true },
                { 1250, 1000, 0.125, true }, /* the same from the other side */
                { 1000, 1500, 0.125, false },
                { -1, 1, 0.5, false },
                { -1, 1, 1, true },
                { 1e38F, -3e38F, 0.5, false },
                { 1e38F, -3e38F, 1, true },
                { INFINITY, 1, 1e300, false },
                { INFINITY, -INFINITY, 1e300, false },
                { NAN, 1, 1e300, false },
                { 1, NAN, 1e300, false },
                { 0.0F, -0.0F, 0, true },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if ((floats(cases[i].tolerance, &cases[i].a, &cases[i].b, 1).off == 0) !=
                        cases[i].close)
                        fail_msg("case %zu", i);
}

/* Whatever two sums are right by one reference are no difference. */
static void two_right_results_are_close(void **state)
{
        static const double tolerances[] = { 0, 1e-7, 1e-6, 1e-3, 0.1 };
        static const double references[] = { 0, 1e-3, 0.5, 1, -1, 3.14159, -1e6, 1e30 };

        (void)state;
        for (size_t t = 0; t < sizeof(tolerances) / sizeof(tolerances[0]); t++)
                for (size_t r = 0; r < sizeof(references) / sizeof(references[0]); r++) {
                        double reference = references[r];
                        /* a hair inside, because the sum itself is rounded */
                        double most = tolerances[t] * fmax(1, fabs(reference)) * (1 - 1e-9);
                        double a = reference - most, b = reference + most;
                        struct closeness found =
                                closeness_begin(ELEMENT_F64, tolerances[t], tolerances[t]);

                        closeness_add(&found, (const uint8_t *)&a, (const uint8_t *)&b, 1);
                        if (found.off)
                                fail_msg("%g within %g", reference, tolerances[t]);
                }
}

static void the_furthest_pair_is_told(void **state)
{
        static const float a[] = { 1, 100, NAN, 5, 2 }, b[] = { 1.5F, 101, NAN, 5, 2.25F };
        static const float lost[] = { 1, 100, NAN, INFINITY, 2 };
        struct closeness found = floats(0.1, a, b, 5);

        (void)state;
        assert_int_equal(found.elements, 5);
        assert_int_equal(found.different, 3); /* the same NaN is the same */
        assert_int_equal(found.off, 1);
        assert_int_equal(found.worst.index, 0); /* by the tolerance's measure, not 100's 1 */
        assert_true(found.worst.error == 0.5);
        closeness_add(&found, (const uint8_t *)a, (const uint8_t *)lost, 5);
        assert_int_equal(found.worst.index, 8);
        assert_true(found.worst.a.real == 5 && isinf(found.worst.b.real));
}

static void integers_are_exact(void **state)
{
        static const int64_t a[] = { INT64_MIN, 5 }, b[] = { INT64_MAX, 7 };
        static const uint8_t small[] = { 0, 255 }, other[] = { 255, 254 };
        struct closeness found = closeness_begin(ELEMENT_I64, 1, 1);

        (void)state;
        closeness_add(&found, (const uint8_t *)a, (const uint8_t *)b, 2);
        assert_int_equal(found.off, 1);
        assert_int_equal(found.worst.index, 0);
        assert_true(found.worst.error > 1.8e19);
        found = closeness_begin(ELEMENT_U8, 0, 0);
        closeness_add(&found, small, other, 2);
        assert_int_equal(found.off, 2);
        found = closeness_begin(ELEMENT_I8, 0, 1); /* where these are 0, -1 and -1, -2 */
        closeness_add(&found, small, other, 2);
        assert_int_equal(found.off, 0);
}

/* --- compare --- */

struct made {
        const char *as;   /* NULL: no tolerance is known */
        double tolerance; /* below 0: none is given */
        const void *bytes;
        size_t length;
        const char *sha256; /* NULL: the right one */
        long long told;     /* bytes that run.json says; 0: the right number */
};

/* A run with one job, whose output is y.bin. */
static void put_made(struct stand_in *host, const char *id, const struct made *made)
{
        char path[160], hex[2 * SHA256_SIZE + 1];
        uint8_t digest[SHA256_SIZE];
        json_t *output, *document;
        char *text;

        sha256(made->bytes, made->length, digest);
        sha256_format(digest, hex);
        output = json_pack("{s:s, s:I, s:s, s:s, s:s*}", "file", "y.bin", "bytes",
                made->told ? (json_int_t)made->told : (json_int_t)made->length, "sha256",
                made->sha256 ? made->sha256 : hex, "expect", "pass", "as", made->as);
        if (made->tolerance >= 0)
                json_object_set_new(output, "tolerance", json_real(made->tolerance));
        document = json_pack("{s:s, s:s, s:s, s:[{s:s, s:i, s:s, s:s, s:[o], s:[s,s,s]}]}",
                "schema", "forestage-run/1", "run_id", id, "verdict", "pass", "jobs", "job", "sum",
                "device", 0, "status", "pass", "description", "Größe <b> & \"Maß\"", "outputs",
                output, "files", "jobs/sum/0/y.bin", "jobs/sum/0/stdout",
                "jobs/sum/0/ü \"%?#&.bin");
        text = json_dumps(document, 0);
        snprintf(path, sizeof(path), "/var/lib/forestage/runs/%s/run.json", id);
        stand_in_write(host, path, text, strlen(text));
        snprintf(path, sizeof(path), "/var/lib/forestage/runs/%s/jobs/sum/0/y.bin", id);
        stand_in_write(host, path, made->bytes, made->length);
        free(text);
        json_decref(document);
}

static const float sums[] = { 1, 2, 1000, -4 };
static const float other_order[] = { 1, 2.00001F, 1000.002F, -4 };
static const float wrong[] = { 1, 2, 1000, -4.5F };

#define MADE(as, tolerance, floats)                            \
        {                                                      \
                as, tolerance, floats, sizeof(floats), NULL, 0 \
        }

static const struct {
        const char *what;
        struct made a, b;
        int code;
        const char *says;
} comparisons[] = {
        { "another order of summation", MADE("f32", 1e-5, sums), MADE("f32", 1e-5, other_order), 0,
                "sum/0: y.bin: 2 of 4 f32 elements differ, within the" },
        { "how far", MADE("f32", 1e-5, sums), MADE("f32", 1e-5, other_order), 0,
                "the largest difference is 1.00136e-05, at [1]:\n              A  2\n"
                "              B  2.00001001\n" },
        { "the result", MADE("f32", 1e-5, sums), MADE("f32", 1e-5, other_order), 0,
                "no difference but in numbers, and in outputs within their" },
        { "tolerances are added", MADE("f32", 0, sums), MADE("f32", 1e-5, other_order), 0,
                "(1e-05 together)" },
        { "too far for these", MADE("f32", 1e-7, sums), MADE("f32", 1e-7, other_order), 1,
                "sum/0: y.bin: 2 of 4 f32 elements are further apart than the" },
        { "a wrong element", MADE("f32", 1e-5, sums), MADE("f32", 1e-5, wrong), 1,
                "the largest difference is 0.5, at [3]:\n              A  -4\n"
                "              B  -4.5" },
        { "no tolerance in A, of an earlier version", MADE(NULL, -1, sums),
                MADE("f32", 1e-5, other_order), 1, "sum/0: y.bin has other bytes\n" },
        { "in neither", MADE(NULL, -1, sums), MADE(NULL, -1, other_order), 1,
                "sum/0: y.bin has other bytes\n" },
        { "other types", MADE("f32", 1e-5, sums), MADE("f64", 1e-5, other_order), 1,
                "sum/0: y.bin has other bytes\n" },
        { "a type that there is not", MADE("f31", 1, sums), MADE("f31", 1, other_order), 1,
                "sum/0: y.bin has other bytes\n" },
        { "no whole number of elements", { "f32", 1, sums, 15, NULL, 0 },
                { "f32", 1, other_order, 15, NULL, 0 }, 1, "sum/0: y.bin has other bytes\n" },
        { "other lengths", { "f32", 1, sums, 12, NULL, 0 }, MADE("f32", 1, sums), 1,
                "sum/0: y.bin has other bytes\n" },
        { "a file that was cut since", { "f32", 1, sums, 12, NULL, 16 },
                MADE("f32", 1, other_order), 1, "A's jobs/sum/0/y.bin is not as long as" },
        { "a file that was changed since", MADE("f32", 1, sums),
                { "f32", 1, other_order, 16, "00", 0 }, 1, "B's jobs/sum/0/y.bin has another" },
};

static void outputs_are_held_to_their_tolerance(void **state)
{
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
                put_made(host, ID_A, &comparisons[i].a);
                put_made(host, ID_B, &comparisons[i].b);
                if (stand_in_run(host, "compare 1111 9999") != comparisons[i].code ||
                        !strstr(host->output, comparisons[i].says))
                        fail_msg("%s: %d\n%s%s", comparisons[i].what, host->code, host->output,
                                host->errors);
        }
}

static void what_cannot_be_read_differs(void **state)
{
        struct stand_in *host = *state;
        char path[160];

        put_made(host, ID_A, &comparisons[0].a);
        put_made(host, ID_B, &comparisons[0].b);
        snprintf(path, sizeof(path), "%s/" ID_B "/jobs/sum/0/y.bin", host->runs);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(stand_in_run(host, "compare 1111 9999"), 1);
        assert_output(host, "how far apart they are is not");
        assert_output(host, "cannot be read: No such file or");
        /* Nothing is followed out of a run folder. */
        assert_int_equal(symlink("../../../../" ID_A "/jobs/sum/0/y.bin", path), 0);
        assert_int_equal(stand_in_run(host, "compare 1111 9999"), 1);
        assert_output(host, "Too many levels of");
}

static void the_answer_has_both_lists(void **state)
{
        struct stand_in *host = *state;
        const json_t *entry;
        json_t *comparison;

        put_made(host, ID_A, &comparisons[0].a);
        put_made(host, ID_B, &comparisons[0].b);
        assert_int_equal(stand_in_run(host, "compare 1111 9999 --json"), 0);
        comparison = json_loads(host->output, 0, NULL);
        assert_int_equal(json_array_size(json_object_get(comparison, "outputs")), 0);
        entry = json_array_get(json_object_get(comparison, "close"), 0);
        assert_int_equal(json_integer_value(json_object_get(entry, "different")), 2);
        assert_int_equal(json_integer_value(json_object_get(entry, "off")), 0);
        assert_int_equal(
                json_integer_value(json_object_get(json_object_get(entry, "worst"), "index")), 1);
        json_decref(comparison);
}

/* --- the page --- */

static char *page_at(struct stand_in *host, const char *name)
{
        char path[96];

        assert_int_equal(stand_in_run(host, "report 1111 --html %s/%s", host->root, name), 0);
        snprintf(path, sizeof(path), "/%s", name);
        return stand_in_read(host, path);
}

/* Where the page lies, and the links to the run folder from there; NULL: there is none. */
static void the_page_links_to_files_that_lie_with_it(void **state)
{
        static const struct {
                const char *page, *link;
        } cases[] = {
                { "var/lib/forestage/runs/" ID_A "/page.html", "<a href=\"./run.json\">" },
                { "var/lib/forestage/runs/" ID_A "/page.html",
                        "<a href=\"./jobs/sum/0/y.bin\">y.bin</a>" },
                { "var/lib/forestage/runs/" ID_A "/page.html",
                        "<a href=\"./jobs/sum/0/stdout\">stdout</a>" },
                { "var/lib/forestage/runs/page.html",
                        "<a href=\"./" ID_A "/jobs/sum/0/y.bin\">y.bin</a>" },
                { "var/lib/forestage/runs/../runs/page.html", "<a href=\"./" ID_A "/run.json\">" },
                { "var/lib/forestage/runs/" ID_A "/page.html",
                        "<a href=\"./jobs/sum/0/%C3%BC%20%22%25%3F%23%26.bin\">"
                        "ü &quot;%?#&amp;.bin</a>" },
                { "var/lib/forestage/page.html", NULL },
                { "var/lib/forestage/runs/" ID_A "/jobs/page.html", NULL },
                { "page.html", NULL },
        };
        struct stand_in *host = *state;

        put_made(host, ID_A, &comparisons[0].a);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *page = page_at(host, cases[i].page);

                if (cases[i].link ? !strstr(page, cases[i].link) : strstr(page, "href") != NULL)
                        fail_msg("case %zu: %s", i, page);
                if (!cases[i].link)
                        assert_page(page, "/var/lib/forestage/runs/" ID_A
                                          "</code> (a page that is written into this folder, or "
                                          "beside it, links to them)");
                free(page);
        }
}

/* A folder whose name would be something else in a reference. */
static void a_link_is_never_another_place(void **state)
{
        struct stand_in *host = *state;
        char from[160], to[160], *page;

        put_made(host, ID_A, &comparisons[0].a);
        snprintf(from, sizeof(from), "%s/" ID_A, host->runs);
        snprintf(to, sizeof(to), "%s/javascript:alert(1) \"#", host->root);
        assert_int_equal(rename(from, to), 0);
        assert_int_equal(chdir(host->root), 0);
        snprintf(to, sizeof(to), "%s/link", host->root);
        assert_int_equal(symlink("javascript:alert(1) \"#", to), 0);
        assert_int_equal(stand_in_run(host, "report ./link --html %s/page.html", host->root), 0);
        page = stand_in_read(host, "/page.html");
        assert_page(page, "<a href=\"./javascript%3Aalert%281%29%20%22%23/run.json\">");
        free(page);
        assert_int_equal(chdir("/"), 0);
}

static void several_runs_are_linked_each(void **state)
{
        struct stand_in *host = *state;
        char *page;

        put_made(host, ID_A, &comparisons[0].a);
        put_made(host, ID_B, &comparisons[0].b);
        assert_int_equal(stand_in_run(host, "report 1111 9999 --html %s/page.html", host->runs), 0);
        page = stand_in_read(host, "/var/lib/forestage/runs/page.html");
        assert_page(page, "A: <a href=\"./" ID_A "/jobs/sum/0/y.bin\">");
        assert_page(page, "B: <a href=\"./" ID_B "/jobs/sum/0/y.bin\">");
        free(page);
}

/* A run.json that somebody else has written. */
static void files_that_lead_elsewhere_are_not_linked(void **state)
{
        static const char text[] =
                "{\"schema\":\"forestage-run/1\",\"jobs\":[{\"job\":\"x\",\"device\":0,"
                "\"status\":\"pass\",\"files\":[\"jobs/x/0/../../../../etc/shadow\","
                "\"//evil/a/b/c\",\"/etc/a/b/passwd\",\"jobs/x/0/\",\"jobs\",7,null,"
                "\"jobs/x/0/good\"]}]}";
        struct stand_in *host = *state;
        char *page;

        stand_in_write(host, "/var/lib/forestage/runs/" ID_A "/run.json", text, strlen(text));
        page = page_at(host, "var/lib/forestage/runs/page.html");
        assert_page(page, "<p class=\"small\"><a href=\"./" ID_A "/jobs/x/0/good\">good</a></p>");
        assert_null(strstr(page, "etc"));
        assert_null(strstr(page, "evil"));
        free(page);
}

static void the_page_has_descriptions(void **state)
{
        struct stand_in *host = *state;
        char *page;

        put_made(host, ID_A, &comparisons[0].a);
        page = page_at(host, "page.html");
        assert_page(page, "<p class=\"small\">Größe &lt;b&gt; &amp; &quot;Maß&quot;</p>");
        free(page);
}

#define ON_HOST(test) cmocka_unit_test_setup_teardown(test, stand_in_debian, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reals_are_held_to_both_tolerances),
                cmocka_unit_test(two_right_results_are_close),
                cmocka_unit_test(the_furthest_pair_is_told),
                cmocka_unit_test(integers_are_exact),
                ON_HOST(outputs_are_held_to_their_tolerance),
                ON_HOST(what_cannot_be_read_differs),
                ON_HOST(the_answer_has_both_lists),
                ON_HOST(the_page_links_to_files_that_lie_with_it),
                ON_HOST(a_link_is_never_another_place),
                ON_HOST(several_runs_are_linked_each),
                ON_HOST(files_that_lead_elsewhere_are_not_linked),
                ON_HOST(the_page_has_descriptions),
        };

        return run_tap(tests);
}
