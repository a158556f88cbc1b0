/* The tensor cores with the types that all have from 8.0 on: mma.h. */
#include "mma.h"

MMA(bf16, "m16n8k16.row.col.f32.bf16.bf16.f32", float, "f")
MMA(fp16, "m16n8k16.row.col.f32.f16.f16.f32", float, "f")
MMA(tf32, "m16n8k8.row.col.f32.tf32.tf32.f32", float, "f")
MMA(int8, "m16n8k32.row.col.s32.s8.s8.s32", int, "r")

TENSOR_KERNEL(bf16)
TENSOR_KERNEL(fp16)
TENSOR_KERNEL(tf32)
TENSOR_KERNEL(int8)
