/* Spaces, addresses and accesses of every shape. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/rehearsal/gpu.h"
#include "tests/unit/tap.h"

#define HEAD ".version 7.8\n.target sm_90\n.address_size 64\n"

/* A kernel of one thread with d0 the address of 256 bytes in, d1 that of 256 bytes out. */
static const char *kernel(const char *declarations, const char *body)
{
        static char text[8192];

        snprintf(text, sizeof(text),
                HEAD "%s\n.visible .entry k(.param .u64 in, .param .u64 out)\n{\n"
                     ".reg .pred p<8>; .reg .b16 h<16>; .reg .b32 r<16>; .reg .b64 d<16>;"
                     ".reg .f32 f<8>; .reg .f64 g<8>;\n"
                     "ld.param.u64 d0, [in]; ld.param.u64 d1, [out];\n%s\nret;\n}\n",
                declarations, body);
        return text;
}

static uint8_t input[256], output[256];

static void run_with(const char *ptx, unsigned shared)
{
        CUmodule module;
        CUdeviceptr in, out;
        void *params[] = { &in, &out };

        gpu_open();
        for (unsigned i = 0; i < sizeof(input); i++)
                input[i] = (uint8_t)(i * 7 + 0x83);
        module = gpu_load(ptx);
        in = gpu_upload(input, sizeof(input));
        out = gpu_upload(NULL, sizeof(output));
        assert_int_equal(gpu.cuLaunchKernel(gpu_function(module, "k"), 1, 1, 1, 1, 1, 1, shared,
                                 NULL, params, NULL),
                CUDA_SUCCESS);
        assert_int_equal(gpu.cuCtxSynchronize(), CUDA_SUCCESS);
        gpu_download(output, out, sizeof(output));
        gpu.cuMemFree_v2(in);
        gpu.cuMemFree_v2(out);
        gpu.cuModuleUnload(module);
}

static void run(const char *declarations, const char *body)
{
        run_with(kernel(declarations, body), 0);
}

static uint64_t in_word(unsigned offset, unsigned size)
{
        uint64_t value = 0;

        memcpy(&value, input + offset, size);
        return value;
}

static uint64_t out_word(unsigned offset, unsigned size)
{
        uint64_t value = 0;

        memcpy(&value, output + offset, size);
        return value;
}

static void test_widths(void **state)
{
        (void)state;
        run("", "ld.global.u8 r0, [d0+1]; ld.global.s8 r1, [d0+1]; ld.global.s8 d2, [d0];"
                "ld.global.u16 r2, [d0+2]; ld.global.s16 d3, [d0+2]; ld.global.s32 d4, [d0+4];"
                "ld.global.u32 d5, [d0+4]; ld.global.b64 d6, [d0+8]; ld.global.s8 h0, [d0+3];"
                "st.global.u32 [d1], r0; st.global.u32 [d1+4], r1; st.global.u64 [d1+8], d2;"
                "st.global.u32 [d1+16], r2; st.global.u64 [d1+24], d3; st.global.u64 [d1+32], d4;"
                "st.global.u64 [d1+40], d5; st.global.u64 [d1+48], d6; st.global.u16 [d1+56], h0;"
                "st.global.u8 [d1+60], r2; st.global.u16 [d1+62], d6;");
        assert_int_equal(out_word(0, 4), input[1]);
        assert_int_equal((int32_t)out_word(4, 4), (int8_t)input[1]);
        assert_int_equal((int64_t)out_word(8, 8), (int8_t)input[0]);
        assert_int_equal(out_word(16, 4), in_word(2, 2));
        assert_int_equal((int64_t)out_word(24, 8), (int16_t)in_word(2, 2));
        assert_int_equal((int64_t)out_word(32, 8), (int32_t)in_word(4, 4));
        assert_int_equal(out_word(40, 8), in_word(4, 4));
        assert_int_equal(out_word(48, 8), in_word(8, 8));
        assert_int_equal((int16_t)out_word(56, 2), (int8_t)input[3]);
        assert_int_equal(output[60], input[2]);
        assert_int_equal(output[61], 0);
        assert_int_equal(out_word(62, 2), in_word(8, 2));
}

