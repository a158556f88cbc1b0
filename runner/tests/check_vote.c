#include "runner/tests/check_vote.h"

#define PLACES (CHECK_MAX_SM * CHECK_QUARTERS)

/* False: that quarter did not work. */
static bool number_of(const struct check *check, const struct ballot *ballot, unsigned thing,
        unsigned place, uint64_t *ret_number)
{
        if (check->seen.runs[place / CHECK_QUARTERS][place % CHECK_QUARTERS][ballot->set] == 0)
                return false;
        *ret_number = ballot->number[(size_t)place * ballot->count + thing];
        return true;
}

static bool is_most(
        const struct check *check, const struct ballot *ballot, unsigned thing, uint64_t most)
{
        unsigned count = 0, all = 0;
        uint64_t own;

        for (unsigned place = 0; place < PLACES; place++) {
                if (!number_of(check, ballot, thing, place, &own))
                        continue;
                all++;
                count += own == most;
        }
        return 2 * count > all;
}

/* The last one standing, if it is one. */
bool vote_most(
        const struct check *check, const struct ballot *ballot, unsigned thing, uint64_t *ret_most)
{
        unsigned lead = 0;
        uint64_t most = 0, own;

        for (unsigned place = 0; place < PLACES; place++) {
                if (!number_of(check, ballot, thing, place, &own))
                        continue;
                if (lead == 0)
                        most = own;
                lead = own == most ? lead + 1 : lead - 1;
        }
        if (!is_most(check, ballot, thing, most))
                return false;
        *ret_most = most;
        return true;
}

void vote_add_differing(
        struct check *check, const struct ballot *ballot, unsigned thing, uint64_t most)
{
        struct check_report *seen = &check->seen;
        uint64_t own;

        for (unsigned place = 0; place < PLACES; place++) {
                unsigned sm = place / CHECK_QUARTERS, quarter = place % CHECK_QUARTERS;

                if (!number_of(check, ballot, thing, place, &own) || own == most)
                        continue;
                seen->errors++;
                seen->wrong[sm][quarter]++;
                if (seen->recorded < CHECK_MAX_ERRORS)
                        seen->error[seen->recorded++] = (struct check_error){ .where = thing,
                                .expected = most,
                                .found = own,
                                .again = own,
                                .sm = sm,
                                .quarter = quarter };
        }
}
