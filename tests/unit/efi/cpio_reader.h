/* A strict reader of newc archives, written from Linux's description, for the tests of the writer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpio_member {
        const char *name; /* terminated */
        uint32_t mode;
        const uint8_t *data;
        uint32_t size;
};

/*
 * Takes the member at `*offset` of the archive and moves the offset behind it. False when anything
 * about it is not as the format wants it. The trailer is a member too.
 */
bool cpio_member_next(
        const uint8_t *archive, size_t size, size_t *offset, struct cpio_member *ret_member);
