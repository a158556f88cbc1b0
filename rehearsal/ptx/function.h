/* Functions and kernels. */
#pragma once

#include "rehearsal/ptx/parser.h"

void parse_function(struct parser *parser, bool is_entry);
