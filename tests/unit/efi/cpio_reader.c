#include "tests/unit/efi/cpio_reader.h"

#include <string.h>

enum field { INODE, MODE, UID, GID, LINKS, MTIME, SIZE, MAJOR, MINOR, RMAJOR, RMINOR, NAME, CHECK };

#define FIELDS 13u
#define HEADER (6u + 8u * FIELDS)

static bool read_fields(const uint8_t *header, uint32_t fields[FIELDS])
{
        if (memcmp(header, "070701", 6) != 0)
                return false;
        for (size_t i = 0; i < FIELDS * 8; i++) {
                const char *digits = "0123456789abcdef";
                const char *digit = memchr(digits, header[6 + i], 16);

                if (!digit)
                        return false;
                fields[i / 8] = fields[i / 8] << 4 | (uint32_t)(digit - digits);
        }
        return true;
}

/* Moves the offset by `length` and over the padding, which must be zeros. */
static bool skip(const uint8_t *archive, size_t size, size_t *offset, size_t length)
{
        if (length > size - *offset)
                return false;
        *offset += length;
        for (; *offset % 4; ++*offset)
                if (*offset == size || archive[*offset])
                        return false;
        return true;
}

bool cpio_member_next(
        const uint8_t *archive, size_t size, size_t *offset, struct cpio_member *ret_member)
{
        uint32_t fields[FIELDS] = { 0 };
        size_t at = *offset, name = at + HEADER;

        if (at % 4 || size - at < HEADER || !read_fields(archive + at, fields))
                return false;
        at = name;
        if (fields[NAME] == 0 || !skip(archive, size, &at, fields[NAME]) ||
                archive[name + fields[NAME] - 1] != 0 ||
                strlen((const char *)archive + name) != fields[NAME] - 1)
                return false;
        *ret_member = (struct cpio_member){ (const char *)archive + name, fields[MODE],
                archive + at, fields[SIZE] };
        if (fields[UID] || fields[GID] || fields[CHECK] || !skip(archive, size, &at, fields[SIZE]))
                return false;
        *offset = at;
        return true;
}
