#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "dom0/base/memory.h"
#include "tests/unit/dom0/fleet_runs.h"

#define MULTI       10u /* each so many hosts, one has … */
#define MULTI_COUNT 8u  /* … so many GPUs */

/* A figure of a test of a check: what an H200 has, how much that differs from card to card, and
 * from run to run; all as shares. */
static const struct figure {
        const char *test, *key;
        double usual, cards, runs;
} figures[] = {
        { "memory-address", "write_gbps", 4432, .003, .001 },
        { "memory-address", "verify_gbps", 4098, .003, .001 },
        { "memory-walking", "verify_gbps", 4246, .003, .001 },
        { "memory-inversions", "verify_gbps", 4233, .003, .001 },
        { "memory-random", "verify_gbps", 4252, .003, .001 },
        { "memory-modulo", "verify_gbps", 4211, .003, .001 },
        { "compute-fp32", "tflops", 64.3, .004, .001 },
        { "compute-fp32", "temperature_c", 52, .08, .02 },
        { "compute-fp32", "power_w", 365, .04, .01 },
        { "compute-fp64", "tflops", 32.7, .004, .001 },
        { "compute-fp16", "tflops", 748, .012, .004 },
        { "compute-bf16", "tflops", 764, .012, .004 },
        { "compute-tf32", "tflops", 397, .012, .004 },
        { "compute-int8", "tops", 1874, .012, .004 },
        { "compute-int8", "power_max_w", 667, .02, .01 },
        { "compute-int8", "clock_mhz", 1930, .01, .004 },
        { "copy-h2d", "gbps", 55.3, .004, .002 },
        { "copy-d2h", "gbps", 54.8, .004, .002 },
        { "copy-bidirectional", "gbps", 100.6, .01, .005 },
        { "copy-d2d", "gbps", 2049, .004, .002 },
        { "latency", "launch_us", 8.5, .05, .05 },
        { "latency", "memory_ns", 146.9, .004, .002 },
        { "health", "temperature_c", 40, .1, .04 },
        { "health", "ecc_corrected_aggregate", 0, 0, 0 },
        { "health", "pcie_replays", 0, 0, 0 },
        { "health", "remapped_correctable_rows", 0, 0, 0 },
};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))

/* One GPU each: a figure times `times` and `more` added, in all runs or in the last only, or a
 * version. */
static const struct plant {
        const char *what, *test, *key;
        double times, more;
        bool last;
} plants[FLEET_PLANTED] = {
        { "copy-h2d.gbps", "copy-h2d", "gbps", .92, 0, false },
        { "copy-d2h.gbps", "copy-d2h", "gbps", .5, 0, false },
        { "compute-fp32.tflops", "compute-fp32", "tflops", .93, 0, false }, /* a slow unit */
        { "compute-int8.tops", "compute-int8", "tops", .8, 0, false },
        { "memory-random.verify_gbps", "memory-random", "verify_gbps", .94, 0, false },
        { "memory-walking.verify_gbps", "memory-walking", "verify_gbps", .98, 0, true },
        { "health.ecc_corrected_aggregate", "health", "ecc_corrected_aggregate", 1, 37, true },
        { "health.pcie_replays", "health", "pcie_replays", 1, 12000, false },
        { "latency.memory_ns", "latency", "memory_ns", 1.1, 0, false },
        { "latency.launch_us", "latency", "launch_us", 4, 0, false },
        { "vbios", NULL, NULL, 1, 0, false },
        { "driver", NULL, NULL, 1, 0, false },
};

const char *fleet_runs_plant(size_t plant)
{
        return plants[plant].what;
}

static void name_gpu(size_t host, size_t device, char *out, size_t size)
{
        snprintf(out, size, "GPU-%08zx-0000-4000-8000-%012zx", host, device);
}

/* Not on the hosts with many, and not all at the front. */
static size_t host_of_plant(size_t plant)
{
        return plant + 1 < MULTI ? plant + 1 : plant + 2;
}

void fleet_runs_uuid(size_t plant, char *out, size_t size)
{
        name_gpu(host_of_plant(plant), 0, out, size);
}

/* --- noise --- */

