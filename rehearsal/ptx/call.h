/* call, whose operands are unlike all others. */
#ifndef FORESTAGE_REHEARSAL_PTX_CALL_H
#define FORESTAGE_REHEARSAL_PTX_CALL_H

#include "rehearsal/build/statement.h"
#include "rehearsal/ptx/parser.h"

void parse_call(struct parser *parser, struct statement *statement);

#endif
