#include "initramfs/purgatory/table.h"
#include "region/sha256.h"

int purgatory_check(const struct purgatory_table *table)
{
        uint8_t digest[SHA256_SIZE], differ = 0;
        struct sha256 hash;

        sha256_init(&hash);
        for (unsigned int i = 0; i < PURGATORY_MAX_RANGES; i++)
                sha256_update(&hash, (const void *)(uintptr_t)table->ranges[i].start,
                        table->ranges[i].size);
        sha256_final(&hash, digest);
        for (unsigned int i = 0; i < SHA256_SIZE; i++)
                differ |= digest[i] ^ table->sha256[i];
        return differ == 0;
}
