#include "runner/check/check_limits.h"

#include <stdio.h>
#include <string.h>

#include "runner/check/check_baseline.h"

#define MEASURED "measured: docs/validation.md"
#define UNITS    "its units, not measured"
#define SHEET    "80 % of NVIDIA's data sheet"
#define SHEET_70 "70 % of NVIDIA's data sheet"
#define LINK     "measured: docs/validation.md"

/* --- by the units --- */

/* What a multiprocessor does in a clock. */
static const struct unit {
        enum check_kind kind;
        int compute;      /* of the GPU */
        const char *path; /* through it */
        double operations;
        double share; /* of them that is the least */
        const char *source;
} units[] = {
        { CHECK_COMPUTE_FP32, 90, "fma", 256, 0.95, MEASURED },
        { CHECK_COMPUTE_FP64, 90, "fma", 128, 0.965, MEASURED },
        { CHECK_COMPUTE_FP16, 90, "wgmma", 4096, 0.70, MEASURED },
        { CHECK_COMPUTE_BF16, 90, "wgmma", 4096, 0.70, MEASURED },
        { CHECK_COMPUTE_TF32, 90, "wgmma", 2048, 0.72, MEASURED },
        { CHECK_COMPUTE_INT8, 90, "wgmma", 8192, 0.82, MEASURED },
        /* that mix of instructions, measured: what each takes is not documented */
        { CHECK_COMPUTE_INT32, 90, "integer", 100, 0.95, MEASURED },
        { CHECK_COMPUTE_HALF2, 90, "fma", 512, 0.78, MEASURED },
        { CHECK_COMPUTE_FP8_E4M3, 90, "wgmma", 8192, 0.68, MEASURED },
        { CHECK_COMPUTE_FP8_E5M2, 90, "wgmma", 8192, 0.68, MEASURED },
        { CHECK_COMPUTE_FP64_TENSOR, 90, "mma.sync", 256, 0.95, MEASURED },
        /* with the products by zeroes, of which half are not there */
        { CHECK_COMPUTE_SPARSE, 90, "wgmma", 8192, 0.68, MEASURED },
        { CHECK_COMPUTE_FP32, 60, "fma", 128, 0.93, UNITS },
        { CHECK_COMPUTE_FP64, 60, "fma", 64, 0.93, UNITS },
        { CHECK_COMPUTE_FP32, 61, "fma", 256, 0.93, UNITS },
        { CHECK_COMPUTE_FP32, 70, "fma", 128, 0.93, UNITS },
        { CHECK_COMPUTE_FP64, 70, "fma", 64, 0.93, UNITS },
        { CHECK_COMPUTE_FP32, 75, "fma", 128, 0.93, UNITS },
        { CHECK_COMPUTE_FP32, 80, "fma", 128, 0.93, UNITS },
        { CHECK_COMPUTE_FP64, 80, "fma", 64, 0.93, UNITS },
        { CHECK_COMPUTE_FP32, 86, "fma", 256, 0.93, UNITS },
        { CHECK_COMPUTE_FP32, 89, "fma", 256, 0.93, UNITS },
        { CHECK_COMPUTE_FP32, 100, "fma", 256, 0.93, UNITS },
        { CHECK_COMPUTE_FP32, 120, "fma", 256, 0.93, UNITS },
};

static const struct unit *unit_of(enum check_kind kind, const char *path, int compute)
{
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
                if (units[i].kind == kind && units[i].compute == compute && path &&
                        strcmp(units[i].path, path) == 0)
                        return &units[i];
        return NULL;
}

double check_efficiency(enum check_kind kind, const char *path, const struct check_model *model,
        double rate, double clock_mhz)
{
        const struct unit *unit = unit_of(kind, path, model->compute);

        if (!unit || clock_mhz <= 0 || model->multiprocessors <= 0)
                return 0;
        return rate * 1e12 / (unit->operations * (double)model->multiprocessors * clock_mhz * 1e6);
}

/* --- by the model --- */

struct floor {
        const char *metric; /* TEST, or its start up to a dash, with which it then ends */
        const char *key;    /* what is behind the dot; a metric NULL ends them */
        double least;
        const char *source;
};

#define FLOORS 16u

