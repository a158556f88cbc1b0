/* Statements of a function's body. */
#ifndef FORESTAGE_REHEARSAL_PTX_STATEMENT_H
#define FORESTAGE_REHEARSAL_PTX_STATEMENT_H

#include "rehearsal/ptx/parser.h"

void parse_statement(struct parser *parser);

#endif
