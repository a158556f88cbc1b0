#include "dom0/report/pagerates.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"
#include "dom0/figures/scale.h"
#include "dom0/report/pagetable.h"
#include "lib/cleanup.h"

#define ROUNDED    1e-9
#define BEHIND_MAX 6u /* metrics of one GPU that are told above all others */

/* "92.1 %" of something. */
static void put_share(FILE *to, double share, const char *of)
{
        bool whole = share > 0.9995 && share < 1.0005;

        fprintf(to, "<span class=\"p\">%.*f %%%s</span>", whole ? 0 : 1, share * 100, of);
}

/* --- what a number is measured by --- */

static struct scale scale_of_number(const struct page *page, const struct pagetable *table,
        size_t gpu, size_t run, const char *name)
{
        return scale_of(page_device(page, table->entries[gpu], run), table->jobs[gpu][run],
                numbers_short(name));
}

static bool is_below(const struct scale *scale, double number)
{
        return number < scale->least * (1 - ROUNDED);
}

/* "NVIDIA's data sheet, 4800 GB/s; at least 4200 GB/s" */
static void describe_scale(const struct scale *scale, const char *name, char *text, size_t size)
{
        char best[64], least[64];
        bool has_least = scale->least > 0;

        numbers_format(name, scale->best, best, sizeof(best));
        numbers_format(name, scale->least, least, sizeof(least));
        if (scale->best > 0)
                snprintf(text, size, "%s, %s%s%s", scale->is, best, has_least ? "; at least " : "",
                        has_least ? least : "");
        else
                snprintf(text, size, "no limit known: %s", scale->why);
}

/* --- what the checks themselves say of GPUs that are behind --- */

/* "agreement.fma-fp32: 0x0123456789abcdef, not the 0xfedcba9876543210 of GPU 0" */
static void put_other_hash(FILE *to, const json_t *one)
{
        html_in(to, "<li><code>", get_text(one, "metric"), "</code>: <strong>");
        html_in(to, "", get_value(one, "found") ? get_text(one, "found") : "none", "</strong>, ");
        html_in(to, "not the ", get_text(one, "best"), " of GPU ");
        html_value(to, get_value(one, "device"));
        fputs("</li>", to);
}

/* "copy.gbps: 50 GB/s, 9.1 % less than the 55 GB/s of GPU 0" */
static void put_gap(FILE *to, const json_t *one)
{
        const char *metric = get_text(one, "metric");
        double best = get_number(one, "best"), found = get_number(one, "found");
        char text[64] = "none";

        if (json_is_number(get_value(one, "found")))
                numbers_format(metric, found, text, sizeof(text));
        html_in(to, "<li><code>", metric, "</code>: <strong>");
        html_in(to, "", text, "</strong>, ");
        if (found > 0 && found < best)
                fprintf(to, "%.1f %% ", (1 - found / best) * 100);
        numbers_format(metric, best, text, sizeof(text));
        html_in(to, "less than the ", text, " of GPU ");
        html_value(to, get_value(one, "device"));
        fputs("</li>", to);
}

static size_t count_failed(const json_t *peers)
{
        const json_t *one;
        size_t i, count = 0;

        json_array_foreach(peers, i, one)
                count += strcmp(get_text(one, "status"), "fail") == 0;
        return count;
}

static void put_behind(const struct page *page, const json_t *entry, size_t run)
{
        const json_t *one,
                *peers = get_value(get_value(page_job(page, entry, run), "check"), "peers");
        size_t i, told = 0, count = count_failed(peers);
        FILE *to = page->to;

        if (count == 0)
                return;
        fputs("<div class=\"banner behind\"><strong>", to);
        page_put_gpu(to, entry);
        fputs(" falls behind the best GPU of its model</strong> in ", to);
        html_text(to, get_text(entry, "job"));
        if (page->count > 1)
                fprintf(to, ", run %c", page_letter(run));
        fputs(":<ul>", to);
        json_array_foreach(peers, i, one)
                if (strcmp(get_text(one, "status"), "fail") == 0 && told++ < BEHIND_MAX)
                        (json_is_string(get_value(one, "best")) ? put_other_hash : put_gap)(
                                to, one);
        if (count > BEHIND_MAX)
                fprintf(to, "<li>and %zu more, marked below</li>", count - BEHIND_MAX);
        fputs("</ul></div>\n", to);
}

