/* What is wrong with a PTX text: the first complaint. */
#pragma once

#include <stdint.h>

#define PARSE_MAX_MESSAGE 256u

struct parse_error {
        uint32_t line; /* 0: not about one line */
        char message[PARSE_MAX_MESSAGE];
};
