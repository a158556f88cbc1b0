#include "runner/progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/escape.h"
#include "runner/say.h"

#define BAR_CELLS        20
#define TERMINAL_SECONDS 0.5
#define NAME_SIZE        (JOB_MAX_NAME + 96)

void progress_open(struct progress *progress, FILE *to, const struct plan *plan)
{
        const char *terminal = getenv("TERM");

        *progress = (struct progress){
                .to = to,
                .terminal = isatty(fileno(to)) && terminal && strcmp(terminal, "dumb") != 0,
                .plan = plan,
        };
}

double progress_period(const struct progress *progress)
{
        return progress->terminal ? TERMINAL_SECONDS : PROGRESS_SECONDS;
}

void progress_erase(struct progress *progress)
{
        if (progress->drawn)
                fprintf(progress->to, "\r%*s\r", PROGRESS_COLUMNS - 1, "");
        progress->drawn = false;
}

/* "job 2 of 5 reduce on GPU 0" */
static int format_name(const struct plan *plan, size_t number, char *text, size_t size)
{
        const struct entry *entry = &plan->entry[number];
        char device[24] = "";

        if (entry->index >= 0)
                snprintf(device, sizeof(device), " on GPU %d", entry->index);
        return snprintf(text, size, "job %zu of %zu %s%s", number + 1, plan->count,
                entry->job->name, device);
}

void progress_started(struct progress *progress, size_t number)
{
        const struct entry *entry = &progress->plan->entry[number];
        char name[NAME_SIZE];

        progress_erase(progress);
        format_name(progress->plan, number, name, sizeof(name));
        say_line(progress->to, "%s: running, at most %.10g s", name,
                (double)entry->job->timeout_ms / 1e3);
        fflush(progress->to);
}

void progress_ended(struct progress *progress, size_t number, const struct outcome *outcome)
{
        char name[NAME_SIZE];

        progress->finished++;
        progress_erase(progress);
        format_name(progress->plan, number, name, sizeof(name));
        say_line(progress->to, "%s: %s (%.3f s)%s%s", name, status_name(outcome->status),
                outcome->wall_s, outcome->reason[0] ? ": " : "", outcome->reason);
        fflush(progress->to);
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

/* What has to be cut to fit: first what comes next, then the middle of a long name. */
void progress_format(
        const struct plan *plan, const struct progress_view *view, char ret_line[PROGRESS_COLUMNS])
{
        double limit = (double)plan->entry[view->number].job->timeout_ms / 1e3;
        char name[NAME_SIZE], bar[BAR_CELLS + 3], tail[80], next[JOB_MAX_NAME + 16] = "";
        int room;

        format_name(plan, view->number, name, sizeof(name));
        format_bar(view->elapsed_s / limit, bar);
        snprintf(tail, sizeof(tail), " %s %.0f/%.0f s", bar, view->elapsed_s, limit);
        room = PROGRESS_COLUMNS - 1 - (int)strlen(tail);
        if ((int)strlen(name) > room)
                memcpy(name + room - 2, "..", 3);
        room -= (int)strlen(name);
        if (view->doing && view->doing[0])
                snprintf(next, sizeof(next), ", %s", view->doing);
        else if (view->next)
                snprintf(next, sizeof(next), ", next: %s", view->next->job->name);
        if ((int)strlen(next) > room)
                next[0] = '\0';
        ret_line[0] = '\0';
        for (int i = 0; i < 3; i++)
                strncat(ret_line, (const char *[]){ name, tail, next }[i],
                        PROGRESS_COLUMNS - 1 - strlen(ret_line));
}

void progress_show(struct progress *progress, const struct progress_view *view)
{
        char line[PROGRESS_COLUMNS], safe[PROGRESS_COLUMNS];

        progress_format(progress->plan, view, line);
        escape_text(line, strlen(line), safe, sizeof(safe)); /* no line's end: not say_line */
        progress_erase(progress);
        fprintf(progress->to, "%s%s", safe, progress->terminal ? "" : "\n");
        progress->drawn = progress->terminal;
        fflush(progress->to);
}
