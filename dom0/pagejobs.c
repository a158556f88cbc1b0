#include "dom0/pageparts.h"

#include <stdbool.h>
#include <string.h>

#include "dom0/html.h"
#include "dom0/numbers.h"
#include "dom0/page.h"

static json_t *get(const json_t *object, const char *key)
{
        return json_object_get(object, key);
}

static const char *text_of(const json_t *object, const char *key)
{
        const char *text = json_string_value(get(object, key));

        return text ? text : "";
}

/* --- jobs --- */

void page_list_jobs(struct page *page)
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

static void put_statuses(const struct page *page, const json_t *entry)
{
        fputs("<span>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                const json_t *job = page_job(page, entry, run);
                const char *status = job ? text_of(job, "status") : "not planned";

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
                const char *reason = text_of(job, "reason");
                struct chart_part part = { json_number_value(get(job, "wall_s")), run, "" };
                char number[32] = "–";

                if (json_is_number(get(job, "wall_s")))
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

        json_array_foreach(page->jobs, i, entry) for (size_t run = 0; run < page->count; run++)
        {
                double wall = json_number_value(get(page_job(page, entry, run), "wall_s"));

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
                json_t *numbers = numbers_of(page_job(page, entry, run));

                values[run] = json_number_value(get(numbers, name));
                scale = values[run] > scale ? values[run] : scale;
                json_decref(numbers);
        }
        fputs("<div class=\"group\"><div class=\"title\"><span>", page->to);
        page_put_job_name(page->to, entry);
        fputs(" <span class=\"small\">", page->to);
        html_text(page->to, name);
        fputs("</span></span></div>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                numbers_format(name, values[run], number, sizeof(number));
                page_put_bar(page, run, &(struct chart_part){ values[run], run, number }, 1, scale,
                        values[run] > 0 ? number : "–");
        }
        fputs("</div>\n", page->to);
}

/* The names of a job's numbers in any run, as an object whose keys they are. */
static json_t *names_of(const struct page *page, const json_t *entry)
{
        json_t *names = json_object();

        for (size_t run = 0; run < page->count; run++) {
                json_t *numbers = numbers_of(page_job(page, entry, run));

                json_object_update_missing(names, numbers);
                json_decref(numbers);
        }
        return names;
}

void page_put_rates(const struct page *page)
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

/* --- all numbers --- */

static void put_numbers_row(const struct page *page, const json_t *entry, const char *name)
{
        double first = 0, last = 0;
        char text[64];

        fputs("<tr><th class=\"small\">", page->to);
        html_text(page->to, name);
        fputs("</th>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                json_t *numbers = numbers_of(page_job(page, entry, run));
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
        page_put_job_name(page->to, entry);
        fputs("</summary><div class=\"wide\"><table><thead><tr><th></th>", page->to);
        for (size_t run = 0; run < page->count; run++)
                fprintf(page->to, page->count > 1 ? "<th>%c</th>" : "<th></th>", page_letter(run));
        if (page->count > 1)
                fprintf(page->to, "<th>%c / A</th>", page_letter(page->count - 1));
        fputs("</tr></thead><tbody>\n", page->to);
        json_object_foreach(names, name, value) put_numbers_row(page, entry, name);
        fputs("</tbody></table></div></details>\n", page->to);
        json_decref(names);
}

void page_put_numbers(const struct page *page)
{
        const json_t *entry;
        size_t i;

        if (json_array_size(page->jobs) == 0)
                return;
        fputs("<h2>All numbers</h2>\n", page->to);
        json_array_foreach(page->jobs, i, entry) put_numbers_of(page, entry);
}
