#include "dom0/report/pagejobs.h"

#include <stdbool.h>

#include "dom0/base/json.h"
#include "dom0/report/html.h"
#include "dom0/report/numbers.h"
#include "lib/cleanup.h"

/* --- jobs --- */

/* Whether one of the first `count` runs has a job of this name and device. */
static bool is_listed(const struct page *page, size_t count, const json_t *job)
{
        for (size_t run = 0; run < count; run++)
                if (page_job(page, job, run))
                        return true;
        return false;
}

void page_list_jobs(struct page *page)
{
        const char *key;
        json_t *job;

        page->jobs = json_array();
        for (size_t run = 0; run < page->count; run++) {
                page->index[run] = numbers_index(page->documents[run]);
                json_object_foreach(page->index[run], key, job)
                        if (!is_listed(page, run, job))
                                json_array_append_new(page->jobs,
                                        json_pack("{s:O?, s:O?}", "job", get_value(job, "job"),
                                                "device", get_value(job, "device")));
        }
}

void page_drop_jobs(struct page *page)
{
        for (size_t run = 0; run < page->count; run++)
                json_decref(page->index[run]);
        json_decref(page->jobs);
}

static void put_statuses(const struct page *page, const json_t *entry)
{
        fputs("<span>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                const json_t *job = page_job(page, entry, run);
                const char *status = job ? get_text(job, "status") : "not planned";

                if (page->count > 1)
                        fprintf(page->to, " <span class=\"small dim\">%c</span> ",
                                page_letter(run));
                page_put_badge(page->to, status, status);
        }
        fputs("</span>", page->to);
}

