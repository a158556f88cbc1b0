/*
 * Faults behind what only a fuzzer that sees where the program is, and what it compares, comes to:
 * of the kinds that ASan, UBSan and must() report. tests/unit/fuzzers.t has them found, each by
 * itself: the environment's PLANTED is its letter.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile int32_t most = INT32_MAX;

static void fail(char kind, size_t size)
{
        volatile char *bytes;

        switch (kind) {
        case 'a':
                bytes = malloc(size);
                must(bytes != NULL);
                bytes[size] = 1;
                free((void *)bytes);
                break;
        case 'u':
                most = most + 1;
                break;
        default:
                must(kind == 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *kind = getenv("PLANTED");
        uint32_t word;

        if (size < 12)
                return 0;
        memcpy(&word, data, sizeof(word));
        if (word == 0x1badcafe && memcmp(data + 4, "forestag", 8) == 0 && size > 13 &&
                data[12] == 'x' && data[13] == 'y')
                fail(kind ? *kind : 0, size);
        return 0;
}
