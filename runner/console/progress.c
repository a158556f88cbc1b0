#include "runner/console/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/escape.h"
#include "runner/console/columns.h"
#include "runner/console/say.h"

#define BAR_CELLS        20
#define TERMINAL_SECONDS 0.5
#define MARGIN           2u /* of the lines that go on with one */
#define NAME_SIZE        (JOB_MAX_NAME + 96)

void progress_resized(struct progress *progress)
{
        struct winsize size;
        int fd = fileno(progress->to);

        progress->columns = PROGRESS_MOST;
        progress->folds = isatty(fd);
        if (!progress->folds)
                return;
        if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
                size.ws_col = PROGRESS_COLUMNS;
        /* Not the last one: some terminals begin a new line behind it. */
        progress->columns = size.ws_col > 1 ? size.ws_col - 1u : 1;
        if (progress->columns > PROGRESS_MOST)
                progress->columns = PROGRESS_MOST;
}

void progress_open(struct progress *progress, FILE *to, const struct plan *plan)
{
        const char *terminal = getenv("TERM");

        *progress = (struct progress){
                .to = to,
                .terminal = isatty(fileno(to)) && terminal && strcmp(terminal, "dumb") != 0,
                .plan = plan,
        };
        tallies_make(plan, &progress->tallies);
        progress_resized(progress);
}

void progress_close(struct progress *progress)
{
        tallies_clear(&progress->tallies);
}

double progress_period(const struct progress *progress)
{
        return progress->terminal ? TERMINAL_SECONDS : PROGRESS_SECONDS;
}

void progress_erase(struct progress *progress)
{
        size_t columns = progress->drawn < progress->columns ? progress->drawn : progress->columns;

        if (columns > 0) {
                char blank[PROGRESS_MOST + 3];

                snprintf(blank, sizeof(blank), "\r%*s\r", (int)columns, "");
                say_text(progress->to, blank);
        }
        progress->drawn = 0;
}

/* "job 2 of 5 reduce on GPU 0" */
static int format_name(const struct plan *plan, size_t number, char *text, size_t size)
{
        const struct entry *entry = &plan->entry[number];
        char job[JOB_MAX_NAME + 1], device[24] = "";

        plan_job_name(entry, job);
        if (entry->index >= 0)
                snprintf(device, sizeof(device), " on GPU %d", entry->index);
        return snprintf(text, size, "job %zu of %zu %s%s", number + 1, plan->count, job, device);
}

void progress_started(struct progress *progress, size_t number)
{
        const struct entry *entry = &progress->plan->entry[number];
        char name[NAME_SIZE], line[NAME_SIZE + 64], fitting[PROGRESS_MOST];

        if (tallies_of(&progress->tallies, entry))
                return;
        progress_erase(progress);
        format_name(progress->plan, number, name, sizeof(name));
        snprintf(line, sizeof(line), "%s: running, at most %.10g s", name,
                (double)entry->job->timeout_ms / 1e3);
        if (progress->folds)
                columns_cut(line, progress->columns, fitting, sizeof(fitting));
        say_line(progress->to, "%s", progress->folds ? fitting : line);
}

/* All of it: in as many lines as that takes, those behind the first with a margin. */
static void say_folded(const struct progress *progress, const char *text)
{
        char safe[SAY_MAX];
        const char *rest = safe;
        size_t margin = 0, skip;

        escape_text(text, strlen(text), safe, sizeof(safe)); /* before it is measured */
        do {
                size_t bytes = columns_break(rest, progress->columns - margin, &skip);

                say_line(progress->to, "%*s%.*s", (int)margin, "", (int)bytes, rest);
                rest += bytes + skip;
                margin = progress->columns > 4 * MARGIN ? MARGIN : 0;
        } while (*rest);
}

static void say_whole(const struct progress *progress, const char *line)
{
        if (progress->folds)
                say_folded(progress, line);
        else
                say_line(progress->to, "%s", line);
}

