#include "dom0/figures/chart.h"

#include "dom0/figures/html.h"

#define WIDTH 1000.0 /* of the drawing, in its own units */
#define TICK  5.0

void chart_bar(FILE *to, const struct chart_part *parts, size_t count, double scale)
{
        double at = 0;

        fprintf(to,
                "<svg viewBox=\"0 0 %.0f 10\" preserveAspectRatio=\"none\" role=\"img\">"
                "<rect width=\"%.0f\" height=\"10\" fill=\"var(--line)\" opacity=\".45\"/>",
                WIDTH, WIDTH);
        for (size_t i = 0; i < count; i++) {
                double width = scale > 0 && parts[i].value > 0 ? parts[i].value / scale * WIDTH : 0;

                if (at + width > WIDTH)
                        width = WIDTH - at;
                fprintf(to,
                        "<rect x=\"%.2f\" width=\"%.2f\" height=\"10\" fill=\"var(--s%zu)\">"
                        "<title>",
                        at, width, parts[i].colour % CHART_COLOURS);
                html_text(to, parts[i].name);
                fputs("</title></rect>", to);
                at += width;
        }
        fputs("</svg>", to);
}

/* Where it stands in the drawing; what is beyond the best stands at its end. */
static double place_of(double value, double best)
{
        double place = best > 0 && value > 0 ? value / best * WIDTH : 0;

        return place > WIDTH ? WIDTH : place;
}

void chart_measure(FILE *to, const struct chart_measure *measure, const char *name)
{
        double tick = place_of(measure->least, measure->best) - TICK / 2;
        char colour[8] = "bad";

        if (!measure->failed)
                snprintf(colour, sizeof(colour), "s%zu", measure->colour % CHART_COLOURS);
        fprintf(to,
                "<svg class=\"measure\" viewBox=\"0 0 %.0f 14\" preserveAspectRatio=\"none\" "
                "role=\"img\"><title>",
                WIDTH);
        html_text(to, name);
        fprintf(to,
                "</title><rect y=\"2\" width=\"%.0f\" height=\"10\" fill=\"var(--line)\" "
                "opacity=\".45\"/><rect y=\"2\" width=\"%.2f\" height=\"10\" fill=\"var(--%s)\"/>",
                WIDTH, place_of(measure->value, measure->best), colour);
        if (measure->least > 0)
                fprintf(to,
                        "<rect class=\"tick\" x=\"%.2f\" width=\"%.0f\" height=\"14\" "
                        "fill=\"var(--fg)\"/>",
                        tick > WIDTH - TICK ? WIDTH - TICK : tick, TICK);
        fputs("</svg>", to);
}

void chart_key(FILE *to, size_t colour, const char *name)
{
        fprintf(to,
                "<span class=\"key\"><svg viewBox=\"0 0 10 10\"><rect width=\"10\" height=\"10\" "
                "fill=\"var(--s%zu)\"/></svg>",
                colour % CHART_COLOURS);
        html_text(to, name);
        fputs("</span>", to);
}
