/* PTX text to a program (PTX ISA 6.0 to 9.0, 64-bit addresses, no tensor cores or textures). */
#ifndef FORESTAGE_REHEARSAL_PARSER_H
#define FORESTAGE_REHEARSAL_PARSER_H

#include "rehearsal/base/program.h"

#define PARSER_MAX_SOURCE  ((size_t)256 * 1024 * 1024)
#define PARSER_MAX_MESSAGE 256u
#define PARSER_MAX_VERSION 90u /* of PTX: 10 * major + minor */

struct parse_error {
        uint32_t line; /* 0: not about one line */
        char message[PARSER_MAX_MESSAGE];
};

/*
 * Parses `length` bytes of untrusted text into an empty program, up to and with the layout of
 * shared memory; the caller places global variables and calls program_relocate. False with the
 * first error; the program is then to be freed all the same.
 */
bool program_parse(
        struct program *program, const char *source, size_t length, struct parse_error *ret_error);

#endif
