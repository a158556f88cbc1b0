/*
 * A damped wave, y[i] = 2 + exp2(-decay * t) * sin(frequency * t) / sqrt(1 + t) with t = i * step,
 * in the GPU's approximate special functions: the last bits are the hardware's own.
 */
#include "device.h"

KERNEL wave(float *y, u32 count, float step, float frequency, float decay)
{
        u32 i = global_x();

        if (i >= count)
                return;

        float t = (float)i * step;
        float damped = __nvvm_ex2_approx_f(-decay * t) * __nvvm_sin_approx_f(frequency * t);

        y[i] = 2.0f + damped * __nvvm_rsqrt_approx_f(1.0f + t);
}
