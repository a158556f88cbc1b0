#include "runner/ladder/kernel.h"

#include "lib/clock.h"

#define BLOCK           256u
#define WORDS           65536u
#define REHEARSAL_WORDS 1024u /* the interpreter takes its time */
#define ROUNDS          1000u
#define FACTOR          1664525u

/* data[i] = (data[i] * FACTOR + i) ^ seed, for i < count. As kernels/ are, for sm_70 and later. */
static const char image[] = ".version 6.3\n.target sm_70\n.address_size 64\n"
                            ".visible .entry ladder_mix(\n.param .u64 ladder_mix_data,\n"
                            ".param .u32 ladder_mix_count,\n.param .u32 ladder_mix_seed)\n{\n"
                            ".reg .pred %p<2>;\n.reg .b32 %r<9>;\n.reg .b64 %d<5>;\n"
                            "ld.param.u64 %d1, [ladder_mix_data];\n"
                            "ld.param.u32 %r1, [ladder_mix_count];\n"
                            "ld.param.u32 %r2, [ladder_mix_seed];\n"
                            "mov.u32 %r3, %ctaid.x;\nmov.u32 %r4, %ntid.x;\n"
                            "mov.u32 %r5, %tid.x;\nmad.lo.s32 %r6, %r3, %r4, %r5;\n"
                            "setp.ge.u32 %p1, %r6, %r1;\n@%p1 bra $DONE;\n"
                            "cvta.to.global.u64 %d2, %d1;\nmul.wide.u32 %d3, %r6, 4;\n"
                            "add.s64 %d4, %d2, %d3;\nld.global.u32 %r7, [%d4];\n"
                            "mad.lo.s32 %r7, %r7, 1664525, %r6;\nxor.b32 %r8, %r7, %r2;\n"
                            "st.global.u32 [%d4], %r8;\n$DONE:\nret;\n}\n";

struct work {
        CUdeviceptr data;
        uint32_t count;
        uint32_t word[WORDS];
};

static bool load(struct bench *bench)
{
        const char *complaints = "";
        CUmodule module;
        CUresult result;

        if (bench->mix)
                return true;
        bench_doing(bench, "compiling the kernel");
        result = cuda_load(&bench->cuda, image, CUDA_OPTIMISE_MOST, &module, &complaints);
        return bench_succeed(bench, result, "cuModuleLoadDataEx",
                       complaints[0] ? complaints : "the kernel cannot be loaded") &&
               CU(bench, NULL, cuModuleGetFunction, &bench->mix, module, "ladder_mix");
}

static uint32_t input(uint32_t i, uint32_t seed)
{
        return i * 2654435761u + seed;
}

static bool check(struct bench *bench, const struct work *work, uint32_t seed)
{
        for (uint32_t i = 0; i < work->count; i++) {
                uint32_t wanted = (input(i, seed) * FACTOR + i) ^ seed;

                if (work->word[i] != wanted)
                        return finding_say(&bench->finding, STATUS_FAIL,
                                "the kernel's result %u is wrong: %08x and not %08x (launch %u)", i,
                                work->word[i], wanted, seed);
        }
        return true;
}

/* There, through the kernel, and back. */
static bool launch(struct bench *bench, struct work *work, uint32_t seed)
{
        void *parameters[] = { &work->data, &work->count, &seed };
        size_t bytes = work->count * sizeof(*work->word);

        for (uint32_t i = 0; i < work->count; i++)
                work->word[i] = input(i, seed);
        return CU(bench, NULL, cuMemcpyHtoD, work->data, work->word, bytes) &&
               CU(bench, NULL, cuLaunchKernel, bench->mix, (work->count + BLOCK - 1) / BLOCK, 1, 1,
                       BLOCK, 1, 1, 0, NULL, parameters, NULL) &&
               CU(bench, NULL, cuCtxSynchronize) &&
               CU(bench, NULL, cuMemcpyDtoH, work->word, work->data, bytes) &&
               check(bench, work, seed);
}

static void launch_rounds(struct bench *bench, uint32_t rounds)
{
        static struct work work;
        double start, loaded;

        work.count = bench->cuda.rehearsal ? REHEARSAL_WORDS : WORDS;
        start = clock_seconds();
        if (!load(bench) ||
                !CU(bench, NULL, cuMemAlloc, &work.data, work.count * sizeof(*work.word)))
                return;
        loaded = clock_seconds();
        for (uint32_t round = 1; round <= rounds; round++) {
                if (!launch(bench, &work, round))
                        return;
        }
        finding_count(&bench->finding, "launches", rounds);
        finding_count(&bench->finding, "words", work.count);
        finding_note(&bench->finding, "load_s", json_real(loaded - start));
        finding_note(
                &bench->finding, "launch_us", json_real((clock_seconds() - loaded) / rounds * 1e6));
        CU(bench, NULL, cuMemFree, work.data);
}

void kernel_once(struct bench *bench)
{
        launch_rounds(bench, 1);
}

void kernel_often(struct bench *bench)
{
        launch_rounds(bench, ROUNDS);
}
