/*
 * The sample jobs: their kernels, launched through the driver API as their job files say, give what
 * samples/generate.c computes on the CPU; and what is committed is what it generates.
 *
 * Reads $(BUILD)/samples, where the generator has run.
 */
#include <ini.h>
#include <math.h>
#include <stdio.h>

#include "lib/sha256.h"
#include "tests/unit/rehearsal/gpu.h"
#include "tests/unit/tap.h"

#define MAX_ARGUMENTS 16u
#define MAX_EXPECTED  4u
#define JOBS          "samples/jobs/"

struct argument {
        char text[128];
        char file[64];
        size_t size;
        CUdeviceptr memory;
        uint64_t value;
        bool is_memory, is_result;
};

struct job {
        char module[64], function[64];
        unsigned grid[3], block[3];
        struct argument arguments[MAX_ARGUMENTS];
        unsigned argument_count;
        struct {
                char file[64], expectation[128];
        } expected[MAX_EXPECTED];
        unsigned expected_count;
};

static void *read_file(const char *path, size_t *ret_size)
{
        FILE *file = fopen(path, "rb");
        uint8_t *data = malloc((size_t)1 << 20);

        if (!file)
                fail_msg("cannot read %s", path);
        assert_non_null(data);
        *ret_size = fread(data, 1, (size_t)1 << 20, file);
        data[*ret_size] = 0;
        fclose(file);
        return data;
}

static int read_setting(void *user, const char *section, const char *key, const char *value)
{
        struct job *job = user;

        if (strcmp(key, "Module") == 0)
                snprintf(job->module, sizeof(job->module), "%s", value);
        else if (strcmp(key, "Function") == 0)
                snprintf(job->function, sizeof(job->function), "%s", value);
        else if (strcmp(key, "Grid") == 0)
                sscanf(value, "%u,%u,%u", &job->grid[0], &job->grid[1], &job->grid[2]);
        else if (strcmp(key, "Block") == 0)
                sscanf(value, "%u,%u,%u", &job->block[0], &job->block[1], &job->block[2]);
        else if (strcmp(key, "Argument") == 0)
                snprintf(job->arguments[job->argument_count++].text, 128, "%s", value);
        else if (strcmp(section, "Expect") == 0) {
                snprintf(job->expected[job->expected_count].file, 64, "%s", key);
                snprintf(job->expected[job->expected_count++].expectation, 128, "%s", value);
        }
        return 1;
}

static void prepare_memory(struct argument *argument, const char *kind)
{
        char path[128];
        void *data = NULL;

        argument->is_memory = true;
        argument->is_result = strcmp(kind, "out") == 0 || strcmp(kind, "inout") == 0;
        if (strcmp(kind, "in") == 0 || strcmp(kind, "inout") == 0) {
                snprintf(path, sizeof(path), JOBS "%s", argument->file);
                data = read_file(path, &argument->size);
        }
        argument->memory = gpu_upload(data, argument->size);
        free(data);
}

static void prepare(struct argument *argument)
{
        char kind[16] = "", first[64] = "";
        float single;
        double number;

        sscanf(argument->text, "%15s %63s %zu", kind, first, &argument->size);
        snprintf(argument->file, sizeof(argument->file), "%s", first);
        if (strcmp(kind, "scratch") == 0)
                argument->size = strtoul(first, NULL, 10);
        if (strcmp(kind, "in") == 0 || strcmp(kind, "out") == 0 || strcmp(kind, "inout") == 0 ||
                strcmp(kind, "scratch") == 0) {
                prepare_memory(argument, kind);
        } else if (strcmp(kind, "f32") == 0) {
                single = strtof(first, NULL);
                memcpy(&argument->value, &single, sizeof(single));
        } else if (strcmp(kind, "f64") == 0) {
                number = strtod(first, NULL);
                memcpy(&argument->value, &number, sizeof(number));
        } else {
                argument->value = strtoull(first, NULL, 10);
        }
}

static void compare_like(const char *expectation, const float *found, size_t size)
{
        char reference[64], path[128];
        double tolerance;
        size_t reference_size;
        float *wanted;

        assert_int_equal(
                sscanf(expectation, "like %63s tolerance %lf as f32", reference, &tolerance), 2);
        snprintf(path, sizeof(path), JOBS "%s", reference);
        wanted = read_file(path, &reference_size);
        assert_int_equal(size, reference_size);
        for (size_t i = 0; i < size / sizeof(float); i++) {
                if (!(fabs(found[i] - wanted[i]) <= tolerance * fabs(wanted[i])))
                        fail_msg("element %zu: expected %g, found %g", i, wanted[i], found[i]);
        }
        free(wanted);
}

