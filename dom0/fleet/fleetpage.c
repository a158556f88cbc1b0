#include "dom0/fleet/fleetpage.h"

#include <stdbool.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"
#include "dom0/fleet/fleetdata.h"
#include "dom0/fleet/strip.h"
#include "lib/cleanup.h"
#include "version.h"

#define FAILURES 200u /* rows of those that did not pass; all of them are in the last table */
#define FINDINGS 200u
#define STRIPS   40u /* of a model; those with somebody apart come first */
#define NAMED    3u  /* GPUs that stand apart, by name, below a strip */

static const char *const shown[FLEET_STATUSES] = { "passed", "failed", "undecided", "incomplete",
        "not tried", "rehearsal" };
static const char *const classes[FLEET_STATUSES] = { "pass", "fail", "none", "incomplete", "notrun",
        "none" };

static void put_status(FILE *to, enum fleet_status status)
{
        fprintf(to, "<span class=\"badge %s\">%s</span>", classes[status], shown[status]);
}

static void put_distance(FILE *to, double distance)
{
        fprintf(to, distance > 999 ? "&gt; 999" : "%.1f", distance);
}

/* --- what there is --- */

static void put_headline(FILE *to, const struct fleet *fleet, const struct apart *apart)
{
        size_t all = 0, passed = fleet_count(fleet, LEXICON_NONE, FLEET_PASS);

        for (size_t i = 0; i < FLEET_STATUSES; i++)
                all += fleet_count(fleet, LEXICON_NONE, (enum fleet_status)i);
        fprintf(to,
                "<p><strong>%zu of %zu GPUs passed</strong> in their latest run; %zu stand%s "
                "apart. "
                "%zu run%s.</p>\n",
                passed, all, apart->count, apart->count == 1 ? "s" : "", fleet->runs_count,
                fleet->runs_count == 1 ? "" : "s");
        if (fleet_count(fleet, LEXICON_NONE, FLEET_REHEARSAL) > 0)
                fputs("<p class=\"banner\"><strong>Rehearsals</strong> are among them: no GPU was "
                      "involved in those, and they say nothing about any.</p>\n",
                        to);
        if (apart->unjudged > 0)
                fprintf(to,
                        "<p class=\"banner\">%zu GPU%s of models that are here fewer than %u "
                        "times: "
                        "what is usual for those cannot be said, and no figure of them was judged."
                        "</p>\n",
                        apart->unjudged, apart->unjudged == 1 ? " is" : "s are", APART_GPUS);
        if (fleet->left_out > 0)
                fprintf(to,
                        "<p class=\"banner\">%llu figures were left out: a GPU has more than %u, "
                        "or "
                        "there are more than %u in all.</p>\n",
                        (unsigned long long)fleet->left_out, FLEET_FIGURES, FLEET_NAMES);
}

static void put_model(FILE *to, const struct fleet *fleet, uint32_t model)
{
        html_in(to, "<tr><th>", lexicon_text(&fleet->words, model), "</th>");
        for (size_t i = 0; i < FLEET_STATUSES; i++) {
                size_t count = fleet_count(fleet, model, (enum fleet_status)i);

                fprintf(to, count ? "<td class=\"n %s\">%zu</td>" : "<td class=\"n\"></td>",
                        classes[i], count);
        }
        fputs("</tr>\n", to);
}

static void put_models(FILE *to, const struct fleet *fleet)
{
        _cleanup_free_ bool *seen = memory_get(fleet->words.count + 1);

        fputs("<div class=\"wide\"><table><thead><tr><th>Model</th>", to);
        for (size_t i = 0; i < FLEET_STATUSES; i++)
                fprintf(to, "<th class=\"n\">%s</th>", shown[i]);
        fputs("</tr></thead><tbody>\n", to);
        for (size_t i = 0; i < fleet->gpus_count; i++) {
                uint32_t model = fleet->gpus[i].model;

                if (fleet->gpus[i].samples > 0 && !seen[model])
                        put_model(to, fleet, model);
                seen[model] |= fleet->gpus[i].samples > 0;
        }
        fputs("</tbody></table></div>\n", to);
}

