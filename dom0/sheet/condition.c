#include "dom0/sheet/condition.h"

#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/html.h"

#define BESIDE 4u /* GPUs of one table: as many as a sheet of paper has room for */

/* The GPUs of a table: those that have one. */
struct group {
        const struct sheet_gpu *gpus[BESIDE];
        size_t count;
};

/* "at most 0", "on", "any"; limits of one job are the same on all its GPUs. */
static void put_limit(FILE *to, const json_t *limit)
{
        if (json_is_integer(limit))
                fputs("at most ", to);
        html_value(to, limit);
}

static bool same_limit(const struct group *group, const char *item)
{
        for (size_t i = 1; i < group->count; i++) {
                const json_t *first =
                        get_value(sheet_item(group->gpus[0]->standing, item), "limit");

                if (!json_equal(
                            first, get_value(sheet_item(group->gpus[i]->standing, item), "limit")))
                        return false;
        }
        return true;
}

static const struct mark {
        const char *status, *class, *mark;
} marks[] = {
        { "pass", "pass", "✓" },
        { "fail", "fail", "✗" },
        { "not readable", "none", "" },
};

static const struct mark *mark_of(const char *status)
{
        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
                if (strcmp(marks[i].status, status) == 0)
                        return &marks[i];
        return NULL;
}

/* A value and its verdict, or that it cannot be read; its limit where that is its own. */
static void put_verdict(FILE *to, const json_t *one, bool with_limit)
{
        const char *status = one ? get_text(one, "status") : "not looked at";
        const struct mark *mark = mark_of(status);

        fprintf(to, "<td class=\"%s\">", mark ? mark->class : "none");
        if (get_value(one, "value")) {
                fputs("<span class=\"value\">", to);
                html_value(to, get_value(one, "value"));
                fputs("</span> ", to);
        }
        html_in(to, "<span class=\"verdict\">", mark ? mark->mark : "", " ");
        html_in(to, "", status, "</span>");
        if (with_limit && one) {
                fputs(" <span class=\"dim\">(", to);
                put_limit(to, get_value(one, "limit"));
                fputs(")</span>", to);
        }
        fputs("</td>", to);
}

static void put_row(FILE *to, const struct group *group, const char *item)
{
        const json_t *first = sheet_item(group->gpus[0]->standing, item);
        bool same = same_limit(group, item);

        html_in(to, "<tr><th>", item, "</th><td><span>");
        if (same)
                put_limit(to, get_value(first, "limit"));
        else
                fputs("differs", to);
        fputs("</span></td>", to);
        for (size_t i = 0; i < group->count; i++)
                put_verdict(to, sheet_item(group->gpus[i]->standing, item), !same);
        fputs("</tr>\n", to);
}

static void put_group(const struct sheet *sheet, const struct group *group)
{
        FILE *to = sheet->to;
        const json_t *one;
        size_t i;

        fputs("<div class=\"wide\"><table class=\"condition\"><thead><tr><th>Item</th>"
              "<th>Limit</th>",
                to);
        for (i = 0; i < group->count; i++) {
                fputs("<th>", to);
                sheet_put_gpu(sheet, group->gpus[i]);
                fputs("</th>", to);
        }
        fputs("</tr></thead><tbody>\n", to);
        json_array_foreach(group->gpus[0]->standing, i, one)
                put_row(to, group, get_text(one, "item"));
        fputs("</tbody></table></div>\n", to);
}

void condition_put(const struct sheet *sheet)
{
        struct group group = { .count = 0 };
        bool any = false;

        for (size_t i = 0; i < sheet->count; i++) {
                if (!sheet->gpus[i].standing)
                        continue;
                if (!any)
                        fputs("<h2>Standing condition</h2>\n<p class=\"dim small\">What each GPU "
                              "has been through and how it is set up, read before the first test. "
                              "What cannot be read is no pass of that item.</p>\n",
                                sheet->to);
                any = true;
                group.gpus[group.count++] = &sheet->gpus[i];
                if (group.count == BESIDE) {
                        put_group(sheet, &group);
                        group.count = 0;
                }
        }
        if (group.count > 0)
                put_group(sheet, &group);
}
