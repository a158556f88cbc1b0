#include "dom0/figures/chart.h"

#include "dom0/figures/html.h"

#define WIDTH 1000.0 /* of the drawing, in its own units */

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

void chart_key(FILE *to, size_t colour, const char *name)
{
        fprintf(to,
                "<span class=\"key\"><svg viewBox=\"0 0 10 10\"><rect width=\"10\" height=\"10\" "
                "fill=\"var(--s%zu)\"/></svg>",
                colour % CHART_COLOURS);
        html_text(to, name);
        fputs("</span>", to);
}
