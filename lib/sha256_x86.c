#include "lib/sha256_x86.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define CPUID_1_ECX_SSSE3  (1u << 9)
#define CPUID_1_ECX_SSE4_1 (1u << 19)
#define CPUID_7_EBX_SHA    (1u << 29)

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))

static bool ask_processor(void)
{
        const unsigned int sse = CPUID_1_ECX_SSSE3 | CPUID_1_ECX_SSE4_1;
        unsigned int a, b, c, d;

        if (!__get_cpuid(1, &a, &b, &c, &d) || (c & sse) != sse)
                return false;
        return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & CPUID_7_EBX_SHA);
}

bool sha256_x86_available(void)
{
        static enum { UNASKED, NO, YES } answer; /* every caller would find the same */

        if (answer == UNASKED)
                answer = ask_processor() ? YES : NO;
        return answer == YES;
}

/* The instructions keep the state as the halves ABEF and CDGH, highest word first. */
TARGET static void split(const uint32_t state[8], __m128i *ret_abef, __m128i *ret_cdgh)
{
        __m128i dcba = _mm_loadu_si128((const __m128i *)state);
        __m128i hgfe = _mm_loadu_si128((const __m128i *)(state + 4));
        __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1);
        __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);

        *ret_abef = _mm_alignr_epi8(cdab, efgh, 8);
        *ret_cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
}

TARGET static void join(uint32_t state[8], __m128i abef, __m128i cdgh)
{
        __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
        __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);

        _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
        _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* The 16 words after w[0] … w[3]: FIPS 180-4, 6.2.2, step 1, four at a time. */
TARGET static inline __attribute__((always_inline)) __m128i next_words(const __m128i w[4])
{
        __m128i sum =
                _mm_add_epi32(_mm_sha256msg1_epu32(w[0], w[1]), _mm_alignr_epi8(w[3], w[2], 4));

        return _mm_sha256msg2_epu32(sum, w[3]);
}

/* A hash under way. */
struct halves {
        __m128i abef, cdgh;
};

/* Four of a block's 64 steps, the number `i` of 16. */
TARGET static inline __attribute__((always_inline)) void four_steps(struct halves *hash,
        __m128i w[16], unsigned int i, const uint8_t *block, const uint32_t constants[64])
{
        const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bll, 0x0405060700010203ll);
        __m128i k = _mm_loadu_si128((const __m128i *)(constants + 4 * i));

        w[i] = i < 4 ? _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)block + i), big_endian)
                     : next_words(w + i - 4);
        k = _mm_add_epi32(w[i], k);
        hash->cdgh = _mm_sha256rnds2_epu32(hash->cdgh, hash->abef, k);
        hash->abef = _mm_sha256rnds2_epu32(hash->abef, hash->cdgh, _mm_shuffle_epi32(k, 0x0E));
}

TARGET static inline __attribute__((always_inline)) void add(struct halves *hash, struct halves old)
{
        hash->abef = _mm_add_epi32(hash->abef, old.abef);
        hash->cdgh = _mm_add_epi32(hash->cdgh, old.cdgh);
}

TARGET void sha256_x86_blocks(
        uint32_t state[8], const uint32_t constants[64], const uint8_t *blocks, size_t count)
{
        struct halves hash;

        split(state, &hash.abef, &hash.cdgh);
        for (; count > 0; blocks += 64, count--) {
                struct halves old = hash;
                __m128i w[16];

#pragma GCC unroll 16
                for (unsigned int i = 0; i < 16; i++)
                        four_steps(&hash, w, i, blocks, constants);
                add(&hash, old);
        }
        join(state, hash.abef, hash.cdgh);
}

TARGET void sha256_x86_blocks_of_two(uint32_t state_a[8], uint32_t state_b[8],
        const uint32_t constants[64], const uint8_t *a, const uint8_t *b, size_t count)
{
        struct halves first, second;

        split(state_a, &first.abef, &first.cdgh);
        split(state_b, &second.abef, &second.cdgh);
        for (; count > 0; a += 64, b += 64, count--) {
                struct halves old_first = first, old_second = second;
                __m128i v[16], w[16];

#pragma GCC unroll 16
                for (unsigned int i = 0; i < 16; i++) {
                        four_steps(&first, v, i, a, constants);
                        four_steps(&second, w, i, b, constants);
                }
                add(&first, old_first);
                add(&second, old_second);
        }
        join(state_a, first.abef, first.cdgh);
        join(state_b, second.abef, second.cdgh);
}

#else

bool sha256_x86_available(void)
{
        return false;
}

void sha256_x86_blocks(
        uint32_t state[8], const uint32_t constants[64], const uint8_t *blocks, size_t count)
{
        (void)state, (void)constants, (void)blocks, (void)count;
}

void sha256_x86_blocks_of_two(uint32_t state_a[8], uint32_t state_b[8],
        const uint32_t constants[64], const uint8_t *a, const uint8_t *b, size_t count)
{
        (void)state_a, (void)state_b, (void)constants, (void)a, (void)b, (void)count;
}

#endif
