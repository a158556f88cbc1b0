#include "dom0/host/bootoption.h"

#include <string.h>
#include <strings.h>

#define ACTIVE     1u
#define MEDIA      4u /* a device path node's type */
#define MEDIA_FILE 4u
#define END        0x7fu

static unsigned get16(const uint8_t *bytes)
{
        return bytes[0] | (unsigned)bytes[1] << 8;
}

/* Copies UTF-16 up to its NUL or the end; returns the bytes taken, the NUL counted. */
static size_t take_text(const uint8_t *bytes, size_t length, char *out, size_t size)
{
        size_t used = 0, at = strlen(out);

        while (used + 2 <= length) {
                unsigned unit = get16(bytes + used);

                used += 2;
                if (unit == 0)
                        break;
                if (at + 1 < size)
                        out[at++] = unit >= 0x20 && unit < 0x7f ? (char)unit : '?';
        }
        out[at] = '\0';
        return used;
}

/* The file path nodes of a device path, one after another. */
static void take_loader(const uint8_t *path, size_t length, char *out, size_t size)
{
        while (length >= 4 && path[0] != END) {
                size_t node = get16(path + 2);

                if (node < 4 || node > length)
                        return;
                if (path[0] == MEDIA && path[1] == MEDIA_FILE) {
                        size_t end = strlen(out);

                        if (end > 0 && out[end - 1] != '\\' && end + 1 < size) {
                                out[end] = '\\';
                                out[end + 1] = '\0';
                        }
                        take_text(path + 4, node - 4, out, size);
                }
                path += node;
                length -= node;
        }
}

bool bootoption_parse(const uint8_t *bytes, size_t length, struct bootoption *ret_option)
{
        struct bootoption option = { 0 };
        size_t path, used;

        if (length < 8)
                return false;
        option.active = bytes[0] & ACTIVE;
        path = get16(bytes + 4);
        used = take_text(bytes + 6, length - 6, option.description, sizeof(option.description));
        if (6 + used + path > length)
                return false;
        take_loader(bytes + 6 + used, path, option.loader, sizeof(option.loader));
        *ret_option = option;
        return true;
}

bool bootoption_same_loader(const char *left, const char *right)
{
        left += *left == '\\';
        right += *right == '\\';
        return *left && strcasecmp(left, right) == 0;
}
