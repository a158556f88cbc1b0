/* The lexer and the parser of PTX: what they take, what they refuse and in which line. */
#include <stdio.h>

#include "rehearsal/ptx/lexer.h"
#include "rehearsal/ptx/ptx.h"
#include "tests/unit/tap.h"

#define HEAD ".version 7.0\n.target sm_80\n.address_size 64\n"
#define BODY HEAD ".entry k(.param .u64 p)\n{\n.reg .b32 r<9>; .reg .b64 d<9>; .reg .f32 f<9>;\n"

/* A function's first line in BODY is line 7. */
#define FIRST 7

static void expect_token(
        struct lexer *lexer, enum token_kind kind, const char *text, uint64_t value)
{
        struct token token = lexer_next(lexer);

        assert_int_equal(token.kind, kind);
        if (text) {
                assert_int_equal(token.length, strlen(text));
                assert_memory_equal(token.text, text, token.length);
        }
        if (kind == TOKEN_INTEGER || kind == TOKEN_F32 || kind == TOKEN_F64)
                assert_true(token.value == value);
}

static void test_tokens(void **state)
{
        static const char text[] = "add.s32 %r1, -0x1F; // comment\n/* two\nlines */ 0b101 017 42U "
                                   "0f3F800000 0d4000000000000000 1.5 .shared::cta \"a.cu\" $L_1:";
        struct lexer lexer;

        (void)state;
        lexer_start(&lexer, text, sizeof(text) - 1);
        expect_token(&lexer, TOKEN_WORD, "add", 0);
        expect_token(&lexer, TOKEN_DOT, "s32", 0);
        expect_token(&lexer, TOKEN_WORD, "%r1", 0);
        expect_token(&lexer, TOKEN_CHARACTER, ",", 0);
        expect_token(&lexer, TOKEN_CHARACTER, "-", 0);
        expect_token(&lexer, TOKEN_INTEGER, "0x1F", 31);
        expect_token(&lexer, TOKEN_CHARACTER, ";", 0);
        expect_token(&lexer, TOKEN_INTEGER, "0b101", 5);
        assert_int_equal(lexer.line, 3);
        expect_token(&lexer, TOKEN_INTEGER, "017", 15);
        expect_token(&lexer, TOKEN_INTEGER, "42U", 42);
        expect_token(&lexer, TOKEN_F32, NULL, 0x3f800000);
        expect_token(&lexer, TOKEN_F64, NULL, 0x4000000000000000);
        expect_token(&lexer, TOKEN_F64, "1.5", 0x3ff8000000000000);
        expect_token(&lexer, TOKEN_DOT, "shared::cta", 0);
        expect_token(&lexer, TOKEN_STRING, "a.cu", 0);
        expect_token(&lexer, TOKEN_WORD, "$L_1", 0);
        expect_token(&lexer, TOKEN_CHARACTER, ":", 0);
        expect_token(&lexer, TOKEN_END, NULL, 0);
        expect_token(&lexer, TOKEN_END, NULL, 0);
}

static void test_bad_tokens(void **state)
{
        static const char *const bad[] = { "0f3F8", "0d12", "18446744073709551616", "12abc",
                "\"open", ". ", "\x80", "0x" };

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct lexer lexer;

                lexer_start(&lexer, bad[i], strlen(bad[i]));
                assert_int_equal(lexer_next(&lexer).kind, TOKEN_BAD);
        }
}

static void check_good(const char *source)
{
        struct program program = { .version = 0 };
        struct parse_error error = { .message = "" };
        bool good = ptx_parse(&program, source, strlen(source), &error);

        if (!good)
                fail_msg("line %u: %s\n%s", error.line, error.message, source);
        program_free(&program);
}

