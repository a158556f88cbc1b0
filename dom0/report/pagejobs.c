#include "dom0/report/pagejobs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/path.h"
#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"
#include "dom0/report/pagetable.h"
#include "dom0/sweep/sweeps.h"
#include "lib/cleanup.h"

#define FILES_SHOWN 40u /* of a job in a run */

/* --- jobs --- */

/* Whether one of the first `count` runs has a job of this name and device. */
static bool is_listed(const struct page *page, size_t count, const json_t *job)
{
        for (size_t run = 0; run < count; run++)
                if (page_job(page, job, run))
                        return true;
        return false;
}

/* The names of jobs that a page has room for: {"copy": true}. One run's are those of all. */
static json_t *names_shown(const struct page *page)
{
        json_t *names = json_object(), *job;
        size_t i;

        for (size_t run = 0; run < page->count; run++) {
                json_auto_t *shown = sweeps_shown(page->documents[run]);

                json_array_foreach(shown, i, job)
                        set_value(names, get_text(job, "job"), json_true());
        }
        return names;
}

/* By name, in the order in which they are met: {"copy": [{"job", "device"}, ...]}. */
static json_t *list_by_name(struct page *page)
{
        json_auto_t *shown = names_shown(page);
        json_t *names = json_object(), *job;
        const char *key;

        for (size_t run = 0; run < page->count; run++) {
                page->index[run] = numbers_index(page->documents[run]);
                json_object_foreach(page->index[run], key, job) {
                        const char *name = get_text(job, "job");

                        if (!get_value(shown, name) || is_listed(page, run, job))
                                continue;
                        if (!get_value(names, name))
                                set_value(names, name, json_array());
                        json_array_append_new(get_value(names, name),
                                json_pack("{s:O?, s:O?}", "job", get_value(job, "job"), "device",
                                        get_value(job, "device")));
                }
        }
        return names;
}

static int by_device(const void *left, const void *right)
{
        const json_t *const *a = left, *const *b = right;
        long long first = get_integer(*a, "device"), second = get_integer(*b, "device");

        return first < second ? -1 : first > second;
}

/* The GPUs of one job, in their order. */
static void list_group(struct page *page, const json_t *entries)
{
        size_t count = json_array_size(entries);
        _cleanup_free_ json_t **sorted = memory_get(count * sizeof(json_t *));

        for (size_t i = 0; i < count; i++)
                sorted[i] = json_array_get(entries, i);
        qsort(sorted, count, sizeof(json_t *), by_device);
        for (size_t i = 0; i < count; i++) {
                if (i % PAGE_GPUS == 0)
                        json_array_append_new(page->groups, json_array());
                json_array_append(
                        json_array_get(page->groups, json_array_size(page->groups) - 1), sorted[i]);
                json_array_append(page->jobs, sorted[i]);
        }
}

void page_list_jobs(struct page *page)
{
        json_auto_t *names = list_by_name(page);
        const char *name;
        json_t *entries;

        page->jobs = json_array();
        page->groups = json_array();
        json_object_foreach(names, name, entries)
                list_group(page, entries);
}

void page_drop_jobs(struct page *page)
{
        for (size_t run = 0; run < page->count; run++)
                json_decref(page->index[run]);
        json_decref(page->groups);
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
                html_badge(page->to, status, status);
        }
        fputs("</span>", page->to);
}

/* The first description that a run has of it; the same job has the same one, as a rule. */
static void put_description(const struct page *page, const json_t *entry)
{
        for (size_t run = 0; run < page->count; run++) {
                const char *text = get_text(page_job(page, entry, run), "description");

                if (*text) {
                        html_in(page->to, "<p class=\"small\">", text, "</p>");
                        return;
                }
        }
}

