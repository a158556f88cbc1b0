/* Operands as they are written. */
#pragma once

#include "rehearsal/build/statement.h"
#include "rehearsal/ptx/parser.h"

void parse_operand(struct parser *parser, struct operand *operand);
void parse_operand_element(struct parser *parser, struct operand_element *element);
