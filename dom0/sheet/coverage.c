#include "dom0/sheet/coverage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/figures/html.h"
#include "dom0/sheet/confidence.h"
#include "lib/cleanup.h"
#include "lib/embed.h"

EMBED(coverage_text, "docs/coverage.tsv");

/* --- the file --- */

static bool is_comment(const char *line)
{
        return *line == '#' || *line == '\n';
}

bool coverage_next(const char **at, struct coverage_line *ret_line)
{
        struct coverage_line line = { .fields = 0 };
        const char *text = *at, *end;

        while (is_comment(text))
                text += strcspn(text, "\n") + 1; /* a comment has an end of line */
        if (!*text)
                return false;
        for (end = text + strcspn(text, "\n"); text <= end; line.fields++) {
                size_t length = strcspn(text, "\t\n");

                if (line.fields < COVERAGE_FIELDS) {
                        line.field[line.fields].text = text;
                        line.field[line.fields].length = (int)length;
                }
                text += length + 1;
        }
        *at = *end ? end + 1 : end;
        *ret_line = line;
        return true;
}

bool coverage_is(const struct coverage_line *line, size_t field, const char *text)
{
        size_t length = strlen(text);

        return field < line->fields && (size_t)line->field[field].length == length &&
               memcmp(line->field[field].text, text, length) == 0;
}

bool coverage_number(const struct coverage_line *line, size_t field, size_t *ret_number)
{
        size_t number = 0;

        if (field >= line->fields || line->field[field].length < 1 || line->field[field].length > 9)
                return false;
        for (int i = 0; i < line->field[field].length; i++) {
                char digit = line->field[field].text[i];

                if (digit < '0' || digit > '9')
                        return false;
                number = 10 * number + (size_t)(digit - '0');
        }
        *ret_number = number;
        return true;
}

/* --- the table --- */

static void put_field(FILE *to, const struct coverage_line *line, size_t field)
{
        _cleanup_free_ char *text =
                memory_copy_text(line->field[field].text, (size_t)line->field[field].length);

        html_text(to, text);
}

/* What a test came to on a GPU of this run; of TEST.ITEM, that item of the standing condition. */
static const char *status_of(const json_t *job, const char *name)
{
        const char *item = strchr(name, '.');
        _cleanup_free_ char *test = memory_copy_text(name, strcspn(name, "."));
        const json_t *result = sheet_test(job, test);

        if (item)
                result = sheet_item(get_value(result, "standing"), item + 1);
        return get_string(result, "status");
}

/* On the GPUs of this run: "pass", "skip", … or that it was not in it. */
static void put_this_run(const struct sheet *sheet, const struct coverage_line *line)
{
        _cleanup_free_ char *name = memory_copy_text(
                line->field[COVERAGE_TEST].text, (size_t)line->field[COVERAGE_TEST].length);
        const char *worst = NULL;
        const json_t *job;
        size_t k;

        for (size_t i = 0; i < sheet->count; i++)
                json_array_foreach(sheet->gpus[i].checks, k, job) {
                        const char *status = status_of(job, name);

                        if (status && (!worst || strcmp(worst, "pass") == 0))
                                worst = status;
                }
        html_badge(sheet->to, worst ? worst : "none", worst ? worst : "not in it");
}

/* Rounded down: no more is promised than follows. */
static void put_bound(FILE *to, size_t found, size_t planted)
{
        fprintf(to, "<td class=\"n\">%.1f %%</td>",
                floor(confidence_bound(found, planted) * 1000) / 10);
}

static bool same_field(
        const struct coverage_line *one, const struct coverage_line *other, size_t field)
{
        return one->field[field].length == other->field[field].length &&
               memcmp(one->field[field].text, other->field[field].text,
                       (size_t)one->field[field].length) == 0;
}

static bool is_fault(const struct coverage_line *line)
{
        return coverage_is(line, 0, "fault") && line->fields == COVERAGE_FIELDS;
}

/* How many lines from this one on are of its unit and test; `at` is behind it. */
static size_t count_alike(const struct coverage_line *first, const char *at)
{
        struct coverage_line line;
        size_t count = 1;

        while (coverage_next(&at, &line) && is_fault(&line) &&
                same_field(first, &line, COVERAGE_UNIT) && same_field(first, &line, COVERAGE_TEST))
                count++;
        return count;
}

static void put_unit(FILE *to, const struct coverage_line *line, size_t rows)
{
        struct coverage_line test = *line;

        test.field[COVERAGE_TEST].length = (int)strcspn(line->field[COVERAGE_TEST].text, ".\t");
        fprintf(to, "<th rowspan=\"%zu\">", rows);
        put_field(to, line, COVERAGE_UNIT);
        fprintf(to, "</th><td rowspan=\"%zu\"><code>", rows);
        put_field(to, &test, COVERAGE_TEST);
        fputs("</code></td>", to);
}

