/*
 * Faults on purpose, to prove that the checks find them. Only a test program is built with
 * FORESTAGE_SABOTEUR; in forestage-run these calls are nothing. FORESTAGE_SABOTAGE says what is to
 * be spoilt, with commas between:
 *   flip=N,seed=S    the next N times that a pattern was written and not yet checked, one random
 *                    bit of the memory under test is turned, and the check must name it exactly;
 *                    the pattern is repeated until all N were planted
 *   product=SM       one product of every arithmetic test is wrong on this multiprocessor
 *   slow=PERCENT     copies are measured this much slower
 *   mma=1            mma.sync is used even where wgmma is there
 *   share=N          only an Nth of the free memory is under test, so that N runs fit side by side
 *   hurry=N          each test has an Nth of its time
 *   corrupt=1        one bit of what a copy brought is turned before it is verified
 */
#ifndef FORESTAGE_RUNNER_CHECK_SABOTEUR_H
#define FORESTAGE_RUNNER_CHECK_SABOTEUR_H

#include "runner/check/check.h"

#ifdef FORESTAGE_SABOTEUR
size_t saboteur_share(size_t free);
void saboteur_after_write(struct check_run *run, CUdeviceptr base, uint64_t bytes);
void saboteur_after_check(struct check_run *run);
bool saboteur_wants_more(void);
uint32_t saboteur_multiprocessor(void);
bool saboteur_wants_mma(void);
double saboteur_slow(double seconds);
unsigned saboteur_hurry(unsigned ms);
void saboteur_corrupt(struct check *check, CUdeviceptr data, uint64_t bytes);
#else
static inline size_t saboteur_share(size_t free)
{
        return free;
}
static inline void saboteur_after_write(struct check_run *run, CUdeviceptr base, uint64_t bytes)
{
        (void)run, (void)base, (void)bytes;
}
static inline void saboteur_after_check(struct check_run *run)
{
        (void)run;
}
static inline bool saboteur_wants_more(void)
{
        return false;
}
static inline uint32_t saboteur_multiprocessor(void)
{
        return 0;
}
static inline bool saboteur_wants_mma(void)
{
        return false;
}
static inline double saboteur_slow(double seconds)
{
        return seconds;
}
static inline unsigned saboteur_hurry(unsigned ms)
{
        return ms;
}
static inline void saboteur_corrupt(struct check *check, CUdeviceptr data, uint64_t bytes)
{
        (void)check, (void)data, (void)bytes;
}
#endif

#endif
