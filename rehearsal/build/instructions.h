/* All instructions that are known, by mnemonic. */
#pragma once

#include "rehearsal/build/statement.h"

/* Turns a statement into instructions. */
void instructions_build(struct builder *builder, struct statement *statement);
