#include "dom0/page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/chart.h"
#include "dom0/comparison.h"
#include "dom0/html.h"
#include "dom0/numbers.h"
#include "dom0/summary.h"
#include "dom0/version.h"

#define STACK_MAX   24u  /* parts of one bar */
#define SECONDS_MAX 1e12 /* no part takes longer: their sum stays a number */

struct page {
        FILE *to;
        const json_t *const *documents;
        size_t count;
        json_t *jobs; /* {"job", "device"} of every run's jobs, each once */
};

static json_t *get(const json_t *object, const char *key)
{
        return json_object_get(object, key);
}

static const char *text_of(const json_t *object, const char *key)
{
        const char *text = json_string_value(get(object, key));

        return text ? text : "";
}

/* Statuses and verdicts are class names, so only those that are known may become one. */
static const char *class_of(const char *status)
{
        static const char *const known[] = { "pass", "fail", "error", "timeout", "skip", "notrun",
                "empty", "incomplete" };

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (strcmp(known[i], status) == 0)
                        return known[i];
        return "none";
}

static void put_badge(FILE *to, const char *status, const char *shown)
{
        fprintf(to, "<span class=\"badge %s\">", class_of(status));
        html_text(to, shown);
        fputs("</span>", to);
}

static char letter(size_t run)
{
        return (char)('A' + run);
}

/* --- the runs --- */

static void put_list(FILE *to, const json_t *list, const char *title)
{
        const json_t *entry;
        size_t i;

        if (json_array_size(list) == 0)
                return;
        fprintf(to, "<p class=\"small dim\">%s</p><ul class=\"small\">", title);
        json_array_foreach(list, i, entry)
        {
                fputs("<li>", to);
                html_value(to, entry);
                fputs("</li>", to);
        }
        fputs("</ul>", to);
}

static void put_counts(FILE *to, const json_t *counts)
{
        static const char *const statuses[] = { "pass", "fail", "error", "timeout", "skip",
                "notrun" };
        bool any = false;

        fputs("<p>", to);
        for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
                long long count = json_integer_value(get(counts, statuses[i]));

                if (count > 0)
                        fprintf(to, "%s%lld %s", any ? ", " : "", count, statuses[i]);
                any |= count > 0;
        }
        fputs(any ? "</p>" : "no jobs</p>", to);
}

static void put_card(const struct page *page, size_t run)
{
        const json_t *document = page->documents[run];
        const char *verdict = text_of(document, "verdict");
        FILE *to = page->to;

        fprintf(to, "<section class=\"card\" style=\"--c:var(--s%zu)\"><div class=\"head\">", run);
        if (page->count > 1)
                fprintf(to, "<span class=\"letter\">%c</span>", letter(run));
        put_badge(to, verdict, summary_verdict(verdict));
        fputs("</div><p class=\"mono\">", to);
        html_value(to, get(document, "run_id"));
        fputs("</p>", to);
        put_counts(to, get(document, "counts"));
        fputs("<p class=\"small dim\">collected ", to);
        html_value(to, get(get(document, "collected"), "time"));
        fputs("</p>", to);
        put_list(to, get(document, "reasons"), "Because");
        put_list(to, get(document, "warnings"), "Warnings");
        fputs("</section>\n", to);
}

static void put_runs(const struct page *page)
{
        bool rehearsal = false;

        fputs("<div class=\"cards\">\n", page->to);
        for (size_t i = 0; i < page->count; i++) {
                put_card(page, i);
                rehearsal |= json_is_true(get(page->documents[i], "rehearsal"));
        }
        fputs("</div>\n", page->to);
        if (!rehearsal)
                return;
        fputs("<p class=\"banner\"><strong>Rehearsal</strong>: no GPU was involved in", page->to);
        for (size_t i = 0; i < page->count; i++)
                if (json_is_true(get(page->documents[i], "rehearsal")))
                        fprintf(page->to, page->count > 1 ? " %c" : " this run", letter(i));
        fputs("; the CPU interpreted the kernels. That says nothing about any GPU.</p>\n",
                page->to);
}

