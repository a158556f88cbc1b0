/*
 * How kernels fail. A fault spoils CUDA for the whole process, on hardware and here, so every
 * kernel runs in a child; the parent never opens the library.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/rehearsal/gpu.h"
#include "tests/unit/tap.h"

#define HEAD ".version 7.8\n.target sm_90\n.address_size 64\n"

/* As in test_threads.c: out is 4096 bytes, d0 its address; the result is in r9. */
static const char *kernel(const char *declarations, const char *body)
{
        static char text[16384];
        static const char head[] =
                ".visible .entry k(.param .u64 out)\n{\n"
                ".reg .pred p<8>; .reg .b16 h<8>; .reg .b32 r<32>; .reg .b64 d<16>; .reg .f32 "
                "f<8>;\n"
                "mov.u32 r1, %tid.x; mov.u32 r3, %ctaid.x; mov.u32 r4, %ntid.x;\n"
                "mad.lo.u32 r0, r3, r4, r1; mov.u32 r2, %laneid;\n"
                "ld.param.u64 d0, [out]; mul.wide.u32 d1, r0, 4; add.u64 d1, d0, d1;\n";

        snprintf(text, sizeof(text), "%s%s\n%s%s\nst.global.u32 [d1], r9;\nret;\n}\n", HEAD,
                declarations, head, body);
        return text;
}

/* In the child: the kernel's error, which must stay. */
static CUresult run_alone(const char *ptx, unsigned threads)
{
        CUdeviceptr out;
        void *params[] = { &out };
        CUresult error;

        gpu_open();
        out = gpu_upload(NULL, 4096);
        error = gpu_run(gpu_function(gpu_load(ptx), "k"), 1, threads, params);
        if (error == CUDA_SUCCESS)
                return error;
        if (gpu.cuCtxSynchronize() != error || gpu.cuMemFree_v2(out) != error)
                return CUDA_ERROR_UNKNOWN;
        gpu.cuCtxDestroy_v2(gpu.context);
        return gpu.cuCtxCreate_v2(&gpu.context, 0, 0) == error ? error : CUDA_ERROR_UNKNOWN;
}

static CUresult failure(const char *ptx, unsigned threads)
{
        CUresult error = CUDA_ERROR_OPERATING_SYSTEM;
        int ends[2], status = 0;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                error = run_alone(ptx, threads);
                _exit(write(ends[1], &error, sizeof(error)) != sizeof(error));
        }
        close(ends[1]);
        if (read(ends[0], &error, sizeof(error)) != sizeof(error))
                error = CUDA_ERROR_OPERATING_SYSTEM;
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        return error;
}

static void test_illegal_addresses(void **state)
{
        static const struct {
                const char *body;
                CUresult error;
        } table[] = {
                { "mov.u64 d3, 0; ld.global.u32 r9, [d3];", CUDA_ERROR_ILLEGAL_ADDRESS },
                { "mov.u64 d3, 64; st.u32 [d3], r0;", CUDA_ERROR_ILLEGAL_ADDRESS },
                { "add.u64 d3, d0, 0x7000000000; ld.global.u32 r9, [d3];",
                        CUDA_ERROR_ILLEGAL_ADDRESS },
                { "mov.u32 r5, 0x800000; ld.shared.u32 r9, [r5];", CUDA_ERROR_ILLEGAL_ADDRESS },
                { "mov.u64 d3, 16; atom.global.add.u32 r9, [d3], 1;", CUDA_ERROR_ILLEGAL_ADDRESS },
                { "ld.global.u32 r9, [d0+2];", CUDA_ERROR_MISALIGNED_ADDRESS },
                { "ld.global.v4.u32 {r5, r6, r7, r9}, [d0+8]; add.u32 r9, r9, r5;"
                  "add.u32 r9, r9, r6; add.u32 r9, r9, r7;",
                        CUDA_ERROR_MISALIGNED_ADDRESS },
                { "trap;", CUDA_ERROR_LAUNCH_FAILED },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                char body[512];
                CUresult error;

                snprintf(body, sizeof(body), "mov.u32 r9, 0; %s", table[i].body);
                error = failure(kernel("", body), 1);
                /* hardware calls a trap an illegal instruction */
                if (getenv("FORESTAGE_TEST_LIBCUDA") && strcmp(table[i].body, "trap;") == 0)
                        continue;
                if (error != table[i].error)
                        fail_msg("%s: expected %d, found %d", table[i].body, table[i].error, error);
        }
}

/* One byte behind an allocation is none of it; hardware sees only whole pages. */
static void test_exact_bounds(void **state)
{
        (void)state;
        if (getenv("FORESTAGE_TEST_LIBCUDA"))
                skip();
        assert_int_equal(failure(kernel("", "ld.global.u32 r9, [d0+4092];"), 1), 0);
        assert_int_equal(
                failure(kernel("", "ld.global.u32 r9, [d0+4096];"), 1), CUDA_ERROR_ILLEGAL_ADDRESS);
        assert_int_equal(
                failure(kernel("", "ld.global.u32 r9, [d0+-4];"), 1), CUDA_ERROR_ILLEGAL_ADDRESS);
        assert_int_equal(failure(kernel(".shared .b8 s[8];", "ld.shared.u32 r9, [s+8];"), 1),
                CUDA_ERROR_ILLEGAL_ADDRESS);
        assert_int_equal(failure(kernel("", ".local .b8 l[8]; ld.local.u32 r9, [l+20];"), 1),
                CUDA_ERROR_ILLEGAL_ADDRESS);
}

/* On hardware these would hang until a watchdog, or do anything. */
static void test_deadlocks(void **state)
{
        (void)state;
        if (getenv("FORESTAGE_TEST_LIBCUDA"))
                skip();
        assert_int_equal(
                failure(kernel("", "mov.u32 r9, 0; setp.lt.u32 p0, r1, 32; @p0 bra A; bar.sync 1;"
                                   "bra B;\nA: bar.sync 2;\nB:"),
                        64),
                CUDA_ERROR_LAUNCH_FAILED);
        assert_int_equal(
                failure(kernel("", "mov.u32 r9, 0; setp.lt.u32 p0, r1, 16; @p0 bra A; bar.sync 0;"
                                   "bra B;\nA: vote.sync.ballot.b32 r9, p0, -1;\nB:"),
                        32),
                CUDA_ERROR_LAUNCH_FAILED);
        assert_int_equal(failure(kernel("", "bar.sync 0, 64; mov.u32 r9, 0;"), 32),
                CUDA_ERROR_LAUNCH_FAILED);
        assert_int_equal(failure(kernel("", "shfl.sync.idx.b32 r9, r0, 0, 31, 2;"), 1),
                CUDA_ERROR_ILLEGAL_INSTRUCTION);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_illegal_addresses),
                cmocka_unit_test(test_exact_bounds),
                cmocka_unit_test(test_deadlocks),
        };

        return run_tap(tests);
}