static void test_accepts(void **state)
{
        static const char *const good[] = {
                BODY "ret;\n}\n",
                BODY "{ .reg .b32 t; mov.u32 t, 1; } { .reg .b64 t; mov.u64 t, 1; } ret; }",
                BODY "L: { L: bra L; } bra L; }",
                BODY "ld.global.v4.u32 {r0, r1, r2, _}, [d0+-16]; ret; }",
                BODY ".loc 1 2 3\n.loc 1 4 5, function_name $n, inlined_at 1 2 3\nret; }",
                BODY ".pragma \"nounroll\"; ret; }",
                HEAD ".file 1 \"a.cu\"\n.section .debug_str { .b8 1, 2 }\n.global .u32 x;",
                HEAD ".func (.param .b32 r) f (.param .b64 a) { ret; }",
                HEAD ".func f ; .func f { ret; }",
                HEAD ".global .align 8 .u64 a[2] = {generic(a), a+8}; .const .f32 c = 0f3F800000;",
                HEAD ".global .b8 text[] = {72, 105, 0};",
                HEAD ".global .b8 bytes[8] = {0xFF(bytes), 0xFF00(bytes), 0, 0, 0, 0, 0, 0};",
                HEAD ".visible .entry k() .maxntid 128, 1, 1 .minnctapersm 2 { exit; }",
                HEAD ".extern .shared .align 16 .b8 dynamic[];",
                "# 1 \"x.cu\"\r\n.version 8.5\r\n.target sm_70, debug\r\n.address_size 64\r\n",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                check_good(good[i]);
}

static const struct refusal {
        const char *source;
        uint32_t line;
        const char *message;
} refusals[] = {
        { "", 1, ".version" },
        { "hello", 1, ".version" },
        { ".version 7\n", 1, "MAJOR.MINOR" },
        { ".version 9.9\n.target sm_80\n", 1, "newer than" },
        { ".version 7.0\n.target compute_80\n", 2, "sm_NN" },
        { HEAD ".address_size 32", 4, "only .address_size 64" },
        { HEAD "\n.tex .u32 t;", 5, "unknown directive '.tex'" },
        { BODY "frobnicate.s32 r0, r1;\n}", FIRST, "unknown instruction 'frobnicate'" },
        { BODY "\n\nwgmma.fence;\n}", FIRST + 2, "unknown instruction 'wgmma'" },
        { BODY "add.s32.magic r0, r1, r2; }", FIRST, "'.magic' is not supported on 'add'" },
        { BODY "add.s32 f0, f1, f2; }", FIRST, "a .f32 register stands where .s32 is wanted" },
        { BODY "add.s64 d0, d1, r2; }", FIRST, "a .b32 register stands where .s64 is wanted" },
        { BODY "add.f32 f0, f1, 1; }", FIRST, "an integer stands where .f32 is wanted" },
        { BODY "add.s32 r0, r1; }", FIRST, "operands" },
        { BODY "add.s32 r0, r1, r2, r3; }", FIRST, "operands" },
        { BODY "add.s32 5, r1, r2; }", FIRST, "the result goes to a register" },
        { BODY "add.s32 r0, r1, r10; }", FIRST, "unknown name 'r10'" },
        { BODY "mov.u32 r0, %nothing; }", FIRST, "unknown register '%nothing'" },
        { BODY "mov.u32 r0, %tid.q; }", FIRST, "unknown register '%tid'" },
        { BODY "div.f32 f0, f1, f2; }", FIRST, "needs a rounding" },
        { BODY "sin.f32 f0, f1; }", FIRST, "needs .approx" },
        { BODY "cvt.s32.f32 r0, f0; }", FIRST, ".rni" },
        { BODY "cvt.f32.s32 f0, r0; }", FIRST, ".rn" },
        { BODY "@r0 bra L; L: }", FIRST, "a guard is a predicate" },
        { BODY "bra nowhere; }", FIRST, "unknown label 'nowhere'" },
        { BODY "L:\nL: ret; }", FIRST + 1, "'L' is declared twice" },
        { BODY "{ M: } bra M; }", FIRST, "unknown label 'M'" },
        { BODY "st.const.u32 [d0], r0; }", FIRST, "constant memory" },
        { BODY "ld.global.u32 r0, d0; }", FIRST, "expected an [address]" },
        { BODY "ld.global.u32 r0, [f0]; }", FIRST, "no address" },
        { BODY "ld.global.v4.u32 {r0, r1}, [d0]; }", FIRST, "expected 4 registers" },
        { BODY "ld.global.u64 r0, [d0]; }", FIRST, "a .b32 register" },
        { BODY "call nothing; }", FIRST, "no function" },
        { BODY "shfl.sync.up.b64 d0, d1, 1, 0, -1; }", FIRST, ".b32" },
        { BODY "ret;\n", FIRST + 1, "does not end" },
        { BODY ".reg .b32 q<99999999>; }", FIRST, "registers" },
        { HEAD ".entry k() { ret; }\n.entry k() { ret; }", 5, "'k' is declared twice" },
        { HEAD ".entry k();", 4, "has no body" },
        { HEAD ".func f;\n.entry k() { call f; }", 5, "'f' is defined nowhere" },
        { HEAD ".func f (.param .b32 a) { ret; }\n.entry k() { call f; }", 5, "parameters" },
        { HEAD ".extern .global .u32 x;", 0, "defined in no module" },
        { HEAD ".global .u32 x[2] = {1, 2, 3};", 4, "more initial values" },
        { HEAD ".shared .u32 x = 1;", 4, "cannot have initial values" },
        { HEAD ".global .b8 x[4294967296];", 4, "too large" },
        { HEAD ".global .align 3 .b8 x[4];", 4, "power of two" },
        { HEAD ".entry k() { .shared .b8 x[50000]; ret; }", 4, "of shared memory" },
        { HEAD ".entry k() { .local .b8 x[600000]; ret; }", 4, "of local memory" },
        { HEAD ".entry k(.param .b8 x[40000]) { ret; }", 4, "of parameters" },
        { HEAD ".global .u32 x = \x01;", 4, "no PTX" },
};

static void test_refuses(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
                const struct refusal *r = &refusals[i];
                struct program program = { .version = 0 };
                struct parse_error error = { .message = "" };
                bool good = ptx_parse(&program, r->source, strlen(r->source), &error);

                program_free(&program);
                if (good || error.line != r->line || !strstr(error.message, r->message))
                        fail_msg("%s\nexpected line %u: …%s…, found %s line %u: %s", r->source,
                                r->line, r->message, good ? "no error" : "error", error.line,
                                error.message);
        }
}

