/* Declarations: registers and variables of every space. */
#pragma once

#include "rehearsal/ptx/parser.h"

/* .align, .ptr and all that may stand between a space and a type. NULL after an error. */
struct variable *parse_variable(struct parser *parser, enum space space, bool is_external);

/* Up to the semicolon. */
void parse_registers(struct parser *parser);
void parse_variables(struct parser *parser, enum space space, bool is_external);
