/* Constant expressions. */
#pragma once

#include "rehearsal/ptx/parser.h"

/* The value, as 64 bits. */
uint64_t parse_constant(struct parser *parser);
