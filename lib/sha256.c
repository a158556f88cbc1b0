#include "lib/sha256.h"
#include "lib/hex.h"
#include "lib/sha256_x86.h"

static const uint32_t initial[8] = {
        0x6a09e667,
        0xbb67ae85,
        0x3c6ef372,
        0xa54ff53a,
        0x510e527f,
        0x9b05688c,
        0x1f83d9ab,
        0x5be0cd19,
};

static const uint32_t constants[64] = {
        0x428a2f98,
        0x71374491,
        0xb5c0fbcf,
        0xe9b5dba5,
        0x3956c25b,
        0x59f111f1,
        0x923f82a4,
        0xab1c5ed5,
        0xd807aa98,
        0x12835b01,
        0x243185be,
        0x550c7dc3,
        0x72be5d74,
        0x80deb1fe,
        0x9bdc06a7,
        0xc19bf174,
        0xe49b69c1,
        0xefbe4786,
        0x0fc19dc6,
        0x240ca1cc,
        0x2de92c6f,
        0x4a7484aa,
        0x5cb0a9dc,
        0x76f988da,
        0x983e5152,
        0xa831c66d,
        0xb00327c8,
        0xbf597fc7,
        0xc6e00bf3,
        0xd5a79147,
        0x06ca6351,
        0x14292967,
        0x27b70a85,
        0x2e1b2138,
        0x4d2c6dfc,
        0x53380d13,
        0x650a7354,
        0x766a0abb,
        0x81c2c92e,
        0x92722c85,
        0xa2bfe8a1,
        0xa81a664b,
        0xc24b8b70,
        0xc76c51a3,
        0xd192e819,
        0xd6990624,
        0xf40e3585,
        0x106aa070,
        0x19a4c116,
        0x1e376c08,
        0x2748774c,
        0x34b0bcb5,
        0x391c0cb3,
        0x4ed8aa4a,
        0x5b9cca4f,
        0x682e6ff3,
        0x748f82ee,
        0x78a5636f,
        0x84c87814,
        0x8cc70208,
        0x90befffa,
        0xa4506ceb,
        0xbef9a3f7,
        0xc67178f2,
};

static uint32_t rotate(uint32_t value, unsigned int bits)
{
        return (value >> bits) | (value << (32 - bits));
}

static uint32_t load_be32(const uint8_t *bytes)
{
        return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
               (uint32_t)bytes[3];
}

/* The eight words of the state, as FIPS 180-4 names them. */
enum { A, B, C, D, E, F, G, H };

/*
 * One step. The words do not move along: the next step takes them one place further (`at`), so that
 * with `at` known to the compiler all of them stay in registers.
 */
static inline __attribute__((always_inline)) void step(
        uint32_t v[8], unsigned int at, uint32_t constant_and_word)
{
#define V(name) v[((name) + 8 - at) % 8]
        uint32_t s1 = rotate(V(E), 6) ^ rotate(V(E), 11) ^ rotate(V(E), 25);
        uint32_t choose = V(G) ^ (V(E) & (V(F) ^ V(G)));
        uint32_t t1 = V(H) + s1 + choose + constant_and_word;
        uint32_t s0 = rotate(V(A), 2) ^ rotate(V(A), 13) ^ rotate(V(A), 22);
        uint32_t majority = (V(A) & V(B)) | (V(C) & (V(A) | V(B)));

        V(D) += t1;
        V(H) = t1 + s0 + majority;
#undef V
}

/* The word 16 places after w[i], in its place: only the last 16 are ever needed. */
static inline __attribute__((always_inline)) uint32_t next_word(uint32_t w[16], unsigned int i)
{
        uint32_t w1 = w[(i + 1) % 16], w14 = w[(i + 14) % 16];
        uint32_t s0 = rotate(w1, 7) ^ rotate(w1, 18) ^ (w1 >> 3);
        uint32_t s1 = rotate(w14, 17) ^ rotate(w14, 19) ^ (w14 >> 10);

        return w[i] += s0 + w[(i + 9) % 16] + s1;
}

static void compress(uint32_t state[8], const uint8_t block[64])
{
        uint32_t w[16], v[8];

        for (unsigned int i = 0; i < 8; i++)
                v[i] = state[i];
#pragma GCC unroll 16
        for (unsigned int i = 0; i < 16; i++) {
                w[i] = load_be32(block + 4 * i);
                step(v, i % 8, constants[i] + w[i]);
        }
        for (unsigned int round = 16; round < 64; round += 16) {
#pragma GCC unroll 16
                for (unsigned int i = 0; i < 16; i++)
                        step(v, i % 8, constants[round + i] + next_word(w, i));
        }
        for (unsigned int i = 0; i < 8; i++)
                state[i] += v[i];
}

static void compress_all(struct sha256 *hash, const uint8_t *blocks, size_t count)
{
        if (hash->instructions) {
                sha256_x86_blocks(hash->state, constants, blocks, count);
                return;
        }
        for (; count > 0; blocks += 64, count--)
                compress(hash->state, blocks);
}