/* Text that would make a careless parser recurse or run away. */
static void check_hostile(const char *before, const char *repeated, unsigned times)
{
        size_t before_length = strlen(before), length = strlen(repeated);
        char *text = malloc(before_length + length * times + 1);
        struct program program = { .version = 0 };
        struct parse_error error;

        assert_non_null(text);
        memcpy(text, before, before_length);
        for (unsigned i = 0; i < times; i++)
                memcpy(text + before_length + i * length, repeated, length);
        assert_false(ptx_parse(&program, text, before_length + length * times, &error));
        program_free(&program);
        free(text);
}

static void test_hostile(void **state)
{
        (void)state;
        check_hostile(BODY "mov.u32 r0, ", "(", 200000);
        check_hostile(BODY "mov.u32 r0, ", "-", 200000);
        check_hostile(BODY, "{", 200000);
        check_hostile(BODY, "@", 200000);
        check_hostile(HEAD ".global .u32 x = ", "{", 200000);
        check_hostile(HEAD ".global .u32 x", "[2]", 200000);
        check_hostile(BODY "add", ".s32", 200000);
        check_hostile(BODY "mov.b64 {", "r0,", 200000);
        check_hostile(HEAD, "/*", 200000);
        check_hostile(BODY "call (r0), ", "(", 200000);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_tokens),
                cmocka_unit_test(test_bad_tokens),
                cmocka_unit_test(test_accepts),
                cmocka_unit_test(test_refuses),
                cmocka_unit_test(test_hostile),
        };

        return run_tap(tests);
}
