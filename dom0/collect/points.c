#include "dom0/collect/points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/cell.h"
#include "lib/cleanup.h"

/* Behind the values; a name of the sweep that is one of them gets "sweep." before it. */
static const char *const of_job[] = { "device", "uuid", "status", "reason", "wall_s" };
static const char *const of_timings[] = { "launch_s", "launch_min_s", "launch_max_s" };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* What stands before the '@' of a point's name, when it can be a file's; 0: it cannot. */
static size_t stem_of(const char *name)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789._-";
        size_t length = strspn(name, plain);

        return name[length] == '@' && name[0] != '.' ? length : 0;
}

static bool is_in(const char *const *list, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i], name) == 0)
                        return true;
        return strcmp(name, "job") == 0;
}

static void print_head(FILE *to, const json_t *sweep)
{
        const char *name;
        json_t *value;

        fputs("job", to);
        json_object_foreach((json_t *)sweep, name, value) {
                bool taken = is_in(of_job, COUNT(of_job), name) ||
                             is_in(of_timings, COUNT(of_timings), name);

                fprintf(to, ",%s", taken ? "sweep." : "");
                cell_name(to, name);
        }
        for (size_t i = 0; i < COUNT(of_job); i++)
                fprintf(to, ",%s", of_job[i]);
        for (size_t i = 0; i < COUNT(of_timings); i++)
                fprintf(to, ",%s", of_timings[i]);
        putc('\n', to);
}

/* The columns are those of the sweep's first point. */
static void print_row(FILE *to, const json_t *job, const json_t *columns)
{
        const json_t *sweep = get_value(job, "sweep"), *timings = get_value(job, "timings");
        const char *name;
        json_t *value;

        cell_plain(to, get_value(job, "job"));
        json_object_foreach((json_t *)columns, name, value) {
                putc(',', to);
                cell_plain(to, get_value(sweep, name));
        }
        for (size_t i = 0; i < COUNT(of_job); i++) {
                putc(',', to);
                cell_plain(to, get_value(job, of_job[i]));
        }
        for (size_t i = 0; i < COUNT(of_timings); i++) {
                putc(',', to);
                cell_plain(to, get_value(timings, of_timings[i]));
        }
        putc('\n', to);
}

/* The points of a sweep stand one behind the other; returns where the next job is. */
static size_t print_sweep(FILE *to, const json_t *jobs, size_t first, size_t stem)
{
        const json_t *head = json_array_get(jobs, first);
        const char *name = get_text(head, "job");
        size_t i = first;

        print_head(to, get_value(head, "sweep"));
        for (; i < json_array_size(jobs); i++) {
                const json_t *job = json_array_get(jobs, i);

                if (strncmp(get_text(job, "job"), name, stem + 1) != 0)
                        break;
                print_row(to, job, get_value(head, "sweep"));
        }
        return i;
}

/* The table of the sweep that begins with the job `first`, under its name. */
static size_t add_table(json_t *tables, const json_t *jobs, size_t first, size_t stem)
{
        const char *name = get_text(json_array_get(jobs, first), "job");
        _cleanup_free_ char *text = NULL;
        size_t length = 0, next = first + 1;
        FILE *to = open_memstream(&text, &length);
        char path[256];

        if (!to)
                return next;
        next = print_sweep(to, jobs, first, stem);
        snprintf(path, sizeof(path), "sweeps/%.*s.csv", (int)stem, name);
        if (fclose(to) == 0 && stem < sizeof(path) / 2 && !get_value(tables, path))
                set_value(tables, path, json_stringn(text, length));
        return next;
}

json_t *points_tables(const json_t *document)
{
        const json_t *jobs = get_value(document, "jobs");
        json_t *tables = json_object();
        size_t i = 0;

        while (i < json_array_size(jobs)) {
                const json_t *job = json_array_get(jobs, i);
                size_t stem = stem_of(get_text(job, "job"));

                if (stem > 0 && json_is_object(get_value(job, "sweep")))
                        i = add_table(tables, jobs, i, stem);
                else
                        i++;
        }
        return tables;
}
