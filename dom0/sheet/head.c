#include "dom0/sheet/head.h"

#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"
#include "dom0/run/summary.h"
#include "version.h"

/* --- how many --- */

static const struct {
        const char *status, *words;
} outcomes[] = {
        { "pass", "passed" },
        { "fail", "failed" },
        { "error", "broke off" },
        { "timeout", "did not end in time" },
        { "skip", "skipped" },
        { "notrun", "not run" },
};

#define OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))

static void put_numbers(FILE *to, const char *what, const long long numbers[OUTCOMES + 1])
{
        bool any = false;

        fprintf(to, "%s: ", what);
        for (size_t i = 0; i <= OUTCOMES; i++) {
                if (numbers[i] <= 0)
                        continue;
                fprintf(to, "%s<span class=\"%s\">%lld %s</span>", any ? ", " : "",
                        i < OUTCOMES ? outcomes[i].status : "none", numbers[i],
                        i < OUTCOMES ? outcomes[i].words : "of another status");
                any = true;
        }
        fputs(any ? "." : "none.", to);
}

static void count_tests(const json_t *job, long long numbers[OUTCOMES + 1])
{
        const json_t *test;
        size_t i, k;

        json_array_foreach(get_value(get_value(job, "check"), "tests"), i, test) {
                for (k = 0; k < OUTCOMES; k++)
                        if (strcmp(get_text(test, "status"), outcomes[k].status) == 0)
                                break;
                numbers[k]++;
        }
}

void head_put_counts(FILE *to, const json_t *document)
{
        long long jobs[OUTCOMES + 1] = { 0 }, tests[OUTCOMES + 1] = { 0 };
        const json_t *job;
        size_t i;

        for (i = 0; i < OUTCOMES; i++)
                jobs[i] = get_integer(get_value(document, "counts"), outcomes[i].status);
        json_array_foreach(get_value(document, "jobs"), i, job)
                count_tests(job, tests);
        fputs("<p class=\"counts\">", to);
        put_numbers(to, "Jobs", jobs);
        for (i = 0; i <= OUTCOMES; i++)
                if (tests[i] > 0) {
                        fputs(" ", to);
                        put_numbers(to, "Tests", tests);
                        break;
                }
        fputs("</p>\n", to);
}

/* --- what it is of --- */

static void put_fact(FILE *to, const char *label, const char *value)
{
        html_in(to, "<tr><th>", label, "</th><td>");
        html_in(to, "", *value ? value : "not known", "</td></tr>\n");
}

static const char *place_of(const json_t *where)
{
        if (json_is_true(get_value(where, "hypervisor")))
                return "under a hypervisor, not on bare metal";
        return json_is_false(get_value(where, "hypervisor")) ? "bare metal" : "not recorded";
}

/* The host that collects a region in its memory is the one that it ran on; of a file nobody knows.
 */
static const char *host_of(const json_t *document)
{
        return get_string(get_value(document, "region"), "address")
                       ? get_text(get_value(document, "collected"), "host")
                       : "not known: the run was collected from a file";
}

static void put_facts(const struct sheet *sheet)
{
        const json_t *where = get_value(sheet->document, "where");
        const json_t *collected = get_value(sheet->document, "collected");
        FILE *to = sheet->to;

        fputs("<div class=\"wide\"><table class=\"facts\"><tbody>\n", to);
        put_fact(to, "Collected", get_text(collected, "time"));
        put_fact(to, "Host", host_of(sheet->document));
        put_fact(to, "Machine", get_text(where, "machine"));
        put_fact(to, "Ran on", place_of(where));
        put_fact(to, "GPU driver", get_text(where, "driver"));
        put_fact(to, "Run", get_text(sheet->document, "run_id"));
        html_in(to, "<tr><th>SHA-256 of run.json</th><td><code>",
                sheet->sha256 ? sheet->sha256 : "not known",
                "</code><br><span class=\"dim small\">run.json has the SHA-256 of every file of "
                "the run; <code>sha256sum run.json</code> prints this one</span></td></tr>\n");
        fputs("</tbody></table></div>\n", to);
}

/* --- the GPUs --- */

static void put_cell(FILE *to, const char *value)
{
        html_in(to, "<td class=\"mono\">", value && *value ? value : "not readable", "</td>");
}

