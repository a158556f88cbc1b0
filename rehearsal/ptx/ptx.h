/* PTX text to a program (PTX ISA 6.0 to 9.0, 64-bit addresses, no tensor cores or textures). */
#pragma once

#include "rehearsal/base/parse_error.h"
#include "rehearsal/base/program.h"

#define PTX_MAX_SOURCE  ((size_t)256 * 1024 * 1024)
#define PTX_MAX_VERSION 90u /* 10 * major + minor */

/*
 * Parses `length` bytes of untrusted text into an empty program, up to and with the layout of
 * shared memory; the caller places global variables and calls program_relocate. False with the
 * first error; the program is then to be freed all the same.
 */
bool ptx_parse(
        struct program *program, const char *source, size_t length, struct parse_error *ret_error);