/* Links to the files of a job in one run, by their names in the job's folder. */
static void put_files(const struct page *page, const json_t *job, size_t run)
{
        const char *base = page->folders ? page->folders[run].base : NULL;
        size_t shown = 0, count = base ? json_array_size(get_value(job, "files")) : 0;

        for (size_t i = 0; i < count && shown < FILES_SHOWN; i++) {
                const char *path = json_string_value(json_array_get(get_value(job, "files"), i));
                const char *name = path ? strchr(path, '/') : NULL;

                name = name ? strchr(name + 1, '/') : NULL; /* jobs/NAME/DEVICE/file */
                name = name ? strchr(name + 1, '/') : NULL;
                if (!name || path_problem(path, strlen(path)))
                        continue;
                fputs(shown == 0 ? "<p class=\"small\">" : ", ", page->to);
                if (shown++ == 0 && page->count > 1)
                        fprintf(page->to, "%c: ", page_letter(run));
                html_link(page->to, base, path, name + 1);
        }
        if (shown == FILES_SHOWN && count > FILES_SHOWN)
                fprintf(page->to, " and %zu more", count - FILES_SHOWN);
        if (shown > 0)
                fputs("</p>", page->to);
}

static void put_reason(const struct page *page, const json_t *job, size_t run)
{
        const char *reason = get_text(job, "reason");

        if (!*reason)
                return;
        fputs("<p class=\"small dim\">", page->to);
        if (page->count > 1)
                fprintf(page->to, "%c: ", page_letter(run));
        html_text(page->to, reason);
        fputs("</p>", page->to);
}

static void put_job(const struct page *page, const json_t *entry, double scale)
{
        fputs("<div class=\"group\"><div class=\"title\"><span>", page->to);
        page_put_job_name(page->to, entry);
        fputs("</span>", page->to);
        put_statuses(page, entry);
        fputs("</div>", page->to);
        put_description(page, entry);
        for (size_t run = 0; run < page->count; run++) {
                const json_t *job = page_job(page, entry, run);
                struct chart_part part = { json_number_value(get_value(job, "wall_s")), run, "" };
                char number[32] = "–";

                if (json_is_number(get_value(job, "wall_s")))
                        numbers_format("wall_s", part.value, number, sizeof(number));
                part.name = number;
                page_put_bar(page, run, &part, 1, scale, number);
                put_reason(page, job, run);
                put_files(page, job, run);
        }
        fputs("</div>\n", page->to);
}

/* What the bars' length means: the longest; 0: there is only one, which has nothing to be held
 * against. */
static double longest(const struct page *page)
{
        const json_t *entry;
        double most = 0;
        size_t i, bars = 0;

        json_array_foreach(page->jobs, i, entry)
                for (size_t run = 0; run < page->count; run++) {
                        double wall =
                                json_number_value(get_value(page_job(page, entry, run), "wall_s"));

                        most = wall > most ? wall : most;
                        bars += wall > 0;
                }
        return bars > 1 ? most : 0;
}

/* Long sweeps: most of their points are not among the jobs. */
static void put_sweeps(const struct page *page, size_t run)
{
        json_auto_t *sweeps = sweeps_of(page->documents[run]);
        const char *base = page->folders ? page->folders[run].base : NULL;
        const json_t *sweep;
        size_t i;

        json_array_foreach(sweeps, i, sweep) {
                const char *name = get_text(sweep, "sweep");
                char text[512], path[256];

                fputs("<p><strong>", page->to);
                html_text(page->to, name);
                fputs("</strong>", page->to);
                if (page->count > 1)
                        fprintf(page->to, " %c", page_letter(run));
                sweeps_describe(sweep, text, sizeof(text));
                html_text(page->to, ", a sweep: ");
                html_text(page->to, text);
                snprintf(text, sizeof(text),
                        ". Of its %lld jobs %lld stand below: the first that "
                        "did not pass, and the slowest. ",
                        get_integer(sweep, "jobs"), get_integer(sweep, "shown"));
                html_text(page->to, text);
                snprintf(path, sizeof(path), "sweeps/%.200s.csv", name);
                if (base && !path_problem(path, strlen(path)))
                        html_link(page->to, base, path, "All as a table");
                fputs("</p>\n", page->to);
        }
}

