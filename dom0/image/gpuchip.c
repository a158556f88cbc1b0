#include "dom0/image/gpuchip.h"

#include <stddef.h>
#include <stdlib.h>

/*
 * NVIDIA numbers the devices of a chip in blocks. The blocks are those of "Appendix A, Supported
 * NVIDIA GPU Products" in the driver's README, with the chips' names of pci.ids; the compute
 * capability of each chip is that of "CUDA GPU Compute Capability" (CUDA C++ Programming Guide).
 * A chip of which not every product is of the same capability has no row.
 */
static const struct {
        unsigned first, last, capability;
} blocks[] = {
        { 0x1340, 0x13bf, 50 },  /* GM108, GM107 */
        { 0x13c0, 0x13ff, 52 },  /* GM204 */
        { 0x1400, 0x147f, 52 },  /* GM206 */
        { 0x15f0, 0x15ff, 60 },  /* GP100 */
        { 0x1617, 0x1667, 52 },  /* GM204 */
        { 0x17c0, 0x17ff, 52 },  /* GM200 */
        { 0x1b00, 0x1bff, 61 },  /* GP102, GP104 */
        { 0x1c00, 0x1cff, 61 },  /* GP106, GP107 */
        { 0x1d00, 0x1d7f, 61 },  /* GP108 */
        { 0x1d80, 0x1dff, 70 },  /* GV100 */
        { 0x1e00, 0x1fff, 75 },  /* TU102, TU104, TU106, TU117 */
        { 0x2080, 0x20ff, 80 },  /* GA100 */
        { 0x2180, 0x21ff, 75 },  /* TU116 */
        { 0x2200, 0x227f, 86 },  /* GA102 */
        { 0x2300, 0x237f, 90 },  /* GH100 */
        { 0x2400, 0x25ff, 86 },  /* GA103, GA104, GA106, GA107 */
        { 0x2680, 0x28ff, 89 },  /* AD102, AD103, AD104, AD106, AD107 */
        { 0x2900, 0x297f, 100 }, /* GB100, GB102 */
        { 0x2b80, 0x2dff, 120 }, /* GB202, GB203, GB206, GB207 */
        { 0x2f00, 0x2f7f, 120 }, /* GB205 */
        { 0x3180, 0x31ff, 103 }, /* GB110, GB112 */
};

unsigned gpuchip_capability(const char *device)
{
        unsigned long number = strtoul(device, NULL, 16);

        for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
                if (number >= blocks[i].first && number <= blocks[i].last)
                        return blocks[i].capability;
        return 0;
}

unsigned gpuchip_shared(unsigned capability)
{
        static const struct {
                unsigned capability, kibibytes;
        } most[] = {
                { 50, 48 },
                { 52, 48 },
                { 60, 48 },
                { 61, 48 },
                { 70, 96 },
                { 75, 64 },
                { 80, 163 },
                { 86, 99 },
                { 89, 99 },
                { 90, 227 },
                { 100, 227 },
                { 103, 227 },
                { 120, 99 },
        };

        for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++)
                if (most[i].capability == capability)
                        return most[i].kibibytes * 1024;
        return 0;
}
