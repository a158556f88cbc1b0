/*
 * The march of memory-inversions, walked by a model of two bits of which one acts on the other, and
 * what the CPU expects of the words that a sweep found wrong.
 */
#include "tests/unit/tap.h"

#include "jobs/check_tests.h"
#include "kernels/check/pattern.h"
#include "runner/answers/check_march.h"
#include "runner/answers/check_sweep.h"

#define MEMORY_BYTES (UINT64_C(141) << 30)
#define TILE_WORDS   (CHECK_TILE_BYTES / 8)
#define STEP_WORDS   (CHECK_STEP_BYTES / 8)
#define PAIRS        2000

/* When, of one step, what acts on a bit does so: the order of a step's loads and stores is
 * nobody's.
 */
enum moment { BEFORE_READ, BEFORE_WRITE, AFTER_WRITE, MOMENTS };

struct bit {
        uint64_t word;
        unsigned bit;
};

struct fault {
        struct bit victim, aggressor;
        bool falls;
        enum check_effect effect;
};

static uint64_t random_number(void)
{
        static unsigned draw;
        struct pattern_counter counter = { { draw++, 0, 0, 0 } };

        counter = pattern_philox(counter, 7, 8, 10);
        return (uint64_t)counter.word[1] << 32 | counter.word[0];
}

static uint64_t word_of(struct check_stripe stripe, uint64_t word)
{
        struct pattern_pair pair = pattern_stripe(word / 2, stripe.a, stripe.words);

        return word % 2 ? pair.high : pair.low;
}

static bool bit_of(struct check_stripe stripe, struct bit bit)
{
        return word_of(stripe, bit.word) >> bit.bit & 1;
}

static bool is_written(struct check_stripe turned, uint64_t word)
{
        return word_of(turned, word & ~UINT64_C(1)) || word_of(turned, word | 1);
}

static enum moment moment_of(const struct fault *fault, bool down, enum moment in_step)
{
        uint64_t victim = fault->victim.word, aggressor = fault->aggressor.word;

        if (victim / 2 == aggressor / 2) /* one store */
                return AFTER_WRITE;
        if (victim / STEP_WORDS == aggressor / STEP_WORDS)
                return in_step;
        return (aggressor < victim) != down ? BEFORE_READ : AFTER_WRITE;
}

static bool act(const struct fault *fault, bool value)
{
        return fault->effect == CHECK_INVERTS ? !value : fault->effect == CHECK_SETS_IT;
}

/* Walks an element over the victim's value; true if what is read there is wrong. */
static bool element_finds(const struct fault *fault, const struct check_march_element *element,
        enum moment in_step, bool *value)
{
        enum moment moment = moment_of(fault, element->down, in_step);
        bool expected = bit_of(element->expected, fault->victim);
        bool acts = bit_of(element->turned, fault->aggressor) &&
                    bit_of(element->expected, fault->aggressor) == fault->falls;
        bool wrong;

        if (acts && moment == BEFORE_READ)
                *value = act(fault, *value);
        wrong = *value != expected;
        if (acts && moment == BEFORE_WRITE)
                *value = act(fault, *value);
        if (is_written(element->turned, fault->victim.word))
                *value = expected ^ bit_of(element->turned, fault->victim);
        if (acts && moment == AFTER_WRITE)
                *value = act(fault, *value);
        return wrong;
}

static bool round_finds(const struct fault *fault, unsigned round, enum moment in_step)
{
        struct check_march_element march[CHECK_MARCH_ELEMENTS];
        bool value = false, found = false;

        check_march(round, MEMORY_BYTES, march);
        for (int i = 0; i < CHECK_MARCH_ELEMENTS; i++)
                found |= element_finds(fault, &march[i], in_step, &value);
        return found || value;
}

static struct fault random_fault(unsigned kind, bool near)
{
        uint64_t victim = random_number() % TILE_WORDS, other = random_number() % TILE_WORDS;
        struct fault fault = { .falls = kind % 2, .effect = kind / 2 };

        if (near)
                other = victim / STEP_WORDS * STEP_WORDS + other % STEP_WORDS;
        else if (other / STEP_WORDS == victim / STEP_WORDS)
                other = (other + STEP_WORDS) % TILE_WORDS;
        fault.victim = (struct bit){ victim, random_number() % 64 };
        fault.aggressor = (struct bit){ other, random_number() % 64 };
        if (victim == other && fault.victim.bit == fault.aggressor.bit)
                fault.aggressor.bit ^= 1;
        return fault;
}

static void the_first_round_finds_what_is_steps_apart(void **state)
{
        (void)state;
        for (unsigned i = 0; i < PAIRS; i++) {
                struct fault fault = random_fault(i % 6, false);

                assert_true(round_finds(&fault, 0, BEFORE_WRITE));
        }
}

static bool all_rounds_find(const struct fault *fault, enum moment in_step)
{
        bool found = false;

        for (unsigned round = 0; round < CHECK_MARCH_ROUNDS; round++)
                found |= round_finds(fault, round, in_step);
        return found;
}

/* Whatever the order is, and were it always the worst. */
static void all_rounds_find_what_is_in_one_step(void **state)
{
        (void)state;
        for (unsigned i = 0; i < PAIRS; i++) {
                struct fault fault = random_fault(i % 6, i % 3 > 0);

                for (enum moment moment = 0; moment < MOMENTS; moment++)
                        if (!all_rounds_find(&fault, moment))
                                fail_msg("kind %u, words %llu and %llu, moment %d", i % 6,
                                        (unsigned long long)fault.victim.word,
                                        (unsigned long long)fault.aggressor.word, moment);
        }
}