/* A row; the first of so many of a unit has the cells that they share. */
static void put_fault(const struct sheet *sheet, const struct coverage_line *line, size_t rows)
{
        size_t planted, found;
        FILE *to = sheet->to;

        fputs("<tr>", to);
        if (rows > 0)
                put_unit(to, line, rows);
        fputs("<td class=\"kind\">", to);
        put_field(to, line, COVERAGE_KIND);
        fputs("</td>", to);
        if (coverage_number(line, COVERAGE_PLANTED, &planted) &&
                coverage_number(line, COVERAGE_FOUND, &found)) {
                fprintf(to, "<td class=\"n\">%zu</td><td class=\"n\">%zu</td>", planted, found);
                put_bound(to, found, planted);
                fputs("<td><code>", to);
                put_field(to, line, COVERAGE_RUN);
                fputs("</code></td>", to);
        } else {
                fputs("<td class=\"dim\" colspan=\"4\">not tried</td>", to);
        }
        if (rows > 0) {
                fprintf(to, "<td rowspan=\"%zu\">", rows);
                put_this_run(sheet, line);
                fputs("</td>", to);
        }
        fputs("</tr>\n", to);
}

static void put_faults(const struct sheet *sheet)
{
        const char *at = coverage_text;
        struct coverage_line line;
        size_t left = 0;

        while (coverage_next(&at, &line)) {
                size_t rows;

                if (!is_fault(&line))
                        continue;
                rows = left == 0 ? count_alike(&line, at) : 0;
                put_fault(sheet, &line, rows);
                left = (rows > 0 ? rows : left) - 1;
        }
}

static bool has_fault(const char *test)
{
        const char *at = coverage_text;
        struct coverage_line line;

        while (coverage_next(&at, &line))
                if (is_fault(&line) && coverage_is(&line, COVERAGE_TEST, test))
                        return true;
        return false;
}

/* A test of which the file says nothing at all. */
static void put_unknown(const struct sheet *sheet)
{
        for (enum check_kind kind = 0; kind < CHECK_KINDS; kind++) {
                struct coverage_line line = { .fields = COVERAGE_FIELDS };

                if (has_fault(check_tests[kind].name))
                        continue;
                line.field[COVERAGE_UNIT].text = "another unit";
                line.field[COVERAGE_TEST].text = check_tests[kind].name;
                line.field[COVERAGE_KIND].text = "any";
                for (size_t i = COVERAGE_UNIT; i <= COVERAGE_KIND; i++)
                        line.field[i].length = (int)strlen(line.field[i].text);
                put_fault(sheet, &line, 1);
        }
}

static void put_runs(FILE *to)
{
        const char *at = coverage_text;
        struct coverage_line line;

        fputs("<ul class=\"small\">", to);
        while (coverage_next(&at, &line)) {
                if (!coverage_is(&line, 0, "run") || line.fields != COVERAGE_FIELDS)
                        continue;
                fputs("<li><code>", to);
                put_field(to, &line, COVERAGE_ID);
                fputs("</code>: ", to);
                put_field(to, &line, COVERAGE_GPU);
                fputs(", driver ", to);
                put_field(to, &line, COVERAGE_DRIVER);
                fputs(", ", to);
                put_field(to, &line, COVERAGE_DATE);
                fputs(", commit <code>", to);
                put_field(to, &line, COVERAGE_COMMIT);
                fputs("</code>, <code>", to);
                put_field(to, &line, COVERAGE_WHAT);
                fputs("</code></li>", to);
        }
        fputs("</ul>\n", to);
}

void coverage_put(const struct sheet *sheet)
{
        fputs("<h2>How far to trust a pass</h2>\n<p class=\"dim small\">Faults that were planted "
              "on "
              "purpose, on other days, to try the tests, and how many were found and rightly "
              "placed. <em>At least</em>: the share of such faults that is found, with 95 % "
              "confidence (one-sided, Clopper and Pearson). It holds for faults like these, not "
              "for others.</p>\n<div class=\"wide\"><table class=\"coverage\"><thead><tr><th>Unit"
              "</th><th>Test</th><th>Kind of fault</th><th class=\"n\">Planted</th>"
              "<th class=\"n\">Found</th><th class=\"n\">At least</th><th>Where</th>"
              "<th>In this run</th></tr></thead><tbody>\n",
                sheet->to);
        put_faults(sheet);
        put_unknown(sheet);
        fputs("</tbody></table></div>\n", sheet->to);
        put_runs(sheet->to);
}
