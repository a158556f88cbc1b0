#include "tests/unit/rehearsal/table.h"

#include <stdio.h>

#include "tests/unit/rehearsal/gpu.h"
#include "tests/unit/tap.h"

#define CASES     4096u
#define THREADS   128u
#define MAX_ROWS  1024u
#define MAX_WRONG 5u

float as_f32(uint64_t bits)
{
        uint32_t low = (uint32_t)bits;
        float value;

        memcpy(&value, &low, sizeof(value));
        return value;
}

double as_f64(uint64_t bits)
{
        double value;

        memcpy(&value, &bits, sizeof(value));
        return value;
}

uint64_t of_f32(float value)
{
        uint32_t bits;

        memcpy(&bits, &value, sizeof(bits));
        return bits;
}

uint64_t of_f64(double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        return bits;
}

/* --- values --- */

static const uint64_t integers[] = { 0, 1, 2, 3, 7, 31, 32, 63, 64, 100, 0x7f, 0x80, 0xff, 0x7fff,
        0x8000, 0xffff, 0x10000, 0x7fffff, 0x800000, 0xffffff, 0x7fffffff, 0x80000000, 0xfffffffe,
        0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe,
        0xffffffffffffffff, 0x0123456789abcdef, 0xaaaaaaaaaaaaaaaa, 0x5555555555555555,
        0xffffffff80000000, 0xffffffffffff8000, 0xffffffffffffff80 };

static const uint32_t singles[] = { 0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x40000000,
        0x3f000000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001,
        0x7f800001, 0x00000001, 0x80000001, 0x007fffff, 0x00800000, 0x80800000, 0x00800001,
        0x3f7fffff, 0x3f800001, 0x4b000000, 0x4b7fffff, 0x4b800000, 0x4effffff, 0x4f000000,
        0xcf000000, 0xcf000001, 0x4f800000, 0x5f000000, 0xdf000000, 0x5f800000, 0x477fe000,
        0x477ff000, 0x477fefff, 0x33000000, 0x33000001, 0x387fe000, 0x38800000, 0x3fc00000,
        0x40200000, 0xbfc00000, 0x3effffff, 0x40490fdb, 0x402df854, 0x42c80000, 0x00ffffff,
        0x01000001, 0x3effffff, 0x3f7ffffe, 0x20000000, 0x1fffffff };

static const uint64_t doubles[] = { 0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000,
        0xbff0000000000000, 0x4000000000000000, 0x3fe0000000000000, 0x7fefffffffffffff,
        0xffefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
        0xfff8000000000001, 0x7ff0000000000001, 0x0000000000000001, 0x8000000000000001,
        0x000fffffffffffff, 0x0010000000000000, 0x3fefffffffffffff, 0x3ff0000000000001,
        0x4330000000000000, 0x433fffffffffffff, 0x41dfffffffc00000, 0x41e0000000000000,
        0xc1e0000000000000, 0xc1e0000000200000, 0x43e0000000000000, 0xc3e0000000000000,
        0x43f0000000000000, 0x47efffffe0000000, 0x47effffff0000000, 0x36a0000000000000,
        0x3690000000000000, 0x380fffffe0000000, 0x40effc0000000000, 0x40effe0000000000,
        0x3ff8000000000000, 0x4004000000000000, 0x400921fb54442d18, 0x3fd5555555555555 };

static const uint16_t halves[] = { 0x0000, 0x8000, 0x3c00, 0xbc00, 0x4000, 0x3800, 0x7bff, 0xfbff,
        0x7c00, 0xfc00, 0x7e00, 0xfe01, 0x7c01, 0x0001, 0x8001, 0x03ff, 0x0400, 0x8400, 0x3bff,
        0x3c01, 0x5640, 0x4248, 0x3555, 0x6400, 0x67ff };

static const uint16_t brains[] = { 0x0000, 0x8000, 0x3f80, 0xbf80, 0x4000, 0x3f00, 0x7f7f, 0xff7f,
        0x7f80, 0xff80, 0x7fc0, 0xffc1, 0x7f81, 0x0001, 0x8001, 0x007f, 0x0080, 0x3f7f, 0x3f81,
        0x42c8, 0x4049, 0x3eab };

static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void)
{
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        return random_state;
}

#define PICK(list) (list)[random_bits() % (sizeof(list) / sizeof((list)[0]))]

static uint64_t pick_integer(void)
{
        return random_bits() % 4 ? PICK(integers) : random_bits() >> random_bits() % 64;
}

/* Numbers whose exponents are close, so that rounding has something to do. */
static uint64_t near_one_f32(void)
{
        uint64_t bits = random_bits();

        return (bits & 0x807fffff) | (110 + (bits >> 32) % 40) << 23;
}

static uint64_t near_one_f64(void)
{
        uint64_t bits = random_bits();

        return (bits & 0x800fffffffffffff) | (1000 + (bits >> 52 & 63) % 50) << 52;
}

static uint64_t pick_half(bool brain)
{
        if (random_bits() % 2)
                return random_bits() & 0xffff;
        return brain ? PICK(brains) : PICK(halves);
}

static uint64_t pick(enum values values, unsigned operand)
{
        switch (values) {
        case VALUES_SMALL:
                return random_bits() % 301;
        case VALUES_F32:
                return random_bits() % 2 ? PICK(singles) : near_one_f32();
        case VALUES_F64:
                return random_bits() % 2 ? PICK(doubles) : near_one_f64();
        case VALUES_F16:
                return pick_half(false) | pick_half(false) << 16;
        case VALUES_BF16:
                return pick_half(true) | pick_half(true) << 16;
        case VALUES_MIXED:
                return operand < 2 ? pick_integer() : random_bits() % 81;
        default:
                return pick_integer();
        }
}

