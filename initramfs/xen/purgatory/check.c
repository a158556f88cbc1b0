#include "initramfs/xen/purgatory/check.h"

#include "initramfs/xen/purgatory/checksum.h"

int purgatory_check(const struct purgatory_table *table)
{
        XXH64_state_t state;

        XXH64_reset(&state, 0);
        for (unsigned int i = 0; i < PURGATORY_MAX_RANGES; i++)
                XXH64_update(&state, (const void *)(uintptr_t)table->ranges[i].start,
                        table->ranges[i].size);
        return XXH64_digest(&state) == table->checksum;
}
