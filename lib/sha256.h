/* SHA-256 as in FIPS 180-4. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32u

struct sha256 {
        uint32_t state[8];
        uint64_t length;   /* bytes so far */
        uint8_t block[64]; /* the last length % 64 bytes */
        bool instructions; /* this processor has SHA instructions */
};

void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *data, size_t length);
void sha256_final(struct sha256 *hash, uint8_t ret_digest[SHA256_SIZE]);

/* All three at once. */
void sha256(const void *data, size_t length, uint8_t ret_digest[SHA256_SIZE]);

/* Of two pieces of data of the same length, side by side. */
void sha256_two(const void *a, const void *b, size_t length, uint8_t ret_a[SHA256_SIZE],
        uint8_t ret_b[SHA256_SIZE]);

/*
 * A hash of much data whose parts can be taken side by side: the SHA-256 of the SHA-256s of its
 * pieces, one after the other. A piece has SHA256_PIECE bytes; the last may be shorter, and no data
 * has none. It is no SHA-256 of the data.
 */
#define SHA256_PIECE ((size_t)1 << 20)

/* How many pieces so many bytes have. */
size_t sha256_pieces(size_t length);

/*
 * The hashes of the pieces from number `first` on, `count` of them, all of which must be there:
 * two at a time, which is faster than one after the other where there are instructions for it.
 */
void sha256_of_pieces(const void *data, size_t length, size_t first, size_t count,
        uint8_t ret_digests[][SHA256_SIZE]);

/* All of it: what sha256() makes of the hashes of all pieces. */
void sha256_tree(const void *data, size_t length, uint8_t ret_digest[SHA256_SIZE]);

/* 64 lower-case hexadecimal digits and a NUL; and back, upper case too, exactly 64 digits. */
void sha256_format(const uint8_t digest[SHA256_SIZE], char ret_text[2 * SHA256_SIZE + 1]);
bool sha256_parse(const char *text, size_t length, uint8_t ret_digest[SHA256_SIZE]);
