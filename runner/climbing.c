#include "runner/climbing.h"

#include "runner/console/say.h"
#include "runner/ladder/climb.h"

static bool has_time(enum status status)
{
        return status != STATUS_SKIP && status != STATUS_NOTRUN;
}

/* " on GPU 1", where there are several; "" elsewhere. */
static void name_device(const struct rungs *rungs, const struct rung *rung, char *ret, size_t size)
{
        ret[0] = '\0';
        if (rungs->count > LADDER_STEPS && rung->device != RUNG_NO_DEVICE)
                snprintf(ret, size, " on GPU %d", rung->device);
}

/* Half a line: where the machine hangs it is the last that anybody sees. */
static void print_begin(const struct rungs *rungs, size_t number)
{
        const struct rung *rung = &rungs->rung[number];
        char device[24], text[128];

        name_device(rungs, rung, device, sizeof(device));
        snprintf(text, sizeof(text), "%3zu/%zu %s%s … ", number + 1, rungs->count,
                ladder_rows[rung->step].name, device);
        say_text(stdout, text);
}

static void print_end(const struct rungs *rungs, size_t number)
{
        const struct rung *rung = &rungs->rung[number];
        char time[32] = "";

        if (has_time(rung->status))
                snprintf(time, sizeof(time), " %.2f s", rung->seconds);
        say_line(stdout, "%s%s%s%s", status_name(rung->status), time, rung->reason ? ": " : "",
                rung->reason ? rung->reason : "");
}

static void print_outcome(const struct rungs *rungs)
{
        const struct rung *obstacle = rungs_obstacle(rungs);
        char device[24];

        if (rungs->rehearsal)
                say_line(
                        stdout, "REHEARSAL: no GPU was involved. This says nothing about any GPU.");
        if (!obstacle) {
                say_line(stdout, "no obstacle");
                return;
        }
        name_device(rungs, obstacle, device, sizeof(device));
        say_line(stdout, "obstacle: %s%s: %s", ladder_rows[obstacle->step].name, device,
                obstacle->reason ? obstacle->reason : "");
}

enum climbing_end climbing_run(const struct options *options, char *why)
{
        static const struct climb_watcher watcher = { print_begin, print_end };
        const struct climb_options climb_options = {
                .file = options->ladder,
                .devices = options->devices.count ? &options->devices : NULL,
                .kernel_log = options->kernel_log,
                .step_seconds = options->step_seconds,
        };
        struct rungs rungs;
        enum climbing_end end = CLIMBING_UNWRITTEN;

        if (climb(&climb_options, &watcher, &rungs, why)) {
                print_outcome(&rungs);
                end = rungs_hold(&rungs) ? CLIMBING_PASSED : CLIMBING_STOPPED;
        }
        rungs_clear(&rungs);
        return end;
}
