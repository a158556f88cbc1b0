/*
 * The memory kernels, interpreted: what they write is what the CPU's version of the pattern says,
 * and what they find wrong is what was spoilt, with its address and bits.
 */
#include "tests/unit/tap.h"

#include <stdio.h>

#include "kernels/check/pattern.h"
#include "kernels/check/report.h"
#include "rehearsal/driver/cuda_api.h"
#include "runner/check/check_embed.h"

#define TILES 2u
#define BYTES (TILES * CHECK_TILE_BYTES)
#define WORDS (BYTES / 8u)

static CUmodule module;
static CUdeviceptr data, report_address;
static unsigned long long words[WORDS];
static struct check_report report;

struct ranges {
        uint64_t base;
        uint32_t shift;
};

static int open_gpu(void **state)
{
        CUcontext context;

        (void)state;
        return cuInit(0) || cuCtxCreate_v2(&context, 0, 0) ||
               cuModuleLoadData(&module, check_ptx_memory) || cuMemAlloc_v2(&data, BYTES) ||
               cuMemAlloc_v2(&report_address, sizeof(report));
}

static const struct {
        const char *name;
        struct pattern_pair (*pair)(
                unsigned long long pair, unsigned long long a, unsigned long long k);
        unsigned long long a, k;
} patterns[] = {
        { "fill", pattern_fill, 0x5555555555555555, 0 },
        { "walk", pattern_walk, 1, 29 },
        { "linear", pattern_linear, 0x20000000000, 8 },
        { "random", pattern_random, 0x9d39247e33776d41, 3 },
        { "modulo", pattern_modulo, 0x0123456789abcdef, 13 },
};

#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

static void launch(const char *verb, size_t pattern, uint64_t flip, uint32_t down)
{
        uint64_t a = patterns[pattern].a, k = patterns[pattern].k;
        struct ranges ranges = { data, 13 };
        void *parameters[] = { &data, &a, &k, &flip, &down, &report_address, &ranges };
        CUfunction function;
        char name[32];

        snprintf(name, sizeof(name), "%s_%s", verb, patterns[pattern].name);
        assert_int_equal(cuModuleGetFunction(&function, module, name), 0);
        assert_int_equal(cuLaunchKernel(function, TILES, 1, 1, CHECK_THREADS, 1, 1, 0, NULL,
                                 parameters, NULL),
                0);
        assert_int_equal(cuCtxSynchronize(), 0);
}

static void clear_report(void)
{
        memset(&report, 0, sizeof(report));
        assert_int_equal(cuMemcpyHtoD_v2(report_address, &report, sizeof(report)), 0);
}

static void read_report(void)
{
        assert_int_equal(cuMemcpyDtoH_v2(&report, report_address, sizeof(report)), 0);
}

static unsigned long long word_of(size_t pattern, uint64_t word)
{
        struct pattern_pair pair =
                patterns[pattern].pair(word / 2, patterns[pattern].a, patterns[pattern].k);

        return word % 2 ? pair.high : pair.low;
}

static void writes_what_the_cpu_says(void **state)
{
        (void)state;
        for (size_t i = 0; i < PATTERNS; i++) {
                uint64_t flip = i % 2 ? UINT64_MAX : 0;

                assert_int_equal(cuMemsetD8_v2(data, 0xa5, BYTES), 0);
                launch("write", i, flip, i % 2);
                assert_int_equal(cuMemcpyDtoH_v2(words, data, BYTES), 0);
                for (uint64_t w = 0; w < WORDS; w++) {
                        if (words[w] != (word_of(i, w) ^ flip))
                                fail_msg("%s: word %llu", patterns[i].name, (unsigned long long)w);
                }
        }
}

static void right_memory_has_no_errors(void **state)
{
        (void)state;
        for (size_t i = 0; i < PATTERNS; i++) {
                clear_report();
                launch("write", i, 0, 0);
                launch("check", i, 0, 1);
                launch("turn", i, 0, 1);
                launch("check", i, UINT64_MAX, 0);
                read_report();
                assert_int_equal(report.errors, 0);
                assert_int_equal(report.recorded, 0);
        }
}

