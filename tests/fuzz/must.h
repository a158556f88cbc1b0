/* What has to hold for every input; libFuzzer takes an abort for a finding. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define must(condition)                                                     \
        do {                                                                \
                if (!(condition)) {                                         \
                        fprintf(stderr, "does not hold: %s\n", #condition); \
                        abort();                                            \
                }                                                           \
        } while (0)
