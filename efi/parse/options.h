/*
 * The line `options=` of forestage.conf: what may be added to the stage kernel's command line.
 * Plain C11 without a C library.
 *
 * Linux reads its command line with rules of its own: '-' in a name is as good as '_', a value may
 * be left out or not, quotes keep blanks together and may stand around a whole parameter; and some
 * of its early code looks for words without a thought of quotes. So a name counts wherever a word
 * begins, within quotes too, and quotes in it do not.
 */
#pragma once

#include "efi/parse/text.h"

/*
 * Whether the line may go to Linux: plain ASCII, quotes that are closed, and no parameter that says
 * which memory is whose, what is started, or what this program has to say itself. Otherwise appends
 * what is wrong to `reason`.
 */
bool options_check(struct slice line, struct text *reason);