/* --- where they ran --- */

static void put_heads(const struct page *page, const char *first)
{
        fprintf(page->to, "<thead><tr><th>%s</th>", first);
        for (size_t i = 0; i < page->count; i++)
                if (page->count > 1)
                        fprintf(page->to, "<th style=\"color:var(--s%zu)\">%c</th>", i, letter(i));
                else
                        fputs("<th></th>", page->to);
        fputs("</tr></thead>", page->to);
}

/* A row of `values`, one a run, marked when they differ. */
static void put_row(
        const struct page *page, const char *key, const char *label, json_t *const *values)
{
        bool differ = false, any = false;

        for (size_t i = 0; i < page->count; i++) {
                any |= values[i] && !json_is_null(values[i]);
                differ |= !(values[0] ? values[i] && json_equal(values[0], values[i]) : !values[i]);
        }
        if (!any)
                return;
        fprintf(page->to, "<tr%s><th>", differ ? " class=\"diff\"" : "");
        html_text(page->to, label);
        fputs("</th>", page->to);
        for (size_t i = 0; i < page->count; i++) {
                char text[512];

                comparison_show(key, values[i], text, sizeof(text));
                fputs("<td>", page->to);
                html_text(page->to, text);
                fputs("</td>", page->to);
        }
        fputs("</tr>\n", page->to);
}

static void put_devices(const struct page *page)
{
        static const char *const keys[][2] = { { "name", "" }, { "uuid", " UUID" },
                { "pci", " PCI" } };
        size_t most = 0;

        for (size_t i = 0; i < page->count; i++) {
                size_t count = json_array_size(get(page->documents[i], "devices"));

                most = count > most ? count : most;
        }
        for (size_t device = 0; device < most; device++)
                for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
                        json_t *values[PAGE_RUNS];
                        char label[48];

                        snprintf(label, sizeof(label), "GPU %zu%s", device, keys[k][1]);
                        for (size_t i = 0; i < page->count; i++)
                                values[i] = get(
                                        json_array_get(get(page->documents[i], "devices"), device),
                                        keys[k][0]);
                        put_row(page, keys[k][0], label, values);
                }
}

static void put_place(const struct page *page)
{
        fputs("<h2>Where it ran</h2>\n", page->to);
        if (page->count > 1)
                fputs("<p class=\"dim small\">Rows in which the runs differ are marked.</p>",
                        page->to);
        fputs("<div class=\"wide\"><table>", page->to);
        put_heads(page, "");
        fputs("<tbody>\n", page->to);
        for (const struct comparison_key *key = comparison_place; key->key; key++) {
                json_t *values[PAGE_RUNS];

                for (size_t i = 0; i < page->count; i++)
                        values[i] = get(get(page->documents[i], "where"), key->key);
                put_row(page, key->key, key->label, values);
        }
        put_devices(page);
        fputs("</tbody></table></div>\n", page->to);
}

/* --- jobs --- */

static void list_jobs(struct page *page)
{
        const json_t *job, *entry;
        size_t i, k;

        page->jobs = json_array();
        for (size_t run = 0; run < page->count; run++)
                json_array_foreach(get(page->documents[run], "jobs"), i, job)
                {
                        json_t *name = json_pack("{s:O?, s:O?}", "job", get(job, "job"), "device",
                                get(job, "device"));
                        bool known = !json_is_string(get(job, "job"));

                        json_array_foreach(page->jobs, k, entry) known |= json_equal(entry, name);
                        if (known)
                                json_decref(name);
                        else
                                json_array_append_new(page->jobs, name);
                }
}

static const json_t *job_of(const struct page *page, const json_t *entry, size_t run)
{
        return numbers_job(page->documents[run], text_of(entry, "job"), get(entry, "device"));
}

static void put_job_name(FILE *to, const json_t *entry)
{
        fputs("<strong>", to);
        html_text(to, text_of(entry, "job"));
        fputs("</strong>", to);
        if (json_is_integer(get(entry, "device")))
                fprintf(to, " <span class=\"dim small\">GPU %lld</span>",
                        json_integer_value(get(entry, "device")));
}

