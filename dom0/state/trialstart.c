#include "dom0/state/trialstart.h"

#include <string.h>

/* The stage's word for having handed over (dom0/state/state.c has what it means). */
#define HANDED_OVER "kexec"

struct trial_start trialstart_of(const struct survey *survey, const struct trial_plan *plan)
{
        const struct state_facts *facts = &survey->facts;
        const struct state *state = &survey->state;
        bool lost = strcmp(state->lost, plan->order) == 0;

        return (struct trial_start){
                .armed =
                        facts->has_order && !state->spent && strcmp(facts->order, plan->order) == 0,
                .here = facts->has_boot && strcmp(facts->boot, plan->order) == 0,
                .lost = lost,
                .handed_over = lost && strcmp(state->phase, HANDED_OVER) == 0,
                .collected = facts->armed_collected && strcmp(facts->armed, plan->order) == 0,
                .where = lost ? state_phase_text(state->phase) : NULL,
        };
}
