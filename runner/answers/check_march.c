#include "runner/answers/check_march.h"

#define ALL       UINT64_MAX
#define BITS      6u                           /* that tell the bits of a word apart */
#define TILE_BITS 15u                          /* that tell the words of a tile apart */
#define ODD_BITS  UINT64_C(0x6996966996696996) /* whose numbers have an odd number of ones */
#define SEED      UINT64_C(0x9d39247e33776d41)
#define ODD       UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio, odd */

_Static_assert(CHECK_TILE_BYTES == 8u << TILE_BITS, "words of a tile");
_Static_assert(CHECK_MARCH_ROUNDS == 2 + 2 * (TILE_BITS + BITS), "rounds");

/* Those of a word whose number has a one in this place. */
static const uint64_t bits_with[BITS] = { UINT64_C(0xaaaaaaaaaaaaaaaa),
        UINT64_C(0xcccccccccccccccc), UINT64_C(0xf0f0f0f0f0f0f0f0), UINT64_C(0xff00ff00ff00ff00),
        UINT64_C(0xffff0000ffff0000), UINT64_C(0xffffffff00000000) };

static unsigned bits_of(uint64_t words)
{
        return words > 1 ? 64 - (unsigned)__builtin_clzll(words - 1) : 0;
}

static struct check_stripe half_of_place(unsigned place, unsigned word_bits)
{
        if (place < TILE_BITS)
                return (struct check_stripe){ 0, UINT64_C(1) << place };
        if (place < TILE_BITS + BITS)
                return (struct check_stripe){ bits_with[place - TILE_BITS], 0 };
        if (place < word_bits + BITS)
                return (struct check_stripe){ 0, UINT64_C(1) << (place - BITS) };
        return (struct check_stripe){ SEED ^ ODD * place, ODD * (place + 1) };
}

/* What the first and the third element turn. */
static struct check_stripe half_of(unsigned round, uint64_t memory_bytes)
{
        struct check_stripe half;

        if (round == 0)
                return (struct check_stripe){ ALL, 0 };
        if (round == 1)
                return (struct check_stripe){ ODD_BITS, ALL };
        half = half_of_place((round - 2) / 2, bits_of(memory_bytes / 8));
        if (round % 2)
                half.a = ~half.a;
        return half;
}

void check_march(unsigned round, uint64_t memory_bytes,
        struct check_march_element ret_elements[CHECK_MARCH_ELEMENTS])
{
        const struct check_stripe zero = { 0, 0 }, first = half_of(round, memory_bytes);
        const struct check_stripe second = { round == 0 ? first.a : ~first.a, first.words };
        const struct check_stripe both = { first.a ^ second.a, 0 };

        ret_elements[0] = (struct check_march_element){ zero, first, false };
        ret_elements[1] = (struct check_march_element){ first, second, false };
        ret_elements[2] = (struct check_march_element){ both, first, true };
        ret_elements[3] = (struct check_march_element){ second, second, true };
}

/* The words of a pair have neighbouring numbers, and pairs differ where other places count. */
bool check_march_rests(struct check_stripe turned)
{
        return turned.words > 1 && turned.words % 2 == 0 && (turned.a == 0 || turned.a == ALL);
}
