/* CRC-32C (Castagnoli; RFC 3720 appendix B.4): reflected, initial value and final xor all ones. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Continues `crc` (0 to start) over `length` bytes; crc32c(crc32c(0, a), b) is that of a and b. */
uint32_t crc32c(uint32_t crc, const void *data, size_t length);
