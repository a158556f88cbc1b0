#include "dom0/collect/csv.h"

#include <stdbool.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/cell.h"

/* Where a column's value stands. */
enum source {
        OF_RUN,    /* run.json itself */
        OF_JOB,    /* its entry in "jobs" */
        OF_TIMING, /* "timings" of the job */
        OF_TEST,   /* a test of the job's check: the column is TEST.METRIC */
};

static const struct column {
        enum source source;
        const char *name, *key; /* the key: NULL, when it is the name */
} columns[] = {
        { OF_RUN, "run", "run_id" },
        { OF_RUN, "verdict", NULL },
        { OF_JOB, "job", NULL },
        { OF_JOB, "kind", NULL },
        { OF_JOB, "device", NULL },
        { OF_JOB, "name", NULL },
        { OF_JOB, "uuid", NULL },
        { OF_JOB, "pci", NULL },
        { OF_JOB, "rehearsal", NULL },
        { OF_JOB, "status", NULL },
        { OF_JOB, "reason", NULL },
        { OF_JOB, "exit_code", NULL },
        { OF_JOB, "signal", NULL },
        { OF_JOB, "start_s", NULL },
        { OF_JOB, "wall_s", NULL },
        { OF_TIMING, "library_s", NULL },
        { OF_TIMING, "init_s", NULL },
        { OF_TIMING, "context_s", NULL },
        { OF_TIMING, "module_s", NULL },
        { OF_TIMING, "allocate_s", NULL },
        { OF_TIMING, "fill_s", NULL },
        { OF_TIMING, "launch_s", NULL },
        { OF_TIMING, "launch_min_s", NULL },
        { OF_TIMING, "launch_max_s", NULL },
        { OF_TIMING, "output_s", NULL },
        { OF_TIMING, "tidy_s", NULL },
        { OF_TIMING, "health_s", NULL },
        { OF_TIMING, "standing_s", NULL },
        { OF_TIMING, "compile_s", NULL },
        { OF_TEST, "memory-address.write_gbps", NULL },
        { OF_TEST, "memory-address.verify_gbps", NULL },
        { OF_TEST, "memory-walking.verify_gbps", NULL },
        { OF_TEST, "memory-inversions.verify_gbps", NULL },
        { OF_TEST, "memory-random.verify_gbps", NULL },
        { OF_TEST, "memory-block.verify_gbps", NULL },
        { OF_TEST, "memory-modulo.verify_gbps", NULL },
        { OF_TEST, "memory-fade.verify_gbps", NULL },
        { OF_TEST, "compute-fp32.tflops", NULL },
        { OF_TEST, "compute-fp64.tflops", NULL },
        { OF_TEST, "compute-fp16.tflops", NULL },
        { OF_TEST, "compute-bf16.tflops", NULL },
        { OF_TEST, "compute-tf32.tflops", NULL },
        { OF_TEST, "compute-int8.tops", NULL },
        { OF_TEST, "copy-h2d.gbps", NULL },
        { OF_TEST, "copy-d2h.gbps", NULL },
        { OF_TEST, "copy-bidirectional.gbps", NULL },
        { OF_TEST, "copy-d2d.gbps", NULL },
        { OF_TEST, "copy-p2p.gbps", NULL },
        { OF_TEST, "latency.launch_us", NULL },
        { OF_TEST, "latency.copy_us", NULL },
        { OF_TEST, "latency.memory_ns", NULL },
        { OF_TEST, "health.temperature_c", NULL },
        { OF_TEST, "health.power_w", NULL },
        { OF_TEST, "health.pcie_width", NULL },
        { OF_TEST, "health.pcie_generation", NULL },
        /* newer ones are behind those that others may have counted */
        { OF_TEST, "compute-int32.tops", NULL },
        { OF_TEST, "compute-fp8-e4m3.tflops", NULL },
        { OF_TEST, "compute-fp8-e5m2.tflops", NULL },
        { OF_TEST, "compute-fp64-tensor.tflops", NULL },
        { OF_TEST, "sram-l1.verify_gbps", NULL },
        { OF_TEST, "sram-l2.verify_gbps", NULL },
        { OF_TEST, "load-steps.swing_w", NULL },
        { OF_TEST, "together.tflops", NULL },
        { OF_TEST, "together.verify_gbps", NULL },
        { OF_TEST, "together.h2d_gbps", NULL },
        { OF_TEST, "together.d2h_gbps", NULL },
        { OF_TEST, "compute-half2.tflops", NULL },
        { OF_TEST, "compute-sparse.tflops", NULL },
        { OF_TEST, "soak.temperature_c", NULL },
        { OF_TEST, "soak.slope_c_per_min", NULL },
        { OF_TEST, "soak.settle_s", NULL },
        { OF_TIMING, "inforom_s", NULL },
        { OF_TIMING, "standing_modes_s", NULL },
        { OF_TIMING, "standing_rows_s", NULL },
        { OF_TIMING, "standing_faults_s", NULL },
        { OF_TIMING, "standing_processes_s", NULL },
        { OF_TIMING, "standing_names_s", NULL },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const json_t *test_value(const json_t *job, const char *name)
{
        const char *dot = strchr(name, '.');
        size_t length = (size_t)(dot - name), i;
        const json_t *test;

        json_array_foreach(get_value(get_value(job, "check"), "tests"), i, test) {
                const char *found = get_text(test, "test");

                if (strncmp(found, name, length) == 0 && found[length] == '\0')
                        return get_value(test, dot + 1);
        }
        return NULL;
}

static const json_t *value_of(
        const json_t *document, const json_t *job, const struct column *column)
{
        const char *key = column->key ? column->key : column->name;

        switch (column->source) {
        case OF_RUN:
                return get_value(document, key);
        case OF_JOB:
                return get_value(job, key);
        case OF_TIMING:
                return get_value(get_value(job, "timings"), key);
        case OF_TEST:
                break;
        }
        return test_value(job, key);
}

void csv_print(FILE *to, const json_t *document)
{
        const json_t *job;
        size_t i;

        for (size_t c = 0; c < COLUMNS; c++)
                fprintf(to, "%s%s", c > 0 ? "," : "", columns[c].name);
        fputs("\n", to);
        json_array_foreach(get_value(document, "jobs"), i, job) {
                for (size_t c = 0; c < COLUMNS; c++) {
                        if (c > 0)
                                putc(',', to);
                        cell_value(to, value_of(document, job, &columns[c]));
                }
                fputs("\n", to);
        }
}