static void put_job(const struct page *page, const json_t *entry, double scale)
{
        fputs("<div class=\"group\"><div class=\"title\"><span>", page->to);
        page_put_job_name(page->to, entry);
        fputs("</span>", page->to);
        put_statuses(page, entry);
        fputs("</div>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                const json_t *job = page_job(page, entry, run);
                const char *reason = get_text(job, "reason");
                struct chart_part part = { json_number_value(get_value(job, "wall_s")), run, "" };
                char number[32] = "–";

                if (json_is_number(get_value(job, "wall_s")))
                        numbers_format("wall_s", part.value, number, sizeof(number));
                part.name = number;
                page_put_bar(page, run, &part, 1, scale, number);
                if (!*reason)
                        continue;
                fputs("<p class=\"small dim\">", page->to);
                if (page->count > 1)
                        fprintf(page->to, "%c: ", page_letter(run));
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

        json_array_foreach(page->jobs, i, entry)
                for (size_t run = 0; run < page->count; run++) {
                        double wall =
                                json_number_value(get_value(page_job(page, entry, run), "wall_s"));

                        most = wall > most ? wall : most;
                }
        return most;
}

void page_put_jobs(const struct page *page)
{
        const json_t *entry;
        double scale = longest(page);
        size_t i;

        fputs("<h2>Jobs</h2>\n<p class=\"dim small\">Whole time of each job, in its own "
              "process.</p>\n<div class=\"chart\">\n",
                page->to);
        json_array_foreach(page->jobs, i, entry)
                put_job(page, entry, scale);
        if (i == 0)
                fputs("<p>No job was planned.</p>", page->to);
        fputs("</div>\n", page->to);
}

/* --- rates --- */

/* The numbers of one job, of each run. */
struct numbers {
        json_t *of[PAGE_RUNS];
        json_t *names; /* an object whose keys are the names that any of them has */
};

static struct numbers take_numbers(const struct page *page, const json_t *entry)
{
        struct numbers numbers = { .names = json_object() };

        for (size_t run = 0; run < page->count; run++) {
                numbers.of[run] = numbers_of(page_job(page, entry, run));
                json_object_update_missing(numbers.names, numbers.of[run]);
        }
        return numbers;
}

static void numbers_free(struct numbers *numbers)
{
        for (size_t run = 0; run < PAGE_RUNS; run++)
                json_decref(numbers->of[run]);
        json_decref(numbers->names);
}

static void put_rate(const struct page *page, const json_t *entry, const struct numbers *numbers,
        const char *name)
{
        double values[PAGE_RUNS] = { 0 }, scale = 0;
        char number[64];

        for (size_t run = 0; run < page->count; run++) {
                values[run] = json_number_value(get_value(numbers->of[run], name));
                scale = values[run] > scale ? values[run] : scale;
        }
        fputs("<div class=\"group\"><div class=\"title\"><span>", page->to);
        page_put_job_name(page->to, entry);
        html_in(page->to, " <span class=\"small\">", name, "</span></span></div>");
        for (size_t run = 0; run < page->count; run++) {
                numbers_format(name, values[run], number, sizeof(number));
                page_put_bar(page, run, &(struct chart_part){ values[run], run, number }, 1, scale,
                        values[run] > 0 ? number : "–");
        }
        fputs("</div>\n", page->to);
}

void page_put_rates(const struct page *page)
{
        const json_t *entry;
        bool any = false;
        size_t i;

        json_array_foreach(page->jobs, i, entry) {
                _cleanup_(numbers_free) struct numbers numbers = take_numbers(page, entry);
                const char *name;
                json_t *value;

                json_object_foreach(numbers.names, name, value) {
                        if (numbers_kind(name) != NUMBERS_RATE)
                                continue;
                        if (!any)
                                fputs("<h2>Rates</h2>\n<p class=\"dim small\">Longer is "
                                      "better; each group has its own scale.</p>\n"
                                      "<div class=\"chart\">\n",
                                        page->to);
                        any = true;
                        put_rate(page, entry, &numbers, name);
                }
        }
        if (any)
                fputs("</div>\n", page->to);
}

/* --- all numbers --- */

static void put_numbers_row(
        const struct page *page, const struct numbers *numbers, const char *name)
{
        double first = 0, last = 0;
        char text[64];

        html_in(page->to, "<tr><th class=\"small\">", name, "</th>");
        for (size_t run = 0; run < page->count; run++) {
                const json_t *value = get_value(numbers->of[run], name);

                snprintf(text, sizeof(text), "–");
                if (value)
                        numbers_format(name, json_number_value(value), text, sizeof(text));
                first = run == 0 ? json_number_value(value) : first;
                last = json_number_value(value);
                html_in(page->to, "<td class=\"n\">", text, "</td>");
        }
        if (page->count > 1 && first != 0 && last != 0)
                fprintf(page->to, "<td class=\"n\">%.3f</td>", last / first);
        else if (page->count > 1)
                fputs("<td></td>", page->to);
        fputs("</tr>\n", page->to);
}

static void put_numbers_of(const struct page *page, const json_t *entry)
{
        _cleanup_(numbers_free) struct numbers numbers = take_numbers(page, entry);
        const char *name;
        json_t *value;

        fputs("<details><summary>", page->to);
        page_put_job_name(page->to, entry);
        fputs("</summary><div class=\"wide\"><table><thead><tr><th></th>", page->to);
        for (size_t run = 0; run < page->count; run++)
                fprintf(page->to, page->count > 1 ? "<th>%c</th>" : "<th></th>", page_letter(run));
        if (page->count > 1)
                fprintf(page->to, "<th>%c / A</th>", page_letter(page->count - 1));
        fputs("</tr></thead><tbody>\n", page->to);
        json_object_foreach(numbers.names, name, value)
                put_numbers_row(page, &numbers, name);
        fputs("</tbody></table></div></details>\n", page->to);
}

void page_put_numbers(const struct page *page)
{
        const json_t *entry;
        size_t i;

        if (json_array_size(page->jobs) == 0)
                return;
        fputs("<h2>All numbers</h2>\n", page->to);
        json_array_foreach(page->jobs, i, entry)
                put_numbers_of(page, entry);
}
