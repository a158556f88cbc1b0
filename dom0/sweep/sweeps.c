#include "dom0/sweep/sweeps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"

/* The jobs of one sweep, one behind the other in the document's list. */
struct span {
        size_t first, end;
        size_t stem; /* bytes of their names before the '@'; 0: it is no sweep */
};

static struct span span_at(const json_t *jobs, size_t first)
{
        const json_t *job = json_array_get(jobs, first);
        const char *name = get_text(job, "job");
        struct span span = { first, first + 1, strcspn(name, "@") };

        if (!name[span.stem] || !json_is_object(get_value(job, "sweep")))
                span.stem = 0;
        while (span.stem > 0 && span.end < json_array_size(jobs) &&
                strncmp(get_text(json_array_get(jobs, span.end), "job"), name, span.stem + 1) == 0)
                span.end++;
        return span;
}

static bool is_long(const struct span *span)
{
        return span->stem > 0 && span->end - span->first > SWEEPS_WHOLE;
}

static bool has_passed(const json_t *job)
{
        return strcmp(get_text(job, "status"), "pass") == 0;
}

struct timed {
        double wall_s;
        size_t number; /* of the job */
};

static int by_time(const void *left, const void *right)
{
        const struct timed *a = left, *b = right;

        if (a->wall_s != b->wall_s)
                return a->wall_s < b->wall_s ? -1 : 1;
        return a->number < b->number ? -1 : a->number > b->number;
}

/* Those that have a time, by it; with `passed` only what has passed. */
static struct timed *sort_times(
        const json_t *jobs, const struct span *span, bool passed, size_t *ret_count)
{
        struct timed *times = memory_get((span->end - span->first) * sizeof(*times));
        size_t count = 0;

        for (size_t i = span->first; i < span->end; i++) {
                const json_t *job = json_array_get(jobs, i);
                const json_t *wall = get_value(job, "wall_s");

                if (json_is_number(wall) && (!passed || has_passed(job)))
                        times[count++] = (struct timed){ json_number_value(wall), i };
        }
        qsort(times, count, sizeof(*times), by_time);
        *ret_count = count;
        return times;
}

static void count_status(json_t *counts, const char *status)
{
        long long before = get_integer(counts, status);

        set_value(counts, status, json_integer(before + 1));
}

static size_t least(size_t a, size_t b)
{
        return a < b ? a : b;
}

static json_t *describe(const json_t *jobs, const struct span *span)
{
        const char *name = get_text(json_array_get(jobs, span->first), "job");
        json_t *counts = json_object(), *sweep = json_object();
        size_t count, faults = 0;
        _cleanup_free_ struct timed *times = sort_times(jobs, span, false, &count);

        for (size_t i = span->first; i < span->end; i++) {
                const json_t *job = json_array_get(jobs, i);

                count_status(counts, get_text(job, "status"));
                faults += !has_passed(job);
        }
        set_value(sweep, "sweep", json_stringn(name, span->stem));
        set_value(sweep, "jobs", json_integer((json_int_t)(span->end - span->first)));
        set_value(sweep, "shown",
                json_integer((json_int_t)(least(faults, SWEEPS_FAULTS) +
                                          least(span->end - span->first - faults, SWEEPS_SLOW))));
        set_value(sweep, "counts", counts);
        if (count > 0) {
                const json_t *slowest = json_array_get(jobs, times[count - 1].number);

                set_value(sweep, "least_s", json_real(times[0].wall_s));
                set_value(sweep, "median_s", json_real(times[count / 2].wall_s));
                set_value(sweep, "most_s", json_real(times[count - 1].wall_s));
                set_text(sweep, "slowest", get_text(slowest, "job"));
        }
        return sweep;
}

json_t *sweeps_of(const json_t *document)
{
        const json_t *jobs = get_value(document, "jobs");
        json_t *list = json_array();

        for (size_t i = 0; i < json_array_size(jobs);) {
                struct span span = span_at(jobs, i);

                if (is_long(&span))
                        json_array_append_new(list, describe(jobs, &span));
                i = span.end;
        }
        return list;
}

/* The first points that did not pass, and the slowest that did. */
static void show_some(const json_t *jobs, const struct span *span, json_t *shown)
{
        size_t count, faults = 0;
        _cleanup_free_ struct timed *times = sort_times(jobs, span, true, &count);
        double slow = count > SWEEPS_SLOW ? times[count - SWEEPS_SLOW].wall_s : 0;
        size_t left = SWEEPS_SLOW;

        for (size_t i = span->first; i < span->end; i++) {
                json_t *job = json_array_get(jobs, i);
                bool passed = has_passed(job);

                if (passed && left > 0 && json_number_value(get_value(job, "wall_s")) >= slow)
                        left--;
                else if (passed || faults == SWEEPS_FAULTS)
                        continue;
                faults += !passed;
                json_array_append(shown, job);
        }
}

json_t *sweeps_shown(const json_t *document)
{
        const json_t *jobs = get_value(document, "jobs");
        json_t *shown = json_array();

        for (size_t i = 0; i < json_array_size(jobs);) {
                struct span span = span_at(jobs, i);

                if (is_long(&span))
                        show_some(jobs, &span, shown);
                for (size_t k = i; !is_long(&span) && k < span.end; k++)
                        json_array_append(shown, json_array_get(jobs, k));
                i = span.end;
        }
        return shown;
}

void sweeps_describe(const json_t *sweep, char *out, size_t size)
{
        size_t used = 0;
        const char *status;
        json_t *count;

        *out = '\0';
        json_object_foreach(get_value(sweep, "counts"), status, count)
                if (used < size)
                        used += (size_t)snprintf(out + used, size - used, "%s%lld %s",
                                used ? ", " : "", (long long)json_integer_value(count), status);
        if (used < size && get_value(sweep, "least_s"))
                snprintf(out + used, size - used, "; %.3f to %.3f s, median %.3f s",
                        get_number(sweep, "least_s"), get_number(sweep, "most_s"),
                        get_number(sweep, "median_s"));
}
