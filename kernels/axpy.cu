/* y[i] = alpha * x[i] + y[i] with one rounding (fused), in single and double precision. */
#include "device.h"

KERNEL saxpy(float alpha, const float *x, float *y, u32 count)
{
        for (u32 i = global_x(); i < count; i += stride_x())
                y[i] = __builtin_fmaf(alpha, x[i], y[i]);
}

KERNEL daxpy(double alpha, const double *x, double *y, u32 count)
{
        for (u32 i = global_x(); i < count; i += stride_x())
                y[i] = __builtin_fma(alpha, x[i], y[i]);
}
