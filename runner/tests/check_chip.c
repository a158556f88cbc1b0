/*
 * What multiprocessors fetch and copy by themselves: constants, instructions, and bulk copies into
 * their shared memory and each other's.
 */
#include <stdlib.h>

#define SRAM_FUNCTION static inline
#include "kernels/check/sram.h"
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "runner/answers/check_code.h"
#include "runner/check/check.h"
#include "runner/check/check_embed.h"
#include "runner/tests/check_blame.h"
#include "runner/tests/check_compute.h"

#define CODE_OPTIMISE   0  /* every instruction as it is written */
#define BOTH            2  /* words and their complements, however long that takes */
#define CONSTANT_ROUNDS 4u /* of a launch */
#define CODE_ROUNDS     8u
#define BULK_ROUNDS     4u
#define BULK_REST       1024u /* bytes of shared memory for what is beside the copies */

/*
 * Again and again so many rounds, by turns with words and with their complements: a bit that is
 * stuck is right in one of them.
 */
static bool repeat(struct check_run *run,
        bool (*launch)(struct check_run *run, void *context, bool turned, uint32_t rounds),
        void *context, uint32_t rounds)
{
        double start = clock_seconds();
        unsigned done = 0;

        if (!check_report_clear(run->check))
                return false;
        if (run->check->gpu.cuda.rehearsal) /* it validates no hardware */
                rounds = 1;
        do {
                if (!launch(run, context, done % 2, rounds) || !gpu_wait(&run->check->gpu))
                        return false;
                check_progress(run, 0, 0);
        } while (++done < BOTH || check_goes_on(run, done, start));
        check_count(run, "rounds", (uint64_t)done * rounds);
        return true;
}

/* --- constants --- */

struct constants {
        CUfunction function;
        CUdeviceptr address;
};

static bool read_constants(struct check_run *run, void *context, bool turned, uint32_t rounds)
{
        static uint32_t words[SRAM_CONSTANT_WORDS];
        const struct constants *constants = context;
        struct check *check = run->check;
        uint32_t flip = turned ? UINT32_MAX : 0;
        void *parameters[] = { &check->report_address, &flip, &rounds };

        for (uint32_t word = 0; word < SRAM_CONSTANT_WORDS; word++)
                words[word] = sram_constant(word) ^ flip;
        if (!gpu_upload(&check->gpu, constants->address, words, sizeof(words)))
                return false;
        check_corrupt(check, constants->address, sizeof(words));
        return gpu_launch_each(&check->gpu, constants->function, SRAM_THREADS, parameters);
}

static enum status run_constant(struct check_run *run)
{
        static CUmodule module;
        struct check_gpu *gpu = &run->check->gpu;
        struct constants constants;
        size_t bytes;

        if (!check_module(run->check, &module, check_ptx_constant, CUDA_OPTIMISE_MOST,
                    "constant memory") ||
                !gpu_function(gpu, module, "sram_constants", &constants.function) ||
                !GPU(gpu, cuModuleGetGlobal, &constants.address, &bytes, module,
                        "constant_words") ||
                !repeat(run, read_constants, &constants, CONSTANT_ROUNDS))
                return STATUS_ERROR;
        return check_blame_chip(
                run, 4 * SRAM_CONSTANT_WORDS, "wrong words of constant memory", "the one at byte");
}

/* --- instructions --- */

struct code {
        CUfunction function;
        CUdeviceptr seed, expected;
};

static bool take_code(struct check_run *run, CUmodule *module)
{
        _cleanup_free_ char *text = NULL;

        if (*module && run->check->faults.wrong_code == 0)
                return true;
        *module = NULL; /* a saboteur's is another one each time */
        text = code_write(check_ptx_code, run->check->faults.wrong_code);
        if (!text)
                return check_say(run, false, "there is no memory for the code");
        return check_module(run->check, module, text, CODE_OPTIMISE, "instruction");
}

static bool run_code(struct check_run *run, void *context, bool turned, uint32_t rounds)
{
        struct code *code = context;
        struct check *check = run->check;
        uint32_t first = turned;
        void *parameters[] = { &check->report_address, &code->seed, &code->expected, &rounds,
                &first };

        return gpu_launch_each(&check->gpu, code->function, CODE_THREADS, parameters);
}

static enum status run_instruction(struct check_run *run)
{
        static uint32_t seed[CODE_VALUES * CODE_THREADS], expected[CODE_VALUES * CODE_THREADS];
        static CUmodule module;
        struct check_gpu *gpu = &run->check->gpu;
        struct code code = { 0 };
        bool good;

