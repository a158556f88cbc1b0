#include "store/gpt.h"

#include <string.h>

#define SIGNATURE  "EFI PART"
#define SIZE_AT    12u
#define CRC_AT     16u
#define OWN_AT     24u /* the number of the block that it is in */
#define GUID_AT    56u
#define SIZE_LEAST 92u

static uint32_t number32(const uint8_t *at)
{
        return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
               (uint32_t)at[3] << 24;
}

/* CRC-32 of IEEE 802.3, with the four bytes of the sum itself taken for zeroes. */
static uint32_t checksum(const uint8_t *header, size_t size)
{
        uint32_t sum = UINT32_MAX;

        for (size_t i = 0; i < size; i++) {
                sum ^= i >= CRC_AT && i < CRC_AT + 4 ? 0 : header[i];
                for (unsigned bit = 0; bit < 8; bit++)
                        sum = sum >> 1 ^ (sum & 1 ? 0xedb88320u : 0);
        }
        return ~sum;
}

bool gpt_guid(const uint8_t *header, size_t length, char ret_text[UUID_LENGTH + 1])
{
        /* The first three fields of a GUID are little endian. */
        static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
        uint8_t guid[16];
        size_t size;

        if (length < SIZE_LEAST || memcmp(header, SIGNATURE, strlen(SIGNATURE)) != 0)
                return false;
        size = number32(header + SIZE_AT);
        if (size < SIZE_LEAST || size > length || number32(header + OWN_AT) != 1 ||
                number32(header + OWN_AT + 4) != 0 ||
                number32(header + CRC_AT) != checksum(header, size))
                return false;
        for (size_t i = 0; i < sizeof(guid); i++)
                guid[i] = header[GUID_AT + order[i]];
        uuid_format(guid, ret_text);
        return true;
}