static void test_vectors(void **state)
{
        (void)state;
        run("", "ld.global.v4.u32 {r0, r1, r2, r3}, [d0+16]; ld.global.v2.f64 {g0, g1}, [d0+32];"
                "ld.global.v2.u8 {h0, h1}, [d0+2]; ld.global.nc.v4.u16 {h2, _, h4, h5}, [d0+8];"
                "st.global.v4.b32 [d1], {r3, r2, r1, r0}; st.global.v2.f64 [d1+16], {g1, g0};"
                "st.global.v2.u8 [d1+32], {h1, h0}; st.global.v2.u16 [d1+36], {h5, h2};"
                "st.global.v2.u32 [d1+40], {7, r0};");
        for (unsigned i = 0; i < 4; i++)
                assert_int_equal(out_word(4 * i, 4), in_word(16 + 4 * (3 - i), 4));
        assert_int_equal(out_word(16, 8), in_word(40, 8));
        assert_int_equal(out_word(24, 8), in_word(32, 8));
        assert_int_equal(output[32], input[3]);
        assert_int_equal(output[33], input[2]);
        assert_int_equal(out_word(36, 2), in_word(14, 2));
        assert_int_equal(out_word(38, 2), in_word(8, 2));
        assert_int_equal(out_word(40, 4), 7);
        assert_int_equal(out_word(44, 4), in_word(16, 4));
}

static void test_variables(void **state)
{
        (void)state;
        run(".const .align 4 .b8 text[5] = {72, 101, 108, 108, 111};\n"
            ".global .align 8 .u64 numbers[2][2] = {{1, 2}, {3, -4}};\n"
            ".global .f32 pi = 0f40490FDB; .global .f64 half = 0.5;\n"
            ".global .align 8 .u64 pointer = generic(numbers)+24;\n"
            ".const .u32 last = 99; .global .u32 untouched;",
                "ld.const.u8 r0, [text+4]; st.global.u32 [d1], r0;"
                "mov.u64 d2, numbers; ld.global.u64 d3, [d2+16]; st.global.u64 [d1+8], d3;"
                "ld.global.u64 d4, [pointer]; ld.u64 d5, [d4]; st.global.u64 [d1+16], d5;"
                "ld.global.f32 f0, [pi]; st.global.f32 [d1+24], f0;"
                "ld.global.f64 g0, [half]; st.global.f64 [d1+32], g0;"
                "cvta.const.u64 d6, last; ld.u32 r1, [d6]; st.global.u32 [d1+28], r1;"
                "ld.global.u32 r2, [untouched]; st.global.u32 [d1+40], r2;"
                "mov.u64 d7, text; cvta.const.u64 d7, d7; ld.u8 r3, [d7]; st.global.u8 [d1+44], "
                "r3;");
        assert_int_equal(out_word(0, 4), 'o');
        assert_int_equal(out_word(8, 8), 3);
        assert_int_equal((int64_t)out_word(16, 8), -4);
        assert_int_equal(out_word(24, 4), 0x40490fdb);
        assert_int_equal(out_word(28, 4), 99);
        assert_int_equal(out_word(32, 8), 0x3fe0000000000000);
        assert_int_equal(out_word(40, 4), 0);
        assert_int_equal(output[44], 'H');
}

static void test_generic(void **state)
{
        (void)state;
        run(".shared .align 8 .b8 s[64]; .global .u32 g;",
                ".local .align 8 .b8 l[32]; .reg .b64 t<8>;"
                "mov.u64 t0, s; cvta.shared.u64 t1, t0; mov.u32 r0, 11; st.u32 [t1+4], r0;"
                "ld.shared.u32 r1, [s+4]; st.global.u32 [d1], r1;"
                "mov.u64 t2, l; cvta.local.u64 t3, t2; mov.u32 r0, 22; st.u32 [t3+8], r0;"
                "ld.local.u32 r2, [l+8]; st.global.u32 [d1+4], r2;"
                "cvta.to.local.u64 t4, t3; st.local.u32 [t4+12], 33; ld.u32 r3, [t3+12];"
                "st.global.u32 [d1+8], r3; cvta.to.shared.u64 t5, t1; ld.shared.u32 r4, [t5+4];"
                "st.global.u32 [d1+12], r4;"
                "isspacep.shared p0, t1; isspacep.local p1, t3; isspacep.global p2, d1;"
                "isspacep.shared p3, t3; isspacep.global p4, t1;"
                "selp.u32 r5, 1, 0, p0; selp.u32 r6, 2, 0, p1; selp.u32 r7, 4, 0, p2;"
                "selp.u32 r8, 8, 0, p3; selp.u32 r9, 16, 0, p4; or.b32 r5, r5, r6;"
                "or.b32 r5, r5, r7; or.b32 r5, r5, r8; or.b32 r5, r5, r9; st.global.u32 [d1+16], "
                "r5;"
                "cvta.global.u64 t6, g; st.u32 [t6], 44; ld.global.u32 r10, [g];"
                "st.global.u32 [d1+20], r10; atom.add.u32 r11, [t1+4], 5; ld.shared.u32 r12, [s+4];"
                "st.global.u32 [d1+24], r12;");
        assert_int_equal(out_word(0, 4), 11);
        assert_int_equal(out_word(4, 4), 22);
        assert_int_equal(out_word(8, 4), 33);
        assert_int_equal(out_word(12, 4), 11);
        assert_int_equal(out_word(16, 4), 7);
        assert_int_equal(out_word(20, 4), 44);
        assert_int_equal(out_word(24, 4), 16);
}