static uint64_t next(uint64_t *state)
{
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

/* Near enough to a normal distribution of deviation 1. */
static double normal(uint64_t *state)
{
        double sum = 0;

        for (size_t i = 0; i < 12; i++)
                sum += (double)(next(state) >> 11) / 9007199254740992.0;
        return sum - 6;
}

static uint64_t seed_of(uint64_t a, uint64_t b, uint64_t c)
{
        uint64_t state = 0x9e3779b97f4a7c15u ^ (a * 0xbf58476d1ce4e5b9u) ^
                         (b * 0x94d049bb133111ebu) ^ (c << 32);

        state = state ? state : 1;
        for (size_t i = 0; i < 8; i++)
                next(&state);
        return state;
}

/* --- a run --- */

struct place {
        const struct fleet_runs *runs;
        size_t host, device, round;
};

static const struct plant *plant_of(const struct place *place)
{
        for (size_t i = 0; i < FLEET_PLANTED && !place->runs->healthy && place->device == 0; i++)
                if (host_of_plant(i) == place->host)
                        return &plants[i];
        return NULL;
}

static double value_of(const struct place *place, size_t figure)
{
        const struct figure *of = &figures[figure];
        const struct plant *plant = plant_of(place);
        uint64_t card = seed_of(place->runs->seed + figure, place->host, place->device),
                 run = seed_of(place->runs->seed + figure, place->host * 16 + place->device,
                         place->round + 1);
        double value = of->usual * (1 + of->cards * normal(&card) + of->runs * normal(&run));

        if (plant && plant->test && strcmp(plant->test, of->test) == 0 &&
                strcmp(plant->key, of->key) == 0 &&
                (!plant->last || place->round + 1 == place->runs->rounds))
                value = value * plant->times + plant->more;
        return value;
}

static json_t *make_tests(const struct place *place)
{
        json_t *tests = json_array(), *test = NULL;
        const struct plant *plant = plant_of(place);
        bool other = plant && strcmp(plant->what, "vbios") == 0;

        for (size_t i = 0; i < FIGURES; i++) {
                bool is_count = figures[i].usual == 0;
                double value = value_of(place, i);

                if (i == 0 || strcmp(figures[i].test, figures[i - 1].test) != 0) {
                        uint64_t state = seed_of(place->runs->seed + 100 + i,
                                place->host * 16 + place->device, place->round);
                        double slow = normal(&state);

                        /* The time that a test takes now and then is anything. */
                        test = json_pack("{s:s, s:s, s:i, s:f}", "test", figures[i].test, "status",
                                "pass", "errors", 0, "wall_s", .3 * exp(slow * slow * .02));
                        json_array_append_new(tests, test);
                }
                json_object_set_new(test, figures[i].key,
                        is_count ? json_integer((json_int_t)value) : json_real(value));
        }
        json_object_set_new(test, "vbios", /* the last is health */
                json_string(other ? "96.00.99.00.01" : "96.00.b1.00.02"));
        return tests;
}

static json_t *make_job(const struct place *place)
{
        char uuid[64];

        name_gpu(place->host, place->device, uuid, sizeof(uuid));
        return json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:s, s:f, s:{s:o}}", "job", "check",
                "kind", "check", "device", (int)place->device, "name", "NVIDIA H200", "uuid", uuid,
                "rehearsal", 0, "status", "pass", "wall_s", 6.5, "check", "tests",
                make_tests(place));
}

static json_t *make_device(const struct place *place)
{
        char uuid[64];

        name_gpu(place->host, place->device, uuid, sizeof(uuid));
        return json_pack("{s:i, s:s, s:s, s:s, s:b}", "index", (int)place->device, "name",
                "NVIDIA H200", "uuid", uuid, "pci", "0000:19:00.0", "rehearsal", 0);
}

static json_t *make_run(const struct fleet_runs *runs, size_t host, size_t round)
{
        struct place place = { .runs = runs, .host = host, .round = round };
        size_t gpus = host % MULTI == 0 ? MULTI_COUNT : 1;
        json_t *jobs = json_array(), *devices = json_array();
        const struct plant *plant = plant_of(&place);
        bool other = plant && strcmp(plant->what, "driver") == 0;
        char id[96], name[48], time[64];

        for (place.device = 0; place.device < gpus; place.device++) {
                json_array_append_new(jobs, make_job(&place));
                json_array_append_new(devices, make_device(&place));
        }
        snprintf(id, sizeof(id), "%08zx-%04zx-4000-8000-%012x", host, round, runs->seed);
        snprintf(name, sizeof(name), "node%05zu", host);
        snprintf(time, sizeof(time), "2026-01-%02zuT00:00:00Z", round + 1);
        return json_pack("{s:s, s:s, s:s, s:[], s:b, s:{s:s, s:s, s:s}, s:o, s:o, s:{s:s, s:s}}",
                "schema", "forestage-run/1", "run_id", id, "verdict", "pass", "reasons",
                "rehearsal", 0, "where", "driver", other ? "550.00" : "580.159.04", "firmware",
                "580.159.04", "kernel", "6.1.0-57-amd64", "devices", devices, "jobs", jobs,
                "collected", "host", name, "time", time);
}

size_t fleet_runs_write(const char *folder, const struct fleet_runs *runs)
{
        mkdir(folder, 0700);
        for (size_t host = 0; host < runs->hosts; host++) {
                char *above = memory_format("%s/node%05zu", folder, host);

                mkdir(above, 0700);
                for (size_t round = 0; round < runs->rounds; round++) {
                        char *path = memory_format("%s/%zu", above, round),
                             *file = memory_format("%s/run.json", path);
                        json_t *run = make_run(runs, host, round);

                        mkdir(path, 0700);
                        if (json_dump_file(run, file, JSON_INDENT(2)) != 0)
                                abort();
                        json_decref(run);
                        free(file);
                        free(path);
                }
                free(above);
        }
        return runs->hosts * runs->rounds;
}