void page_put_behind(const struct page *page)
{
        const json_t *entry;
        size_t i;

        json_array_foreach(page->jobs, i, entry)
                for (size_t run = 0; run < page->count; run++)
                        put_behind(page, entry, run);
}

/* --- GPUs beside each other --- */

static bool same_model(const struct page *page, const struct pagetable *table)
{
        const char *model = NULL;

        for (size_t gpu = 0; gpu < table->gpus; gpu++)
                for (size_t run = 0; run < page->count; run++) {
                        const char *name = get_string(table->jobs[gpu][run], "name");

                        if (model && name && strcmp(model, name) != 0)
                                return false;
                        model = name ? name : model;
                }
        return true;
}

static void put_gpu_head(
        const struct page *page, const struct pagetable *table, size_t gpu, bool with_model)
{
        const char *model = "";

        fputs("<th>", page->to);
        page_put_gpu(page->to, table->entries[gpu]);
        for (size_t run = 0; run < page->count; run++) {
                const json_t *job = table->jobs[gpu][run];

                if (job)
                        fputs("<br>", page->to);
                if (job && page->count > 1)
                        fprintf(page->to, "%c ", page_letter(run));
                if (job)
                        html_badge(page->to, get_text(job, "status"), get_text(job, "status"));
                model = *model ? model : get_text(job, "name");
        }
        if (with_model)
                html_in(page->to, "<br><span class=\"small\">", model, "</span>");
        fputs("</th>", page->to);
}

/* What a row's bars end at, by the first GPU of which it is known; else by the first. */
static struct scale scale_of_row(
        const struct page *page, const struct pagetable *table, const char *name)
{
        struct scale scale = { .why = "" };

        for (size_t gpu = 0; gpu < table->gpus; gpu++)
                for (size_t run = 0; run < page->count; run++) {
                        scale = scale_of_number(page, table, gpu, run, name);
                        if (scale.best > 0)
                                return scale;
                }
        return scale;
}

/* Whether another GPU of the model has the number too, so that the best of them says something. */
static bool has_peer(const struct pagetable *table, size_t gpu, size_t run, const char *name)
{
        const char *model = get_text(table->jobs[gpu][run], "name");

        for (size_t i = 0; i < table->gpus; i++)
                for (size_t k = 0; k < PAGE_RUNS; k++)
                        if ((i != gpu || k != run) && pagetable_number(table, i, k, name) &&
                                strcmp(get_text(table->jobs[i][k], "name"), model) == 0)
                                return true;
        return false;
}

/* A bar up to what is possible at best; where that is not known, up to the best of its model. */
static void put_cell_bar(const struct page *page, const struct pagetable *table, size_t gpu,
        size_t run, const char *name)
{
        struct scale scale = scale_of_number(page, table, gpu, run, name);
        double number = json_number_value(pagetable_number(table, gpu, run, name));
        bool failed = pagetable_failed(table, gpu, run, name) || is_below(&scale, number);
        double best = pagetable_best(table, gpu, run, name);
        char text[256];

        describe_scale(&scale, name, text, sizeof(text));
        if (scale.best > 0)
                chart_measure(page->to,
                        &(struct chart_measure){ number, scale.best, scale.least, run, failed },
                        text);
        else if (best > 0 && scale_of_row(page, table, name).best <= 0 &&
                 has_peer(table, gpu, run, name))
                chart_bar(page->to, &(struct chart_part){ number, run, text }, 1, best);
        else
                fputs("<span class=\"of\">no limit</span>", page->to);
}