static void test_dynamic_shared(void **state)
{
        (void)state;
        run_with(kernel(".shared .align 4 .b8 fixed[100];\n.extern .shared .align 16 .b8 more[];",
                         "st.shared.u32 [fixed+96], 5; st.shared.u32 [more], 6;"
                         "st.shared.u32 [more+1020], 7; ld.shared.u32 r0, [fixed+96];"
                         "ld.shared.u32 r1, [more]; ld.shared.u32 r2, [more+1020];"
                         "mov.u32 r3, %dynamic_smem_size;"
                         "st.global.v4.u32 [d1], {r0, r1, r2, r3};"),
                1024);
        assert_int_equal(out_word(0, 4), 5);
        assert_int_equal(out_word(4, 4), 6);
        assert_int_equal(out_word(8, 4), 7);
        assert_int_equal(out_word(12, 4), 1024);
}

/* What nobody wrote is no zero, but for a module's variables. Hardware promises nothing. */
static void test_unwritten_memory(void **state)
{
        CUdeviceptr fresh;

        (void)state;
        gpu_open();
        if (gpu.is_hardware)
                return;
        run(".shared .align 8 .b8 s[16]; .global .align 8 .b8 z[16];",
                ".local .align 8 .b8 l[16];"
                "ld.shared.u64 d2, [s]; ld.local.u64 d3, [l+8]; ld.global.u64 d4, [z+8];"
                "st.global.u64 [d1], d2; st.global.u64 [d1+8], d3; st.global.u64 [d1+16], d4;");
        assert_true(out_word(0, 8) == UINT64_MAX);
        assert_true(out_word(8, 8) == UINT64_MAX);
        assert_true(out_word(16, 8) == 0);
        assert_int_equal(gpu.cuMemAlloc_v2(&fresh, 100), CUDA_SUCCESS);
        gpu_download(output, fresh, 100);
        assert_true(out_word(0, 8) == UINT64_MAX && out_word(96, 4) == UINT32_MAX);
        gpu.cuMemFree_v2(fresh);
        setenv("FORESTAGE_REHEARSAL_POISON", "no", 1);
        assert_int_equal(gpu.cuInit(0), CUDA_SUCCESS);
        run(".shared .align 8 .b8 s[16];", "ld.shared.u64 d2, [s]; st.global.u64 [d1], d2;");
        assert_true(out_word(0, 8) == 0);
        unsetenv("FORESTAGE_REHEARSAL_POISON");
        assert_int_equal(gpu.cuInit(0), CUDA_SUCCESS);
}

