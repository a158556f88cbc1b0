/* The approximate functions: within the errors that PTX documents, and exact in the special cases.
 */
#include <math.h>
#include <stdio.h>

#include "tests/unit/rehearsal/gpu.h"
#include "tests/unit/rehearsal/table.h"
#include "tests/unit/tap.h"

#define COUNT 4096u

static const char *kernel(const char *instruction)
{
        static char text[1024];

        snprintf(text, sizeof(text),
                ".version 7.8\n.target sm_90\n.address_size 64\n"
                ".visible .entry k(.param .u64 in, .param .u64 out)\n{\n"
                ".reg .b32 r<4>; .reg .b64 d<4>; .reg .f32 f<4>;\n"
                "mov.u32 r0, %%tid.x; mov.u32 r1, %%ctaid.x; mad.lo.u32 r0, r1, 128, r0;\n"
                "ld.param.u64 d0, [in]; ld.param.u64 d1, [out]; mul.wide.u32 d2, r0, 4;\n"
                "add.u64 d0, d0, d2; add.u64 d1, d1, d2; ld.global.f32 f0, [d0];\n"
                "%s f1, f0;\nst.global.f32 [d1], f1; ret;\n}\n",
                instruction);
        return text;
}

static void compute(const char *instruction, const float *in, float *ret_out)
{
        CUmodule module;
        CUdeviceptr from, to;
        void *params[] = { &from, &to };

        gpu_open();
        module = gpu_load(kernel(instruction));
        from = gpu_upload(in, COUNT * sizeof(*in));
        to = gpu_upload(NULL, COUNT * sizeof(*in));
        assert_int_equal(gpu_run(gpu_function(module, "k"), COUNT / 128, 128, params), 0);
        gpu_download(ret_out, to, COUNT * sizeof(*in));
        gpu.cuMemFree_v2(from);
        gpu.cuMemFree_v2(to);
        gpu.cuModuleUnload(module);
}

struct approximation {
        const char *instruction;
        double (*exact)(double);
        double low, high;
        double relative, absolute; /* the larger one counts */
};

static double reciprocal(double x)
{
        return 1 / x;
}

static double reciprocal_root(double x)
{
        return 1 / sqrt(x);
}

/* Errors from the PTX manual; where it gives none for the range, from NVIDIA's programming guide.
 */
static const struct approximation approximations[] = {
        { "sin.approx.f32", sin, -3.14, 3.14, 0, 0x1p-20 },
        { "cos.approx.f32", cos, -3.14, 3.14, 0, 0x1p-20 },
        { "ex2.approx.f32", exp2, -120, 120, 0x1p-22, 0 },
        { "lg2.approx.f32", log2, 2, 1e30, 0x1p-22, 0 },
        { "lg2.approx.f32", log2, 0.5, 2, 0, 0x1p-22 },
        { "rsqrt.approx.f32", reciprocal_root, 1e-30, 1e30, 0x1p-22, 0 },
        { "rcp.approx.f32", reciprocal, 1e-30, 1e30, 0x1p-22, 0 },
        { "sqrt.approx.f32", sqrt, 1e-30, 1e30, 0x1p-22, 0 },
        { "tanh.approx.f32", tanh, -5, 5, 0x1p-10, 0 },
};

static void test_errors(void **state)
{
        static float in[COUNT], out[COUNT];

        (void)state;
        for (size_t n = 0; n < sizeof(approximations) / sizeof(approximations[0]); n++) {
                const struct approximation *a = &approximations[n];

                for (unsigned i = 0; i < COUNT; i++)
                        in[i] = (float)(a->low + (a->high - a->low) * i / COUNT);
                compute(a->instruction, in, out);
                for (unsigned i = 0; i < COUNT; i++) {
                        double exact = a->exact(in[i]);
                        double allowed = fmax(a->absolute, a->relative * fabs(exact));

                        if (!(fabs(out[i] - exact) <= allowed))
                                fail_msg("%s of %a: exactly %a, found %a", a->instruction, in[i],
                                        exact, out[i]);
                }
        }
}

struct special_case {
        const char *instruction;
        uint32_t in, out;
};

#define INFINITE 0x7f800000
#define MINUS    0x80000000
#define NOTHING  0x7fffffff
#define ONE      0x3f800000

static const struct special_case special_cases[] = {
        { "sin.approx.f32", 0, 0 },
        { "sin.approx.f32", MINUS, MINUS },
        { "sin.approx.f32", INFINITE, NOTHING },
        { "cos.approx.f32", MINUS, ONE },
        { "cos.approx.f32", MINUS | INFINITE, NOTHING },
        { "ex2.approx.f32", 0, ONE },
        { "ex2.approx.f32", INFINITE, INFINITE },
        { "ex2.approx.f32", MINUS | INFINITE, 0 },
        { "ex2.approx.f32", 0x7fc00000, NOTHING },
        { "ex2.approx.ftz.f32", 0xc3000000, 0 }, /* 2^-128 is subnormal */
        { "lg2.approx.f32", 0, MINUS | INFINITE },
        { "lg2.approx.f32", ONE, 0 },
        { "lg2.approx.f32", MINUS | ONE, NOTHING },
        { "lg2.approx.f32", 1, 0xc3150000 }, /* -149 */
        { "lg2.approx.ftz.f32", 1, MINUS | INFINITE },
        { "rsqrt.approx.f32", 0, INFINITE },
        { "rsqrt.approx.f32", MINUS, MINUS | INFINITE },
        { "rsqrt.approx.f32", INFINITE, 0 },
        { "rsqrt.approx.f32", MINUS | ONE, NOTHING },
        { "rcp.approx.f32", MINUS, MINUS | INFINITE },
        { "rcp.approx.f32", MINUS | INFINITE, MINUS },
        { "sqrt.approx.f32", MINUS, MINUS },
        { "sqrt.approx.f32", MINUS | ONE, NOTHING },
        { "tanh.approx.f32", INFINITE, ONE },
        { "tanh.approx.f32", MINUS | INFINITE, MINUS | ONE },
};

static void test_special_cases(void **state)
{
        static float in[COUNT], out[COUNT];

        (void)state;
        for (size_t n = 0; n < sizeof(special_cases) / sizeof(special_cases[0]); n++) {
                const struct special_case *s = &special_cases[n];

                in[0] = as_f32(s->in);
                compute(s->instruction, in, out);
                if (of_f32(out[0]) != s->out)
                        fail_msg("%s of 0x%08x: expected 0x%08x, found 0x%08x", s->instruction,
                                s->in, s->out, (unsigned)of_f32(out[0]));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_special_cases),
        };

        return run_tap(tests);
}
