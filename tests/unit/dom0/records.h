/*
 * Records of checks on H200s (tests/unit/records/), one a line, and regions made of them. They were
 * of version 2; what version 3 has more, and what the march moves, was put in afterwards.
 */
#pragma once

#include <jansson.h>

#include "tests/unit/dom0/mutate.h"

/* The lines of a file; NULL: it is not there, because the test is not run from the top of the tree.
 */
json_t *records_read(const char *name);

/* Name of a RESULT: JOB/DEVICE. */
void records_name(const json_t *result, char ret_name[64]);

/* Their records, with the files that a check leaves. Release them with pieces_free. */
void records_pieces(const json_t *lines, struct pieces *ret_pieces);

/*
 * What a stage would have left of the run `runner`: what forestage.efi and init wrote around
 * another one, in `stage`, at times that fit, and all GPUs of `runner`. A new list.
 */
json_t *records_in_stage(const json_t *stage, const json_t *runner);
