/* All instructions that are known, by mnemonic. */
#ifndef FORESTAGE_REHEARSAL_BUILD_INSTRUCTIONS_H
#define FORESTAGE_REHEARSAL_BUILD_INSTRUCTIONS_H

#include "rehearsal/build/statement.h"

/* Turns a statement into instructions. */
void instructions_build(struct builder *builder, struct statement *statement);

#endif
