/*
 * What xe (with --minimal) and xl print, read strictly: what has not their form is no answer, for
 * names in it are of others' choice, and a program by that name may be anything. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/uuid.h"

/* "UUID,UUID" or an empty line: how many. */
bool answer_uuids(const char *text, size_t length, size_t *ret_count);

/* One UUID. */
bool answer_uuid(const char *text, size_t length, char ret_uuid[UUID_LENGTH + 1]);

/* "true" or "false". */
bool answer_truth(const char *text, size_t length, bool *ret_truth);

/* One name that is not empty, made safe to print and cut to `size`. A comma stands as "\," in it.
 */
bool answer_name(const char *text, size_t length, char *out, size_t size);

/*
 * The table of xl list: how many domains run or could, but for the control domain (number 0,
 * whatever the others are called). A name may have blanks and line breaks: a row is known by what
 * stands behind it.
 */
bool answer_domains(const char *text, size_t length, size_t *ret_count);
