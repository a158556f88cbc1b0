/* What most quarters have, and who has something else. */
#include "tests/unit/tap.h"

#include "runner/tests/check_blame.h"

#define THINGS 2u

static unsigned long long numbers[CHECK_MAX_SM][CHECK_QUARTERS][THINGS];
static struct check check;
static const struct ballot ballot = { &numbers[0][0][0], THINGS, 3 };

/* Two multiprocessors, whose quarters have all worked and have these numbers of thing 1. */
static void have(const unsigned *own, size_t count)
{
        memset(&check, 0, sizeof(check));
        memset(numbers, 0, sizeof(numbers));
        for (size_t i = 0; i < count; i++) {
                check.seen.runs[i / CHECK_QUARTERS][i % CHECK_QUARTERS][3] = 1;
                numbers[i / CHECK_QUARTERS][i % CHECK_QUARTERS][1] = own[i];
        }
}

static void more_than_half_is_right(void **state)
{
        static const struct {
                unsigned own[8];
                size_t count;
                unsigned most; /* 0: no half agrees */
        } rows[] = {
                { { 7, 7, 7, 7, 7, 7, 7, 7 }, 8, 7 },
                { { 5, 7, 7, 7, 7, 7, 7, 7 }, 8, 7 },
                { { 5, 6, 4, 7, 7, 7, 7, 7 }, 8, 7 },
                { { 7, 5, 7, 6, 7, 4, 7, 7 }, 8, 7 },
                { { 5, 5, 5, 5, 7, 7, 7, 7 }, 8, 0 },
                { { 5, 5, 6, 6, 7, 7, 4, 4 }, 8, 0 },
                { { 1, 2, 3, 4, 7, 7, 7, 7 }, 8, 0 },
                { { 5, 7, 7, 0 }, 3, 7 },
                { { 7 }, 1, 7 },
                { { 0 }, 0, 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint64_t most = 99;

                have(rows[i].own, rows[i].count);
                if (vote_most(&check, &ballot, 1, &most) != (rows[i].most > 0))
                        fail_msg("row %zu: %llu", i, (unsigned long long)most);
                assert_int_equal(most, rows[i].most ? rows[i].most : 99);
        }
}

/* Each of them once, with its place; those that did not work have no say, and are no errors. */
static void others_are_named(void **state)
{
        static const unsigned own[] = { 7, 7, 7, 7, 7, 5, 7, 6 };
        const struct check_report *seen = &check.seen;

        (void)state;
        have(own, 8);
        numbers[1][2][1] = 4;
        check.seen.runs[1][2][3] = 0;
        check.seen.runs[1][2][0] = 1; /* of another kernel */
        vote_add_differing(&check, &ballot, 1, 7);
        assert_int_equal(seen->errors, 2);
        assert_int_equal(seen->recorded, 2);
        assert_int_equal(seen->wrong[1][1], 1);
        assert_int_equal(seen->wrong[1][2], 0);
        assert_int_equal(seen->wrong[1][3], 1);
        assert_int_equal(seen->error[0].where, 1);
        assert_int_equal(seen->error[0].expected, 7);
        assert_int_equal(seen->error[0].found, 5);
        assert_int_equal(seen->error[0].sm, 1);
        assert_int_equal(seen->error[0].quarter, 1);
        assert_int_equal(seen->error[1].quarter, 3);
}

/* All are counted, as many as there is room for are kept. */
static void a_flood_is_counted(void **state)
{
        (void)state;
        have(NULL, 0);
        for (unsigned sm = 0; sm < CHECK_MAX_SM; sm++)
                for (unsigned quarter = 0; quarter < CHECK_QUARTERS; quarter++)
                        check.seen.runs[sm][quarter][3] = 1;
        vote_add_differing(&check, &ballot, 0, 7);
        vote_add_differing(&check, &ballot, 1, 7);
        assert_int_equal(check.seen.errors, 2 * CHECK_MAX_SM * CHECK_QUARTERS);
        assert_int_equal(check.seen.recorded, CHECK_MAX_ERRORS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(more_than_half_is_right),
                cmocka_unit_test(others_are_named),
                cmocka_unit_test(a_flood_is_counted),
        };

        return run_tap(tests);
}