/* One number: itself, its share of the best, and a bar; marked if the check failed it. */
static void put_cell(const struct page *page, const struct pagetable *table, size_t gpu, size_t run,
        const char *name)
{
        const json_t *value = pagetable_number(table, gpu, run, name);
        struct scale scale = scale_of_number(page, table, gpu, run, name);
        double best = pagetable_best(table, gpu, run, name), number = json_number_value(value);
        bool failed =
                pagetable_failed(table, gpu, run, name) || (value && is_below(&scale, number));
        char text[64] = "–";

        if (value)
                numbers_format("", number, text, sizeof(text));
        fprintf(page->to, "<div class=\"cell%s\" style=\"--c:var(--s%zu)\"><div class=\"v\">",
                failed ? " slow" : "", run);
        if (page->count > 1)
                fprintf(page->to, "<span class=\"l\">%c</span>", page_letter(run));
        html_in(page->to, failed ? "<span>✗ " : "<span>", text, "</span>");
        if (number > 0 && best > 0 && has_peer(table, gpu, run, name))
                put_share(page->to, number / best, "");
        fputs("</div>", page->to);
        if (number > 0)
                put_cell_bar(page, table, gpu, run, name);
        fputs("</div>", page->to);
}

static void put_peers_row(const struct page *page, const struct pagetable *table, const char *name)
{
        struct scale scale = scale_of_row(page, table, name);

        html_in(page->to, "<tr><th>", numbers_short(name), "<span class=\"of\">");
        html_in(page->to, "", scale.best > 0 ? scale.is : "no limit known", "</span></th>");
        for (size_t gpu = 0; gpu < table->gpus; gpu++) {
                fputs("<td>", page->to);
                for (size_t run = 0; run < page->count; run++)
                        put_cell(page, table, gpu, run, name);
                fputs("</td>", page->to);
        }
        fputs("</tr>\n", page->to);
}

static void put_peers_head(const struct page *page, const struct pagetable *table)
{
        bool with_model = !same_model(page, table);
        bool narrow = table->gpus > 4 && page->count > 1; /* eight GPUs fit on a screen */

        html_in(page->to, "<h3>", get_text(table->entries[0], "job"), "</h3>");
        fprintf(page->to, "<div class=\"wide\"><table class=\"peers%s\"><thead><tr><th></th>",
                narrow ? " narrow" : "");
        for (size_t gpu = 0; gpu < table->gpus; gpu++)
                put_gpu_head(page, table, gpu, with_model);
        fputs("</tr></thead><tbody>\n", page->to);
}

static void put_peers(const struct page *page, const json_t *group)
{
        _cleanup_(pagetable_free) struct pagetable table = pagetable_take(page, group);
        bool any = false;

        for (size_t i = 0; i < table.count; i++) {
                const char *name = table.names[i].text;

                if (!pagetable_is_shown(&table, name))
                        continue;
                if (!any)
                        put_peers_head(page, &table);
                any = true;
                put_peers_row(page, &table, name);
        }
        if (any)
                fputs("</tbody></table></div>\n", page->to);
}

void page_put_peers(const struct page *page)
{
        const json_t *group;
        bool any = false;
        size_t i;

        json_array_foreach(page->groups, i, group) {
                if (json_array_size(group) < 2)
                        continue;
                if (!any)
                        fputs("<h2>GPUs beside each other</h2>\n<p class=\"dim small\">Each "
                              "number, and what share it is of the best one of the same model. Its "
                              "bar goes from 0 to what is possible at best (where that is not "
                              "known, to the best one), and has a tick at the least that passes. "
                              "✗: its check failed it for being below that, or too far behind the "
                              "best, or a baseline.</p>\n",
                                page->to);
                any = true;
                put_peers(page, group);
        }
}

/* --- one GPU --- */

/* Where no best is known there may be a baseline; with neither, a bar would say nothing. */
static void put_value_bar(
        const struct page *page, const struct scale *scale, double number, double base, bool failed)
{
        if (scale->best > 0)
                chart_measure(page->to,
                        &(struct chart_measure){ number, scale->best, scale->least, 0, failed },
                        scale->is);
        else if (base > 0)
                chart_bar(page->to, &(struct chart_part){ number, 0, "" }, 1, fmax(base, number));
}

