#include "dom0/figures/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/json.h"
#include "runner/check/check_limits.h"

#define METRIC 96u

/* Who asks, and for what. */
struct question {
        const json_t *device, *check;
        const char *metric;
        char test[METRIC]; /* that it is of; "": of none */
        const char *key;   /* behind the dot */
};

static const json_t *limit_of(const json_t *check, const char *metric, const char *kind)
{
        const json_t *one;
        size_t i;

        json_array_foreach(get_value(check, "limits"), i, one)
                if (strcmp(get_text(one, "metric"), metric) == 0 &&
                        (!kind || strcmp(get_text(one, "kind"), kind) == 0))
                        return one;
        return NULL;
}

static const json_t *test_of(const json_t *check, const char *name)
{
        const json_t *test;
        size_t i;

        json_array_foreach(get_value(check, "tests"), i, test)
                if (strcmp(get_text(test, "test"), name) == 0)
                        return test;
        return NULL;
}

/* What all of a metric would be, of which `share` is a part; 0: there is no such part. */
static double whole_of(const struct question *question, const char *metric, const char *key)
{
        const json_t *limit = limit_of(question->check, metric, "efficiency");
        double share = get_number(limit, "found"), value;
        char test[METRIC];

        snprintf(test, sizeof(test), "%.*s", (int)strcspn(metric, "."), metric);
        value = get_number(test_of(question->check, test), key);
        return share > 0 ? value / share : 0;
}

/* --- the kinds of numbers --- */

static double by_units(const struct question *question)
{
        char metric[METRIC + 16];

        snprintf(metric, sizeof(metric), "%s.efficiency", question->test);
        return whole_of(question, metric, question->key);
}

static double by_link(const struct question *question)
{
        return whole_of(question, question->metric, question->key);
}

/* Both ways count. */
static double by_both_ways(const struct question *question)
{
        return 2 * whole_of(question, "copy-h2d.gbps", "gbps");
}

static double by_memory(const struct question *question)
{
        struct check_model model = { .name = get_text(question->device, "name"),
                .pci_id = get_text(question->check, "pci_id") };

        return check_memory_gbps(&model);
}

/* Each byte is read and written. */
static double by_memory_twice(const struct question *question)
{
        return by_memory(question) / 2;
}

static double by_nvlinks(const struct question *question)
{
        return get_number(test_of(question->check, "health"), "nvlink_gbps");
}

static double by_all(const struct question *question)
{
        (void)question;
        return 1;
}

static double by_itself(const struct question *question)
{
        return get_number(limit_of(question->check, question->metric, "floor"), "limit");
}

static const struct kind {
        const char *test; /* the start of its name */
        const char *end;  /* of the key */
        double (*best)(const struct question *question);
        const char *is;
} kinds[] = {
        { "memory-", "_gbps", by_memory, "NVIDIA's data sheet" },
        { "compute-", "efficiency", by_all, "all that its units could do" },
        { "compute-", "ops", by_units, "its units at the clock that they had" },
        { "copy-h2d", "gbps", by_link, "its PCIe link" },
        { "copy-d2h", "gbps", by_link, "its PCIe link" },
        { "copy-bidirectional", "gbps", by_both_ways, "its PCIe link, both ways" },
        { "copy-d2d", "gbps", by_memory_twice, "half of NVIDIA's data sheet" },
        { "copy-p2p", "gbps", by_nvlinks, "its NVLinks together" },
        { "multiprocessors", "", by_itself, "NVIDIA's data sheet" },
};

static const struct kind *kind_of(const struct question *question)
{
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                size_t length = strlen(question->key), end = strlen(kinds[i].end);

                if (strncmp(question->test, kinds[i].test, strlen(kinds[i].test)) == 0 &&
                        length >= end && strcmp(question->key + length - end, kinds[i].end) == 0)
                        return &kinds[i];
        }
        return NULL;
}

static double share_asked(const struct question *question, const char *metric)
{
        return get_number(limit_of(question->check, metric, "efficiency"), "limit");
}

/* The floors that the check held it to: of itself, and of the share that it is of the best. */
static double least_of(const struct question *question, double best)
{
        double least = get_number(limit_of(question->check, question->metric, "floor"), "limit");
        char metric[METRIC + 16];

        snprintf(metric, sizeof(metric), "%s.efficiency", question->test);
        least = fmax(least, share_asked(question, metric) * best);
        return fmax(least, share_asked(question, question->metric) * best);
}

static const char *why_unknown(const struct question *question)
{
        const json_t *limit = limit_of(question->check, question->metric, NULL);

        if (*get_text(limit, "reason"))
                return get_text(limit, "reason");
        return get_value(question->check, "limits") ? "the table has none for it"
                                                    : "the check had no limits";
}

struct scale scale_of(const json_t *device, const json_t *job, const char *metric)
{
        struct question question = {
                .device = device, .check = get_value(job, "check"), .metric = metric
        };
        size_t length = strcspn(metric, ".");
        struct scale scale = { 0 };
        const struct kind *kind;

        if (length >= METRIC)
                return (struct scale){ .why = "its name is too long" };
        memcpy(question.test, metric, length);
        question.key = metric[length] ? metric + length + 1 : "";
        kind = kind_of(&question);
        scale.best = kind ? kind->best(&question) : 0;
        scale.least = least_of(&question, scale.best);
        if (scale.best > 0 && scale.best < 1e15)
                scale.is = kind->is;
        else if (scale.least > 0)
                scale = (struct scale){ scale.least, scale.least, "the least of its table", NULL };
        else
                scale = (struct scale){ .why = why_unknown(&question) };
        return scale;
}
