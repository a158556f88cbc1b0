/* What is known of a module from its bytes: whether others may find what its kernels have left. */
#include <string.h>

#include "runner/kernel/kernel_image.h"
#include "tests/unit/tap.h"

#define PTX "//\n.version 6.3\n.target sm_70\n.address_size 64\n"
#define ELF "\177ELF\2\1\1\0\0"

static const struct {
        const char *image;
        size_t length;
        bool has_variables, takes_memory;
} cases[] = {
#define IMAGE(text) text, sizeof(text) - 1
        { IMAGE(PTX), false, false },
        { IMAGE(PTX ".visible .global .align 4 .u32 count;\n"), true, false },
        { IMAGE(PTX ".global .align 1 .b8 text[3];"), true, false },
        { IMAGE(PTX ".visible\t.global\n.u32 x;"), true, false },
        { IMAGE(PTX "ld.global.u32 %r, [%a]; cvta.to.global.u64 %a, %a; atom.global.add.u32"),
                false, false },
        { IMAGE(PTX ".const .align 4 .u32 k = 3; .shared .align 4 .b8 s[64];"), false, false },
        { IMAGE(PTX ".param .u64 .ptr .global .align 4 k_param_0"), false, false },
        { IMAGE(PTX ".param .u64 .ptr  .global .align 4 p\n) { }\n.global .u32 x;"), true, false },
        { IMAGE(PTX ".extern .func (.param .b32 r) vprintf (.param .b64 f, .param .b64 a);"), false,
                false },
        { IMAGE(PTX ".extern .func __assertfail (.param .b64 m);"), false, false },
        { IMAGE(PTX ".extern .func (.param .b64 r) malloc (.param .b64 s);"), false, true },
        { IMAGE(PTX ".extern .func free (.param .b64 p);"), false, true },
        { IMAGE(PTX ".extern .func (.param .b32 r) vprintf2 (.param .b64 f);"), false, true },
        { IMAGE(PTX ".extern .func (.param .b64 r) cudaGetParameterBufferV2 ();"), false, true },
        { IMAGE(PTX ".extern .shared .align 16 .b8 dynamic[];"), false, false },
        { IMAGE(PTX "\0.global"), true, true }, /* no text */
        { IMAGE(ELF ".text.add\0.nv.info"), false, false },
        { IMAGE(ELF ".nv.global.init\0"), true, false },
        { IMAGE(ELF ".nv.global\0"), true, false },
        { IMAGE(ELF ".text.add\0malloc\0"), false, true },
        { IMAGE(ELF "cudaLaunchDeviceV2"), false, true },
        { IMAGE("\x50\xed\x55\xba\1\0\20\0"), true, true }, /* a fatbin */
        { IMAGE(""), true, true },
        { IMAGE("MZ"), true, true },
#undef IMAGE
};

static void what_an_image_leaves(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                if (kernel_image_has_variables(cases[i].image, cases[i].length) !=
                                cases[i].has_variables ||
                        kernel_image_takes_memory(cases[i].image, cases[i].length) !=
                                cases[i].takes_memory)
                        fail_msg("case %zu: %s", i, cases[i].image);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(what_an_image_leaves) };

        return run_tap(tests);
}
