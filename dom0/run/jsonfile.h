/* A file of JSON that somebody else may have written: weighed before it is built. */
#pragma once

#include <jansson.h>

#include "lib/sha256.h"

#define JSONFILE_BYTES ((size_t)1 << 30)  /* of the text */
#define JSONFILE_FIRST ((size_t)16 << 20) /* memory for its values: so much, … */
#define JSONFILE_TIMES 24u                /* … and this for each byte of the text */
#define JSONFILE_DEPTH 128u

/*
 * What the file open at `fd` holds; release it with json_decref. NULL: errno, which is EFBIG for a
 * file that is over one of the limits above, and EINVAL for one that is not regular or no JSON.
 */
json_t *jsonfile_load(int fd);

/* The same, and the SHA-256 of the bytes that were read, as sha256sum prints it, if it is wanted
 * (not NULL). */
json_t *jsonfile_load_hashed(int fd, char ret_hash[2 * SHA256_SIZE + 1]);
