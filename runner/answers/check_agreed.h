/*
 * The kinds of operation whose results the test "agreement" hashes: their names, where they are,
 * and the hashes that are known (golden). Pure.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/check/agreement.h"

#define AGREED_UNKNOWN "no golden hash known" /* a hash's "status" */
#define AGREED_SIZE    19                     /* of a hash as text: "0x" and 16 digits */

/* Where the operations are to be carried out. */
struct agreed_place {
        int compute; /* 90: compute capability 9.0 */
        bool rehearsal;
};

const char *agreed_name(enum agreement_kind kind);

/* Which kernel has it. */
enum agreement_part agreed_part(enum agreement_kind kind);

/* Whether that kernel, and so every kind in it, is run there. */
bool agreed_has_part(enum agreement_part part, struct agreed_place place);

/* How many inputs there are: in a rehearsal, which validates no hardware, few. */
uint32_t agreed_inputs(struct agreed_place place);

/*
 * The hash that is right there; false: none is known. Of what IEEE 754 or PTX defines completely it
 * is the same everywhere, and computed (tests/unit/runner/test_agreed.c); of the tensor cores and
 * of approximations it is what GPUs of that compute capability have been found to give.
 */
bool agreed_golden(enum agreement_kind kind, struct agreed_place place, uint64_t *ret_hash);

void agreed_text(uint64_t hash, char ret_text[AGREED_SIZE]);

/*
 * What a test tells of a kind: {"operation", "hash", "golden", "status"}; golden only where one is
 * known. The status is "pass", "fail" or AGREED_UNKNOWN.
 */
json_t *agreed_result(enum agreement_kind kind, struct agreed_place place, uint64_t hash);

/*
 * Of how many operations none is known there that could be: of AGREEMENT_APPROXIMATE_LONG none is
 * anywhere, because each driver's compiler may choose other steps.
 */
size_t agreed_unknown(struct agreed_place place);

/* Whether `list` is what agreed_result gives of hashes that all pass there, of every kind. */
bool agreed_holds(const json_t *list, struct agreed_place place);
