#include "dom0/sheet/untested.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/figures/html.h"
#include "dom0/sheet/coverage.h"
#include "lib/cleanup.h"
#include "runner/answers/check_agreed.h"

#define NOTES 40u /* of one list that are told */

/* What is said of a check, as HTML, and the GPUs of which it is said alike. */
struct notes {
        json_t *gpus; /* by the text: a list of their numbers */
        char *text;   /* of the one that is being written */
        size_t length;
};

static FILE *note_begin(struct notes *notes, const json_t *job)
{
        FILE *to = open_memstream(&notes->text, &notes->length);

        if (to)
                html_in(to, "", get_text(job, "job"), ": ");
        return to;
}

static void note_end(struct notes *notes, FILE *to, const struct sheet_gpu *gpu)
{
        if (to && fclose(to) == 0) {
                if (!get_value(notes->gpus, notes->text))
                        set_value(notes->gpus, notes->text, json_array());
                json_array_append(
                        get_value(notes->gpus, notes->text), get_value(gpu->device, "index"));
        }
        free(notes->text);
        notes->text = NULL;
}

static void put_notes(FILE *to, const struct notes *notes, const char *title)
{
        const char *text;
        json_t *gpus, *gpu;
        size_t i, count = 0;

        if (json_object_size(notes->gpus) == 0)
                return;
        fprintf(to, "<h3>%s</h3><ul>", title);
        json_object_foreach(notes->gpus, text, gpus) {
                if (count++ >= NOTES)
                        continue;
                fputs("<li>GPU ", to);
                json_array_foreach(gpus, i, gpu) {
                        fputs(i > 0 ? ", " : "", to);
                        html_value(to, gpu);
                }
                fprintf(to, "; %s</li>", text);
        }
        if (count > NOTES)
                fprintf(to, "<li>and %zu more</li>", count - NOTES);
        fputs("</ul>\n", to);
}

/* --- what the job did not ask for, or did less of --- */

static void note_level(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        const char *level = get_text(get_value(job, "check"), "level"), *between = ": ";
        enum check_level known;
        FILE *to;

        if (strcmp(level, "long") == 0 || !(to = note_begin(notes, job)))
                return;
        if (check_level_parse(level, &known))
                html_in(to, "the level is ", level, "; <code>long</code> does more of every test");
        else
                fputs("the tests were chosen by name (<code>Tests=</code>), with the amounts of "
                      "<code>medium</code>",
                        to);
        for (enum check_kind kind = 0; kind <= CHECK_MEMORY_FADE; kind++) {
                const json_t *rounds = get_value(sheet_test(job, check_tests[kind].name), "rounds");
                unsigned most = check_tests[kind].amount[CHECK_LONG].rounds;

                if (!json_is_number(rounds) || json_number_value(rounds) >= most)
                        continue;
                fprintf(to, "%s%s %.0f of %u rounds", between, check_tests[kind].name,
                        json_number_value(rounds), most);
                between = ", ";
        }
        note_end(notes, to, gpu);
}

static bool is_reached(const json_t *test)
{
        return test && strcmp(get_text(test, "status"), "notrun") != 0;
}

static void note_absent(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        FILE *to = NULL;

        for (enum check_kind kind = 0; kind < CHECK_KINDS; kind++) {
                if (is_reached(sheet_test(job, check_tests[kind].name)))
                        continue;
                if (to)
                        fputs(", ", to);
                else if (!(to = note_begin(notes, job)))
                        return;
                fputs(check_tests[kind].name, to);
        }
        if (to)
                note_end(notes, to, gpu);
}

/* A check that broke off: what it has is kept, and what it has not is said. */
static void note_cut(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        long long planned = get_integer(get_value(job, "check"), "planned");
        size_t ended = 0, i;
        json_t *test;
        FILE *to;

        json_array_foreach(get_value(get_value(job, "check"), "tests"), i, test) {
                ended += is_reached(test);
        }
        if (planned <= (long long)ended || !(to = note_begin(notes, job)))
                return;
        fprintf(to, "of %lld planned tests %zu were run", planned, ended);
        note_end(notes, to, gpu);
}

