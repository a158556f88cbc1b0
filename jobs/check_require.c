#include "jobs/check_require.h"

#include <math.h>
#include <string.h>

#include "lib/number.h"

static const char blanks[] = " \t";

/* Longer ones first: ">" is the start of ">=". */
static const struct {
        const char *text;
        enum check_relation relation;
} relations[] = { { ">=", CHECK_AT_LEAST }, { "<=", CHECK_AT_MOST }, { ">", CHECK_ABOVE },
        { "<", CHECK_BELOW } };

static const char *take_relation(const char *at, enum check_relation *ret_relation)
{
        for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
                size_t length = strlen(relations[i].text);

                if (strncmp(at, relations[i].text, length) == 0) {
                        *ret_relation = relations[i].relation;
                        return at + length;
                }
        }
        return NULL;
}

static bool take_metric(
        const char *text, size_t length, struct check_requirement *requirement, char *why)
{
        size_t test = strcspn(text, "."), rest;

        if (test >= length)
                return why_not(why, "'%.*s' is not of the form TEST.METRIC", (int)length, text);
        if (!check_kind_parse(text, test, &requirement->kind))
                return why_not(why, "there is no test '%.*s'", (int)test, text);
        rest = length - test - 1;
        if (rest < sizeof(requirement->metric)) {
                memcpy(requirement->metric, text + test + 1, rest);
                requirement->metric[rest] = '\0';
                if (check_has_metric(requirement->kind, requirement->metric))
                        return true;
        }
        return why_not(why, "%s has no '%.*s'; it has: %s", check_tests[requirement->kind].name,
                (int)rest, text + test + 1, check_tests[requirement->kind].metrics);
}

bool check_requirement_parse(const char *text, struct check_requirement *ret_requirement, char *why)
{
        struct check_requirement requirement;
        size_t length = strcspn(text, "<> \t");
        const char *at = text + length + strspn(text + length, blanks);
        const char *number = take_relation(at, &requirement.relation);

        if (!number)
                return why_not(why, "'%s' has no >=, <=, > or <", text);
        number += strspn(number, blanks);
        if (!number_f64(number, &requirement.number) || !isfinite(requirement.number))
                return why_not(why, "'%s' is not a number", number);
        if (!take_metric(text, length, &requirement, why))
                return false;
        *ret_requirement = requirement;
        return true;
}

bool check_requirement_met(const struct check_requirement *requirement, double found)
{
        switch (requirement->relation) {
        case CHECK_AT_LEAST:
                return found >= requirement->number;
        case CHECK_AT_MOST:
                return found <= requirement->number;
        case CHECK_ABOVE:
                return found > requirement->number;
        case CHECK_BELOW:
                return found < requirement->number;
        }
        return false;
}