static void put_skipped(FILE *to, const struct fleet *fleet)
{
        if (fleet->skipped_count == 0)
                return;
        fprintf(to,
                "<details class=\"banner\"><summary>%zu folder%s left out</summary><ul "
                "class=\"small\">",
                fleet->skipped_count, fleet->skipped_count == 1 ? " was" : "s were");
        for (size_t i = 0; i < fleet->skipped_count; i++) {
                html_in(to, "<li><code>", fleet->skipped[i].path, "</code>: ");
                html_in(to, "", fleet->skipped[i].why, "</li>\n");
        }
        fputs("</ul></details>\n", to);
}

/* --- those to look at --- */

static void put_gpu_cells(FILE *to, const struct fleet *fleet, uint32_t number)
{
        const struct fleet_gpu *gpu = &fleet->gpus[number];

        html_in(to, "<td class=\"host\">", fleetdata_host(fleet, fleet_latest(fleet, gpu)),
                "</td>");
        fprintf(to, "<td class=\"mono\"><a href=\"#g%u\">", number);
        html_in(to, "", lexicon_text(&fleet->words, gpu->uuid), "</a></td>");
        html_in(to, "<td>", gpu->none ? "" : lexicon_text(&fleet->words, gpu->model), "</td>");
}

static void put_rest(FILE *to, size_t count, size_t most)
{
        if (count > most)
                fprintf(to, "<p class=\"dim\">and %zu more, which the table of all GPUs has</p>\n",
                        count - most);
}

static bool is_failure(const struct fleet_sample *latest)
{
        return latest && latest->status != FLEET_PASS && latest->status != FLEET_REHEARSAL;
}

static void put_failures(FILE *to, const struct fleet *fleet)
{
        size_t count = 0;

        for (size_t i = 0; i < fleet->gpus_count; i++) {
                uint32_t number = fleet->order[i];
                const struct fleet_sample *latest = fleet_latest(fleet, &fleet->gpus[number]);

                if (!is_failure(latest) || count++ >= FAILURES)
                        continue;
                if (count == 1)
                        fputs("<h2>Did not pass</h2>\n<div class=\"wide\"><table><thead><tr>"
                              "<th>Host</th><th>GPU</th><th>Model</th><th>Status</th><th>Why</th>"
                              "</tr></thead><tbody>\n",
                                to);
                fputs("<tr>", to);
                put_gpu_cells(to, fleet, number);
                fputs("<td>", to);
                put_status(to, latest->status);
                html_in(to, "</td><td>", latest->reason ? latest->reason : "", "</td></tr>\n");
        }
        if (count > 0)
                fputs("</tbody></table></div>\n", to);
        put_rest(to, count, FAILURES);
}

static void put_finding(FILE *to, const struct fleet *fleet, const struct apart *apart, size_t i)
{
        const struct apart_finding *finding = &apart->findings[i];
        char text[512];

        fleetdata_explain(fleet, apart, finding, text, sizeof(text));
        fprintf(to, "<tr><td class=\"n\">%zu</td>", i + 1);
        put_gpu_cells(to, fleet, finding->gpu);
        html_in(to, "<td>", text, "");
        if (finding->others > 0)
                fprintf(to, " <span class=\"dim\">and %zu further figure%s</span>", finding->others,
                        finding->others == 1 ? "" : "s");
        fputs("</td><td class=\"n\">", to);
        put_distance(to, finding->distance);
        fputs("</td></tr>\n", to);
}

static void put_findings(FILE *to, const struct fleet *fleet, const struct apart *apart)
{
        fputs("<h2>Stand apart</h2>\n<p class=\"dim small\">From the other GPUs of their model, "
              "from "
              "their own earlier runs, or by a version that hardly any other has; the farthest out "
              "first. What is usual is the median, and the distance is in multiples of the usual "
              "spread (the median absolute deviation, as a standard deviation). A GPU that is only "
              "better is not listed.</p>\n",
                to);
        if (apart->count == 0) {
                fputs("<p>None.</p>\n", to);
                return;
        }
        fputs("<div class=\"wide\"><table><thead><tr><th></th><th>Host</th><th>GPU</th>"
              "<th>Model</th><th>What</th><th class=\"n\">Distance</th></tr></thead><tbody>\n",
                to);
        for (size_t i = 0; i < apart->count && i < FINDINGS; i++)
                put_finding(to, fleet, apart, i);
        fputs("</tbody></table></div>\n", to);
        put_rest(to, apart->count, FINDINGS);
}