static void say_end(struct progress *progress, size_t number, const struct outcome *outcome)
{
        char name[NAME_SIZE], line[NAME_SIZE + JOB_MAX_ERROR + 64];
        const json_t *pattern;
        size_t i;

        progress_erase(progress);
        format_name(progress->plan, number, name, sizeof(name));
        snprintf(line, sizeof(line), "%s: %s (%.3f s)%s%s", name, status_name(outcome->status),
                outcome->wall_s, outcome->reason[0] ? ": " : "", outcome->reason);
        say_whole(progress, line);
        json_array_foreach(outcome->unmatched, i, pattern) {
                snprintf(line, sizeof(line), "%s: warning: Collect=%s found no file", name,
                        json_string_value(pattern));
                say_whole(progress, line);
        }
        json_array_foreach(outcome->left, i, pattern) {
                snprintf(line, sizeof(line), "%s: warning: %s", name, json_string_value(pattern));
                say_whole(progress, line);
        }
}

void progress_ended(struct progress *progress, size_t number, const struct outcome *outcome)
{
        struct tally *tally = tallies_of(&progress->tallies, &progress->plan->entry[number]);
        double now = clock_seconds();
        char text[TALLY_TEXT];

        progress->finished++;
        if (!tally || tally_take(tally, outcome->status, now))
                say_end(progress, number, outcome);
        if (!tally || !tally_is_due(tally, now))
                return;
        progress_erase(progress);
        tally_format(tally, text);
        say_whole(progress, text);
}

/* How much of its time a job has used. */
static void format_bar(double share, char ret_bar[BAR_CELLS + 3])
{
        int full = share >= 1 ? BAR_CELLS : share <= 0 ? 0 : (int)(share * BAR_CELLS);

        ret_bar[0] = '[';
        memset(ret_bar + 1, '#', (size_t)full);
        memset(ret_bar + 1 + full, '.', (size_t)(BAR_CELLS - full));
        ret_bar[BAR_CELLS + 1] = ']';
        ret_bar[BAR_CELLS + 2] = '\0';
}

/* It is safe to show: so are the names of jobs, and what a job says is made so. */
void progress_format(const struct plan *plan, const struct progress_view *view, size_t columns,
        char ret_line[PROGRESS_MOST])
{
        double limit = (double)plan->entry[view->number].job->timeout_ms / 1e3;
        char name[NAME_SIZE], bar[BAR_CELLS + 3], time[80], next[JOB_MAX_NAME + 256] = "";
        char next_name[JOB_MAX_NAME + 1];
        char line[NAME_SIZE + 500], short_name[NAME_SIZE], doing[200];
        size_t rest;

        format_name(plan, view->number, name, sizeof(name));
        format_bar(view->elapsed_s / limit, bar);
        snprintf(time, sizeof(time), " %.0f/%.0f s", view->elapsed_s, limit);
        escape_text(view->doing ? view->doing : "", view->doing ? strlen(view->doing) : 0, doing,
                sizeof(doing));
        if (doing[0])
                snprintf(next, sizeof(next), ", %s", doing);
        if (!doing[0] && view->next) {
                plan_job_name(view->next, next_name);
                snprintf(next, sizeof(next), ", next: %s", next_name);
        }
        snprintf(line, sizeof(line), "%s %s%s%s", name, bar, time, next);
        if (columns_of(line) > columns)
                snprintf(line, sizeof(line), "%s %s%s", name, bar, time);
        if (columns_of(line) > columns) {
                rest = columns > strlen(time) ? columns - strlen(time) : 0;
                columns_cut(name, rest, short_name, sizeof(short_name));
                snprintf(line, sizeof(line), "%s%s", short_name, time);
        }
        columns_cut(line, columns, ret_line, PROGRESS_MOST);
}

void progress_show(struct progress *progress, const struct progress_view *view)
{
        char line[PROGRESS_MOST];

        progress_format(progress->plan, view, progress->columns, line);
        progress_erase(progress);
        say_text(progress->to, line);
        if (!progress->terminal)
                say_text(progress->to, "\n");
        progress->drawn = progress->terminal ? columns_of(line) : 0;
}
