/* Statements of a function's body. */
#pragma once

#include "rehearsal/ptx/parser.h"

void parse_statement(struct parser *parser);