/* One run: a number, what it is measured by, and how far it comes there. */
static void put_value(const struct page *page, const struct pagetable *table, const char *name)
{
        const json_t *value = pagetable_number(table, 0, 0, name);
        struct scale scale = scale_of_number(page, table, 0, 0, name);
        double number = json_number_value(value);
        bool failed = pagetable_failed(table, 0, 0, name) || is_below(&scale, number);
        double base = get_number(get_value(table->baseline[0][0], numbers_short(name)), "baseline");
        char text[64], of[256];

        numbers_format(name, number, text, sizeof(text));
        describe_scale(&scale, name, of, sizeof(of));
        fprintf(page->to, "<div class=\"bar one value%s\"><span class=\"small\">",
                failed ? " slow" : "");
        html_text(page->to, numbers_short(name));
        if (base > 0) {
                fputs(" ", page->to);
                put_share(page->to, number / base, " of the baseline");
        }
        html_in(page->to, failed ? "</span><span class=\"n\">✗ " : "</span><span class=\"n\">",
                text, "</span>");
        put_value_bar(page, &scale, number, base, failed);
        if (scale.best > 0)
                put_share(page->to, number / scale.best, "");
        html_in(page->to, "<span class=\"of\">", of, "</span></div>\n");
}

/* Several runs: bars on one scale. */
static void put_rate(const struct page *page, const struct pagetable *table, const char *name)
{
        double scale = 0;

        for (size_t run = 0; run < page->count; run++) {
                double value = json_number_value(pagetable_number(table, 0, run, name));

                scale = fmax(scale, value);
                scale = fmax(scale, scale_of_number(page, table, 0, run, name).best);
        }
        html_in(page->to, "<div class=\"group\"><div class=\"title\"><span>", numbers_short(name),
                "</span></div>");
        for (size_t run = 0; run < page->count; run++) {
                double value = json_number_value(pagetable_number(table, 0, run, name));
                const char *mark = pagetable_failed(table, 0, run, name) ? "✗ " : "";
                char number[64] = "–", shown[80];

                if (value > 0)
                        numbers_format(name, value, number, sizeof(number));
                snprintf(shown, sizeof(shown), "%s%s", mark, number);
                page_put_bar(
                        page, run, &(struct chart_part){ value, run, number }, 1, scale, shown);
        }
        fputs("</div>\n", page->to);
}

/* Of one GPU, they are told too, although less of them is better. */
static bool is_latency(const char *name)
{
        return strncmp(numbers_short(name), "latency.", 8) == 0 &&
               strcmp(numbers_short(name), "latency.wall_s") != 0;
}

/* Returns whether there are any rates, on this job or those before. */
static bool put_rates(const struct page *page, const json_t *group, bool any)
{
        _cleanup_(pagetable_free) struct pagetable table = pagetable_take(page, group);
        bool first = true;

        for (size_t i = 0; i < table.count; i++) {
                const char *name = table.names[i].text;

                if (!pagetable_is_shown(&table, name) && !is_latency(name))
                        continue;
                if (!any)
                        fprintf(page->to, "<h2>%s</h2>\n%s", page->count > 1 ? "Rates" : "Figures",
                                page->count > 1 ? "<p class=\"dim small\">Longer is better; each "
                                                  "group has its own scale.</p>\n"
                                                : "<p class=\"dim small\">Each bar goes from 0 to "
                                                  "what is possible at best; the tick is the least "
                                                  "that passes.</p>\n");
                if (first) {
                        fputs("<h3>", page->to);
                        page_put_job_name(page->to, table.entries[0]);
                        fprintf(page->to, "</h3><div class=\"chart%s\">\n",
                                page->count > 1 ? "" : " figures");
                }
                any = true;
                first = false;
                (page->count > 1 ? put_rate : put_value)(page, &table, name);
        }
        if (!first)
                fputs("</div>\n", page->to);
        return any;
}

void page_put_rates(const struct page *page)
{
        const json_t *group;
        bool any = false;
        size_t i;

        json_array_foreach(page->groups, i, group)
                if (json_array_size(group) == 1)
                        any = put_rates(page, group, any);
}
