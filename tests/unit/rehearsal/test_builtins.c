/* The functions that CUDA provides to kernels: printf, assert, malloc, free. */
#include <stdio.h>
#include <unistd.h>

#include "rehearsal/driver/cuda_api.h"
#include "tests/unit/tap.h"

#define HEAD ".version 7.8\n.target sm_90\n.address_size 64\n"

static const char *const printing =
        HEAD ".extern .func (.param .b32 r) vprintf (.param .b64 f, .param .b64 a);\n"
             ".global .b8 format[64];\n.global .b8 word[4] = {97, 98, 99, 0};\n"
             ".visible .entry k(.param .u64 out)\n{\n"
             ".local .align 8 .b8 args[64]; .reg .b64 d<8>; .reg .b32 r<4>;\n"
             "mov.u64 d0, args; cvta.local.u64 d1, d0; mov.u64 d2, format;\n"
             "cvta.global.u64 d2, d2; mov.u64 d3, word; cvta.global.u64 d3, d3;\n"
             "st.local.u32 [d0], -7; st.local.u64 [d0+8], 0x1122334455667788;\n"
             "st.local.u64 [d0+16], d3; st.local.f64 [d0+24], 0d3FF8000000000000;\n"
             "st.local.u32 [d0+32], 65;\n"
             "{ .param .b64 f; .param .b64 a; .param .b32 r;\n"
             "st.param.b64 [f], d2; st.param.b64 [a], d1;\n"
             "call (r), vprintf, (f, a); ld.param.b32 r0, [r]; }\n"
             "ld.param.u64 d4, [out]; st.global.u32 [d4], r0; ret;\n}\n";

static CUcontext context;

static CUfunction load(const char *ptx, CUmodule *ret_module)
{
        CUfunction function = NULL;

        if (!context) {
                assert_int_equal(cuInit(0), CUDA_SUCCESS);
                assert_int_equal(cuCtxCreate_v2(&context, 0, 0), CUDA_SUCCESS);
        }
        assert_int_equal(cuModuleLoadData(ret_module, ptx), CUDA_SUCCESS);
        assert_int_equal(cuModuleGetFunction(&function, *ret_module, "k"), CUDA_SUCCESS);
        return function;
}

static CUresult launch(CUfunction function, CUdeviceptr out, unsigned threads)
{
        void *params[] = { &out };
        CUresult error = cuLaunchKernel(function, 1, 1, 1, threads, 1, 1, 0, NULL, params, NULL);

        return error == CUDA_SUCCESS ? cuCtxSynchronize() : error;
}

/* What the kernel prints, read from where stdout leads meanwhile. */
static void capture(CUfunction function, CUdeviceptr out, char *ret_text, size_t size)
{
        int ends[2], saved = dup(STDOUT_FILENO);
        ssize_t length;

        fflush(stdout);
        assert_int_equal(pipe(ends), 0);
        assert_true(dup2(ends[1], STDOUT_FILENO) >= 0);
        close(ends[1]);
        assert_int_equal(launch(function, out, 1), CUDA_SUCCESS);
        fflush(stdout);
        dup2(saved, STDOUT_FILENO);
        close(saved);
        length = read(ends[0], ret_text, size - 1);
        close(ends[0]);
        ret_text[length > 0 ? length : 0] = '\0';
}

static void test_printf(void **state)
{
        static const struct {
                const char *format, *text;
                unsigned count;
        } table[] = {
                { "%d %llx %s %g %c!\n", "-7 1122334455667788 abc 1.5 A!\n", 5 },
                { "[%5d|%-5d]", "[   -7|", 0 },
                { "100%% %u", "100% 4294967289", 1 },
                { "%+d %q %z", "-7 ", 0 },
                { "plain", "plain", 0 },
                { "%", "%", 1 },
                { "%9999999999d", "%", 0 },
        };
        CUmodule module;
        CUfunction function = load(printing, &module);
        CUdeviceptr format, out;

        (void)state;
        assert_int_equal(cuModuleGetGlobal_v2(&format, NULL, module, "format"), CUDA_SUCCESS);
        assert_int_equal(cuMemAlloc_v2(&out, 4), CUDA_SUCCESS);
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                char text[2048];
                uint32_t count = 0;

                assert_int_equal(
                        cuMemcpyHtoD_v2(format, table[i].format, strlen(table[i].format) + 1),
                        CUDA_SUCCESS);
                capture(function, out, text, sizeof(text));
                assert_int_equal(cuMemcpyDtoH_v2(&count, out, 4), CUDA_SUCCESS);
                if (i > 4)
                        continue; /* only that it ends and stays within its buffers */
                if (strncmp(text, table[i].text, strlen(table[i].text)) != 0)
                        fail_msg("%s: expected %s, found %s", table[i].format, table[i].text, text);
                if (table[i].count)
                        assert_int_equal(count, table[i].count);
        }
        cuModuleUnload(module);
}

static void test_allocation(void **state)
{
        static const char ptx[] =
                HEAD ".extern .func (.param .b64 r) malloc (.param .b64 size);\n"
                     ".extern .func free (.param .b64 p);\n"
                     ".visible .entry k(.param .u64 out)\n{\n"
                     ".reg .b64 d<8>; .reg .b32 r<4>;\n"
                     "mov.u32 r0, %tid.x; ld.param.u64 d0, [out]; mul.wide.u32 d1, r0, 4;\n"
                     "add.u64 d0, d0, d1;\n"
                     "{ .param .b64 s; .param .b64 p; st.param.b64 [s], 64;\n"
                     "call (p), malloc, (s); ld.param.b64 d2, [p]; }\n"
                     "st.u32 [d2+60], r0; bar.sync 0; ld.u32 r1, [d2+60]; add.u32 r1, r1, 100;\n"
                     "st.global.u32 [d0], r1;\n"
                     "{ .param .b64 p; st.param.b64 [p], d2; call free, (p); }\nret;\n}\n";
        size_t before, after, total;
        uint32_t results[64];
        CUmodule module;
        CUfunction function = load(ptx, &module);
        CUdeviceptr out;

        (void)state;
        assert_int_equal(cuMemAlloc_v2(&out, sizeof(results)), CUDA_SUCCESS);
        assert_int_equal(cuMemGetInfo_v2(&before, &total), CUDA_SUCCESS);
        assert_int_equal(launch(function, out, 64), CUDA_SUCCESS);
        assert_int_equal(cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
        assert_int_equal(before, after);
        assert_int_equal(cuMemcpyDtoH_v2(results, out, sizeof(results)), CUDA_SUCCESS);
        for (unsigned i = 0; i < 64; i++)
                assert_int_equal(results[i], i + 100);
        cuModuleUnload(module);
}

/* Last: it spoils the process. */
static void test_assert(void **state)
{
        static const char ptx[] =
                HEAD ".extern .func __assertfail (.param .b64 m, .param .b64 f, .param .b32 l,\n"
                     ".param .b64 n, .param .b64 c);\n"
                     ".global .b8 text[3] = {105, 61, 0};\n"
                     ".visible .entry k(.param .u64 out)\n{\n"
                     ".reg .b64 d; mov.u64 d, text; cvta.global.u64 d, d;\n"
                     "call __assertfail, (d, d, 12, d, 1); ret;\n}\n";
        CUmodule module;
        CUfunction function = load(ptx, &module);

        (void)state;
        assert_int_equal(launch(function, 0, 1), CUDA_ERROR_ASSERT);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_printf),
                cmocka_unit_test(test_allocation),
                cmocka_unit_test(test_assert),
        };

        return run_tap(tests);
}
