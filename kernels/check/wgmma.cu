/* The tensor cores of Hopper with the types that others have too: wgmma.h. */
#include "wgmma.h"

WGMMA(bf16, "m64n256k16.f32.bf16.bf16", float, "=f", ", 1, 1, 0, 0")
WGMMA(fp16, "m64n256k16.f32.f16.f16", float, "=f", ", 1, 1, 0, 0")
WGMMA(tf32, "m64n256k8.f32.tf32.tf32", float, "=f", ", 1, 1")
WGMMA(int8, "m64n256k32.s32.s8.s8", int, "=r", "")

WGMMA_KERNEL(bf16)
WGMMA_KERNEL(fp16)
WGMMA_KERNEL(tf32)
WGMMA_KERNEL(int8)