/* One line of a chart: the run's letter, the bar, the number. */
static void put_bar(const struct page *page, size_t run, const struct chart_part *parts,
        size_t count, double scale, const char *number)
{
        fprintf(page->to, "<div class=\"bar%s\" style=\"--c:var(--s%zu)\">",
                page->count > 1 ? "" : " one", run);
        if (page->count > 1)
                fprintf(page->to, "<span class=\"l\">%c</span>", letter(run));
        chart_bar(page->to, parts, count, scale);
        fputs("<span class=\"n\">", page->to);
        html_text(page->to, number);
        fputs("</span></div>", page->to);
}

static void put_statuses(const struct page *page, const json_t *entry)
{
        fputs("<span>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                const json_t *job = job_of(page, entry, run);
                const char *status = job ? text_of(job, "status") : "not planned";

                if (page->count > 1)
                        fprintf(page->to, " <span class=\"small dim\">%c</span> ", letter(run));
                put_badge(page->to, status, status);
        }
        fputs("</span>", page->to);
}

static void put_job(const struct page *page, const json_t *entry, double scale)
{
        fputs("<div class=\"group\"><div class=\"title\"><span>", page->to);
        put_job_name(page->to, entry);
        fputs("</span>", page->to);
        put_statuses(page, entry);
        fputs("</div>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                const json_t *job = job_of(page, entry, run);
                const char *reason = text_of(job, "reason");
                struct chart_part part = { json_number_value(get(job, "wall_s")), run, "" };
                char number[32] = "–";

                if (json_is_number(get(job, "wall_s")))
                        numbers_format("wall_s", part.value, number, sizeof(number));
                part.name = number;
                put_bar(page, run, &part, 1, scale, number);
                if (!*reason)
                        continue;
                fputs("<p class=\"small dim\">", page->to);
                if (page->count > 1)
                        fprintf(page->to, "%c: ", letter(run));
                html_text(page->to, reason);
                fputs("</p>", page->to);
        }
        fputs("</div>\n", page->to);
}

static double longest(const struct page *page)
{
        const json_t *entry;
        double most = 0;
        size_t i;

        json_array_foreach(page->jobs, i, entry) for (size_t run = 0; run < page->count; run++)
        {
                double wall = json_number_value(get(job_of(page, entry, run), "wall_s"));

                most = wall > most ? wall : most;
        }
        return most;
}

static void put_jobs(const struct page *page)
{
        const json_t *entry;
        double scale = longest(page);
        size_t i;

        fputs("<h2>Jobs</h2>\n<p class=\"dim small\">Whole time of each job, in its own "
              "process.</p>\n<div class=\"chart\">\n",
                page->to);
        json_array_foreach(page->jobs, i, entry) put_job(page, entry, scale);
        if (i == 0)
                fputs("<p>No job was planned.</p>", page->to);
        fputs("</div>\n", page->to);
}

/* --- rates --- */

static void put_rate(const struct page *page, const json_t *entry, const char *name)
{
        double values[PAGE_RUNS] = { 0 }, scale = 0;
        char number[64];

        for (size_t run = 0; run < page->count; run++) {
                json_t *numbers = numbers_of(job_of(page, entry, run));

                values[run] = json_number_value(get(numbers, name));
                scale = values[run] > scale ? values[run] : scale;
                json_decref(numbers);
        }
        fputs("<div class=\"group\"><div class=\"title\"><span>", page->to);
        put_job_name(page->to, entry);
        fputs(" <span class=\"small\">", page->to);
        html_text(page->to, name);
        fputs("</span></span></div>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                numbers_format(name, values[run], number, sizeof(number));
                put_bar(page, run, &(struct chart_part){ values[run], run, number }, 1, scale,
                        values[run] > 0 ? number : "–");
        }
        fputs("</div>\n", page->to);
}

