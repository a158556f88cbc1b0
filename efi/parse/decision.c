#include "efi/parse/decision.h"

#include "efi/parse/repeat.h"

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
 * Under Secure Boot a distribution's kernel refuses /dev/mem and kexec_load, so that the run would
 * record nothing and end in a reset. Only who has made the kernel knows whether it does.
 */
static bool kernel_would_lock_down(const struct facts *facts)
{
        return facts->locked;
}

/* Without it an order could run again and again: better not at all. */
static bool variable_is_unreadable(const struct facts *facts)
{
        return facts->every_boot ? facts->repeat == REPEAT_UNREADABLE
                                 : facts->last_run == LAST_RUN_UNREADABLE;
}

static bool order_was_used(const struct facts *facts)
{
        return !facts->every_boot && facts->last_run == LAST_RUN_SAME;
}

/* Without this count a host could be caught in a loop of runs that never end in dom0. */
static bool order_has_struck_out(const struct facts *facts)
{
        return facts->every_boot && facts->strikes >= REPEAT_STRIKES;
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
                { kernel_would_lock_down, DECISION_LOCKED },
                { variable_is_unreadable, DECISION_VARIABLE },
                { order_was_used, DECISION_USED },
                { order_has_struck_out, DECISION_STRIKES },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (rows[i].applies(facts))
                        return rows[i].decision;
        return DECISION_RUN;
}
