#include "runner/answers/check_agreed.h"

#include <stdio.h>
#include <string.h>

#define REHEARSED 512u /* inputs */

/* Of what is the same everywhere: with all inputs, and with those of a rehearsal. 0: none. */
static const struct kind {
        const char *name;
        enum agreement_part part;
        uint64_t golden, rehearsed;
} kinds[AGREEMENT_KINDS] = {
        [AGREEMENT_FMA_FP32] = { "fma-fp32", AGREEMENT_PLAIN, 0x0dfa268cd3e5a750,
                0x5694ec535205464a },
        [AGREEMENT_FMA_FP32_FTZ] = { "fma-fp32-ftz", AGREEMENT_PLAIN, 0x3b0fce1ef7120edf,
                0x3a100a5b5fa0d2cb },
        [AGREEMENT_FMA_FP64] = { "fma-fp64", AGREEMENT_PLAIN, 0x764740018c11e88e,
                0x3bde9a4a5bf01645 },
        [AGREEMENT_DIVIDE_FP32] = { "divide-fp32", AGREEMENT_PLAIN, 0xff28669f2e5f9b32,
                0xf45e01d612b2a8aa },
        [AGREEMENT_DIVIDE_FP32_FTZ] = { "divide-fp32-ftz", AGREEMENT_PLAIN, 0x3a4c7653bc1e7f4f,
                0x71b32b383d07fc69 },
        [AGREEMENT_DIVIDE_FP64] = { "divide-fp64", AGREEMENT_PLAIN, 0xd71e62734d078fe8,
                0x145a69768841d68b },
        [AGREEMENT_ROOT_FP32] = { "root-fp32", AGREEMENT_PLAIN, 0x031db03c299b1d4f,
                0xb73df8531437b4e1 },
        [AGREEMENT_ROOT_FP32_FTZ] = { "root-fp32-ftz", AGREEMENT_PLAIN, 0xb5edbf46ec03543b,
                0x3d86b8db3643193a },
        [AGREEMENT_ROOT_FP64] = { "root-fp64", AGREEMENT_PLAIN, 0x120c4a479d60066c,
                0x54e5323cdacaea93 },
        [AGREEMENT_RECIPROCAL_FP32] = { "reciprocal-fp32", AGREEMENT_PLAIN, 0xa345be1d4bf6b190,
                0x63d6c76cb97b40a4 },
        [AGREEMENT_RECIPROCAL_FP32_FTZ] = { "reciprocal-fp32-ftz", AGREEMENT_PLAIN,
                0xabbfda824a0b1105, 0x2cd9298383c97d5a },
        [AGREEMENT_RECIPROCAL_FP64] = { "reciprocal-fp64", AGREEMENT_PLAIN, 0x1f0146c5eb0db9d0,
                0x74cc7c91c025ff1e },
        [AGREEMENT_FROM_FP32] = { "convert-fp32", AGREEMENT_PLAIN, 0xfefffe43ad020cf6,
                0x051be73ff9ed5e80 },
        [AGREEMENT_FROM_FP32_FTZ] = { "convert-fp32-ftz", AGREEMENT_PLAIN, 0x1921a36fbaf10271,
                0x73d22f597de11ebe },
        [AGREEMENT_FROM_FP64] = { "convert-fp64", AGREEMENT_PLAIN, 0xb88e7e0503aa111d,
                0xf98d78d5309414a9 },
        [AGREEMENT_FROM_FP16] = { "convert-fp16", AGREEMENT_PLAIN, 0x65e0234cce77f3ae,
                0x23072c28ebe4acaf },
        [AGREEMENT_FROM_INTEGERS] = { "convert-integers", AGREEMENT_PLAIN, 0x9948dd863c404e9c,
                0x98c43b92009f7ba4 },
        [AGREEMENT_APPROXIMATE] = { "approximate", AGREEMENT_PLAIN, 0, 0 },
        [AGREEMENT_APPROXIMATE_LONG] = { "approximate-long", AGREEMENT_PLAIN, 0, 0 },
        [AGREEMENT_TO_BF16] = { "convert-bf16", AGREEMENT_BRAIN, 0xaee50a14ec41b3bb,
                0x4dd154c11763687b },
        [AGREEMENT_MMA_FP16] = { "mma-fp16", AGREEMENT_MMA, 0, 0 },
        [AGREEMENT_MMA_FP16_NARROW] = { "mma-fp16-fp16", AGREEMENT_MMA, 0, 0 },
        [AGREEMENT_MMA_BF16] = { "mma-bf16", AGREEMENT_MMA, 0, 0 },
        [AGREEMENT_MMA_TF32] = { "mma-tf32", AGREEMENT_MMA, 0, 0 },
        [AGREEMENT_MMA_FP64] = { "mma-fp64", AGREEMENT_MMA, 0, 0 },
        [AGREEMENT_WGMMA_FP16] = { "wgmma-fp16", AGREEMENT_WGMMA, 0, 0 },
        [AGREEMENT_WGMMA_BF16] = { "wgmma-bf16", AGREEMENT_WGMMA, 0, 0 },
        [AGREEMENT_WGMMA_TF32] = { "wgmma-tf32", AGREEMENT_WGMMA, 0, 0 },
        [AGREEMENT_MMA_FP64_DEEP] = { "mma-fp64-deep", AGREEMENT_WGMMA, 0, 0 },
};