/* --- running a row --- */

static const char *const head =
        ".version 7.8\n.target sm_90\n.address_size 64\n"
        ".visible .entry row(.param .u64 in, .param .u64 out)\n{\n"
        ".reg .pred p<10>; .reg .b16 h<10>; .reg .b32 r<20>; .reg .b64 d<20>;\n"
        ".reg .f32 f<10>; .reg .f64 g<10>;\n"
        "mov.u32 r10, %ctaid.x; mov.u32 r11, %ntid.x; mov.u32 r12, %tid.x;\n"
        "mad.lo.u32 r10, r10, r11, r12;\n"
        "ld.param.u64 d10, [in]; ld.param.u64 d11, [out];\n"
        "mul.wide.u32 d12, r10, 32; add.u64 d10, d10, d12;\n"
        "mul.wide.u32 d12, r10, 8; add.u64 d11, d11, d12;\n"
        "ld.global.u64 d0, [d10]; ld.global.u64 d1, [d10+8];\n"
        "ld.global.u64 d2, [d10+16]; ld.global.u64 d3, [d10+24];\n"
        "cvt.u32.u64 r0, d0; cvt.u32.u64 r1, d1; cvt.u32.u64 r2, d2; cvt.u32.u64 r3, d3;\n"
        "cvt.u16.u64 h0, d0; cvt.u16.u64 h1, d1; cvt.u16.u64 h2, d2; cvt.u16.u64 h3, d3;\n"
        "mov.b32 f0, r0; mov.b32 f1, r1; mov.b32 f2, r2; mov.b32 f3, r3;\n"
        "mov.b64 g0, d0; mov.b64 g1, d1; mov.b64 g2, d2; mov.b64 g3, d3;\n"
        "and.b32 r13, r0, 1; setp.ne.u32 p0, r13, 0; and.b32 r13, r1, 1; setp.ne.u32 p1, r13, 0;\n"
        "and.b32 r13, r2, 1; setp.ne.u32 p2, r13, 0; and.b32 r13, r3, 1; setp.ne.u32 p3, r13, 0;\n";

static const char *move_result(char result)
{
        switch (result) {
        case 'd':
                return "";
        case 'r':
                return "cvt.u64.u32 d4, r4;\n";
        case 'h':
                return "cvt.u64.u16 d4, h4;\n";
        case 'f':
                return "mov.b32 r4, f4; cvt.u64.u32 d4, r4;\n";
        case 'g':
                return "mov.b64 d4, g4;\n";
        default:
                return "selp.u64 d4, 1, 0, p4;\n";
        }
}

static void report_wrong(
        const struct row *row, const uint64_t *in, uint64_t expected, uint64_t found)
{
        printf("# %s: a=%016llx b=%016llx c=%016llx d=%016llx: expected %016llx, found %016llx\n",
                row->ptx, (unsigned long long)in[0], (unsigned long long)in[1],
                (unsigned long long)in[2], (unsigned long long)in[3], (unsigned long long)expected,
                (unsigned long long)found);
}

static void compute(const struct row *row, const uint64_t *in, uint64_t *out)
{
        char ptx[8192];

        snprintf(ptx, sizeof(ptx), "%s%s\n%sst.global.u64 [d11], d4;\nret;\n}\n", head, row->ptx,
                move_result(row->result));

        CUmodule module = gpu_load(ptx);
        CUdeviceptr in_memory = gpu_upload(in, CASES * 4 * sizeof(*in));
        CUdeviceptr out_memory = gpu_upload(NULL, CASES * sizeof(*out));
        void *params[] = { &in_memory, &out_memory };

        assert_int_equal(gpu_run(gpu_function(module, "row"), CASES / THREADS, THREADS, params), 0);
        gpu_download(out, out_memory, CASES * sizeof(*out));
        gpu.cuMemFree_v2(in_memory);
        gpu.cuMemFree_v2(out_memory);
        gpu.cuModuleUnload(module);
}

static void test_row(void **state)
{
        static uint64_t in[CASES * 4], out[CASES];
        const struct row *row = *state;
        unsigned wrong = 0;

        gpu_open();
        for (unsigned i = 0; i < CASES * 4; i++)
                in[i] = pick(row->values, i % 4);
        compute(row, in, out);
        for (unsigned i = 0; i < CASES; i++) {
                const uint64_t *v = in + 4 * (size_t)i;
                uint64_t expected = row->expect(v[0], v[1], v[2], v[3]);

                if (out[i] != expected && wrong++ < MAX_WRONG)
                        report_wrong(row, v, expected, out[i]);
        }
        if (wrong)
                fail_msg("%u of %u cases are wrong", wrong, CASES);
}

int run_rows(const struct row *rows, size_t count)
{
        static struct CMUnitTest tests[MAX_ROWS];

        if (count > MAX_ROWS)
                return 1;
        for (size_t i = 0; i < count; i++)
                tests[i] = (struct CMUnitTest){ .name = rows[i].ptx,
                        .test_func = test_row,
                        .initial_state = (void *)(uintptr_t)&rows[i] };
        cmocka_set_message_output(CM_OUTPUT_TAP);
        return _cmocka_run_group_tests("rows", tests, count, NULL, NULL);
}