/* --- what was skipped --- */

static void put_reason(FILE *to, const char *name, const json_t *of)
{
        html_in(to, "<code>", name, "</code>: ");
        html_text(to, *get_text(of, "reason") ? get_text(of, "reason") : "no reason was given");
}

static void note_skipped(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        const json_t *test;
        size_t i;

        json_array_foreach(get_value(get_value(job, "check"), "tests"), i, test) {
                FILE *to = NULL;

                if (strcmp(get_text(test, "status"), "skip") == 0)
                        to = note_begin(notes, job);
                if (!to)
                        continue;
                put_reason(to, get_text(test, "test"), test);
                note_end(notes, to, gpu);
        }
}

/* Units through which a newer GPU does the same, faster. */
static void note_bypassed(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        const json_t *test;
        FILE *to = NULL;
        size_t i;

        json_array_foreach(get_value(get_value(job, "check"), "tests"), i, test) {
                if (!*get_text(test, "untested"))
                        continue;
                if (to)
                        fputs(", ", to);
                else if (!(to = note_begin(notes, job)))
                        return;
                html_text(to, get_text(test, "test"));
                if (*get_text(test, "path"))
                        html_in(to, " through ", get_text(test, "path"), "");
                html_in(to, ", <code>", get_text(test, "untested"), "</code> untested");
        }
        if (to)
                note_end(notes, to, gpu);
}

/* --- what was looked at, and could not be judged --- */

static void note_unread(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        const json_t *health = sheet_test(job, check_tests[CHECK_HEALTH].name), *one;
        const json_t *list = get_value(health, "not_readable");
        FILE *to;
        size_t i;

        if (json_array_size(list) == 0 || !(to = note_begin(notes, job)))
                return;
        json_array_foreach(list, i, one) {
                fputs(i > 0 ? ", " : "", to);
                html_value(to, one);
        }
        note_end(notes, to, gpu);
}

static void note_unreadable(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        const json_t *health = sheet_test(job, check_tests[CHECK_HEALTH].name), *one;
        FILE *to = NULL;
        size_t i;

        json_array_foreach(get_value(health, "standing"), i, one) {
                if (strcmp(get_text(one, "status"), "not readable") != 0)
                        continue;
                if (to)
                        fputs(", ", to);
                else if (!(to = note_begin(notes, job)))
                        return;
                html_text(to, get_text(one, "item"));
        }
        if (to)
                note_end(notes, to, gpu);
}

static void note_unlimited(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        const json_t *limit, *limits = get_value(get_value(job, "check"), "limits");
        size_t i, unknown = 0;
        FILE *to;

        json_array_foreach(limits, i, limit)
                unknown += strcmp(get_text(limit, "status"), "no limit known") == 0;
        if ((limits && unknown == 0) || !(to = note_begin(notes, job)))
                return;
        if (limits)
                fprintf(to, "no limit is known of %zu numbers", unknown);
        else
                fputs("its numbers were held against no limit", to);
        note_end(notes, to, gpu);
}

static void note_unknown(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        const json_t *agreement = sheet_test(job, check_tests[CHECK_AGREEMENT].name), *one;
        FILE *to = NULL;
        size_t i;

        json_array_foreach(get_value(agreement, "hashes"), i, one) {
                if (strcmp(get_text(one, "status"), AGREED_UNKNOWN) != 0)
                        continue;
                if (to)
                        fputs(", ", to);
                else if (!(to = note_begin(notes, job)))
                        return;
                html_text(to, get_text(one, "operation"));
        }
        if (to)
                note_end(notes, to, gpu);
}

static void note_uncovered(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        double least = 100;
        FILE *to;

        for (enum check_kind kind = 0; kind <= CHECK_MEMORY_FADE; kind++) {
                const json_t *percent =
                        get_value(sheet_test(job, check_tests[kind].name), "covered_percent");

                if (json_is_number(percent) && json_number_value(percent) < least)
                        least = json_number_value(percent);
        }
        if (least >= 100 || !(to = note_begin(notes, job)))
                return;
        fprintf(to, "%.2f %% of the free memory, and what the driver holds itself", 100 - least);
        note_end(notes, to, gpu);
}

