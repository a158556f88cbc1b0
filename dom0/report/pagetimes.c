#include "dom0/report/pagetimes.h"

#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"

#define STACK_MAX   24u  /* parts of one bar */
#define SECONDS_MAX 1e12 /* no part takes longer: their sum stays a number */

/* --- what the time goes into --- */

/* Seconds by name of one bar; returns how many parts, and their sum. `order` gives the colours. */
static size_t make_parts(
        const json_t *seconds, const json_t *order, struct chart_part *parts, double *ret_sum)
{
        const char *name;
        json_t *value;
        size_t count = 0;

        *ret_sum = 0;
        json_object_foreach((json_t *)seconds, name, value) {
                if (count == STACK_MAX || !json_is_number(value) ||
                        json_number_value(value) > SECONDS_MAX || strcmp(name, "total_s") == 0)
                        continue;
                parts[count++] = (struct chart_part){ json_number_value(value),
                        (size_t)json_integer_value(get_value(order, name)), name };
                *ret_sum += json_number_value(value) > 0 ? json_number_value(value) : 0;
        }
        return count;
}

/* Numbers the names of all parts in the order in which they are met. */
static void note_parts(json_t *order, const json_t *seconds)
{
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)seconds, name, value) {
                if (json_is_number(value) && strcmp(name, "total_s") != 0 &&
                        !get_value(order, name) && json_object_size(order) < STACK_MAX)
                        set_value(order, name, json_integer((json_int_t)json_object_size(order)));
        }
}

static void put_legend(FILE *to, const json_t *order)
{
        const char *name;
        json_t *colour;

        fputs("<div class=\"legend\">", to);
        json_object_foreach((json_t *)order, name, colour) {
                char shown[128];
                size_t length = strlen(name);

                length -= length > 2 && strcmp(name + length - 2, "_s") == 0 ? 2 : 0;
                snprintf(shown, sizeof(shown), "%.*s", (int)length, name);
                chart_key(to, (size_t)json_integer_value(colour), shown);
        }
        fputs("</div>\n", to);
}

static void put_stack(const struct page *page, size_t run, const json_t *seconds,
        const json_t *order, double scale)
{
        struct chart_part parts[STACK_MAX];
        char number[32];
        double sum;
        size_t count = make_parts(seconds, order, parts, &sum);

        numbers_format("_s", sum, number, sizeof(number));
        page_put_bar(page, run, parts, count, scale, count > 0 ? number : "–");
}

static double longest_stack(const json_t *seconds, double most)
{
        struct chart_part parts[STACK_MAX];
        double sum;

        make_parts(seconds, NULL, parts, &sum);
        return sum > most ? sum : most;
}

void page_put_phases(const struct page *page)
{
        json_auto_t *order = json_object();
        double scale = 0;

        for (size_t run = 0; run < page->count; run++) {
                note_parts(order, get_value(page->documents[run], "phases"));
                scale = longest_stack(get_value(page->documents[run], "phases"), scale);
        }
        if (scale > 0) {
                fputs("<h2>Phases of the run</h2>\n<div class=\"chart\">\n", page->to);
                put_legend(page->to, order);
                for (size_t run = 0; run < page->count; run++)
                        put_stack(
                                page, run, get_value(page->documents[run], "phases"), order, scale);
                fputs("</div>\n", page->to);
        }
}

/* --- jobs --- */

static void add_seconds(json_t *seconds, const char *name, const json_t *value)
{
        if (json_is_number(value))
                set_value(seconds, name,
                        json_real(get_number(seconds, name) + json_number_value(value)));
}

/* What precedes the tests of a check. All else of its timings is part of them, or beside them. */
static const char *const before_tests[] = { "init_s", "context_s", "health_s", "standing_s",
        "module_s" };

/* Its tests, by the first word of those of which there are several. */
static const char *const families[] = { "memory", "compute", "sram", "copy" };

static const char *family_of(const char *test)
{
        for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
                size_t length = strlen(families[i]);

                if (strncmp(test, families[i], length) == 0 && test[length] == '-')
                        return families[i];
        }
        return "other tests";
}

/* Seconds by name, owned: of a check those of its tests, too. */
static json_t *take_timings(const json_t *job)
{
        json_t *timings = (json_t *)get_value(job, "timings"), *seconds = json_object(), *test;
        size_t i;

        if (!get_value(job, "check")) {
                json_object_update(seconds, timings);
                return seconds;
        }
        for (i = 0; i < sizeof(before_tests) / sizeof(before_tests[0]); i++)
                add_seconds(seconds, before_tests[i], get_value(timings, before_tests[i]));
        json_array_foreach(get_value(get_value(job, "check"), "tests"), i, test)
                add_seconds(seconds, family_of(get_text(test, "test")), get_value(test, "wall_s"));
        return seconds;
}

static void put_job_timings(
        const struct page *page, const json_t *entry, const json_t *order, double scale)
{
        fputs("<div class=\"group\"><div class=\"title\"><span>", page->to);
        page_put_job_name(page->to, entry);
        fputs("</span></div>", page->to);
        for (size_t run = 0; run < page->count; run++) {
                json_auto_t *timings = take_timings(page_job(page, entry, run));

                put_stack(page, run, timings, order, scale);
        }
        fputs("</div>\n", page->to);
}

void page_put_timings(const struct page *page)
{
        json_auto_t *order = json_object();
        const json_t *entry;
        double scale = 0;
        size_t i;

        json_array_foreach(page->jobs, i, entry)
                for (size_t run = 0; run < page->count; run++) {
                        json_auto_t *timings = take_timings(page_job(page, entry, run));

                        note_parts(order, timings);
                        scale = longest_stack(timings, scale);
                }
        if (scale > 0) {
                fputs("<h2>What the time of each job goes into</h2>\n<div class=\"chart\">\n",
                        page->to);
                put_legend(page->to, order);
                json_array_foreach(page->jobs, i, entry)
                        put_job_timings(page, entry, order, scale);
                fputs("</div>\n", page->to);
        }
}
