/* What threads do together: barriers, warps, atomics, divergence, calls. */
#include <stdio.h>

#include "tests/unit/rehearsal/gpu.h"
#include "tests/unit/tap.h"

#define HEAD ".version 7.8\n.target sm_90\n.address_size 64\n"

/*
 * A kernel with one pointer `out`: r0 is the thread in the grid, r1 the thread in its block, r2 the
 * lane; d1 is the address of out[r0], 4 bytes each. The body leaves its result in r9.
 */
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

/* Runs a kernel and brings back blocks * threads results. */
static void compute(const char *ptx, unsigned blocks, unsigned threads, uint32_t *ret_results)
{
        size_t size = (size_t)blocks * threads * sizeof(uint32_t);
        CUmodule module;
        CUdeviceptr out;
        void *params[] = { &out };

        gpu_open();
        module = gpu_load(ptx);
        out = gpu_upload(NULL, size);
        assert_int_equal(gpu_run(gpu_function(module, "k"), blocks, threads, params), 0);
        gpu_download(ret_results, out, size);
        gpu.cuMemFree_v2(out);
        gpu.cuModuleUnload(module);
}

/* --- barriers --- */

static void test_barrier(void **state)
{
        uint32_t results[2 * 256];

        (void)state;
        compute(kernel(".shared .align 4 .b8 line[1024];",
                        "shl.b32 r5, r1, 2; mov.u32 r6, line; add.u32 r7, r6, r5;"
                        "st.shared.u32 [r7], r0; bar.sync 0;"
                        "sub.u32 r8, r4, r1; sub.u32 r8, r8, 1; shl.b32 r8, r8, 2;"
                        "add.u32 r8, r6, r8; ld.shared.u32 r9, [r8];"),
                2, 256, results);
        for (unsigned i = 0; i < 512; i++)
                assert_int_equal(results[i], i / 256 * 256 + 255 - i % 256);
}

/* A loop with a barrier in it, and threads that have left before. */
static void test_barrier_after_exit(void **state)
{
        uint32_t results[128];

        (void)state;
        compute(kernel(".shared .align 4 .u32 sum;",
                        "mov.u32 r9, 0; setp.ge.u32 p0, r1, 96; @p0 bra DONE;"
                        "setp.ne.u32 p1, r1, 0; @!p1 st.shared.u32 [sum], r9; bar.sync 0;"
                        "mov.u32 r5, 0;\nAGAIN:\n"
                        "red.shared.add.u32 [sum], 1; bar.sync 0; ld.shared.u32 r9, [sum];"
                        "bar.sync 0; add.u32 r5, r5, 1; setp.lt.u32 p2, r5, 5; @p2 bra AGAIN;"
                        "\nDONE:"),
                1, 128, results);
        for (unsigned i = 0; i < 128; i++)
                assert_int_equal(results[i], i < 96 ? 96 * 5 : 0);
}

/* One warp produces, the other waits for it at a named barrier. */
static void test_named_barrier(void **state)
{
        uint32_t results[64];

        (void)state;
        compute(kernel(".shared .align 4 .u32 value;",
                        "mov.u32 r9, 7; setp.lt.u32 p0, r1, 32; @p0 bra CONSUMER;"
                        "mov.u32 r6, 1234; st.shared.u32 [value], r6; bar.arrive 3, 64; bra DONE;"
                        "\nCONSUMER:\nbar.sync 3, 64; ld.shared.u32 r9, [value];\nDONE:"),
                1, 64, results);
        for (unsigned i = 0; i < 64; i++)
                assert_int_equal(results[i], i < 32 ? 1234 : 7);
}

static void test_barrier_reductions(void **state)
{
        uint32_t results[96];

        (void)state;
        compute(kernel("", "and.b32 r5, r1, 3; setp.eq.u32 p0, r5, 0; setp.lt.u32 p1, r1, 96;"
                           "bar.red.popc.u32 r9, 0, p0; bar.red.and.pred p2, 0, p1;"
                           "bar.red.or.pred p3, 1, !p1; selp.u32 r6, 100, 0, p2;"
                           "selp.u32 r7, 1000, 0, p3; add.u32 r9, r9, r6; add.u32 r9, r9, r7;"),
                1, 96, results);
        for (unsigned i = 0; i < 96; i++)
                assert_int_equal(results[i], 24 + 100);
}

/* --- warps --- */