/* Turns a bit of a word behind the kernels' back. */
static void flip(uint64_t word, unsigned bit)
{
        unsigned long long value;

        assert_int_equal(cuMemcpyDtoH_v2(&value, data + word * 8, 8), 0);
        value ^= 1ull << bit;
        assert_int_equal(cuMemcpyHtoD_v2(data + word * 8, &value, 8), 0);
}

static void finds_what_was_spoilt(void **state)
{
        (void)state;
        for (size_t i = 0; i < PATTERNS; i++) {
                uint64_t word = (i * 12345 + 77) % WORDS;
                const char *verb = i % 2 ? "turn" : "check";

                clear_report();
                launch("write", i, 0, 0);
                flip(word, 63 - (unsigned)i);
                launch(verb, i, 0, 0);
                read_report();
                assert_int_equal(report.errors, 1);
                assert_int_equal(report.recorded, 1);
                assert_true(report.error[0].where == data + word * 8);
                assert_true(report.error[0].expected == word_of(i, word));
                assert_true(report.error[0].found == (word_of(i, word) ^ 1ull << (63 - i)));
                assert_true(report.error[0].again == report.error[0].found);
                assert_int_equal(report.bit[63 - i], 1);
                assert_int_equal(report.range[word * 8 >> 13], 1);
        }
}

/* The second in the same thread's later words, and in the last that it reads. */
static void finds_all_that_a_thread_has(void **state)
{
        const uint64_t step = 2 * CHECK_THREADS, last = CHECK_TILE_BYTES / 8 - step;
        const uint64_t at[] = { 7, 7 + step, 7 + 21 * step, 7 + last, 8 + last };
        const size_t count = sizeof(at) / sizeof(at[0]);

        (void)state;
        for (size_t i = 0; i < 2 * PATTERNS; i++) {
                clear_report();
                launch("write", i / 2, 0, 0);
                for (size_t j = 0; j < count; j++)
                        flip(at[j], 5 + (unsigned)j);
                launch(i % 2 ? "turn" : "check", i / 2, 0, 0);
                read_report();
                assert_int_equal(report.errors, count);
                for (size_t j = 0; j < count; j++)
                        assert_int_equal(report.bit[5 + j], 1);
                clear_report();
                if (i % 2) /* what was wrong has its complement too */
                        launch("check", i / 2, UINT64_MAX, 1);
                read_report();
                assert_int_equal(report.errors, 0);
        }
}

/*
 * The words are right by the pattern's definition; but the kernel's shorter way to them takes only
 * 0 or all ones as `flip`, and so goes wrong, as that of a faulty GPU would.
 */
static void a_comparison_that_goes_wrong_is_an_error(void **state)
{
        const size_t linear = 2;
        const uint64_t flip = 8;

        (void)state;
        clear_report();
        launch("write", linear, flip, 0);
        launch("check", linear, flip, 0);
        read_report();
        assert_int_equal(report.errors, TILES * CHECK_THREADS);
        assert_true(report.error[0].expected == report.error[0].found);
        assert_true(report.error[0].again == report.error[0].found);
}

/* More errors than there is room for: all are counted, and nothing is written behind the list. */
static void counts_a_flood(void **state)
{
        unsigned long long bits = 0, ranges = 0;

        (void)state;
        clear_report();
        assert_int_equal(cuMemsetD8_v2(data, 0xff, BYTES), 0);
        launch("check", 0, 0, 0);
        read_report();
        assert_int_equal(report.errors, WORDS);
        assert_true(report.recorded >= CHECK_MAX_ERRORS);
        for (int i = 0; i < 64; i++) {
                bits += report.bit[i];
                ranges += report.range[i];
        }
        assert_int_equal(bits, WORDS * 32ull);
        assert_int_equal(ranges, WORDS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_what_the_cpu_says),
                cmocka_unit_test(right_memory_has_no_errors),
                cmocka_unit_test(finds_what_was_spoilt),
                cmocka_unit_test(finds_all_that_a_thread_has),
                cmocka_unit_test(a_comparison_that_goes_wrong_is_an_error),
                cmocka_unit_test(counts_a_flood),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, open_gpu, NULL);
}
