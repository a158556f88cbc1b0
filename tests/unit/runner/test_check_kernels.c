/*
 * The memory kernels, interpreted: what they write is what the CPU's version of the pattern says,
 * and what they find wrong is what was spoilt, with its address and bits.
 */
#include "tests/unit/tap.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels/check/pattern.h"
#include "kernels/check/report.h"
#include "rehearsal/driver/cuda_api.h"
#include "runner/check/check_embed.h"

#define TILES 2u
#define BYTES (TILES * CHECK_TILE_BYTES)
#define WORDS (BYTES / 8u)
#define SWEEP 1234u

static CUmodule module;
static CUdeviceptr data, report_address;
static unsigned long long words[WORDS];
static struct check_report report;

struct ranges {
        uint64_t base;
        uint32_t shift, sweep;
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
        const char *turn; /* the kernel that checks and writes */
} patterns[] = {
        { "stripe", pattern_stripe, 0x5555555555555555, 0x8000000000000021, "march" },
        { "walk", pattern_walk, 1, 29, "turn" },
        { "linear", pattern_linear, 0x20000000000, 8, "turn" },
        { "random", pattern_random, 0x9d39247e33776d41, 3, "turn" },
        { "modulo", pattern_modulo, 0x0123456789abcdef, 13, NULL },
};

#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

/* What launch() makes a march turn: everything, which leaves the complement. */
static uint64_t turned_a = UINT64_MAX, turned_k;

static void launch(const char *verb, size_t pattern, uint64_t flip, uint32_t down)
{
        uint64_t a = patterns[pattern].a, k = patterns[pattern].k;
        struct ranges ranges = { data, 13, SWEEP };
        void *parameters[] = { &data, &a, &k, &flip, &down, &report_address, &ranges, &turned_a,
                &turned_k };
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
                if (patterns[i].turn) {
                        launch(patterns[i].turn, i, 0, 1);
                        launch("check", i, UINT64_MAX, 0);
                        launch(patterns[i].turn, i, UINT64_MAX, 0);
                        launch("check", i, 0, 1);
                }
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
                const char *verb = i % 2 ? patterns[i].turn : "check";

                clear_report();
                launch("write", i, 0, 0);
                flip(word, 63 - (unsigned)i);
                launch(verb, i, 0, i / 2 % 2);
                read_report();
                assert_int_equal(report.errors, 1);
                assert_int_equal(report.recorded, 1);
                assert_true(report.error[0].where == data + word * 8);
                assert_true(report.error[0].expected == word_of(i, word));
                assert_true(report.error[0].found == (word_of(i, word) ^ 1ull << (63 - i)));
                assert_true(report.error[0].again == report.error[0].found);
                assert_int_equal(report.error[0].sweep, SWEEP);
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
        for (size_t i = 0; i < 4 * PATTERNS; i++) {
                const char *verb = i % 2 ? patterns[i / 4].turn : "check";

                if (!verb)
                        continue;
                clear_report();
                launch("write", i / 4, 0, 0);
                for (size_t j = 0; j < count; j++)
                        flip(at[j], 5 + (unsigned)j);
                launch(verb, i / 4, 0, i / 2 % 2);
                read_report();
                assert_int_equal(report.errors, count);
                for (size_t j = 0; j < count; j++)
                        assert_int_equal(report.bit[5 + j], 1);
                clear_report();
                if (i % 2) /* what was wrong has its complement too */
                        launch("check", i / 4, UINT64_MAX, 1);
                read_report();
                assert_int_equal(report.errors, 0);
        }
}

/* A march that turns some of the bits leaves what the CPU says, both ways, and mends what it finds.
 */
static void a_march_turns_its_bits(void **state)
{
        const uint64_t spoilt = 4242;

        (void)state;
        turned_a = 0x00ff00ff00ff00ff;
        turned_k = 0x1234;
        for (uint32_t down = 0; down < 2; down++) {
                clear_report();
                launch("write", 0, 0, 0);
                flip(spoilt, 9);
                launch("march", 0, 0, down);
                read_report();
                assert_int_equal(report.errors, 1);
                assert_int_equal(cuMemcpyDtoH_v2(words, data, BYTES), 0);
                for (uint64_t w = 0; w < WORDS; w++) {
                        struct pattern_pair by = pattern_stripe(w / 2, turned_a, turned_k);

                        assert_true(words[w] == (word_of(0, w) ^ (w % 2 ? by.high : by.low)));
                }
        }
        turned_a = UINT64_MAX;
        turned_k = 0;
}

static void protect_half(int protection, uint64_t page_bytes)
{
        for (uint64_t at = 0; at < BYTES; at += 2 * page_bytes)
                assert_int_equal(mprotect((void *)(data + at), page_bytes, protection), 0);
}

/* A write there would end this program: what acts on a bit at rest must not be written over. */
static void a_march_does_not_write_what_rests(void **state)
{
        const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);

        (void)state;
        assert_int_equal(data % page_bytes, 0);
        turned_a = 0;
        turned_k = page_bytes / 8;
        clear_report();
        launch("write", 0, 0, 0);
        protect_half(PROT_READ, page_bytes);
        for (uint32_t down = 0; down < 2; down++) {
                launch("march", 0, 0, down);
                protect_half(PROT_READ | PROT_WRITE, page_bytes);
                launch("write", 0, 0, 0);
                protect_half(PROT_READ, page_bytes);
        }
        protect_half(PROT_READ | PROT_WRITE, page_bytes);
        read_report();
        assert_int_equal(report.errors, 0);
        turned_a = UINT64_MAX;
        turned_k = 0;
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
                cmocka_unit_test(a_march_turns_its_bits),
                cmocka_unit_test(a_march_does_not_write_what_rests),
                cmocka_unit_test(a_comparison_that_goes_wrong_is_an_error),
                cmocka_unit_test(counts_a_flood),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, open_gpu, NULL);
}
