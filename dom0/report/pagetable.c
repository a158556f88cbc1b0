#include "dom0/report/pagetable.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/figures/numbers.h"

/* A list of a check's comparisons by metric, the first of each. */
static json_t *index_metrics(const json_t *job, const char *list)
{
        json_t *index = json_object(), *one;
        size_t i;

        json_array_foreach(get_value(get_value(job, "check"), list), i, one) {
                const char *metric = get_string(one, "metric");

                if (metric && !get_value(index, metric))
                        json_object_set(index, metric, one);
        }
        return index;
}

/* A name that the jobs before lack gets the rank of the one before it here: so what the others have
 * about GPU 0 stands before what they have about GPU 1, although GPU 0 itself has none of it. */
static void rank_names(json_t *ranks, const json_t *numbers)
{
        bool first = json_object_size(ranks) == 0;
        json_int_t before = 0;
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)numbers, name, value) {
                const json_t *rank = get_value(ranks, name);

                if (rank)
                        before = json_integer_value(rank);
                else
                        set_value(ranks, name, json_integer(first ? ++before : before));
        }
}

static int by_rank(const void *left, const void *right)
{
        const struct pagetable_name *a = left, *b = right;

        if (a->rank != b->rank)
                return a->rank < b->rank ? -1 : 1;
        return a->order < b->order ? -1 : a->order > b->order;
}

static void sort_names(struct pagetable *table)
{
        const char *name;
        json_t *rank;

        table->names = memory_get(json_object_size(table->ranks) * sizeof(*table->names));
        json_object_foreach(table->ranks, name, rank) {
                table->names[table->count] = (struct pagetable_name){ name,
                        (size_t)json_integer_value(rank), table->count };
                table->count++;
        }
        qsort(table->names, table->count, sizeof(*table->names), by_rank);
}

struct pagetable pagetable_take(const struct page *page, const json_t *group)
{
        struct pagetable table = { .ranks = json_object() };

        for (; table.gpus < PAGE_GPUS && table.gpus < json_array_size(group); table.gpus++) {
                size_t gpu = table.gpus;

                table.entries[gpu] = json_array_get(group, gpu);
                for (size_t run = 0; run < page->count; run++) {
                        const json_t *job = page_job(page, table.entries[gpu], run);

                        table.jobs[gpu][run] = job;
                        table.numbers[gpu][run] = numbers_of(job);
                        table.peers[gpu][run] = index_metrics(job, "peers");
                        table.baseline[gpu][run] = index_metrics(job, "baseline_compared");
                        rank_names(table.ranks, table.numbers[gpu][run]);
                }
        }
        sort_names(&table);
        return table;
}

void pagetable_free(struct pagetable *table)
{
        for (size_t gpu = 0; gpu < table->gpus; gpu++)
                for (size_t run = 0; run < PAGE_RUNS; run++) {
                        json_decref(table->numbers[gpu][run]);
                        json_decref(table->peers[gpu][run]);
                        json_decref(table->baseline[gpu][run]);
                }
        json_decref(table->ranks);
        free(table->names);
}

const json_t *pagetable_number(
        const struct pagetable *table, size_t gpu, size_t run, const char *name)
{
        return get_value(table->numbers[gpu][run], name);
}

static bool has_failed(const json_t *index, const char *name)
{
        return strcmp(get_text(get_value(index, numbers_short(name)), "status"), "fail") == 0;
}

bool pagetable_failed(const struct pagetable *table, size_t gpu, size_t run, const char *name)
{
        return has_failed(table->peers[gpu][run], name) ||
               has_failed(table->baseline[gpu][run], name);
}

bool pagetable_is_shown(const struct pagetable *table, const char *name)
{
        if (numbers_kind(name) == NUMBERS_RATE)
                return true;
        for (size_t gpu = 0; gpu < table->gpus; gpu++)
                for (size_t run = 0; run < PAGE_RUNS; run++)
                        if (get_value(table->peers[gpu][run], numbers_short(name)))
                                return true;
        return false;
}

double pagetable_best(const struct pagetable *table, size_t gpu, size_t run, const char *name)
{
        const char *model = get_text(table->jobs[gpu][run], "name");
        double best = 0;

        for (size_t i = 0; i < table->gpus; i++)
                for (size_t k = 0; k < PAGE_RUNS; k++) {
                        double value = json_number_value(pagetable_number(table, i, k, name));

                        if (value > best && strcmp(get_text(table->jobs[i][k], "name"), model) == 0)
                                best = value;
                }
        return best;
}
