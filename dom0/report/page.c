#include "dom0/report/page.h"

#include <stdbool.h>
#include <stdlib.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/figures/html.h"
#include "dom0/report/comparison.h"
#include "dom0/report/pagejobs.h"
#include "dom0/report/pagerates.h"
#include "dom0/report/pagetimes.h"
#include "dom0/run/summary.h"
#include "dom0/sheet/condition.h"
#include "dom0/sheet/coverage.h"
#include "dom0/sheet/head.h"
#include "dom0/sheet/series.h"
#include "dom0/sheet/untested.h"
#include "version.h"

/* --- the runs --- */

static void put_list(FILE *to, const json_t *list, const char *title)
{
        const json_t *entry;
        size_t i;

        if (json_array_size(list) == 0)
                return;
        fprintf(to, "<p class=\"small dim\">%s</p><ul class=\"small\">", title);
        json_array_foreach(list, i, entry) {
                fputs("<li>", to);
                html_value(to, entry);
                fputs("</li>", to);
        }
        fputs("</ul>", to);
}

static void put_folder(FILE *to, const struct page_folder *folder)
{
        fputs("<p class=\"small\">", to);
        if (folder->base) {
                html_link(to, folder->base, "run.json", "run.json");
                fputs(", ", to);
                html_link(to, folder->base, "events.jsonl", "events.jsonl");
                fputs("; the files of each job are linked below", to);
        } else {
                html_in(to, "Files: <code>", folder->path,
                        "</code> (a page that is written into this folder, or beside it, links to "
                        "them)");
        }
        fputs("</p>", to);
}

/* Of one run, it stands in the sheet's head. */
static void put_identity(FILE *to, const json_t *document)
{
        fputs("<p class=\"mono\">", to);
        html_value(to, get_value(document, "run_id"));
        fputs("</p><p class=\"small dim\">collected ", to);
        html_value(to, get_value(get_value(document, "collected"), "time"));
        fputs("</p>", to);
}

static void put_card(const struct page *page, size_t run)
{
        const json_t *document = page->documents[run];
        const char *verdict = get_text(document, "verdict");
        FILE *to = page->to;

        fprintf(to, "<section class=\"card\" style=\"--c:var(--s%zu)\"><div class=\"head\">", run);
        if (page->count > 1)
                fprintf(to, "<span class=\"letter\">%c</span>", page_letter(run));
        html_badge(to, verdict, summary_verdict(verdict));
        fputs("</div>", to);
        if (page->count > 1)
                put_identity(to, document);
        head_put_counts(to, document);
        if (page->folders)
                put_folder(to, &page->folders[run]);
        put_list(to, get_value(document, "reasons"), "Because");
        put_list(to, get_value(document, "warnings"), "Warnings");
        fputs("</section>\n", to);
}

static void put_runs(const struct page *page)
{
        bool rehearsal = false;

        fputs("<div class=\"cards\">\n", page->to);
        for (size_t i = 0; i < page->count; i++) {
                put_card(page, i);
                rehearsal |= json_is_true(get_value(page->documents[i], "rehearsal"));
        }
        fputs("</div>\n", page->to);
        if (!rehearsal)
                return;
        fputs("<p class=\"banner\"><strong>Rehearsal</strong>: no GPU was involved in", page->to);
        for (size_t i = 0; i < page->count; i++)
                if (json_is_true(get_value(page->documents[i], "rehearsal")))
                        fprintf(page->to, page->count > 1 ? " %c" : " this run", page_letter(i));
        fputs("; the CPU interpreted the kernels. That says nothing about any GPU.</p>\n",
                page->to);
}

/* --- where they ran --- */

static void put_heads(const struct page *page)
{
        if (page->count == 1)
                return;
        fputs("<thead><tr><th></th>", page->to);
        for (size_t i = 0; i < page->count; i++)
                fprintf(page->to, "<th style=\"color:var(--s%zu)\">%c</th>", i, page_letter(i));
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
                html_in(page->to, "<td>", text, "</td>");
        }
        fputs("</tr>\n", page->to);
}

static void put_devices(const struct page *page)
{
        static const char *const keys[][2] = { { "name", "" }, { "uuid", " UUID" },
                { "pci", " PCI" } };
        size_t most = 0;

        for (size_t i = 0; i < page->count; i++) {
                size_t count = json_array_size(get_value(page->documents[i], "devices"));

                most = count > most ? count : most;
        }
        for (size_t device = 0; device < most; device++)
                for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
                        json_t *values[PAGE_RUNS];
                        char label[48];

                        snprintf(label, sizeof(label), "GPU %zu%s", device, keys[k][1]);
                        for (size_t i = 0; i < page->count; i++)
                                values[i] = get_value(
                                        json_array_get(
                                                get_value(page->documents[i], "devices"), device),
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
        put_heads(page);
        fputs("<tbody>\n", page->to);
        for (const struct comparison_key *key = comparison_place; key->key; key++) {
                json_t *values[PAGE_RUNS];

                for (size_t i = 0; i < page->count; i++)
                        values[i] = get_value(get_value(page->documents[i], "where"), key->key);
                put_row(page, key->key, key->label, values);
        }
        put_devices(page);
        fputs("</tbody></table></div>\n", page->to);
}

/* What several runs have beside each other. */
static void put_comparison(const struct page *page)
{
        page_put_behind(page);
        page_put_peers(page);
        put_place(page);
        page_put_jobs(page);
        page_put_rates(page);
}

/* One run, as it is signed: what it is of first, and what it says nothing about before the rest. */
static void put_sheet(const struct page *page)
{
        struct sheet *sheet = memory_get(sizeof(*sheet));

        sheet_take(page->to, page->documents[0], page->folders ? page->folders[0].sha256 : NULL,
                sheet);
        head_put(sheet);
        page_put_behind(page);
        head_put_below(sheet);
        page_put_peers(page);
        page_put_rates(page);
        condition_put(sheet);
        series_put(sheet);
        coverage_put(sheet);
        untested_put(sheet);
        put_place(page);
        page_put_jobs(page);
        sheet_free(sheet);
        free(sheet);
}

void page_write(
        FILE *to, const json_t *const documents[], const struct page_folder folders[], size_t count)
{
        struct page page = { .to = to, .documents = documents, .folders = folders, .count = count };

        page_list_jobs(&page);
        html_begin(to, count > 1 ? "Forestage: runs side by side" : "Forestage: report of a run");
        put_runs(&page);
        (count > 1 ? put_comparison : put_sheet)(&page);
        page_put_timings(&page);
        page_put_phases(&page);
        page_put_numbers(&page);
        fputs("<footer>Made by forestage " FORESTAGE_VERSION
              " report from run.json. This page has no script and loads nothing.</footer>\n",
                to);
        html_end(to);
        page_drop_jobs(&page);
}