/* By CUDA's name and the PCI id: of one name there are boards of several kinds. */
static const struct known {
        const char *pci_id, *name;
        long long multiprocessors;
        double memory_gbps; /* by NVIDIA's data sheet */
        struct floor floor[FLOORS];
} models[] = {
        { "2335", "NVIDIA H200", 132, 4800,
                { { "memory-", "write_gbps", 4200, MEASURED },
                        { "memory-", "verify_gbps", 3900, MEASURED },
                        { "copy-d2d", "gbps", 1970, MEASURED },
                        { "compute-fp32", "tflops", 61.7, MEASURED },
                        { "compute-fp64", "tflops", 31.2, MEASURED },
                        { "compute-fp16", "tflops", 690, MEASURED },
                        { "compute-bf16", "tflops", 690, MEASURED },
                        { "compute-tf32", "tflops", 365, MEASURED },
                        { "compute-int8", "tops", 1660, MEASURED },
                        { "compute-int32", "tops", 24.8, MEASURED },
                        { "compute-fp8-e4m3", "tflops", 1300, MEASURED },
                        { "compute-fp8-e5m2", "tflops", 1300, MEASURED },
                        { "compute-fp64-tensor", "tflops", 60, MEASURED },
                        { "compute-half2", "tflops", 104.7, MEASURED },
                        { "compute-sparse", "tflops", 1240, MEASURED } } },
        { "2330", "NVIDIA H100 80GB HBM3", 132, 3350,
                { { "memory-", "write_gbps", 3080, MEASURED },
                        { "memory-", "verify_gbps", 2820, MEASURED },
                        { "copy-d2d", "gbps", 1400, MEASURED },
                        { "compute-fp32", "tflops", 61.7, MEASURED },
                        { "compute-fp64", "tflops", 31.2, MEASURED },
                        { "compute-fp16", "tflops", 700, MEASURED },
                        { "compute-bf16", "tflops", 690, MEASURED },
                        { "compute-tf32", "tflops", 365, MEASURED },
                        { "compute-int8", "tops", 1660, MEASURED } } },
#define MEMORY(gbps)                                          \
        { "memory-", "write_gbps", 0.8 * (gbps), SHEET },     \
        {                                                     \
                "memory-", "verify_gbps", 0.8 * (gbps), SHEET \
        }
#define FMA(fp32, fp64)                                          \
        { "compute-fp32", "tflops", 0.7 * (fp32), SHEET_70 },    \
        {                                                        \
                "compute-fp64", "tflops", 0.7 * (fp64), SHEET_70 \
        }
        { "2331", "NVIDIA H100 PCIe", 114, 2000, { MEMORY(2000) } },
        { "20b0", "NVIDIA A100-SXM4-40GB", 108, 1555, { MEMORY(1555), FMA(19.5, 9.7) } },
        { "20b2", "NVIDIA A100-SXM4-80GB", 108, 2039, { MEMORY(2039), FMA(19.5, 9.7) } },
        { "20f1", "NVIDIA A100-PCIE-40GB", 108, 1555, { MEMORY(1555), FMA(19.5, 9.7) } },
        { "20b5", "NVIDIA A100 80GB PCIe", 108, 1935, { MEMORY(1935), FMA(19.5, 9.7) } },
        { "20b7", "NVIDIA A30", 56, 933, { MEMORY(933) } },
        { "2235", "NVIDIA A40", 84, 696, { MEMORY(696) } },
        { "2236", "NVIDIA A10", 72, 600, { MEMORY(600) } },
        { "26b5", "NVIDIA L40", 142, 864, { MEMORY(864) } },
        { "26b9", "NVIDIA L40S", 142, 864, { MEMORY(864) } },
        { "27b8", "NVIDIA L4", 58, 300, { MEMORY(300) } },
        { "1eb8", "Tesla T4", 40, 320, { MEMORY(320) } },
        { "1db5", "Tesla V100-SXM2-32GB", 80, 900, { MEMORY(900), FMA(15.7, 7.8) } },
#undef MEMORY
#undef FMA
};

/* NULL: `reason` says why not. */
static const struct known *model_of(const struct check_model *model, const char **reason)
{
        *reason = "this model is not in the table";
        for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
                if (strcmp(models[i].name, model->name) != 0)
                        continue;
                if (!*model->pci_id || strcmp(models[i].pci_id, model->pci_id) == 0)
                        return &models[i];
                *reason = "the table has this name with another PCI id";
        }
        return NULL;
}

/* "memory-" is for all of them. */
static bool is_for(const struct floor *floor, const char *test)
{
        size_t length = strlen(floor->metric);

        if (floor->metric[length - 1] == '-')
                return strncmp(test, floor->metric, length) == 0;
        return strcmp(test, floor->metric) == 0;
}

double check_memory_gbps(const struct check_model *model)
{
        const char *reason;
        const struct known *known = model_of(model, &reason);

        return known ? known->memory_gbps : 0;
}

static const struct floor *floor_of(const struct known *known, const char *test, const char *key)
{
        for (const struct floor *floor = known ? known->floor : NULL; floor && floor->metric;
                floor++)
                if (is_for(floor, test) && strcmp(floor->key, key) == 0)
                        return floor;
        return NULL;
}

/* --- held against them --- */

struct judgement {
        json_t *list;
        size_t failed, unknown;
};

static void say(struct judgement *judgement, const char *metric, const char *kind, double found,
        double limit, const char *source)
{
        bool good = found >= limit;

        json_array_append_new(
                judgement->list, json_pack("{s:s, s:s, s:s, s:f, s:f, s:s}", "metric", metric,
                                         "kind", kind, "status", good ? "pass" : "fail", "found",
                                         found, "limit", limit, "source", source));
        judgement->failed += !good;
}