/* The names of a job's numbers in any run, as an object whose keys they are. */
static json_t *names_of(const struct page *page, const json_t *entry)
{
        json_t *names = json_object();

        for (size_t run = 0; run < page->count; run++) {
                json_t *numbers = numbers_of(job_of(page, entry, run));

                json_object_update_missing(names, numbers);
                json_decref(numbers);
        }
        return names;
}

static void put_rates(const struct page *page)
{
        const json_t *entry;
        bool any = false;
        size_t i;

        json_array_foreach(page->jobs, i, entry)
        {
                json_t *names = names_of(page, entry), *value;
                const char *name;

                json_object_foreach(names, name, value)
                {
                        if (numbers_kind(name) != NUMBERS_RATE)
                                continue;
                        if (!any)
                                fputs("<h2>Rates</h2>\n<p class=\"dim small\">Longer is "
                                      "better; each group has its own scale.</p>\n"
                                      "<div class=\"chart\">\n",
                                        page->to);
                        any = true;
                        put_rate(page, entry, name);
                }
                json_decref(names);
        }
        if (any)
                fputs("</div>\n", page->to);
}

/* --- what the time goes into --- */

/* Seconds by name of one bar; returns how many parts, and their sum. `order` gives the colours. */
static size_t make_parts(
        const json_t *seconds, const json_t *order, struct chart_part *parts, double *ret_sum)
{
        const char *name;
        json_t *value;
        size_t count = 0;

        *ret_sum = 0;
        json_object_foreach((json_t *)seconds, name, value)
        {
                if (count == STACK_MAX || !json_is_number(value) ||
                        json_number_value(value) > SECONDS_MAX || strcmp(name, "total_s") == 0)
                        continue;
                parts[count++] = (struct chart_part){ json_number_value(value),
                        (size_t)json_integer_value(get(order, name)), name };
                *ret_sum += json_number_value(value) > 0 ? json_number_value(value) : 0;
        }
        return count;
}

/* Numbers the names of all parts in the order in which they are met. */
static void note_parts(json_t *order, const json_t *seconds)
{
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)seconds, name, value)
        {
                if (json_is_number(value) && strcmp(name, "total_s") != 0 && !get(order, name) &&
                        json_object_size(order) < STACK_MAX)
                        json_object_set_new(
                                order, name, json_integer((json_int_t)json_object_size(order)));
        }
}

static void put_legend(FILE *to, const json_t *order)
{
        const char *name;
        json_t *colour;

        fputs("<div class=\"legend\">", to);
        json_object_foreach((json_t *)order, name, colour)
        {
                char shown[128];
                size_t length = strlen(name);

                length -= length > 2 && strcmp(name + length - 2, "_s") == 0 ? 2 : 0;
                snprintf(shown, sizeof(shown), "%.*s", (int)length, name);
                chart_key(to, (size_t)json_integer_value(colour), shown);
        }
        fputs("</div>\n", to);
}

static void put_stack(const struct page *page, size_t run, const json_t *seconds,
        const json_t *order, double scale)
{
        struct chart_part parts[STACK_MAX];
        char number[32];
        double sum;
        size_t count = make_parts(seconds, order, parts, &sum);

        numbers_format("_s", sum, number, sizeof(number));
        put_bar(page, run, parts, count, scale, count > 0 ? number : "–");
}

static double longest_stack(const json_t *seconds, double most)
{
        struct chart_part parts[STACK_MAX];
        double sum;

        make_parts(seconds, NULL, parts, &sum);
        return sum > most ? sum : most;
}

static void put_phases(const struct page *page)
{
        json_t *order = json_object();
        double scale = 0;

        for (size_t run = 0; run < page->count; run++) {
                note_parts(order, get(page->documents[run], "phases"));
                scale = longest_stack(get(page->documents[run], "phases"), scale);
        }
        if (scale > 0) {
                fputs("<h2>Phases of the run</h2>\n<div class=\"chart\">\n", page->to);
                put_legend(page->to, order);
                for (size_t run = 0; run < page->count; run++)
                        put_stack(page, run, get(page->documents[run], "phases"), order, scale);
                fputs("</div>\n", page->to);
        }
        json_decref(order);
}