/* --- what is no check's --- */

static void put_jobs(const struct sheet *sheet)
{
        const json_t *job;
        size_t i, count = 0;

        json_array_foreach(get_value(sheet->document, "jobs"), i, job) {
                const char *status = get_text(job, "status");

                if (strcmp(status, "skip") != 0 && strcmp(status, "notrun") != 0)
                        continue;
                if (count++ == 0)
                        fputs("<h3>Jobs that were skipped, or not reached</h3><ul>", sheet->to);
                if (count > NOTES)
                        continue;
                fputs("<li>", sheet->to);
                put_reason(sheet->to, get_text(job, "job"), job);
                fputs("</li>", sheet->to);
        }
        if (count > NOTES)
                fprintf(sheet->to, "<li>and %zu more</li>", count - NOTES);
        if (count > 0)
                fputs("</ul>\n", sheet->to);
}

static void put_unchecked(const struct sheet *sheet)
{
        size_t count = 0;

        for (size_t i = 0; i < sheet->count; i++) {
                if (json_array_size(sheet->gpus[i].checks) > 0)
                        continue;
                fputs(count++ == 0 ? "<h3>GPUs that no check ran on</h3><p>" : ", ", sheet->to);
                sheet_put_gpu(sheet, &sheet->gpus[i]);
        }
        if (count > 0)
                fputs("</p>\n", sheet->to);
}

/* That it went on getting hotter is no fault that a test could be sure of. */
static void note_unsettled(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job)
{
        const json_t *soak = sheet_test(job, check_tests[CHECK_SOAK].name);
        FILE *to;

        if (!json_is_false(get_value(soak, "settled")) || !(to = note_begin(notes, job)))
                return;
        fprintf(to,
                "<code>soak</code> ended after %.0f s at %.0f °C, which were still changing by "
                "%.2g °C a minute",
                get_number(soak, "busy_s"), get_number(soak, "end_c"),
                get_number(soak, "slope_c_per_min"));
        note_end(notes, to, gpu);
}

static void put_units(FILE *to)
{
        const char *at = coverage_text;
        struct coverage_line line;

        fputs("<h3>Units that no test is for</h3><ul>", to);
        while (coverage_next(&at, &line))
                if (coverage_is(&line, 0, "untested") && line.fields == 2) {
                        _cleanup_free_ char *unit =
                                memory_copy_text(line.field[1].text, (size_t)line.field[1].length);

                        html_in(to, "<li>", unit, "</li>");
                }
        fputs("</ul>\n", to);
}

/* --- all of it --- */

static const struct part {
        const char *title;
        void (*note)(struct notes *notes, const struct sheet_gpu *gpu, const json_t *job);
} parts[] = {
        { "Tests that were skipped", note_skipped },
        { "Units that the GPU has and no test went through", note_bypassed },
        { "Checks that did not come to their end", note_cut },
        { "Tests that were not asked for, or not reached", note_absent },
        { "Less than the longest level", note_level },
        { "Memory that was not covered", note_uncovered },
        { "Standing condition that could not be read", note_unreadable },
        { "Health that could not be read", note_unread },
        { "A temperature that had not settled", note_unsettled },
        { "Numbers without a limit", note_unlimited },
        { "Operations of which no golden hash is known", note_unknown },
};

static void put_part(const struct sheet *sheet, const struct part *part)
{
        json_auto_t *gpus = json_object();
        struct notes notes = { .gpus = gpus };
        const json_t *job;
        size_t k;

        for (size_t i = 0; i < sheet->count; i++)
                json_array_foreach(sheet->gpus[i].checks, k, job)
                        part->note(&notes, &sheet->gpus[i], job);
        put_notes(sheet->to, &notes, part->title);
}

void untested_put(const struct sheet *sheet)
{
        fputs("<h2>What was not tested</h2>\n<div class=\"untested small\">\n", sheet->to);
        put_jobs(sheet);
        put_unchecked(sheet);
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
                put_part(sheet, &parts[i]);
        put_units(sheet->to);
        fputs("</div>\n", sheet->to);
}
