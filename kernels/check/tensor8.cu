/*
 * The tensor cores with eight-bit floating point, as compute capability 8.9 brought them: mma.h. As
 * wgmma.cu, compiled for sm_80.
 */
#include "mma.h"

MMA(e4m3, "m16n8k32.row.col.f32.e4m3.e4m3.f32", float, "f")
MMA(e5m2, "m16n8k32.row.col.f32.e5m2.e5m2.f32", float, "f")

TENSOR_KERNEL(e4m3)
TENSOR_KERNEL(e5m2)
