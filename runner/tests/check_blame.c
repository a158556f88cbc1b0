#include "runner/tests/check_blame.h"

#include "runner/check/check_errors.h"

#define PLACES (CHECK_MAX_SM * CHECK_QUARTERS)

enum status check_blame_wrong(struct check_run *run, const char *things, const char *thing)
{
        struct check_report *seen = &run->check->seen;
        const struct check_error *first = &seen->error[0];

        check_errors_sort(seen);
        json_object_set_new(
                run->result, "wrong_multiprocessors", check_errors_by_multiprocessor(seen));
        for (uint32_t i = 0; i < check_errors_kept(seen) && i < CHECK_SHOWN_ERRORS; i++)
                json_array_append_new(run->errors, check_error_of_unit(&seen->error[i]));
        return check_say(run, STATUS_FAIL,
                "%llu %s, the first on multiprocessor %u, quarter %u: %s %llu is 0x%llx instead of "
                "0x%llx",
                seen->errors, things, first->sm, first->quarter, thing, first->where, first->found,
                first->expected);
}

enum status check_blame_seen(
        struct check_run *run, unsigned sets, const char *things, const char *thing)
{
        struct check *check = run->check;
        struct check_coverage covered;

        check_coverage(&check->seen, sets, &covered);
        check_count(run, "multiprocessors", covered.multiprocessors);
        check_count(run, "quarters", covered.quarters);
        check_count(run, "operand_sets", sets);
        check_count(run, "least_rounds", covered.least);
        check_count(run, "errors", check->seen.errors);
        if (check->seen.errors > 0)
                return check_blame_wrong(run, things, thing);
        if (covered.multiprocessors < (unsigned)check->gpu.multiprocessors)
                return check_say(run, STATUS_ERROR, "only %u of %d multiprocessors worked",
                        covered.multiprocessors, check->gpu.multiprocessors);
        if (covered.least == 0 && sets == 1)
                return check_say(run, STATUS_ERROR, "multiprocessor %u, quarter %u never worked",
                        covered.missed_multiprocessor, covered.missed_quarter);
        if (covered.least == 0)
                return check_say(run, STATUS_ERROR,
                        "multiprocessor %u, quarter %u never worked on operand set %u of %u",
                        covered.missed_multiprocessor, covered.missed_quarter, covered.missed_set,
                        sets);
        return STATUS_PASS;
}

enum status check_blame(struct check_run *run, unsigned sets, const char *things, const char *thing)
{
        if (!check_report_read(run->check))
                return STATUS_ERROR;
        return check_blame_seen(run, sets, things, thing);
}

enum status check_blame_chip(
        struct check_run *run, uint64_t bytes, const char *things, const char *thing)
{
        enum status status = check_blame(run, 1, things, thing);
        const json_t *reached = json_object_get(run->result, "multiprocessors");

        check_count(run, "sram_bytes", bytes * (uint64_t)json_integer_value(reached));
        return status;
}

/* --- votes --- */

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
