#include "dom0/report/pageparts.h"

#include "dom0/base/json.h"
#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"

char page_letter(size_t run)
{
        return (char)('A' + run);
}

const json_t *page_job(const struct page *page, const json_t *entry, size_t run)
{
        return numbers_job(page->index[run], get_text(entry, "job"), get_value(entry, "device"));
}

const json_t *page_device(const struct page *page, const json_t *entry, size_t run)
{
        const json_t *index = get_value(entry, "device"), *device;
        size_t i;

        json_array_foreach(get_value(page->documents[run], "devices"), i, device)
                if (json_is_integer(index) && json_equal(get_value(device, "index"), index))
                        return device;
        return NULL;
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
