/*
 * The bytes of a region, versions 1 and 2 (docs/region-format.md). Little endian; the structures
 * have no padding of their own, which the assertions hold down.
 */
#pragma once

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the region is little endian, and so must be its writer and reader"
#endif

#define LAYOUT_HEADER_MAGIC "FSTGREGN"
#define LAYOUT_RECORD_MAGIC 0x43525346u /* "FSRC" */

/* One page at each end of the region. The CRC is over everything before it. */
struct layout_header {
        uint8_t magic[8];
        uint32_t version;
        uint32_t header_size;
        uint64_t region_size;
        uint64_t data_length; /* 0 until sealed */
        uint64_t sequence;    /* grows by one with each write of the pair */
        uint32_t state;
        uint32_t reserved;
        uint8_t run_id[16];
        uint8_t sha256[32]; /* zero until sealed */
        uint8_t zero[4096 - 100];
        uint32_t crc32c;
};
_Static_assert(sizeof(struct layout_header) == 4096, "a header is one page");

/* In front of each record's name and data. */
struct layout_record {
        uint32_t magic;
        uint32_t type;
        uint64_t number;
        uint64_t data_length;
        uint32_t name_length;
        uint8_t zero[28];
        uint32_t payload_crc32c; /* of name, data and the zeroes up to the next record */
        uint32_t crc32c;         /* of the bytes before it */
};
_Static_assert(sizeof(struct layout_record) == 64, "a record's header keeps the alignment");
