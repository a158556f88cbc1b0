/* Constant expressions. */
#ifndef FORESTAGE_REHEARSAL_PTX_EXPRESSION_H
#define FORESTAGE_REHEARSAL_PTX_EXPRESSION_H

#include "rehearsal/ptx/parser.h"

/* The value, as 64 bits. */
uint64_t parse_constant(struct parser *parser);

#endif
