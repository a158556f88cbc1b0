/* Initial values of variables. */
#pragma once

#include "rehearsal/ptx/parser.h"

void parse_initial(struct parser *parser, struct variable *variable);
