#include "lib/crc32c.h"

/* The polynomial 0x1EDC6F41, reflected. */
#define POLYNOMIAL 0x82F63B78u

/*
 * A table for four bits at a time: small enough to be read and checked, and records are short where
 * no instruction helps. The Linux side uses the processor's own CRC32 where there is one.
 */
static const uint32_t table[16] = {
        0x00000000,
        0x105ec76f,
        0x20bd8ede,
        0x30e349b1,
        0x417b1dbc,
        0x5125dad3,
        0x61c69362,
        0x7198540d,
        0x82f63b78,
        0x92a8fc17,
        0xa24bb5a6,
        0xb21572c9,
        0xc38d26c4,
        0xd3d3e1ab,
        0xe330a81a,
        0xf36e6f75,
};

static uint32_t crc32c_table(uint32_t crc, const uint8_t *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                crc = (crc >> 4) ^ table[(crc ^ bytes[i]) & 15];
                crc = (crc >> 4) ^ table[(crc ^ (bytes[i] >> 4)) & 15];
        }
        return crc;
}

#if __STDC_HOSTED__ && defined(__x86_64__)

#include <string.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(
        uint32_t crc, const uint8_t *bytes, size_t length)
{
        uint64_t wide = crc;
        for (; length >= 8; bytes += 8, length -= 8) {
                uint64_t word;
                memcpy(&word, bytes, 8);
                wide = __builtin_ia32_crc32di(wide, word);
        }
        crc = (uint32_t)wide;
        for (; length > 0; bytes++, length--)
                crc = __builtin_ia32_crc32qi(crc, *bytes);
        return crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t length)
{
        if (__builtin_cpu_supports("sse4.2"))
                return ~crc32c_sse42(~crc, data, length);
        return ~crc32c_table(~crc, data, length);
}

#else

uint32_t crc32c(uint32_t crc, const void *data, size_t length)
{
        return ~crc32c_table(~crc, data, length);
}

#endif
