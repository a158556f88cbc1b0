/* c[i] = a[i] + b[i]: one thread an element, one IEEE addition, so the bits are fixed. */
#include "device.h"

KERNEL vecadd(const float *a, const float *b, float *c, u32 count)
{
        u32 i = global_x();

        if (i < count)
                c[i] = a[i] + b[i];
}