/* --- figures --- */

static void put_named(FILE *to, const struct fleet *fleet, const struct apart *apart,
        const struct apart_group *group)
{
        size_t named = 0;
        char number[64];

        if (group->far == 0)
                return;
        fputs("<p class=\"small slow\">", to);
        for (size_t i = group->first; i < group->first + group->count && named < NAMED; i++) {
                const struct apart_entry *entry = &apart->figures.entries[i];

                if (entry->distance < APART_FAR)
                        continue;
                numbers_format(lexicon_text(&fleet->names, group->name), entry->value, number,
                        sizeof(number));
                fprintf(to, "%s<a href=\"#g%u\">", named++ ? ", " : "", entry->gpu);
                html_in(to, "",
                        fleetdata_host(fleet, fleet_latest(fleet, &fleet->gpus[entry->gpu])), " ");
                html_in(to, "", lexicon_text(&fleet->words, fleet->gpus[entry->gpu].uuid),
                        "</a>: ");
                html_in(to, "", number, "");
        }
        if (group->far > named)
                fprintf(to, " and %zu more", group->far - named);
        fputs("</p>", to);
}

static void put_strip(FILE *to, const struct fleet *fleet, const struct apart *apart,
        const struct apart_group *group)
{
        const char *name = lexicon_text(&fleet->names, group->name);
        char low[64], median[64], high[64];

        numbers_format(name, group->robust.low, low, sizeof(low));
        numbers_format(name, group->robust.median, median, sizeof(median));
        numbers_format(name, group->robust.high, high, sizeof(high));
        fputs("<div class=\"group strip\"><div class=\"title\">", to);
        html_in(to, "<strong>", name, "</strong><span class=\"small dim\">median ");
        html_in(to, "", median, "</span></div>");
        strip_put(to, fleet, &apart->figures, group);
        html_in(to, "<div class=\"title small dim\"><span>", low, "</span>");
        html_in(to, "<span>", high, "</span></div>");
        put_named(to, fleet, apart, group);
        fputs("</div>\n", to);
}

/* Of two groups of a model, which comes first: somebody apart in it, then rates, then the others;
 * what all have alike has nothing to show. */
static int rank_of(const struct fleet *fleet, const struct apart_group *group)
{
        if (group->far > 0)
                return 0;
        if (group->robust.low == group->robust.high)
                return -1;
        return numbers_kind(lexicon_text(&fleet->names, group->name)) == NUMBERS_RATE ? 1 : 2;
}

static void put_strips(
        FILE *to, const struct fleet *fleet, const struct apart *apart, size_t first, size_t end)
{
        size_t count = 0;

        html_in(to, "<h3>", lexicon_text(&fleet->words, apart->figures.groups[first].model),
                "</h3>");
        fprintf(to, "<p class=\"dim small\">%zu GPUs at most in a strip</p>\n",
                apart->figures.groups[first].count);
        for (int rank = 0; rank < 3; rank++)
                for (size_t g = first; g < end && count < STRIPS; g++)
                        if (rank_of(fleet, &apart->figures.groups[g]) == rank) {
                                put_strip(to, fleet, apart, &apart->figures.groups[g]);
                                count++;
                        }
}

static void put_figures(FILE *to, const struct fleet *fleet, const struct apart *apart)
{
        const struct apart_list *list = &apart->figures;

        fputs("<h2>Figures</h2>\n<p class=\"dim small\">Each strip goes from the lowest value to "
              "the "
              "highest: a dot is a GPU, or a column is how many there are; the line is the median. "
              "Red dots stand apart.</p>\n",
                to);
        for (size_t first = 0, end; first < list->groups_count; first = end) {
                end = first;
                while (end < list->groups_count &&
                        list->groups[end].model == list->groups[first].model)
                        end++;
                put_strips(to, fleet, apart, first, end);
        }
}

/* --- versions, and all GPUs --- */