/* Neighbours in a word, in a pair, and in the two pairs of a sector, each kind, all bits. */
static void all_rounds_find_neighbours(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 64 * 64 * 4; i++) {
                struct fault fault = { { 8, i % 64 }, { 8 + i / 4096, i / 64 % 64 }, false, 0 };

                if (fault.aggressor.word == 8 && fault.aggressor.bit == fault.victim.bit)
                        continue;
                for (unsigned kind = 0; kind < 6; kind++) {
                        fault.falls = kind % 2;
                        fault.effect = kind / 2;
                        assert_true(all_rounds_find(&fault, BEFORE_WRITE));
                }
        }
}

/* Each element expects what the one before has left, and the last leaves zeroes. */
static void elements_follow_each_other(void **state)
{
        (void)state;
        for (unsigned round = 0; round < 3 * CHECK_MARCH_ROUNDS; round++) {
                struct check_march_element march[CHECK_MARCH_ELEMENTS];
                struct check_stripe now = { 0, 0 };

                check_march(round, MEMORY_BYTES, march);
                for (int i = 0; i < CHECK_MARCH_ELEMENTS; i++) {
                        assert_true(march[i].expected.a == now.a);
                        assert_true(march[i].expected.words == now.words);
                        assert_int_equal(march[i].down, i >= 2);
                        now.a ^= march[i].turned.a;
                        now.words ^= march[i].turned.words;
                }
                assert_true(now.a == 0 && now.words == 0);
        }
}

/* What is said of the pairs that an element leaves is so, and is what the records count. */
static void what_rests_is_counted(void **state)
{
        double turned = 0;

        (void)state;
        for (unsigned round = 0; round < CHECK_MARCH_ROUNDS; round++) {
                struct check_march_element march[CHECK_MARCH_ELEMENTS];

                check_march(round, MEMORY_BYTES, march);
                for (int i = 0; i < CHECK_MARCH_ELEMENTS; i++) {
                        unsigned written = 0;

                        for (uint64_t word = 0; word < TILE_WORDS; word += 2)
                                written += is_written(march[i].turned, word);
                        assert_int_equal(written,
                                TILE_WORDS / 2 / (check_march_rests(march[i].turned) ? 2 : 1));
                        turned += 1 + 2.0 * written / TILE_WORDS;
                }
                assert_true(
                        check_moved_of(CHECK_MEMORY_INVERSIONS, CHECK_TILE_BYTES, round + 1).turn ==
                        turned * CHECK_TILE_BYTES);
        }
}

/* --- blame --- */

static void the_cpu_expects_what_the_pattern_says(void **state)
{
        struct check_sweep sweep = { "linear", 5, 3, UINT64_MAX, 0x1000, 0x100 };
        uint64_t word = 0;

        (void)state;
        assert_true(check_sweep_word(&sweep, 0x1000 + 8 * 7, &word));
        assert_true(word == ~UINT64_C(26));
        sweep.pattern = "stripe";
        assert_true(check_sweep_word(&sweep, 0x1000 + 8 * 4, &word));
        assert_true(word == ~UINT64_C(5));
        assert_true(check_sweep_word(&sweep, 0x1000 + 8 * 5, &word));
        assert_true(word == 5);
        assert_false(check_sweep_word(&sweep, 0xff8, &word));
        assert_false(check_sweep_word(&sweep, 0x1100, &word));
        assert_false(check_sweep_word(&sweep, 0x1004, &word));
        sweep.pattern = "nothing";
        assert_false(check_sweep_word(&sweep, 0x1000, &word));
}

static void blame_is_told_apart(void **state)
{
        static const struct {
                struct check_error error;
                bool arithmetic;
                uint64_t expected;
        } cases[] = {
                { { .where = 0x1008, .expected = 8, .found = 9, .sweep = 100 }, false, 8 },
                { { .where = 0x1008, .expected = 9, .found = 8, .sweep = 100 }, true, 8 },
                { { .where = 0x1008, .expected = 9, .found = 7, .sweep = 100 }, true, 8 },
                { { .where = 0x1008, .expected = 8, .found = 8, .sweep = 100 }, true, 8 },
                { { .where = 0x1008, .expected = 8, .found = 9, .sweep = 101 }, true, 8 },
                { { .where = 0x1008, .expected = 8, .found = 9, .sweep = 99 }, true, 7 },
                { { .where = 0x2008, .expected = 8, .found = 9, .sweep = 100 }, true, 8 },
        };
        struct check_sweeps sweeps = { 0 };

        (void)state;
        for (unsigned i = 0; i <= 100; i++) {
                struct check_sweep sweep = { "linear", i - 93, 1, 0, 0x1000, 0x100 };

                assert_true(check_sweeps_add(&sweeps, &sweep));
        }
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                uint64_t expected;

                assert_int_equal(check_is_arithmetic(&sweeps, &cases[i].error, &expected),
                        cases[i].arithmetic);
                assert_int_equal(expected, cases[i].expected);
        }
        check_sweeps_clear(&sweeps);
        assert_int_equal(sweeps.count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_round_finds_what_is_steps_apart),
                cmocka_unit_test(all_rounds_find_what_is_in_one_step),
                cmocka_unit_test(all_rounds_find_neighbours),
                cmocka_unit_test(elements_follow_each_other),
                cmocka_unit_test(what_rests_is_counted),
                cmocka_unit_test(the_cpu_expects_what_the_pattern_says),
                cmocka_unit_test(blame_is_told_apart),
        };

        return run_tap(tests);
}
