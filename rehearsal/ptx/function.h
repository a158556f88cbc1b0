/* Functions and kernels. */
#ifndef FORESTAGE_REHEARSAL_PTX_FUNCTION_H
#define FORESTAGE_REHEARSAL_PTX_FUNCTION_H

#include "rehearsal/ptx/parser.h"

void parse_function(struct parser *parser, bool is_entry);

#endif
