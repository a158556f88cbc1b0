/*
 * The approximate functions (PTX ISA, 9.7.3.13 to .22): rsqrt, sin, cos, ex2, lg2, tanh. Their last
 * bits are the hardware's own; here the nearest result of the host's library is taken, which lies
 * within the documented error of every GPU.
 */
#include "rehearsal/execute/approximate.h"

#include <math.h>

#include "rehearsal/execute/half.h"
#include "rehearsal/execute/thread.h"
#include "rehearsal/execute/values.h"

#define DEFINE(name, expression)                                         \
        static bool name(struct thread *thread, const struct insn *insn) \
        {                                                                \
                uint64_t bits = thread->slots[insn->a];                  \
                                                                         \
                if (insn->flags & FLAG_FTZ && !(bits & 0x7f800000))      \
                        bits &= 0x80000000;                              \
                                                                         \
                const double a = (double)f32_of(bits);                   \
                                                                         \
                bits = f32_result((float)(expression));                  \
                if (insn->flags & FLAG_FTZ && !(bits & 0x7f800000))      \
                        bits &= 0x80000000;                              \
                thread->slots[insn->d] = bits;                           \
                return false;                                            \
        }

DEFINE(rsqrt_f32, 1 / sqrt(a))
DEFINE(sin_f32, sin(a))
DEFINE(cos_f32, cos(a))
DEFINE(ex2_f32, exp2(a))
DEFINE(lg2_f32, log2(a))
DEFINE(tanh_f32, tanh(a))

static bool rsqrt_f64(struct thread *thread, const struct insn *insn)
{
        const uint64_t bits = thread->slots[insn->a];
        const double a = f64_of(bits), result = 1 / sqrt(a);

        if (a != a)
                thread->slots[insn->d] = bits | UINT64_C(0x0008000000000000);
        else
                thread->slots[insn->d] =
                        result != result ? UINT64_C(0xfff8000000000000) : f64_bits(result);
        return false;
}

/*
 * rcp.approx.ftz.f64 and rsqrt.approx.ftz.f64: only the upper 32 bits of the operand are looked at,
 * and only those of the result are set. Compilers refine it by Newton's method.
 */
static uint64_t upper_half(uint64_t bits)
{
        const uint64_t upper = bits & UINT64_C(0xffffffff00000000);

        return upper << 1 >> 53 ? upper : upper & UINT64_C(1) << 63; /* subnormals are zeros */
}

static uint64_t gross_result(double result)
{
        if (result != result)
                return UINT64_C(0x7fffffff00000000);
        return upper_half(f64_bits(result) + (isinf(result) ? 0 : UINT64_C(0x80000000)));
}

bool execute_gross_rcp(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = gross_result(1 / f64_of(upper_half(thread->slots[insn->a])));
        return false;
}

bool execute_gross_rsqrt(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = gross_result(1 / sqrt(f64_of(upper_half(thread->slots[insn->a]))));
        return false;
}

static uint64_t on_halves(uint64_t bits, double (*function)(double), bool is_brain)
{
        uint64_t low = is_brain ? brain_from(function(brain_to(bits)), ROUND_NEAREST)
                                : half_from(function(half_to(bits)), ROUND_NEAREST);

        return low;
}

#define DEFINE_HALVES(name, function)                                                 \
        static bool name##_f16(struct thread *thread, const struct insn *insn)        \
        {                                                                             \
                bool is_brain = insn->type == TYPE_BF16 || insn->type == TYPE_BF16X2; \
                uint64_t a = thread->slots[insn->a];                                  \
                uint64_t bits = on_halves(a & 0xffff, function, is_brain);            \
                                                                                      \
                if (type_size((enum ptx_type)insn->type) == 4)                        \
                        bits |= on_halves(a >> 16, function, is_brain) << 16;         \
                thread->slots[insn->d] = bits;                                        \
                return false;                                                         \
        }

DEFINE_HALVES(ex2, exp2)
DEFINE_HALVES(tanh, tanh)

execute_table table_rsqrt = { [TYPE_F32] = rsqrt_f32, [TYPE_F64] = rsqrt_f64 };
execute_table table_sin = { [TYPE_F32] = sin_f32 };
execute_table table_cos = { [TYPE_F32] = cos_f32 };
execute_table table_lg2 = { [TYPE_F32] = lg2_f32 };
execute_table table_ex2 = {
        [TYPE_F32] = ex2_f32,
        [TYPE_F16] = ex2_f16,
        [TYPE_F16X2] = ex2_f16,
        [TYPE_BF16] = ex2_f16,
        [TYPE_BF16X2] = ex2_f16,
};
execute_table table_tanh = {
        [TYPE_F32] = tanh_f32,
        [TYPE_F16] = tanh_f16,
        [TYPE_F16X2] = tanh_f16,
        [TYPE_BF16] = tanh_f16,
        [TYPE_BF16X2] = tanh_f16,
};