static void put_timings(const struct page *page)
{
        json_t *order = json_object();
        const json_t *entry;
        double scale = 0;
        size_t i;

        json_array_foreach(page->jobs, i, entry) for (size_t run = 0; run < page->count; run++)
        {
                const json_t *timings = get(job_of(page, entry, run), "timings");

                note_parts(order, timings);
                scale = longest_stack(timings, scale);
        }
        if (scale > 0) {
                fputs("<h2>What the time of each job goes into</h2>\n<div class=\"chart\">\n",
                        page->to);
                put_legend(page->to, order);
                json_array_foreach(page->jobs, i, entry)
                {
                        fputs("<div class=\"group\"><div class=\"title\"><span>", page->to);
                        put_job_name(page->to, entry);
                        fputs("</span></div>", page->to);
                        for (size_t run = 0; run < page->count; run++)
                                put_stack(page, run, get(job_of(page, entry, run), "timings"),
                                        order, scale);
                        fputs("</div>\n", page->to);
                }
                fputs("</div>\n", page->to);
        }
        json_decref(order);
}

/* --- all numbers --- */

static void put_numbers_row(const struct page *page, const json_t *entry, const char *name)
{
        double first = 0, last = 0;
        char text[64];

        fputs("<tr><th class=\"small\">", page->to);
        html_text(page->to, name);
        fputs("</th>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                json_t *numbers = numbers_of(job_of(page, entry, run));
                const json_t *value = get(numbers, name);

                snprintf(text, sizeof(text), "–");
                if (value)
                        numbers_format(name, json_number_value(value), text, sizeof(text));
                first = run == 0 ? json_number_value(value) : first;
                last = json_number_value(value);
                fputs("<td class=\"n\">", page->to);
                html_text(page->to, text);
                fputs("</td>", page->to);
                json_decref(numbers);
        }
        if (page->count > 1 && first != 0 && last != 0)
                fprintf(page->to, "<td class=\"n\">%.3f</td>", last / first);
        else if (page->count > 1)
                fputs("<td></td>", page->to);
        fputs("</tr>\n", page->to);
}

static void put_numbers_of(const struct page *page, const json_t *entry)
{
        json_t *names = names_of(page, entry), *value;
        const char *name;

        fputs("<details><summary>", page->to);
        put_job_name(page->to, entry);
        fputs("</summary><div class=\"wide\"><table><thead><tr><th></th>", page->to);
        for (size_t run = 0; run < page->count; run++)
                fprintf(page->to, page->count > 1 ? "<th>%c</th>" : "<th></th>", letter(run));
        if (page->count > 1)
                fprintf(page->to, "<th>%c / A</th>", letter(page->count - 1));
        fputs("</tr></thead><tbody>\n", page->to);
        json_object_foreach(names, name, value) put_numbers_row(page, entry, name);
        fputs("</tbody></table></div></details>\n", page->to);
        json_decref(names);
}

static void put_numbers(const struct page *page)
{
        const json_t *entry;
        size_t i;

        if (json_array_size(page->jobs) == 0)
                return;
        fputs("<h2>All numbers</h2>\n", page->to);
        json_array_foreach(page->jobs, i, entry) put_numbers_of(page, entry);
}

void page_write(FILE *to, const json_t *const documents[], size_t count)
{
        struct page page = { to, documents, count, NULL };

        list_jobs(&page);
        html_begin(to, count > 1 ? "Forestage: runs side by side" : "Forestage: report of a run");
        put_runs(&page);
        put_place(&page);
        put_jobs(&page);
        put_rates(&page);
        put_timings(&page);
        put_phases(&page);
        put_numbers(&page);
        fputs("<footer>Made by forestage " FORESTAGE_VERSION
              " report from run.json. This page has no script and loads nothing.</footer>\n",
                to);
        html_end(to);
        json_decref(page.jobs);
}