void page_put_jobs(const struct page *page)
{
        const json_t *entry;
        double scale = longest(page);
        size_t i;

        fputs("<h2>Jobs</h2>\n<p class=\"dim small\">Whole time of each job, in its own "
              "process.</p>\n",
                page->to);
        for (size_t run = 0; run < page->count; run++)
                put_sweeps(page, run);
        fputs("<div class=\"chart\">\n", page->to);
        json_array_foreach(page->jobs, i, entry)
                put_job(page, entry, scale);
        if (i == 0)
                fputs("<p>No job was planned.</p>", page->to);
        fputs("</div>\n", page->to);
}

/* --- all numbers --- */

/* A column: a GPU in a run. */
struct column {
        size_t gpu, run;
};

static void put_numbers_row(const struct page *page, const struct pagetable *table,
        const struct column *columns, size_t count, const char *name)
{
        double first = 0, last = 0;
        char text[64];

        html_in(page->to, "<tr><th class=\"small\">", name, "</th>");
        for (size_t i = 0; i < count; i++) {
                const json_t *value = pagetable_number(table, columns[i].gpu, columns[i].run, name);

                snprintf(text, sizeof(text), "–");
                if (value)
                        numbers_format(name, json_number_value(value), text, sizeof(text));
                first = i == 0 ? json_number_value(value) : first;
                last = json_number_value(value);
                html_in(page->to, "<td class=\"n\">", text, "</td>");
        }
        if (page->count > 1 && first != 0 && last != 0)
                fprintf(page->to, "<td class=\"n\">%.3f</td>", last / first);
        else if (page->count > 1)
                fputs("<td></td>", page->to);
        fputs("</tr>\n", page->to);
}

static void put_numbers_head(const struct page *page, const struct pagetable *table,
        const struct column *columns, size_t count)
{
        fputs("<div class=\"wide\"><table><thead><tr><th></th>", page->to);
        for (size_t i = 0; i < count; i++) {
                fputs("<th class=\"n\">", page->to);
                if (page->count > 1)
                        putc(page_letter(columns[i].run), page->to);
                else if (count > 1)
                        page_put_gpu(page->to, table->entries[columns[i].gpu]);
                fputs("</th>", page->to);
        }
        if (page->count > 1)
                fprintf(page->to, "<th class=\"n\">%c / A</th>", page_letter(page->count - 1));
        fputs("</tr></thead><tbody>\n", page->to);
}

static bool has_any(
        const struct pagetable *table, const struct column *columns, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (pagetable_number(table, columns[i].gpu, columns[i].run, name))
                        return true;
        return false;
}

static void put_numbers_of(const struct page *page, const struct pagetable *table,
        const struct column *columns, size_t count)
{
        put_numbers_head(page, table, columns, count);
        for (size_t i = 0; i < table->count; i++)
                if (has_any(table, columns, count, table->names[i].text))
                        put_numbers_row(page, table, columns, count, table->names[i].text);
        fputs("</tbody></table></div></details>\n", page->to);
}

/* One run: a job's GPUs are the columns. Several: the runs are, and each GPU has a table. */
static void put_numbers_group(const struct page *page, const json_t *group)
{
        _cleanup_(pagetable_free) struct pagetable table = pagetable_take(page, group);
        struct column columns[PAGE_GPUS] = { 0 };

        if (page->count == 1 && table.gpus > 1) {
                for (size_t gpu = 0; gpu < table.gpus; gpu++)
                        columns[gpu].gpu = gpu;
                html_in(page->to, "<details><summary><strong>", get_text(table.entries[0], "job"),
                        "</strong></summary>");
                put_numbers_of(page, &table, columns, table.gpus);
                return;
        }
        for (size_t gpu = 0; gpu < table.gpus; gpu++) {
                for (size_t run = 0; run < page->count; run++)
                        columns[run] = (struct column){ gpu, run };
                fputs("<details><summary>", page->to);
                page_put_job_name(page->to, table.entries[gpu]);
                fputs("</summary>", page->to);
                put_numbers_of(page, &table, columns, page->count);
        }
}

void page_put_numbers(const struct page *page)
{
        const json_t *group;
        size_t i;

        if (json_array_size(page->jobs) == 0)
                return;
        fputs("<h2>All numbers</h2>\n", page->to);
        json_array_foreach(page->groups, i, group)
                put_numbers_group(page, group);
}
