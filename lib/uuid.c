#include "lib/uuid.h"

#include "lib/hex.h"

/* The dashes stand before bytes 4, 6, 8 and 10. */
static bool dash_before(unsigned int byte)
{
        return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_format(const uint8_t uuid[16], char ret_text[UUID_LENGTH + 1])
{
        for (unsigned int i = 0; i < 16; i++) {
                if (dash_before(i))
                        *ret_text++ = '-';
                hex_write(uuid[i], ret_text);
                ret_text += 2;
        }
        *ret_text = '\0';
}

bool uuid_parse(const char *text, size_t length, uint8_t ret_uuid[16])
{
        uint8_t uuid[16];

        if (length != UUID_LENGTH)
                return false;
        for (unsigned int i = 0; i < 16; i++) {
                int byte;

                if (dash_before(i) && *text++ != '-')
                        return false;
                byte = hex_read(text);
                if (byte < 0)
                        return false;
                text += 2;
                uuid[i] = (uint8_t)byte;
        }
        for (unsigned int i = 0; i < 16; i++)
                ret_uuid[i] = uuid[i];
        return true;
}
