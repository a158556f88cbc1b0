/* SHA-256 with the x86 SHA extensions (Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Asks CPUID, which is costly under a hypervisor, the first time only. */
bool sha256_x86_available(void);

/* Compresses `count` blocks of 64 bytes. Only where sha256_x86_available() says so. */
void sha256_x86_blocks(
        uint32_t state[8], const uint32_t constants[64], const uint8_t *blocks, size_t count);

/*
 * Two hashes, `count` blocks of each. An instruction waits for the one before it half of the time,
 * and the other hash's come in between.
 */
void sha256_x86_blocks_of_two(uint32_t state_a[8], uint32_t state_b[8],
        const uint32_t constants[64], const uint8_t *a, const uint8_t *b, size_t count);
