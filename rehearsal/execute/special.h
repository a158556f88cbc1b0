/* Special registers (PTX ISA, chapter 10). */
#pragma once

#include "rehearsal/base/program.h"

/*
 * The index of `%name` (and its `component`, "x" to "w", or NULL); -1 when there is none.
 * `ret_is_vector` says whether the name wants a component.
 */
int special_find(const char *name, size_t length, const char *component, size_t component_length);
enum ptx_type special_type(int index);
bool special_wants_component(const char *name, size_t length);

/* d = special register `detail`. */
execute_fn execute_special;
