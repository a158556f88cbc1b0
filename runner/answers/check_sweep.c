#include "runner/answers/check_sweep.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/check/pattern.h"
#include "lib/grow.h"

static const struct {
        const char *name;
        struct pattern_pair (*pair)(
                unsigned long long pair, unsigned long long a, unsigned long long k);
} patterns[] = {
        { "stripe", pattern_stripe },
        { "walk", pattern_walk },
        { "linear", pattern_linear },
        { "random", pattern_random },
        { "modulo", pattern_modulo },
};

bool check_sweeps_add(struct check_sweeps *sweeps, const struct check_sweep *sweep)
{
        struct check_sweep *more = grow(sweeps->sweep, sweeps->count, sizeof(*more));

        if (!more)
                return false;
        sweeps->sweep = more;
        sweeps->sweep[sweeps->count++] = *sweep;
        return true;
}

void check_sweeps_clear(struct check_sweeps *sweeps)
{
        free(sweeps->sweep);
        *sweeps = (struct check_sweeps){ 0 };
}

bool check_sweep_word(const struct check_sweep *sweep, uint64_t where, uint64_t *ret_word)
{
        uint64_t offset = where - sweep->base;

        if (where < sweep->base || offset >= sweep->bytes || offset % 8 != 0)
                return false;
        for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
                struct pattern_pair pair;

                if (strcmp(patterns[i].name, sweep->pattern) != 0)
                        continue;
                pair = patterns[i].pair(offset / 16, sweep->a, sweep->k);
                *ret_word = (offset % 16 ? pair.high : pair.low) ^ sweep->flip;
                return true;
        }
        return false;
}

bool check_is_arithmetic(
        const struct check_sweeps *sweeps, const struct check_error *error, uint64_t *ret_expected)
{
        uint64_t word;

        *ret_expected = error->expected;
        if (error->sweep >= sweeps->count ||
                !check_sweep_word(&sweeps->sweep[error->sweep], error->where, &word))
                return true;
        *ret_expected = word;
        return word != error->expected || error->found == error->expected;
}
