#include "dom0/fleet/strip.h"

#include "dom0/figures/html.h"
#include "dom0/figures/numbers.h"

#define WIDTH  1000.0 /* of the drawing, in its own units, and its margins */
#define MARGIN 8.0
#define HEIGHT 40.0
#define DOTS   300u /* more are drawn as columns */
#define BINS   160u
#define ROWS   7u /* dots beside one another are at different heights, so that they are seen */

static double place_of(const struct robust *robust, double value)
{
        double range = robust->high - robust->low;

        return range > 0 ? MARGIN + (value - robust->low) / range * (WIDTH - 2 * MARGIN)
                         : WIDTH / 2;
}

static void put_dot(FILE *to, double x, size_t order)
{
        fprintf(to, "<circle cx=\"%.1f\" cy=\"%.0f\" r=\"3\" fill=\"var(--s0)\" opacity=\".55\"/>",
                x, HEIGHT / 2 + ((double)(order * 3 % ROWS) - ROWS / 2) * 4);
}

static void put_far_dot(FILE *to, const struct fleet *fleet, const struct apart_entry *entry,
        const char *name, double x)
{
        const struct fleet_sample *latest = fleet_latest(fleet, &fleet->gpus[entry->gpu]);
        char number[64];

        numbers_format(name, entry->value, number, sizeof(number));
        fprintf(to, "<circle cx=\"%.1f\" cy=\"%.0f\" r=\"6\" fill=\"var(--bad)\"><title>", x,
                HEIGHT / 2);
        html_in(to, "", lexicon_text(&fleet->words, fleet->runs[latest->run].host), " ");
        html_in(to, "", lexicon_text(&fleet->words, fleet->gpus[entry->gpu].uuid), ": ");
        html_in(to, "", number, "</title></circle>");
}

static void put_columns(FILE *to, const struct apart_list *list, const struct apart_group *group)
{
        size_t counts[BINS] = { 0 }, most = 1;

        for (size_t i = group->first; i < group->first + group->count; i++) {
                double x = place_of(&group->robust, list->entries[i].value);
                size_t bin = (size_t)(x / WIDTH * BINS);

                counts[bin]++;
                most = counts[bin] > most ? counts[bin] : most;
        }
        for (size_t i = 0; i < BINS; i++) {
                /* Few are seen, too. */
                double height = counts[i] ? 3 + (double)counts[i] / (double)most * (HEIGHT - 3) : 0;

                if (counts[i])
                        fprintf(to,
                                "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" "
                                "fill=\"var(--s0)\" opacity=\".6\"><title>%zu GPUs</title></rect>",
                                (double)i * WIDTH / BINS, HEIGHT - height, WIDTH / BINS - .5,
                                height, counts[i]);
        }
}

void strip_put(FILE *to, const struct fleet *fleet, const struct apart_list *list,
        const struct apart_group *group)
{
        const char *name = lexicon_text(&fleet->names, group->name);

        fprintf(to,
                "<svg viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" role=\"img\">"
                "<rect width=\"%.0f\" height=\"%.0f\" fill=\"var(--line)\" opacity=\".3\"/>"
                "<rect x=\"%.1f\" width=\"1.5\" height=\"%.0f\" fill=\"var(--dim)\"/>",
                WIDTH, HEIGHT, WIDTH, HEIGHT, place_of(&group->robust, group->robust.median),
                HEIGHT);
        if (group->count > DOTS)
                put_columns(to, list, group);
        for (size_t i = 0; i < group->count; i++) {
                const struct apart_entry *entry = &list->entries[group->first + i];
                double x = place_of(&group->robust, entry->value);

                if (entry->distance >= APART_FAR)
                        put_far_dot(to, fleet, entry, name, x);
                else if (group->count <= DOTS)
                        put_dot(to, x, i);
        }
        fputs("</svg>", to);
}
