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

/* 64 lower-case hexadecimal digits and a NUL; and back, upper case too, exactly 64 digits. */
void sha256_format(const uint8_t digest[SHA256_SIZE], char ret_text[2 * SHA256_SIZE + 1]);
bool sha256_parse(const char *text, size_t length, uint8_t ret_digest[SHA256_SIZE]);
