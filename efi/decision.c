#include "efi/decision.h"

#include <stddef.h>

static bool conf_is_bad(const struct facts *facts)
{
        return facts->conf == FILE_WRONG || facts->conf == FILE_UNREADABLE;
}

static bool order_is_absent(const struct facts *facts)
{
        return facts->order == FILE_ABSENT;
}

static bool order_is_bad(const struct facts *facts)
{
        return facts->order != FILE_GOOD;
}

/*
 * A repeated order must disarm itself after two runs that did not reach the hand-off. Without that
 * count a host could be caught in a loop of runs, so such an order is refused as a whole.
 */
static bool order_repeats(const struct facts *facts)
{
        return facts->every_boot;
}

static bool variable_is_unreadable(const struct facts *facts)
{
        return facts->last_run == LAST_RUN_UNREADABLE;
}

static bool order_was_used(const struct facts *facts)
{
        return facts->last_run == LAST_RUN_SAME;
}

enum decision decide(const struct facts *facts)
{
        static const struct {
                bool (*applies)(const struct facts *facts);
                enum decision decision;
        } rows[] = {
                { conf_is_bad, DECISION_CONF },
                { order_is_absent, DECISION_NO_ORDER },
                { order_is_bad, DECISION_ORDER },
                { order_repeats, DECISION_EVERY_BOOT },
                { variable_is_unreadable, DECISION_VARIABLE },
                { order_was_used, DECISION_USED },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (rows[i].applies(facts))
                        return rows[i].decision;
        return DECISION_RUN;
}