/*
 * Of what GPUs do each in their own way. 9.0: measured on an H200
 * (GPU-10646206-ac0b-66f7-5785-1fbfef94bb08), driver 580.159.04, 2026-11-30; those of fp64 are what
 * the CPU computes, too.
 */
static const struct measured {
        enum agreement_kind kind;
        int compute;
        uint64_t golden;
} measured[] = {
        { AGREEMENT_APPROXIMATE, 90, 0x78c3157c8b2291f6 },
        { AGREEMENT_MMA_FP16, 90, 0x07420ff14d741278 },
        { AGREEMENT_MMA_FP16_NARROW, 90, 0x18b90bbc1d51a853 },
        { AGREEMENT_MMA_BF16, 90, 0x38e1f4e95c575b33 },
        { AGREEMENT_MMA_TF32, 90, 0xb738fedc6b3df174 },
        { AGREEMENT_MMA_FP64, 90, 0xbcd874e4e26c67ba },
        { AGREEMENT_WGMMA_FP16, 90, 0x448b41161d472381 },
        { AGREEMENT_WGMMA_BF16, 90, 0x448d56c7a3305ba2 },
        { AGREEMENT_WGMMA_TF32, 90, 0x3c1f550a9a394c38 },
        { AGREEMENT_MMA_FP64_DEEP, 90, 0x7a5a842a45a12cb6 },
};

const char *agreed_name(enum agreement_kind kind)
{
        return kinds[kind].name;
}

enum agreement_part agreed_part(enum agreement_kind kind)
{
        return kinds[kind].part;
}

bool agreed_has_part(enum agreement_part part, struct agreed_place place)
{
        switch (part) {
        case AGREEMENT_PLAIN:
                return true;
        case AGREEMENT_BRAIN:
                return place.compute >= 80;
        case AGREEMENT_MMA:
                return place.compute >= 80 && !place.rehearsal;
        default:
                return place.compute / 10 == 9 && !place.rehearsal;
        }
}

uint32_t agreed_inputs(struct agreed_place place)
{
        return place.rehearsal ? REHEARSED : AGREEMENT_INPUTS;
}

bool agreed_golden(enum agreement_kind kind, struct agreed_place place, uint64_t *ret_hash)
{
        uint64_t golden = place.rehearsal ? kinds[kind].rehearsed : kinds[kind].golden;

        for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++)
                if (measured[i].kind == kind && measured[i].compute == place.compute &&
                        !place.rehearsal)
                        golden = measured[i].golden;
        if (golden)
                *ret_hash = golden;
        return golden != 0;
}

void agreed_text(uint64_t hash, char ret_text[AGREED_SIZE])
{
        snprintf(ret_text, AGREED_SIZE, "0x%016llx", (unsigned long long)hash);
}

json_t *agreed_result(enum agreement_kind kind, struct agreed_place place, uint64_t hash)
{
        char own[AGREED_SIZE], right[AGREED_SIZE];
        uint64_t golden;

        agreed_text(hash, own);
        if (!agreed_golden(kind, place, &golden))
                return json_pack("{s:s, s:s, s:s}", "operation", kinds[kind].name, "hash", own,
                        "status", AGREED_UNKNOWN);
        agreed_text(golden, right);
        return json_pack("{s:s, s:s, s:s, s:s}", "operation", kinds[kind].name, "hash", own,
                "golden", right, "status", hash == golden ? "pass" : "fail");
}

/* Of this kind, by the hash that it says. */
static bool one_holds(const json_t *one, enum agreement_kind kind, struct agreed_place place)
{
        const char *text = json_string_value(json_object_get(one, "hash"));
        unsigned long long hash;
        char end;
        json_t *again;
        bool same;

        if (!text || sscanf(text, "0x%16llx%c", &hash, &end) != 1)
                return false;
        again = agreed_result(kind, place, hash);
        same = json_equal(one, again) &&
               strcmp(json_string_value(json_object_get(again, "status")), "fail") != 0;
        json_decref(again);
        return same;
}

size_t agreed_unknown(struct agreed_place place)
{
        size_t count = 0;
        uint64_t golden;

        for (enum agreement_kind kind = 0; kind < AGREEMENT_KINDS; kind++)
                count += kind != AGREEMENT_APPROXIMATE_LONG &&
                         agreed_has_part(kinds[kind].part, place) &&
                         !agreed_golden(kind, place, &golden);
        return count;
}

bool agreed_holds(const json_t *list, struct agreed_place place)
{
        size_t i = 0;

        for (enum agreement_kind kind = 0; kind < AGREEMENT_KINDS; kind++)
                if (agreed_has_part(kinds[kind].part, place) &&
                        !one_holds(json_array_get(list, i++), kind, place))
                        return false;
        return i == json_array_size(list);
}
