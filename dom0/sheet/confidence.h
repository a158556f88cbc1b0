/* How much of what was planted would be found again, going by how much was. Pure. */
#pragma once

#include <stddef.h>

/*
 * The lower bound, with 95 % confidence and one-sided, of the share that is found where `found` of
 * `planted` were (Clopper and Pearson): of all of n it is 0.05^(1/n). 0 where none was, or more
 * than there were.
 */
double confidence_bound(size_t found, size_t planted);
