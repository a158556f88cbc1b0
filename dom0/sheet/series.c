#include "dom0/sheet/series.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/json.h"
#include "dom0/figures/chart.h"
#include "dom0/figures/html.h"
#include "runner/machine/health.h"

#define WIDTH  1000.0 /* of a drawing, in its own units */
#define HEIGHT 200.0
#define POINTS 1000u /* of a series that are drawn */
#define MOST   1e6   /* of any value, and of the time in seconds */
#define LINES  2u    /* of a drawing */
#define PANELS 3u

/* What holds the GPU back; idling and clocks that somebody has set do not. */
#define CAPPED    UINT64_C(0x4)  /* by the software, at the power limit */
#define THROTTLED UINT64_C(0xe8) /* by the hardware, or for heat */

static const struct panel {
        const char *title, *unit;
        double from; /* where the scale begins */
        struct {
                const char *key, *label;
                size_t colour;
        } line[LINES];
} panels[PANELS] = {
        { "Power", "W", 0, { { "power_w", "power", 0 } } },
        { "Temperature", "°C", 20,
                { { "temperature_c", "chip", 1 }, { "memory_temperature_c", "memory", 3 } } },
        { "Clocks", "MHz", 0,
                { { "clock_mhz", "multiprocessors", 2 }, { "memory_clock_mhz", "memory", 8 } } },
};

/* One that is drawn. */
struct drawing {
        FILE *to;
        const json_t *series;
        const struct panel *panel;
        double most;  /* of the values: the end of the scale */
        double end_s; /* the end of the time */
};

/* A reading; NAN: there is none, or none that can be. */
static double value_at(const json_t *series, const char *key, size_t i)
{
        const json_t *value = json_array_get(get_value(series, key), i);
        double number = json_number_value(value);

        return json_is_number(value) && number >= 0 && number <= MOST ? number : NAN;
}

static double time_at(const json_t *series, size_t i)
{
        const json_t *value = json_array_get(get_value(series, "time_ms"), i);
        double seconds = json_number_value(value) / 1e3;

        return json_is_number(value) && seconds >= 0 && seconds <= MOST ? seconds : NAN;
}

static size_t points_of(const json_t *series)
{
        size_t count = json_array_size(get_value(series, "time_ms"));

        return count < POINTS ? count : POINTS;
}

static double end_of(const json_t *series)
{
        double end = 0;

        for (size_t i = 0; i < points_of(series); i++)
                end = fmax(end, time_at(series, i)); /* fmax leaves NAN out */
        return end;
}

/* --- drawn --- */

static double across(const struct drawing *drawing, double seconds)
{
        return drawing->end_s > 0 ? seconds / drawing->end_s * WIDTH : 0;
}

static double down(const struct drawing *drawing, double value)
{
        double from = drawing->panel->from;
        double part = drawing->most > from ? (value - from) / (drawing->most - from) : 0;

        return HEIGHT - fmax(0, fmin(1, part)) * HEIGHT;
}

/* Where a reading is absent the line ends, and begins anew; one between two gaps is a dot. */
static void put_line(const struct drawing *drawing, const char *key, size_t colour)
{
        bool pen = false;

        fputs("<path d=\"", drawing->to);
        for (size_t i = 0; i < points_of(drawing->series); i++) {
                double seconds = time_at(drawing->series, i);
                double value = value_at(drawing->series, key, i);

                if (isnan(seconds) || isnan(value)) {
                        pen = false;
                        continue;
                }
                fprintf(drawing->to, pen ? "L%.1f %.1f" : "M%.1f %.1fh0", across(drawing, seconds),
                        down(drawing, value));
                pen = true;
        }
        fprintf(drawing->to, "\" stroke=\"var(--s%zu)\"/>", colour);
}

static uint64_t reasons_at(const json_t *series, size_t i)
{
        double reasons = value_at(series, "throttle", i);

        return isnan(reasons) ? 0 : (uint64_t)reasons & (CAPPED | THROTTLED);
}

static void put_mark(const struct drawing *drawing, double from_s, double to_s, uint64_t reasons)
{
        json_auto_t *words = health_throttle_json(reasons);
        const json_t *word;
        size_t i;

        fprintf(drawing->to, "<rect class=\"%s\" x=\"%.1f\" width=\"%.1f\" height=\"%.0f\"><title>",
                reasons & THROTTLED ? "hot" : "capped", across(drawing, from_s),
                across(drawing, to_s - from_s), HEIGHT);
        json_array_foreach(words, i, word) {
                fputs(i > 0 ? ", " : "", drawing->to);
                html_value(drawing->to, word);
        }
        fprintf(drawing->to, ", %.1f to %.1f s</title></rect>", from_s, to_s);
}

/* Readings in a row with the same reasons are one mark, up to the reading behind them. */
static void put_marks(const struct drawing *drawing)
{
        size_t count = points_of(drawing->series), next;

        for (size_t i = 0; i < count; i = next) {
                uint64_t reasons = reasons_at(drawing->series, i);
                double from = time_at(drawing->series, i), to;

                for (next = i + 1; next < count; next++)
                        if (reasons_at(drawing->series, next) != reasons)
                                break;
                to = next < count ? time_at(drawing->series, next) : drawing->end_s;
                if (reasons && to > from)
                        put_mark(drawing, from, to, reasons);
        }
}

