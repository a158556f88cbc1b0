#include "runner/kernel/pace.h"

#define DEAR_LEAST  64u
#define MOST_DEAR   ((size_t)1 << 40)
#define MOST_LOSSES 20u
#define MOST_HALVED 5u

size_t pace_jobs(const struct pace *pace, size_t most)
{
        return most >> pace->halved > 2 ? most >> pace->halved : 2;
}

static void lose_process(struct pace *pace)
{
        if (pace->dear < MOST_DEAR)
                pace->dear = pace->dear > 0 ? 2 * pace->dear : DEAR_LEAST;
        pace->alone += pace->dear;
}

/* The first is chance; where one comes behind the other, more and more run alone. */
static void lose_values(struct pace *pace, size_t jobs)
{
        pace->alone += pace->losses > 0 ? jobs << pace->losses : 0;
        pace->losses += pace->losses < MOST_LOSSES;
        pace->halved += pace->halved < MOST_HALVED;
}

void pace_lost(struct pace *pace, size_t jobs, bool dear)
{
        pace->alone = jobs;
        if (dear)
                lose_process(pace);
        else
                lose_values(pace, jobs);
}

void pace_won(struct pace *pace, bool dear)
{
        pace->losses = 0;
        pace->halved -= pace->halved > 0;
        if (dear)
                lose_process(pace);
}

void pace_alone(struct pace *pace)
{
        pace->alone -= pace->alone > 0;
}
