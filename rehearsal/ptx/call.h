/* call, whose operands are unlike all others. */
#pragma once

#include "rehearsal/build/statement.h"
#include "rehearsal/ptx/parser.h"

void parse_call(struct parser *parser, struct statement *statement);
