#include "dom0/state/followup.h"

bool followup_is_open(const struct followup_facts *facts)
{
        return facts->known && (facts->has_order || facts->withdrawn);
}

/* The order is not up to date, or nobody knows; or it is withdrawn, and has to be made anew. */
static enum followup settle(const struct followup_facts *facts)
{
        if (facts->sight == FOLLOWUP_UNKNOWN)
                return FOLLOWUP_DISARM;
        if (facts->sight == FOLLOWUP_DIFFERS && facts->updates == ARMED_STOP)
                return FOLLOWUP_DISARM;
        return FOLLOWUP_ARM;
}

enum followup followup_decide(const struct followup_facts *facts)
{
        if (!followup_is_open(facts)) /* what an order was made of that nobody knows: give it up */
                return facts->has_order ? FOLLOWUP_DISARM : FOLLOWUP_NOTHING;
        if (facts->has_order && facts->sight == FOLLOWUP_SAME)
                return facts->withdrawn ? FOLLOWUP_BACK : FOLLOWUP_NOTHING;
        if (facts->over)
                return settle(facts);
        return facts->has_order ? FOLLOWUP_WITHDRAW : FOLLOWUP_NOTHING;
}
