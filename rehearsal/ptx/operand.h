/* Operands as they are written. */
#ifndef FORESTAGE_REHEARSAL_PTX_OPERAND_H
#define FORESTAGE_REHEARSAL_PTX_OPERAND_H

#include "rehearsal/build/statement.h"
#include "rehearsal/ptx/parser.h"

void parse_operand(struct parser *parser, struct operand *operand);
void parse_operand_element(struct parser *parser, struct operand_element *element);

#endif
