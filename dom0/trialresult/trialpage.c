#include "dom0/trialresult/trialpage.h"

#include <stdbool.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"
#include "dom0/report/pageparts.h"
#include "dom0/trialresult/outcome.h"
#include "lib/cleanup.h"
#include "version.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- the answer --- */

static void put_banner(FILE *to, const json_t *outcome)
{
        if (!get_bool(outcome, "rehearsal"))
                return;
        fputs("<p class=\"banner\"><strong>Rehearsal</strong>: no GPU was tried; the CPU "
              "interpreted "
              "the kernels. That says nothing about any GPU.</p>\n",
                to);
}

static void put_because(FILE *to, const json_t *obstacle)
{
        if (!json_is_object(obstacle))
                return;
        html_in(to, "<p><strong>At ", get_text(obstacle, "step"), "</strong>, because: ");
        html_text(to, get_text(obstacle, "why"));
        fputs("</p>\n", to);
}

static void put_notes(FILE *to, const json_t *notes)
{
        const json_t *note;
        size_t i;

        if (json_array_size(notes) == 0)
                return;
        fputs("<p class=\"small dim\">What went wrong on the way</p><ul class=\"small\">", to);
        json_array_foreach(notes, i, note) {
                html_in(to, "<li>", get_text(note, "step"), ": ");
                html_text(to, get_text(note, "text"));
                fputs("</li>", to);
        }
        fputs("</ul>\n", to);
}

static void put_answer(FILE *to, const json_t *outcome)
{
        _cleanup_free_ char *headline = outcome_headline(outcome);
        const char *verdict = get_text(outcome, "verdict");

        fputs("<section class=\"card\" style=\"--c:var(--s0)\"><div class=\"head\">", to);
        html_in(to, "<strong>", headline, "</strong>");
        html_badge(to, verdict, verdict);
        fputs("</div>\n", to);
        put_because(to, get_value(outcome, "obstacle"));
        html_in(to, "<p class=\"small dim\">Trial <span class=\"mono\">",
                get_text(outcome, "trial"), "</span>, a dom0 of the kind ");
        html_text(to, get_text(outcome, "mode"));
        if (get_bool(outcome, "cached"))
                fputs(", with cached memory for write-combined", to);
        if (get_string(outcome, "began"))
                html_in(to, "; began ", get_text(outcome, "began"), "");
        fputs("</p>", to);
        put_notes(to, get_value(outcome, "notes"));
        fputs("</section>\n", to);
        put_banner(to, outcome);
}

/* --- the ladder --- */

static void put_step(FILE *to, const json_t *step)
{
        const char *status = get_text(step, "status");
        const json_t *device = get_value(step, "device");

        fputs("<tr><td>", to);
        html_badge(to, status, status);
        html_in(to, "</td><th>", get_text(step, "title"), "<br><span class=\"dim mono\">");
        html_in(to, "", get_text(step, "step"), "</span></th><td class=\"n\">");
        if (json_is_integer(device))
                fprintf(to, "GPU %lld", (long long)json_integer_value(device));
        fprintf(to, "</td><td class=\"n\">%.3f s</td>", get_number(step, "seconds"));
        html_in(to, "<td>", get_text(step, "reason"), "</td></tr>\n");
}

static void put_ladder(FILE *to, const json_t *outcome)
{
        const json_t *steps = get_value(outcome, "ladder"), *step;
        size_t i;

        fputs("<h2>The ladder</h2>\n", to);
        if (json_array_size(steps) == 0) {
                fputs("<p>It was not climbed.</p>\n", to);
                return;
        }
        fputs("<div class=\"wide\"><table><tbody>\n", to);
        json_array_foreach(steps, i, step)
                put_step(to, step);
        fputs("</tbody></table></div>\n", to);
}

/* --- the jobs --- */

static void put_side(FILE *to, const json_t *side)
{
        char time[64] = "–";
        const char *status = get_text(side, "status");

        fputs("<td>", to);
        if (!json_is_object(side)) {
                fputs("not planned</td><td class=\"n\">–</td>", to);
                return;
        }
        html_badge(to, status, status);
        if (json_is_string(get_value(side, "reason")))
                html_in(to, " <span class=\"small\">", get_text(side, "reason"), "</span>");
        if (json_is_number(get_value(side, "wall_s")))
                numbers_format("wall_s", get_number(side, "wall_s"), time, sizeof(time));
        html_in(to, "</td><td class=\"n\">", time, "</td>");
}

static void put_ratio(FILE *to, const json_t *ratio)
{
        if (json_is_number(ratio))
                fprintf(to, "<td class=\"n\">%.3f</td>", json_number_value(ratio));
        else
                fputs("<td class=\"n\">–</td>", to);
}

static const json_t *ratio_of(const json_t *entry, const char *key)
{
        const json_t *figure;
        size_t i;

        json_array_foreach(get_value(entry, "figures"), i, figure)
                if (strcmp(get_text(figure, "key"), key) == 0)
                        return get_value(figure, "ratio");
        return NULL;
}

