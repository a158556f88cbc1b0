/*
 * For which GPUs a cubin or a fatbin has code, read from its headers. Pure: checks every bound. The
 * layout of neither is documented; what does not look as it is known to is not judged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MACHINECODE_MAX 64u

struct machinecode {
        struct {
                unsigned target; /* 90 for sm_90 */
                bool exact;      /* sm_90a: this GPU and no other */
                bool is_ptx;     /* compiled when it is loaded, for this GPU or a newer one */
        } part[MACHINECODE_MAX];
        size_t parts;
};

/* False: it is none, or none that is understood here. */
bool machinecode_read_cubin(const void *data, size_t length, struct machinecode *ret_code);
bool machinecode_read_fatbin(const void *data, size_t length, struct machinecode *ret_code);

/* Whether a GPU of this compute capability runs any of it. */
bool machinecode_suits(const struct machinecode *code, unsigned capability);

/* "sm_80, sm_90a, compute_90"; cut to `size`. */
void machinecode_describe(const struct machinecode *code, char *ret_text, size_t size);