static void test_shuffles(void **state)
{
        uint32_t results[32];

        (void)state;
        compute(kernel("", "shfl.sync.up.b32 r9|p0, r2, 3, 0, -1; @!p0 add.u32 r9, r9, 100;"), 1,
                32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal(results[i], i < 3 ? i + 100 : i - 3);
        compute(kernel("", "shfl.sync.down.b32 r9|p0, r2, 5, 31, -1; @!p0 add.u32 r9, r9, 100;"), 1,
                32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal(results[i], i + 5 > 31 ? i + 100 : i + 5);
        compute(kernel("", "shfl.sync.bfly.b32 r9, r2, 6, 0x1f, 0xffffffff;"), 1, 32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal(results[i], i ^ 6);
        /* segments of 8 lanes: c is 0x1800 | 31 */
        compute(kernel("", "shfl.sync.idx.b32 r9, r2, 2, 6175, -1;"), 1, 32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal(results[i], (i & ~7u) + 2);
        compute(kernel("", "shfl.sync.down.b32 r9, r2, 3, 6175, -1;"), 1, 32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal(results[i], (i & 7) + 3 > 7 ? i : i + 3);
}

/* Halves of a warp that take different branches exchange among themselves. */
static void test_divergent_shuffle(void **state)
{
        uint32_t results[64];

        (void)state;
        compute(kernel("",
                        "and.b32 r5, r2, 1; setp.eq.u32 p0, r5, 0; @p0 bra EVEN;"
                        "shfl.sync.idx.b32 r9, r0, 1, 31, 0xaaaaaaaa; bra DONE;\nEVEN:\n"
                        "shfl.sync.idx.b32 r9, r0, 30, 31, 0x55555555;\nDONE:\nbar.warp.sync -1;"),
                1, 64, results);
        for (unsigned i = 0; i < 64; i++)
                assert_int_equal(results[i], i / 32 * 32 + (i % 2 ? 1 : 30));
}

static void test_votes(void **state)
{
        uint32_t results[40];

        (void)state;
        compute(kernel("", "mov.u32 r10, 0xffffffff; setp.ge.u32 p4, r1, 32; @p4 mov.u32 r10, 0xff;"
                           "and.b32 r5, r2, 4; setp.ne.u32 p0, r5, 0;"
                           "vote.sync.ballot.b32 r9, p0, r10; vote.sync.all.pred p1, p0, r10;"
                           "vote.sync.any.pred p2, !p0, r10; vote.sync.uni.pred p3, p0, r10;"
                           "selp.u32 r6, 1, 0, p1; selp.u32 r7, 2, 0, p2; selp.u32 r8, 8, 0, p3;"
                           "or.b32 r9, r9, r6; or.b32 r9, r9, r7; or.b32 r9, r9, r8;"),
                1, 40, results);
        for (unsigned i = 0; i < 40; i++)
                assert_int_equal(results[i], i < 32 ? 0xf0f0f0f2 : 0xf2);
}

static void test_match_and_redux(void **state)
{
        uint32_t results[32];

        (void)state;
        compute(kernel("", "and.b32 r5, r2, 3; match.any.sync.b32 r9, r5, -1;"), 1, 32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal(results[i], 0x11111111u << i % 4);
        compute(kernel("",
                        "mov.u64 d3, 9; match.all.sync.b64 r9|p0, d3, -1;"
                        "match.all.sync.b32 r6|p1, r2, -1; @p1 mov.u32 r9, 1; @!p0 mov.u32 r9, 2;"),
                1, 32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal(results[i], 0xffffffff);
        compute(kernel("", "sub.s32 r5, r2, 16; redux.sync.add.s32 r6, r5, -1;"
                           "redux.sync.min.s32 r7, r5, -1; redux.sync.max.u32 r8, r2, -1;"
                           "redux.sync.xor.b32 r10, r2, -1; add.s32 r9, r6, r7; add.s32 r9, r9, r8;"
                           "add.s32 r9, r9, r10;"),
                1, 32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal((int32_t)results[i], -16 - 16 + 31 + 0);
}

/* The lanes that are on their way together, as warp-aggregated atomics use it. */
static void test_active_mask(void **state)
{
        uint32_t results[32];

        (void)state;
        compute(kernel("", "mov.u32 r9, 0; setp.lt.u32 p0, r2, 5; @!p0 bra DONE;"
                           "activemask.b32 r5; vote.sync.ballot.b32 r9, 1, r5;\nDONE:"),
                1, 32, results);
        for (unsigned i = 0; i < 5; i++)
                assert_true(results[i] >> i & 1 && !(results[i] & ~0x1fu));
        for (unsigned i = 5; i < 32; i++)
                assert_int_equal(results[i], 0);
}

static void test_special_registers(void **state)
{
        uint32_t results[96];

        (void)state;
        compute(kernel("", "mov.u32 r5, %lanemask_lt; mov.u32 r6, %lanemask_eq; mov.u32 r7, "
                           "%lanemask_ge;"
                           "mov.u32 r8, %nctaid.x; xor.b32 r9, r5, r7; and.b32 r10, r6, r7;"
                           "setp.eq.u32 p0, r10, r6; setp.eq.and.u32 p0, r9, -1, p0;"
                           "mov.u64 d5, %clock64; mov.u64 d6, %globaltimer; setp.ne.and.u64 p0, "
                           "d5, 0, p0;"
                           "setp.ne.and.u64 p0, d6, 0, p0; selp.u32 r9, r8, 99, p0;"),
                3, 32, results);
        for (unsigned i = 0; i < 96; i++)
                assert_int_equal(results[i], 3);
}

/* --- atomics --- */

static void test_atomics(void **state)
{
        uint32_t results[256];
        uint64_t seen[256] = { 0 };

        (void)state;
        /* every thread gets another ticket */
        compute(kernel(".global .u32 counter;", "atom.global.add.u32 r9, [counter], 1;"), 4, 64,
                results);
        for (unsigned i = 0; i < 256; i++) {
                assert_in_range(results[i], 0, 255);
                assert_int_equal(seen[results[i]]++, 0);
        }
        /* a lock by compare-and-swap, which needs threads that make progress on their own */
        compute(kernel(".global .u32 lock; .global .u32 total;",
                        "\nAGAIN:\natom.global.cas.b32 r5, [lock], 0, 1; setp.ne.u32 p0, r5, 0;"
                        "@p0 bra AGAIN; ld.volatile.global.u32 r9, [total]; add.u32 r6, r9, 1;"
                        "st.volatile.global.u32 [total], r6; membar.gl;"
                        "atom.global.exch.b32 r5, [lock], 0;"),
                2, 96, results);
        memset(seen, 0, sizeof(seen));
        for (unsigned i = 0; i < 192; i++) {
                assert_in_range(results[i], 0, 191);
                assert_int_equal(seen[results[i]]++, 0);
        }
}

/* Each operation once, by one thread, on known values. */
static void test_atomic_operations(void **state)
{
        static const struct {
                const char *operation;
                uint32_t before, operand, after;
        } table[] = {
                { "add.u32", 5, 7, 12 },
                { "min.u32", 5, 0xffffffff, 5 },
                { "min.s32", 5, 0xffffffff, 0xffffffff },
                { "max.u32", 5, 0xffffffff, 0xffffffff },
                { "max.s32", 5, 0xffffffff, 5 },
                { "inc.u32", 5, 5, 0 },
                { "inc.u32", 4, 5, 5 },
                { "dec.u32", 0, 9, 9 },
                { "dec.u32", 10, 9, 9 },
                { "dec.u32", 8, 9, 7 },
                { "and.b32", 12, 10, 8 },
                { "or.b32", 12, 10, 14 },
                { "xor.b32", 12, 10, 6 },
                { "exch.b32", 12, 10, 10 },
                { "add.f32", 0x3f800000, 0x3f000000, 0x3fc00000 },
                { "add.noftz.f16x2", 0x3c003c00, 0x3c004000, 0x40004200 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                char body[512];
                uint32_t results[1];
                bool is_f32 = strstr(table[i].operation, ".f32");

                snprintf(body, sizeof(body),
                        "mov.u32 r5, %u; mov.u32 r6, %u; mov.b32 f6, r6;"
                        "st.shared.u32 [cell], r5; atom.shared.%s %s, [cell], %s;"
                        "ld.shared.u32 r9, [cell];",
                        table[i].before, table[i].operand, table[i].operation, is_f32 ? "f7" : "r7",
                        is_f32 ? "f6" : "r6");
                compute(kernel(".shared .u32 cell;", body), 1, 1, results);
                if (results[0] != table[i].after)
                        fail_msg("%s: expected 0x%x, found 0x%x", table[i].operation,
                                table[i].after, results[0]);
        }
}

/* --- control flow and calls --- */

static void test_loops(void **state)
{
        uint32_t results[64];

        (void)state;
        /* Collatz steps: every thread goes its own way */
        compute(kernel("", "mov.u32 r9, 0; add.u32 r5, r0, 1;\nAGAIN:\nsetp.le.u32 p0, r5, 1;"
                           "@p0 bra DONE; and.b32 r6, r5, 1; setp.eq.u32 p1, r6, 0;"
                           "@p1 shr.u32 r5, r5, 1; @!p1 mad.lo.u32 r5, r5, 3, 1; add.u32 r9, r9, 1;"
                           "bra.uni AGAIN;\nDONE:"),
                2, 32, results);
        for (unsigned i = 0; i < 64; i++) {
                unsigned steps = 0;

                for (unsigned n = i + 1; n > 1; steps++)
                        n = n % 2 ? 3 * n + 1 : n / 2;
                assert_int_equal(results[i], steps);
        }
}

static void test_branch_table(void **state)
{
        uint32_t results[32];

        (void)state;
        compute(kernel("", "and.b32 r5, r1, 3; targets: .branchtargets A, B, C, D;"
                           "brx.idx r5, targets;\nA: mov.u32 r9, 10; bra DONE;\nB: mov.u32 r9, 20;"
                           "bra DONE;\nC: mov.u32 r9, 30; bra DONE;\nD: mov.u32 r9, 40;\nDONE:"),
                1, 32, results);
        for (unsigned i = 0; i < 32; i++)
                assert_int_equal(results[i], 10 * (i % 4 + 1));
}

static void test_calls(void **state)
{
        static const char functions[] =
                ".func (.param .b32 result) factorial (.param .b32 n)\n{\n"
                ".reg .pred p; .reg .b32 a<4>;\n"
                "ld.param.u32 a0, [n]; mov.u32 a1, 1; setp.le.u32 p, a0, 1; @p bra END;\n"
                "{ .param .b32 in; .param .b32 out; sub.u32 a2, a0, 1; st.param.b32 [in], a2;\n"
                "call.uni (out), factorial, (in); ld.param.b32 a3, [out]; }\n"
                "mul.lo.u32 a1, a0, a3;\nEND:\nst.param.b32 [result], a1; ret;\n}\n"
                ".func (.reg .b32 sum) plus (.reg .b32 a, .reg .b32 b)\n"
                "{ add.u32 sum, a, b; ret; }\n"
                ".func (.param .b32 result) struct_sum (.param .align 4 .b8 s[12])\n"
                "{ .reg .b32 a<3>; ld.param.u32 a0, [s]; ld.param.u32 a1, [s+4];\n"
                "ld.param.u32 a2, [s+8]; add.u32 a0, a0, a1; add.u32 a0, a0, a2;\n"
                "st.param.b32 [result], a0; ret; }\n";
        uint32_t results[8];

        (void)state;
        compute(kernel(functions,
                        "{ .param .b32 n; .param .b32 f; st.param.b32 [n], r1;"
                        "call.uni (f), factorial, (n); ld.param.b32 r9, [f]; }"
                        "call (r9), plus, (r9, 1000);"
                        "{ .param .align 4 .b8 s[12]; .param .b32 t; st.param.b32 [s], 1;"
                        "st.param.b32 [s+4], 2; st.param.b32 [s+8], r1;"
                        "call (t), struct_sum, (s); ld.param.b32 r5, [t]; } add.u32 r9, r9, r5;"),
                1, 8, results);
        for (unsigned i = 0, factorial = 1; i < 8; i++, factorial *= i)
                assert_int_equal(results[i], factorial + 1000 + 3 + i);
}

static void test_indirect_call(void **state)
{
        static const char functions[] =
                ".func (.param .b32 r) one (.param .b32 a) { .reg .b32 x; ld.param.u32 x, [a];\n"
                "add.u32 x, x, 1; st.param.b32 [r], x; ret; }\n"
                ".func (.param .b32 r) two (.param .b32 a) { .reg .b32 x; ld.param.u32 x, [a];\n"
                "mul.lo.u32 x, x, 2; st.param.b32 [r], x; ret; }\n"
                ".global .u64 table[2] = {one, two};\n";
        uint32_t results[8];

        (void)state;
        compute(kernel(functions, "and.b32 r5, r1, 1; mul.wide.u32 d2, r5, 8; mov.u64 d3, table;"
                                  "add.u64 d3, d3, d2; ld.global.u64 d4, [d3];"
                                  "{ .param .b32 in; .param .b32 out; st.param.b32 [in], r1;"
                                  "proto: .callprototype (.param .b32 _) _ (.param .b32 _);"
                                  "call (out), d4, (in), proto; ld.param.b32 r9, [out]; }"),
                1, 8, results);
        for (unsigned i = 0; i < 8; i++)
                assert_int_equal(results[i], i % 2 ? 2 * i : i + 1);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_barrier),
                cmocka_unit_test(test_barrier_after_exit),
                cmocka_unit_test(test_named_barrier),
                cmocka_unit_test(test_barrier_reductions),
                cmocka_unit_test(test_shuffles),
                cmocka_unit_test(test_divergent_shuffle),
                cmocka_unit_test(test_votes),
                cmocka_unit_test(test_match_and_redux),
                cmocka_unit_test(test_active_mask),
                cmocka_unit_test(test_special_registers),
                cmocka_unit_test(test_atomics),
                cmocka_unit_test(test_atomic_operations),
                cmocka_unit_test(test_loops),
                cmocka_unit_test(test_branch_table),
                cmocka_unit_test(test_calls),
                cmocka_unit_test(test_indirect_call),
        };

        return run_tap(tests);
}
