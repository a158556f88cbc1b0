/* Any file given as Xen: what is accepted lies within it, and each of its bytes can be read. */
#include <stdint.h>
#include <stdlib.h>

#include "initramfs/xen/xenfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct xenfile xen;
        uint8_t sum = 0;

        if (xenfile_read(data, size, &xen))
                return 0;
        for (size_t i = 0; i < xen.size; i++)
                sum = (uint8_t)(sum + xen.bytes[i]);
        if (xen.bytes < data || xen.bytes + xen.size > data + size || xen.memory < xen.size ||
                xen.entry < xen.address || xen.entry - xen.address >= xen.size ||
                (uint64_t)xen.address + xen.memory > UINT32_MAX || (sum == 1 && xen.size == 0))
                abort();
        return 0;
}