/* Against the generator's own file, and its hash against the one in the job file. */
static void compare_exact(
        const char *name, const char *file, const char *expectation, const void *found, size_t size)
{
        const char *build = getenv("BUILD"), *slash = strrchr(file, '/');
        char path[256], text[2 * SHA256_SIZE + 1];
        uint8_t digest[SHA256_SIZE];
        size_t wanted_size;
        void *wanted;

        snprintf(path, sizeof(path), "%s/samples/expected/%s.%s", build ? build : "build", name,
                slash ? slash + 1 : file);
        wanted = read_file(path, &wanted_size);
        assert_int_equal(size, wanted_size);
        assert_memory_equal(found, wanted, size);
        sha256(wanted, wanted_size, digest);
        sha256_format(digest, text);
        assert_int_equal(strncmp(expectation, "sha256:", 7), 0);
        assert_string_equal(expectation + 7, text);
        free(wanted);
}

static unsigned compare_results(const char *name, const struct job *job)
{
        unsigned compared = 0;

        for (unsigned i = 0; i < job->argument_count; i++) {
                const struct argument *argument = &job->arguments[i];

                for (unsigned e = 0; e < job->expected_count; e++) {
                        const char *expectation = job->expected[e].expectation;
                        void *found;

                        if (!argument->is_result ||
                                strcmp(job->expected[e].file, argument->file) != 0)
                                continue;
                        found = malloc(argument->size);
                        assert_non_null(found);
                        gpu_download(found, argument->memory, argument->size);
                        if (strncmp(expectation, "like ", 5) == 0)
                                compare_like(expectation, found, argument->size);
                        else
                                compare_exact(
                                        name, argument->file, expectation, found, argument->size);
                        free(found);
                        compared++;
                }
        }
        return compared;
}

static void launch(const struct job *job, CUmodule module)
{
        void *params[MAX_ARGUMENTS];

        for (unsigned i = 0; i < job->argument_count; i++)
                params[i] = job->arguments[i].is_memory ? (void *)&job->arguments[i].memory
                                                        : (void *)&job->arguments[i].value;
        assert_int_equal(gpu.cuLaunchKernel(gpu_function(module, job->function), job->grid[0],
                                 job->grid[1], job->grid[2], job->block[0], job->block[1],
                                 job->block[2], 0, NULL, params, NULL),
                CUDA_SUCCESS);
        assert_int_equal(gpu.cuCtxSynchronize(), CUDA_SUCCESS);
}

static void test_job(void **state)
{
        const char *name = *state;
        struct job job = { .argument_count = 0 };
        char path[128];
        size_t size;
        char *ptx;
        CUmodule module;

        gpu_open();
        snprintf(path, sizeof(path), JOBS "%s.conf", name);
        assert_int_equal(ini_parse(path, read_setting, &job), 0);
        snprintf(path, sizeof(path), JOBS "%s", job.module);
        ptx = read_file(path, &size);
        module = gpu_load(ptx);
        free(ptx);
        for (unsigned i = 0; i < job.argument_count; i++)
                prepare(&job.arguments[i]);
        launch(&job, module);
        assert_true(job.expected_count > 0);
        assert_int_equal(compare_results(name, &job), job.expected_count);
        for (unsigned i = 0; i < job.argument_count; i++) {
                if (job.arguments[i].is_memory)
                        gpu.cuMemFree_v2(job.arguments[i].memory);
        }
        gpu.cuModuleUnload(module);
}

static void test_committed_inputs(void **state)
{
        static const char *const files[] = { "vecadd-a", "vecadd-b", "reduce", "saxpy-x", "saxpy-y",
                "daxpy-x", "daxpy-y", "histogram", "histogram-counts", "sgemm-a", "sgemm-b",
                "sgemm-reference", "scan", "wave-reference" };
        const char *build = getenv("BUILD");

        (void)state;
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                char path[256];
                size_t committed_size, generated_size;
                void *committed, *generated;

                snprintf(path, sizeof(path), JOBS "data/%s.bin", files[i]);
                committed = read_file(path, &committed_size);
                snprintf(path, sizeof(path), "%s/samples/data/%s.bin", build ? build : "build",
                        files[i]);
                generated = read_file(path, &generated_size);
                assert_int_equal(committed_size, generated_size);
                assert_memory_equal(committed, generated, committed_size);
                free(committed);
                free(generated);
        }
}

#define JOB_TEST(job)                                                                       \
        {                                                                                   \
                .name = job, .test_func = test_job, .initial_state = (void *)(uintptr_t)job \
        }

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_committed_inputs),
                JOB_TEST("vecadd"),
                JOB_TEST("reduce"),
                JOB_TEST("saxpy"),
                JOB_TEST("daxpy"),
                JOB_TEST("histogram"),
                JOB_TEST("sgemm"),
                JOB_TEST("scan"),
                JOB_TEST("wave"),
        };

        return run_tap(tests);
}
