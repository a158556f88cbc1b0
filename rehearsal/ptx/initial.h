/* Initial values of variables. */
#ifndef FORESTAGE_REHEARSAL_PTX_INITIAL_H
#define FORESTAGE_REHEARSAL_PTX_INITIAL_H

#include "rehearsal/ptx/parser.h"

void parse_initial(struct parser *parser, struct variable *variable);

#endif
