#include "dom0/report/pageparts.h"

#include "dom0/base/json.h"
#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"
#include "lib/text.h"

/* Statuses and verdicts are class names, so only those that are known may become one. */
static const char *class_of(const char *status)
{
        static const char *const known[] = { "pass", "fail", "error", "timeout", "skip", "notrun",
                "empty", "incomplete", NULL };

        return text_is_one_of(status, known) ? status : "none";
}

void page_put_badge(FILE *to, const char *status, const char *shown)
{
        fprintf(to, "<span class=\"badge %s\">", class_of(status));
        html_text(to, shown);
        fputs("</span>", to);
}

char page_letter(size_t run)
{
        return (char)('A' + run);
}

const json_t *page_job(const struct page *page, const json_t *entry, size_t run)
{
        return numbers_job(page->index[run], get_text(entry, "job"), get_value(entry, "device"));
}

void page_put_job_name(FILE *to, const json_t *entry)
{
        html_in(to, "<strong>", get_text(entry, "job"), "</strong>");
        if (!json_is_integer(get_value(entry, "device")))
                return;
        fputs(" <span class=\"dim small\">", to);
        page_put_gpu(to, entry);
        fputs("</span>", to);
}

void page_put_gpu(FILE *to, const json_t *entry)
{
        if (json_is_integer(get_value(entry, "device")))
                fprintf(to, "GPU %lld", json_integer_value(get_value(entry, "device")));
        else
                fputs("no GPU", to);
}

void page_put_bar(const struct page *page, size_t run, const struct chart_part *parts, size_t count,
        double scale, const char *number)
{
        fprintf(page->to, "<div class=\"bar%s\" style=\"--c:var(--s%zu)\">",
                page->count > 1 ? "" : " one", run);
        if (page->count > 1)
                fprintf(page->to, "<span class=\"l\">%c</span>", page_letter(run));
        if (scale > 0)
                chart_bar(page->to, parts, count, scale);
        else
                fputs("<span></span>", page->to);
        html_in(page->to, "<span class=\"n\">", number, "</span></div>");
}