void sha256_init(struct sha256 *hash)
{
        hash->instructions = sha256_x86_available();
        for (unsigned int i = 0; i < 8; i++)
                hash->state[i] = initial[i];
        hash->length = 0;
}

void sha256_update(struct sha256 *hash, const void *data, size_t length)
{
        const uint8_t *bytes = data;

        while (length > 0) {
                size_t have = hash->length % 64;

                if (have == 0 && length >= 64) {
                        compress_all(hash, bytes, length / 64);
                        hash->length += length / 64 * 64;
                        bytes += length / 64 * 64;
                        length %= 64;
                        continue;
                }
                hash->block[have] = *bytes++;
                hash->length++;
                length--;
                if (have == 63)
                        compress_all(hash, hash->block, 1);
        }
}

void sha256_final(struct sha256 *hash, uint8_t ret_digest[SHA256_SIZE])
{
        static const uint8_t one = 0x80, zero = 0;
        uint64_t bits = hash->length * 8;
        uint8_t tail[8];

        sha256_update(hash, &one, 1);
        while (hash->length % 64 != 56)
                sha256_update(hash, &zero, 1);
        for (unsigned int i = 0; i < 8; i++)
                tail[i] = (uint8_t)(bits >> (56 - 8 * i));
        sha256_update(hash, tail, 8);
        for (unsigned int i = 0; i < SHA256_SIZE; i++)
                ret_digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256(const void *data, size_t length, uint8_t ret_digest[SHA256_SIZE])
{
        struct sha256 hash;

        sha256_init(&hash);
        sha256_update(&hash, data, length);
        sha256_final(&hash, ret_digest);
}

void sha256_two(const void *a, const void *b, size_t length, uint8_t ret_a[SHA256_SIZE],
        uint8_t ret_b[SHA256_SIZE])
{
        struct sha256 first, second;
        size_t whole = 0;

        sha256_init(&first);
        sha256_init(&second);
        if (first.instructions) {
                whole = length / 64 * 64;
                sha256_x86_blocks_of_two(first.state, second.state, constants, a, b, length / 64);
                first.length = second.length = whole;
        }
        sha256_update(&first, (const uint8_t *)a + whole, length - whole);
        sha256_update(&second, (const uint8_t *)b + whole, length - whole);
        sha256_final(&first, ret_a);
        sha256_final(&second, ret_b);
}

size_t sha256_pieces(size_t length)
{
        return length / SHA256_PIECE + (length % SHA256_PIECE != 0);
}

void sha256_of_pieces(const void *data, size_t length, size_t first, size_t count,
        uint8_t ret_digests[][SHA256_SIZE])
{
        const uint8_t *at = (const uint8_t *)data + first * SHA256_PIECE;
        size_t left = length - first * SHA256_PIECE;

        while (count >= 2 && left >= 2 * SHA256_PIECE) {
                sha256_two(at, at + SHA256_PIECE, SHA256_PIECE, ret_digests[0], ret_digests[1]);
                at += 2 * SHA256_PIECE;
                left -= 2 * SHA256_PIECE;
                ret_digests += 2;
                count -= 2;
        }
        for (; count > 0; count--) {
                size_t bytes = left < SHA256_PIECE ? left : SHA256_PIECE;

                sha256(at, bytes, *ret_digests++);
                at += bytes;
                left -= bytes;
        }
}

void sha256_tree(const void *data, size_t length, uint8_t ret_digest[SHA256_SIZE])
{
        size_t pieces = sha256_pieces(length);
        struct sha256 hash;

        sha256_init(&hash);
        for (size_t first = 0; first < pieces; first += 2) {
                size_t count = pieces - first < 2 ? 1 : 2;
                uint8_t digests[2][SHA256_SIZE];

                sha256_of_pieces(data, length, first, count, digests);
                sha256_update(&hash, digests, count * SHA256_SIZE);
        }
        sha256_final(&hash, ret_digest);
}

void sha256_format(const uint8_t digest[SHA256_SIZE], char ret_text[2 * SHA256_SIZE + 1])
{
        for (unsigned int i = 0; i < SHA256_SIZE; i++)
                hex_write(digest[i], ret_text + 2 * i);
        ret_text[2 * SHA256_SIZE] = '\0';
}

bool sha256_parse(const char *text, size_t length, uint8_t ret_digest[SHA256_SIZE])
{
        uint8_t digest[SHA256_SIZE];

        if (length != sizeof(digest) * 2)
                return false;
        for (unsigned int i = 0; i < SHA256_SIZE; i++) {
                int byte = hex_read(text + 2 * i);

                if (byte < 0)
                        return false;
                digest[i] = (uint8_t)byte;
        }
        for (unsigned int i = 0; i < SHA256_SIZE; i++)
                ret_digest[i] = digest[i];
        return true;
}