static void test_hints_change_nothing(void **state)
{
        (void)state;
        run(".shared .align 16 .b8 s[64];",
                "prefetch.global.L2 [d0]; prefetchu.L1 [d0]; ld.global.ca.u32 r0, [d0];"
                "ld.volatile.global.u32 r1, [d0+4]; ld.relaxed.gpu.global.u32 r2, [d0+8];"
                "ld.acquire.sys.global.u32 r3, [d0+12]; ld.global.L1::no_allocate.u32 r4, [d0+16];"
                "st.release.gpu.global.u32 [d1], r0; st.volatile.global.u32 [d1+4], r1;"
                "st.global.wb.u32 [d1+8], r2; st.relaxed.cta.global.u32 [d1+12], r3;"
                "st.global.u32 [d1+16], r4; fence.acq_rel.gpu; fence.sc.sys; membar.cta;"
                "mov.u32 r5, s; cp.async.ca.shared.global [r5], [d0+32], 16;"
                "cp.async.cg.shared.global [r5+16], [d0+48], 16, 4;"
                "cp.async.commit_group; cp.async.wait_group 0; cp.async.wait_all;"
                "ld.shared.v4.u32 {r6, r7, r8, r9}, [s]; ld.shared.v2.u32 {r10, r11}, [s+16];"
                "st.global.v4.u32 [d1+32], {r6, r7, r8, r9}; st.global.v2.u32 [d1+48], {r10, "
                "r11};");
        assert_memory_equal(output, input, 20);
        assert_memory_equal(output + 32, input + 32, 20);
        assert_int_equal(out_word(52, 4), 0);
}

static void test_globals_by_name(void **state)
{
        const uint32_t values[3] = { 5, 6, 7 };
        uint32_t found[3];
        CUdeviceptr address = 0;
        size_t size = 0;
        CUmodule module;

        (void)state;
        gpu_open();
        module = gpu_load(kernel(".visible .global .align 4 .u32 table[3] = {1, 2, 3};", ""));
        assert_int_equal(gpu.cuModuleGetGlobal_v2(&address, &size, module, "table"), 0);
        assert_int_equal(size, 12);
        gpu_download(found, address, sizeof(found));
        assert_int_equal(found[0] + 10 * found[1] + 100 * found[2], 321);
        assert_int_equal(gpu.cuMemcpyHtoD_v2(address, values, sizeof(values)), 0);
        gpu_download(found, address, sizeof(found));
        assert_memory_equal(found, values, sizeof(values));
        assert_int_equal(
                gpu.cuModuleGetGlobal_v2(&address, &size, module, "chair"), CUDA_ERROR_NOT_FOUND);
        gpu.cuModuleUnload(module);
}

/* Scalars of every size and a structure, each at its own alignment. */
static void test_parameters(void **state)
{
        static const char ptx[] = HEAD
                ".visible .entry k(.param .u8 a, .param .u16 b, .param .f32 c, .param .u64 out,"
                ".param .align 4 .b8 s[12], .param .f64 e)\n{\n"
                ".reg .b32 r<8>; .reg .b64 d<4>; .reg .f32 f; .reg .f64 g;\n"
                "ld.param.u8 r0, [a]; ld.param.u16 r1, [b]; ld.param.f32 f, [c];\n"
                "ld.param.u64 d0, [out]; ld.param.u32 r2, [s+8]; ld.param.f64 g, [e];\n"
                "st.global.v2.u32 [d0], {r0, r1}; st.global.f32 [d0+8], f;\n"
                "st.global.u32 [d0+12], r2; st.global.f64 [d0+16], g;\n"
                "mov.b64 d1, s; ld.param.u32 r3, [d1+4]; st.global.u32 [d0+24], r3;\nret;\n}\n";
        uint8_t a = 200;
        uint16_t b = 60000;
        float c = 1.5f;
        uint32_t s[3] = { 10, 20, 30 };
        double e = -2.5;
        CUdeviceptr out;
        void *params[] = { &a, &b, &c, &out, s, &e };
        CUmodule module;

        (void)state;
        gpu_open();
        module = gpu_load(ptx);
        out = gpu_upload(NULL, sizeof(output));
        assert_int_equal(gpu_run(gpu_function(module, "k"), 1, 1, params), 0);
        gpu_download(output, out, sizeof(output));
        assert_int_equal(out_word(0, 4), a);
        assert_int_equal(out_word(4, 4), b);
        assert_int_equal(out_word(8, 4), 0x3fc00000);
        assert_int_equal(out_word(12, 4), 30);
        assert_int_equal(out_word(16, 8), 0xc004000000000000);
        assert_int_equal(out_word(24, 4), 20);
        gpu.cuMemFree_v2(out);
        gpu.cuModuleUnload(module);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_widths),
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_variables),
                cmocka_unit_test(test_generic),
                cmocka_unit_test(test_dynamic_shared),
                cmocka_unit_test(test_unwritten_memory),
                cmocka_unit_test(test_hints_change_nothing),
                cmocka_unit_test(test_globals_by_name),
                cmocka_unit_test(test_parameters),
        };

        return run_tap(tests);
}
