#include "runner/answers/check_half.h"

#include "runner/answers/check_line.h"

#define CENTRE    1400 /* of the numbers: they stay from 1024 on and below 2048 */
#define REACH     150  /* they begin no further from it */
#define EXPONENTS 30u  /* that all numbers of a chain have */

/* One half of a chain. Its factor is odd: no product lies in the middle between two numbers. */
struct turning {
        int32_t x[3], factor;
        unsigned exponent, sign;
};

static struct turning begin(unsigned thread, unsigned chain, unsigned half)
{
        struct turning turning;
        unsigned place = 2 * chain + half;

        for (unsigned i = 0; i < 3; i++)
                turning.x[i] = CENTRE - REACH +
                               (int32_t)(known_random(8, place, thread, i) % (2 * REACH + 1));
        turning.factor = (int32_t)HALF_FACTOR(chain, half);
        turning.exponent = (thread + 7 * place) % EXPONENTS;
        turning.sign = known_random(8, place, thread, 3) & 1;
        return turning;
}

static int32_t share(const struct turning *turning, unsigned of)
{
        return (turning->factor * turning->x[of] + (1 << (HALF_SHARE - 1))) >> HALF_SHARE;
}

static void turn(struct turning *turning)
{
        for (unsigned i = 0; i < 3; i++) {
                turning->x[i] += share(turning, (i + 1) % 3);
                turning->x[i] -= share(turning, (i + 2) % 3);
        }
}

/* Eleven bits, of which the first is one and not stored. */
static uint32_t encode(int32_t number, unsigned exponent, unsigned sign)
{
        return sign << 15 | (exponent + 1) << 10 | ((uint32_t)number - 1024);
}

static void put(uint32_t *word, unsigned half, uint32_t number)
{
        *word |= number << 16 * half;
}

void known_half(uint32_t ret_seed[KNOWN_HALF_VALUES], uint32_t ret_expected[KNOWN_HALF_VALUES])
{
        for (unsigned n = 0; n < KNOWN_HALF_VALUES; n++)
                ret_seed[n] = ret_expected[n] = 0;
        for (unsigned n = 0; n < HALF_THREADS * HALF_CHAINS * 2; n++) {
                unsigned half = n % 2, chain = n / 2 % HALF_CHAINS, thread = n / 2 / HALF_CHAINS;
                struct turning turning = begin(thread, chain, half);
                uint32_t *seed = ret_seed + 3 * chain * HALF_THREADS + thread;
                uint32_t *expected = ret_expected + 3 * chain * HALF_THREADS + thread;

                for (unsigned i = 0; i < 3; i++)
                        put(&seed[i * HALF_THREADS], half,
                                encode(turning.x[i], turning.exponent, turning.sign));
                for (unsigned step = 0; step < HALF_STEPS; step++)
                        turn(&turning);
                for (unsigned i = 0; i < 3; i++)
                        put(&expected[i * HALF_THREADS], half,
                                encode(turning.x[i], turning.exponent, turning.sign));
        }
}