static void put_range(const struct drawing *drawing)
{
        for (size_t k = 0; k < LINES && drawing->panel->line[k].key; k++) {
                double least = INFINITY, most = -INFINITY;
                char text[96];

                for (size_t i = 0; i < points_of(drawing->series); i++) {
                        double value = value_at(drawing->series, drawing->panel->line[k].key, i);

                        least = fmin(least, value);
                        most = fmax(most, value);
                }
                if (least > most)
                        snprintf(text, sizeof(text), "%s: not readable",
                                drawing->panel->line[k].label);
                else
                        snprintf(text, sizeof(text), "%s: %.0f to %.0f %s",
                                drawing->panel->line[k].label, least, most, drawing->panel->unit);
                chart_key(drawing->to, drawing->panel->line[k].colour, text);
        }
}

static void put_drawing(const struct drawing *drawing)
{
        FILE *to = drawing->to;

        fprintf(to,
                "<figure><figcaption>%s, %s</figcaption><div "
                "class=\"plot\"><span>%.0f</span><span>%.0f</span>"
                "<svg viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" role=\"img\"><title>%s"
                "</title>",
                drawing->panel->title, drawing->panel->unit, drawing->most, drawing->panel->from,
                WIDTH, HEIGHT, drawing->panel->title);
        put_marks(drawing);
        for (size_t k = 0; k < LINES && drawing->panel->line[k].key; k++)
                put_line(drawing, drawing->panel->line[k].key, drawing->panel->line[k].colour);
        fprintf(to,
                "</svg></div><div class=\"time\"><span>0 s</span><span>%.1f s</span></div>"
                "<div class=\"legend\">",
                drawing->end_s);
        put_range(drawing);
        fputs("</div></figure>\n", to);
}

/* --- the scales, which are the same for all GPUs --- */

struct scales {
        double most[PANELS], end_s;
};

/* The next half of a power of ten that is above. */
static double round_up(double value)
{
        double step = pow(10, floor(log10(fmax(value, 1)))) / 2;

        return (floor(value / step) + 1) * step;
}

static void take_series(struct scales *scales, const json_t *series)
{
        scales->end_s = fmax(scales->end_s, end_of(series));
        for (size_t p = 0; p < PANELS; p++)
                for (size_t k = 0; k < LINES && panels[p].line[k].key; k++)
                        for (size_t i = 0; i < points_of(series); i++)
                                scales->most[p] = fmax(scales->most[p],
                                        value_at(series, panels[p].line[k].key, i));
}

static struct scales scales_of(const struct sheet *sheet)
{
        struct scales scales = { .end_s = 0 };
        const json_t *job;
        size_t k;

        for (size_t i = 0; i < sheet->count; i++)
                json_array_foreach(sheet->gpus[i].checks, k, job)
                        take_series(&scales, get_value(get_value(job, "check"), "series"));
        for (size_t p = 0; p < PANELS; p++)
                scales.most[p] = round_up(scales.most[p]);
        return scales;
}

/* --- a GPU --- */

static void put_held_back(FILE *to, const json_t *series)
{
        size_t count = points_of(series), capped = 0, throttled = 0, unread = 0;

        for (size_t i = 0; i < count; i++) {
                uint64_t reasons = reasons_at(series, i);

                capped += (reasons & CAPPED) != 0;
                throttled += (reasons & THROTTLED) != 0;
                unread += isnan(value_at(series, "throttle", i));
        }
        fprintf(to, " <span class=\"small dim\">of %zu readings ", count);
        if (throttled + capped == 0 && unread == 0)
                fputs("held back in none", to);
        if (throttled > 0)
                fprintf(to, "<span class=\"fail\">throttled in %zu</span>", throttled);
        if (capped > 0)
                fprintf(to, "%sat the power cap in %zu", throttled > 0 ? ", " : "", capped);
        if (unread > 0)
                fprintf(to, "%snot readable in %zu", throttled + capped > 0 ? ", " : "", unread);
        fputs("</span></h3>\n", to);
}

static bool put_check(const struct sheet *sheet, const struct sheet_gpu *gpu, const json_t *job,
        const struct scales *scales, bool first)
{
        const json_t *series = get_value(get_value(job, "check"), "series");

        if (points_of(series) == 0)
                return false;
        if (first)
                fputs("<h2>While the tests ran</h2>\n<p class=\"dim small\">Read ten times a "
                      "second (of a long check fewer are kept), on one scale for all GPUs; a line "
                      "has "
                      "a gap where a reading failed. "
                      "Marked: <span class=\"mark capped\">at the power cap</span> "
                      "<span class=\"mark hot\">throttled by the hardware, or for "
                      "heat</span></p>\n",
                        sheet->to);
        fputs("<div class=\"group\"><h3>", sheet->to);
        sheet_put_gpu(sheet, gpu);
        html_in(sheet->to, " <span class=\"dim small\">", get_text(job, "job"), ":</span>");
        put_held_back(sheet->to, series);
        fputs("<div class=\"plots\">\n", sheet->to);
        for (size_t p = 0; p < PANELS; p++)
                put_drawing(&(struct drawing){ .to = sheet->to,
                        .series = series,
                        .panel = &panels[p],
                        .most = scales->most[p],
                        .end_s = scales->end_s });
        fputs("</div></div>\n", sheet->to);
        return true;
}

void series_put(const struct sheet *sheet)
{
        struct scales scales = scales_of(sheet);
        const json_t *job;
        bool any = false;
        size_t k;

        for (size_t i = 0; i < sheet->count; i++)
                json_array_foreach(sheet->gpus[i].checks, k, job)
                        any |= put_check(sheet, &sheet->gpus[i], job, &scales, !any);
}