static void put_versions(FILE *to, const struct fleet *fleet, const struct versions *versions)
{
        fputs("<h2>Versions</h2>\n<div class=\"wide\"><table><thead><tr><th>Model</th><th>Of</th>"
              "<th>Version</th><th class=\"n\">GPUs</th><th>One of them</th></tr></thead><tbody>\n",
                to);
        for (size_t i = 0; i < versions->count; i++) {
                const struct versions_row *row = &versions->rows[i];

                if (row->value == LEXICON_NONE && row->gpus == row->of)
                        continue;
                fprintf(to, "<tr%s>", row->gpus == row->of ? "" : " class=\"diff\"");
                html_in(to, "<th>", lexicon_text(&fleet->words, row->model), "</th>");
                html_in(to, "<td>", fleet_version_names[row->version], "</td>");
                html_in(to, "<td>",
                        row->value == LEXICON_NONE ? "not said"
                                                   : lexicon_text(&fleet->words, row->value),
                        "</td>");
                fprintf(to, "<td class=\"n\">%zu</td>", row->gpus);
                html_in(to, "<td>",
                        fleetdata_host(fleet, fleet_latest(fleet, &fleet->gpus[row->first])),
                        "</td></tr>\n");
        }
        fputs("</tbody></table></div>\n", to);
}

static void put_row(FILE *to, const struct fleet *fleet, const struct apart *apart, uint32_t number)
{
        const struct fleet_gpu *gpu = &fleet->gpus[number];
        const struct fleet_sample *latest = fleet_latest(fleet, gpu);
        const struct apart_finding *finding = apart_of(apart, number);
        char text[512] = "";

        if (finding)
                fleetdata_explain(fleet, apart, finding, text, sizeof(text));
        fprintf(to, "<tr id=\"g%u\">", number);
        html_in(to, "<td class=\"host\">", fleetdata_host(fleet, latest), "</td>");
        html_in(to, "<td class=\"mono\">", lexicon_text(&fleet->words, gpu->uuid), "</td>");
        html_in(to, "<td>", gpu->none ? "" : lexicon_text(&fleet->words, gpu->model), "</td><td>");
        put_status(to, latest->status);
        fprintf(to, "</td><td class=\"n\">%zu</td>", gpu->samples);
        html_in(to, "<td>", fleet->runs[latest->run].time, "</td>");
        html_in(to, "<td>", text, "</td></tr>\n");
}

static void put_all(FILE *to, const struct fleet *fleet, const struct apart *apart)
{
        fputs("<h2>All GPUs</h2>\n<p class=\"dim small\">The browser's own search finds a host or "
              "a UUID here.</p>\n<div class=\"wide\"><table class=\"small\"><thead><tr>"
              "<th>Host</th><th>GPU</th><th>Model</th><th>Status</th><th class=\"n\">Runs</th>"
              "<th>Latest</th><th>Stands apart</th></tr></thead><tbody>\n",
                to);
        for (size_t i = 0; i < fleet->gpus_count; i++)
                if (fleet->gpus[fleet->order[i]].samples > 0)
                        put_row(to, fleet, apart, fleet->order[i]);
        fputs("</tbody></table></div>\n", to);
}

static void put_files(FILE *to, const char *data, const char *table)
{
        if (!data || !table)
                return;
        fputs("<p class=\"small\">The same as ", to);
        html_link(to, "./", data, "JSON");
        fputs(" and as a ", to);
        html_link(to, "./", table, "table");
        fputs("</p>\n", to);
}

void fleetpage_write(FILE *to, const struct fleet *fleet, const struct apart *apart,
        const char *data, const char *table)
{
        html_begin(to, "Forestage: a fleet");
        put_headline(to, fleet, apart);
        put_files(to, data, table);
        put_models(to, fleet);
        put_skipped(to, fleet);
        put_failures(to, fleet);
        put_findings(to, fleet, apart);
        put_figures(to, fleet, apart);
        put_versions(to, fleet, &apart->versions);
        put_all(to, fleet, apart);
        fputs("<footer>Made by forestage " FORESTAGE_VERSION
              " report --fleet from run.json. This page has no script and loads "
              "nothing.</footer>\n",
                to);
        html_end(to);
}