static void put_job(FILE *to, const json_t *entry)
{
        const char *outputs = get_text(entry, "outputs");

        fprintf(to, "<tr%s><th>", strcmp(outputs, "different") == 0 ? " class=\"diff\"" : "");
        page_put_job_name(to, entry);
        fputs("</th>", to);
        put_side(to, get_value(entry, "baseline"));
        put_side(to, get_value(entry, "dom0"));
        put_ratio(to, ratio_of(entry, "wall_s"));
        html_in(to, "<td>", outputs, "</td></tr>\n");
}

static void put_figures(FILE *to, const json_t *entry)
{
        const json_t *figure;
        size_t i;

        json_array_foreach(get_value(entry, "figures"), i, figure) {
                const char *key = get_text(figure, "key");
                char left[64], right[64];

                numbers_format(key, get_number(figure, "baseline"), left, sizeof(left));
                numbers_format(key, get_number(figure, "dom0"), right, sizeof(right));
                fputs("<tr><th>", to);
                page_put_job_name(to, entry);
                html_in(to, "</th><td>", numbers_short(key), "</td><td class=\"n\">");
                html_text(to, left);
                html_in(to, "</td><td class=\"n\">", right, "</td>");
                put_ratio(to, get_value(figure, "ratio"));
                fputs("</tr>\n", to);
        }
}

static void put_jobs(FILE *to, const json_t *outcome)
{
        const json_t *list = get_value(outcome, "comparison"), *entry;
        size_t i;

        fputs("<h2>The jobs, before Xen and in dom0</h2>\n", to);
        if (json_array_size(list) == 0) {
                fputs("<p>There is nothing to compare.</p>\n", to);
                return;
        }
        fputs("<div class=\"wide\"><table><thead><tr><th>Job</th><th>before Xen</th><th "
              "class=\"n\">time</th><th>dom0</th><th class=\"n\">time</th><th class=\"n\">dom0 / "
              "before</th><th>outputs</th></tr></thead><tbody>\n",
                to);
        json_array_foreach(list, i, entry)
                put_job(to, entry);
        fputs("</tbody></table></div>\n<details><summary>All times and rates</summary><div "
              "class=\"wide\"><table><thead><tr><th>Job</th><th>what</th><th class=\"n\">before "
              "Xen</th><th class=\"n\">dom0</th><th class=\"n\">dom0 / "
              "before</th></tr></thead><tbody>\n",
                to);
        json_array_foreach(list, i, entry)
                put_figures(to, entry);
        fputs("</tbody></table></div></details>\n", to);
}

/* --- that boot --- */

static void put_row(FILE *to, const char *label, const json_t *value)
{
        if (!value || json_is_null(value))
                return;
        html_in(to, "<tr><th>", label, "</th><td>");
        if (json_is_array(value)) {
                for (size_t i = 0; i < json_array_size(value); i++) {
                        fputs(i > 0 ? " " : "", to);
                        html_value(to, json_array_get(value, i));
                }
        } else {
                html_value(to, value);
        }
        fputs("</td></tr>\n", to);
}

static void put_boot(FILE *to, const json_t *outcome)
{
        static const struct {
                const char *within; /* NULL: outcome itself */
                const char *key, *label;
        } rows[] = {
                { "driver", "version", "Driver" },
                { NULL, "xen", "Xen" },
                { NULL, "kernel", "dom0's kernel" },
                { NULL, "hypervisor", "Kind of dom0" },
                { NULL, "pat", "Page attribute table" },
                { NULL, "iommu", "IOMMU" },
                { "options", "xen", "Xen's options in that boot" },
                { "options", "host_xen", "… and as the host has them" },
                { "options", "dom0", "dom0's options in that boot" },
                { "options", "host_dom0", "… and as the host has them" },
        };

        fputs("<h2>What was different in that boot</h2>\n<div class=\"wide\"><table><tbody>\n", to);
        for (size_t i = 0; i < COUNT(rows); i++)
                put_row(to, rows[i].label,
                        get_value(rows[i].within ? get_value(outcome, rows[i].within) : outcome,
                                rows[i].key));
        fputs("</tbody></table></div>\n", to);
}

static void put_lines(FILE *to, const json_t *outcome)
{
        const json_t *line;
        size_t i;

        if (json_array_size(get_value(outcome, "kernel_log")) == 0)
                return;
        fputs("<h2>What the kernel said</h2>\n", to);
        json_array_foreach(get_value(outcome, "kernel_log"), i, line) {
                fputs("<div class=\"mono\">", to);
                html_value(to, line);
                fputs("</div>\n", to);
        }
}

void trialpage_write(FILE *to, const json_t *outcome)
{
        html_begin(to, "Forestage: a trial of CUDA in dom0");
        put_answer(to, outcome);
        put_ladder(to, outcome);
        put_jobs(to, outcome);
        put_boot(to, outcome);
        put_lines(to, outcome);
        fputs("<footer>Made by forestage " FORESTAGE_VERSION
              " trial from trial.json. This page has no script and loads nothing.</footer>\n",
                to);
        html_end(to);
}
