/* run.json: everything a run's region says, as docs/run.schema.json has it. Pure. */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "dom0/run/run.h"

#define DOCUMENT_SCHEMA "forestage-run/1"

/* How json_dumpf writes every file: ASCII only, so that no text can act on a terminal. */
#define DOCUMENT_LINE (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))
#define DOCUMENT_FILE (JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

/* Who collected the run, and from where. */
struct document_origin {
        const char *source; /* valid UTF-8: a file's name, or "/dev/mem" */
        uint64_t address;   /* of the region in memory; 0: it came from a file */
        const char *time;   /* ISO 8601, UTC */
        const char *kernel;
        const char *hypervisor; /* NULL: none */
        const char *host;       /* its name */
};

/* Prints any document on standard output, with a line break behind it. */
void document_print(const json_t *document);

/* A new object; release it with json_decref. */
json_t *document_make(const struct run *run, const struct document_origin *origin);