static void say_unknown(
        struct judgement *judgement, const char *metric, const char *kind, const char *reason)
{
        json_array_append_new(
                judgement->list, json_pack("{s:s, s:s, s:s, s:s}", "metric", metric, "kind", kind,
                                         "status", "no limit known", "reason", reason));
        judgement->unknown++;
}

static void judge_efficiency(struct judgement *judgement, const json_t *test, enum check_kind kind,
        const struct check_model *model)
{
        const char *path = json_string_value(json_object_get(test, "path"));
        const json_t *found = json_object_get(test, "efficiency");
        const struct unit *unit = unit_of(kind, path, model->compute);
        char metric[96];

        snprintf(metric, sizeof(metric), "%s.efficiency", check_tests[kind].name);
        if (found && unit)
                say(judgement, metric, "efficiency", json_number_value(found), unit->share,
                        unit->source);
        else
                say_unknown(judgement, metric, "efficiency",
                        unit ? "its clock could not be read"
                             : "what its units do in a clock is not in the table");
}

/* What a lane carries one way, by generation, in GB/s. */
static double lane_gbps(double generation)
{
        static const double rates[] = { 0, 0.25, 0.5, 0.985, 1.969, 3.938, 7.563 };

        return generation >= 1 && generation < 7 ? rates[(size_t)generation] : 0;
}

/* Copies with the host, of what the link could carry; other GPUs may copy at the same time. */
static void judge_link(
        struct judgement *judgement, const json_t *tests, const json_t *test, const char *name)
{
        const json_t *health = check_result_of(tests, "health");
        double carried = lane_gbps(json_number_value(json_object_get(health, "pcie_generation"))) *
                         json_number_value(json_object_get(health, "pcie_width"));
        double found = json_number_value(json_object_get(test, "gbps"));
        char metric[96];

        snprintf(metric, sizeof(metric), "%s.gbps", name);
        if (carried > 0)
                say(judgement, metric, "efficiency", found / carried, 0.6, LINK);
        else
                say_unknown(judgement, metric, "efficiency",
                        "health did not tell the speed of its PCIe link");
}

static void judge_floor(struct judgement *judgement, const json_t *test, const char *name,
        const char *key, const struct known *known, const char *reason)
{
        const struct floor *floor = floor_of(known, name, key);
        const json_t *found = json_object_get(test, key);
        char metric[96];

        if (!json_is_number(found))
                return;
        snprintf(metric, sizeof(metric), "%s.%s", name, key);
        if (floor)
                say(judgement, metric, "floor", json_number_value(found), floor->least,
                        floor->source);
        else
                say_unknown(
                        judgement, metric, "floor", known ? "the table has none for it" : reason);
}

/* Links and latencies are the machine's, and have no floor of a model. */
static bool has_floor(enum check_kind kind)
{
        return kind <= CHECK_LAST_TENSOR || kind == CHECK_COPY_D2D;
}

static void judge_test(struct judgement *judgement, const json_t *tests, enum check_kind kind,
        const struct check_model *model, const struct known *known, const char *reason)
{
        static const char *const keys[] = { "write_gbps", "verify_gbps", "tflops", "tops", "gbps" };
        const char *name = check_tests[kind].name;
        const json_t *test = check_result_of(tests, name);
        const char *status = json_string_value(json_object_get(test, "status"));

        if (!status || strcmp(status, "pass") != 0)
                return; /* it has failed anyway, or does not apply */
        if (kind >= CHECK_COMPUTE_FP32 && kind <= CHECK_LAST_TENSOR)
                judge_efficiency(judgement, test, kind, model);
        if (kind == CHECK_COPY_H2D || kind == CHECK_COPY_D2H)
                judge_link(judgement, tests, test, name);
        for (size_t i = 0; has_floor(kind) && i < sizeof(keys) / sizeof(keys[0]); i++)
                judge_floor(judgement, test, name, keys[i], known, reason);
}

json_t *check_limits_judge(const json_t *tests, const struct check_model *model, size_t *ret_failed,
        size_t *ret_unknown)
{
        struct judgement judgement = { .list = json_array() };
        const char *reason;
        const struct known *known = model_of(model, &reason);

        if (known)
                say(&judgement, "multiprocessors", "floor", (double)model->multiprocessors,
                        (double)known->multiprocessors, "NVIDIA's data sheet");
        else
                say_unknown(&judgement, "multiprocessors", "floor", reason);
        for (enum check_kind kind = 0; kind < CHECK_KINDS; kind++)
                judge_test(&judgement, tests, kind, model, known, reason);
        *ret_failed = judgement.failed;
        *ret_unknown = judgement.unknown;
        return judgement.list;
}