static void put_tests(FILE *to, const struct sheet_gpu *gpu)
{
        static const char *const words[] = { "passed", "failed", "broke off", "skipped" };
        bool any = false;

        fputs("<td>", to);
        for (size_t i = 0; i < SHEET_OUTCOMES; i++) {
                if (gpu->tests[i] == 0)
                        continue;
                fprintf(to, "%s%zu %s", any ? ", " : "", gpu->tests[i], words[i]);
                any = true;
        }
        fputs(any ? "</td>" : "no check</td>", to);
}

static void put_gpu(const struct sheet *sheet, const struct sheet_gpu *gpu)
{
        const char *verdict = get_text(gpu->device, "verdict");
        const char *vbios = sheet_standing(gpu, "vbios");
        FILE *to = sheet->to;

        fputs("<tr class=\"gpu\"><th>", to);
        sheet_put_gpu(sheet, gpu);
        fputs("</th><td>", to);
        html_badge(to, verdict, *verdict ? summary_verdict(verdict) : "NOT RECORDED");
        fputs("</td>", to);
        html_in(to, "<td>", get_text(gpu->device, "name"), "<br>");
        html_in(to, "<span class=\"mono\">", get_text(gpu->device, "uuid"), "</span></td>");
        put_cell(to, sheet_standing(gpu, "serial"));
        put_cell(to, vbios ? vbios : get_string(gpu->health, "vbios"));
        put_cell(to, get_string(gpu->device, "pci"));
        put_tests(to, gpu);
        fputs("</tr>\n", to);
}

static void put_gpus(const struct sheet *sheet)
{
        size_t all = json_array_size(get_value(sheet->document, "devices"));

        if (sheet->count == 0) {
                fputs("<p>The run has no GPU.</p>\n", sheet->to);
                return;
        }
        fputs("<div class=\"wide\"><table class=\"gpus\"><thead><tr><th></th><th>Verdict</th>"
              "<th>Name and UUID</th><th>Serial</th><th>VBIOS</th><th>PCI</th><th>Tests</th>"
              "</tr></thead><tbody>\n",
                sheet->to);
        for (size_t i = 0; i < sheet->count; i++)
                put_gpu(sheet, &sheet->gpus[i]);
        fputs("</tbody></table></div>\n", sheet->to);
        if (all > sheet->count)
                fprintf(sheet->to, "<p>And %zu more GPUs, which are in run.json.</p>\n",
                        all - sheet->count);
}

void head_put(const struct sheet *sheet)
{
        put_facts(sheet);
        put_gpus(sheet);
        fputs("<div "
              "class=\"sign\"><span>Name</span><span>Date</span><span>Signature</span></div>\n",
                sheet->to);
}

/* --- below a limit --- */

static void put_limit(FILE *to, const json_t *limit)
{
        const char *metric = get_text(limit, "metric");
        bool share = strcmp(get_text(limit, "kind"), "efficiency") == 0;
        double found = get_number(limit, "found"), least = get_number(limit, "limit");
        char text[64];

        if (share)
                snprintf(text, sizeof(text), "%.1f %% of what it could, at least %.1f %%",
                        found * 100, least * 100);
        else
                snprintf(text, sizeof(text), "%.6g, at least %.6g", found, least);
        html_in(to, "<li><code>", metric, "</code>: <strong>");
        html_in(to, "", text, "</strong> (limit: ");
        html_in(to, "", get_text(limit, "source"), ")</li>");
}

static void put_below(const struct sheet *sheet, const struct sheet_gpu *gpu, const json_t *job)
{
        const json_t *limit;
        bool any = false;
        size_t i;

        json_array_foreach(get_value(get_value(job, "check"), "limits"), i, limit) {
                if (strcmp(get_text(limit, "status"), "fail") != 0)
                        continue;
                if (!any) {
                        fputs("<div class=\"banner behind\"><strong>", sheet->to);
                        sheet_put_gpu(sheet, gpu);
                        html_in(sheet->to, " is below a limit</strong> in ", get_text(job, "job"),
                                ":<ul>");
                }
                any = true;
                put_limit(sheet->to, limit);
        }
        if (any)
                fputs("</ul></div>\n", sheet->to);
}

void head_put_below(const struct sheet *sheet)
{
        const json_t *job;
        size_t k;

        for (size_t i = 0; i < sheet->count; i++)
                json_array_foreach(sheet->gpus[i].checks, k, job)
                        put_below(sheet, &sheet->gpus[i], job);
}
