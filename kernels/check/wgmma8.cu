/* The tensor cores of Hopper with eight-bit floating point, whose sums are narrow: wgmma.h. */
#include "wgmma.h"

WGMMA(e4m3, "m64n256k32.f32.e4m3.e4m3", float, "=f", ", 1, 1")
WGMMA(e5m2, "m64n256k32.f32.e5m2.e5m2", float, "=f", ", 1, 1")

WGMMA_KERNEL(e4m3)
WGMMA_KERNEL(e5m2)