        known_code(seed, expected);
        good = take_code(run, &module) && gpu_function(gpu, module, "sram_code", &code.function) &&
               gpu_allocate(gpu, sizeof(seed), &code.seed) &&
               gpu_allocate(gpu, sizeof(expected), &code.expected) &&
               gpu_upload(gpu, code.seed, seed, sizeof(seed)) &&
               gpu_upload(gpu, code.expected, expected, sizeof(expected)) &&
               repeat(run, run_code, &code, CODE_ROUNDS);
        gpu->cuda.cuMemFree(code.seed);
        gpu->cuda.cuMemFree(code.expected);
        if (!good)
                return STATUS_ERROR;
        return check_blame_chip(
                run, CODE_BYTES * CODE_INSTRUCTIONS, "wrong results of long code", "result");
}

/* --- bulk copies --- */

struct bulk {
        CUfunction write, copy, back;
        CUdeviceptr data, returned;
        unsigned blocks; /* two of them are a cluster */
        uint32_t words;  /* that a block has of its own, and as many of the other's */
};

static bool copy_bulk(struct check_run *run, void *context, bool turned, uint32_t rounds)
{
        struct bulk *bulk = context;
        struct check *check = run->check;
        struct check_gpu *gpu = &check->gpu;
        uint64_t flip = turned ? UINT64_MAX : 0, all = (uint64_t)bulk->blocks * bulk->words;
        void *writing[] = { &bulk->data, &all, &flip };
        void *copying[] = { &check->report_address, &bulk->data, &bulk->returned, &flip,
                &bulk->words, &rounds };

        if (!gpu_launch(gpu, bulk->write, bulk->blocks, SRAM_BULK_THREADS, writing))
                return false;
        check_corrupt(check, bulk->data, 8 * all);
        return GPU(gpu, cuLaunchKernel, bulk->copy, bulk->blocks, 1, 1, SRAM_BULK_THREADS, 1, 1,
                       16 * bulk->words, gpu->stream, copying, NULL) &&
               gpu_launch(gpu, bulk->back, bulk->blocks, SRAM_BULK_THREADS, copying);
}

static bool prepare_bulk(struct check_run *run, struct bulk *bulk)
{
        static CUmodule module;
        struct check_gpu *gpu = &run->check->gpu;
        int bytes = 0;

        if (!check_module(run->check, &module, check_ptx_bulk, CUDA_OPTIMISE_MOST, "bulk copy") ||
                !gpu_function(gpu, module, "sram_bulk_write", &bulk->write) ||
                !gpu_function(gpu, module, "sram_bulk", &bulk->copy) ||
                !gpu_function(gpu, module, "sram_bulk_back", &bulk->back) ||
                !GPU(gpu, cuDeviceGetAttribute, &bytes,
                        CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, gpu->device))
                return false;
        bulk->blocks = (unsigned)gpu->multiprocessors / 2 * 2;
        bulk->words = ((unsigned)bytes - BULK_REST) / 2 / SRAM_BULK_UNIT * (SRAM_BULK_UNIT / 8);
        return GPU(gpu, cuFuncSetAttribute, bulk->copy,
                       CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, (int)bulk->words * 16) &&
               gpu_allocate(gpu, 8ull * bulk->blocks * bulk->words, &bulk->data) &&
               gpu_allocate(gpu, 8ull * bulk->blocks * bulk->words, &bulk->returned);
}

static enum status run_bulk(struct check_run *run)
{
        struct check_gpu *gpu = &run->check->gpu;
        struct bulk bulk = { 0 };
        bool good;

        if (check_unit_is_missing(run))
                return STATUS_SKIP;
        good = prepare_bulk(run, &bulk) && repeat(run, copy_bulk, &bulk, BULK_ROUNDS);
        gpu->cuda.cuMemFree(bulk.data);
        gpu->cuda.cuMemFree(bulk.returned);
        if (!good)
                return STATUS_ERROR;
        return check_blame_chip(
                run, 16ull * bulk.words, "wrong words after bulk copies", "the one at byte");
}

enum status check_chip(struct check_run *run)
{
        switch (run->kind) {
        case CHECK_SRAM_CONSTANT:
                return run_constant(run);
        case CHECK_SRAM_INSTRUCTION:
                return run_instruction(run);
        default:
                return run_bulk(run);
        }
}
