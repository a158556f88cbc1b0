/* Comparisons. */
#pragma once

#include "rehearsal/base/program.h"

execute_fn execute_setp, execute_setp_bool, execute_set, execute_setp_pair, execute_set_pair;

/* How `name` (eq, ltu, …) compares two slots of a type; NULL when there is no such comparison. */
typedef bool compare_fn(uint64_t a, uint64_t b);
compare_fn *compare_find(const char *name, size_t length, enum ptx_type type);

/* Single instructions for the commonest comparisons; NULL: use execute_setp. */
execute_fn *compare_execute(compare_fn *compare);
