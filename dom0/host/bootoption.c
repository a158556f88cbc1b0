#include "dom0/host/bootoption.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/uuid.h"

#define ACTIVE     1u
#define CATEGORY   0x1f00u /* 0: to boot; else an application, which nothing starts by itself */
#define MEDIA      4u      /* a device path node's type */
#define MEDIA_DISK 1u
#define MEDIA_FILE 4u
#define END        0x7fu

/* A node that names a partition, HD() (UEFI 2.10, 10.3.5.1), and what is where in it. */
enum {
        DISK_BYTES = 42,
        DISK_NUMBER = 4,     /* 4 bytes */
        DISK_SIGNATURE = 24, /* 16 bytes */
        DISK_TYPE = 41,
        SIGNATURE_MBR = 1,
        SIGNATURE_GUID = 2,
};

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

/* File path nodes are pieces of one path. */
static void take_file(const uint8_t *node, size_t length, struct bootoption *option)
{
        size_t end = strlen(option->loader);

        if (end > 0 && option->loader[end - 1] != '\\' && end + 1 < sizeof(option->loader)) {
                option->loader[end] = '\\';
                option->loader[end + 1] = '\0';
        }
        take_text(node + 4, length - 4, option->loader, sizeof(option->loader));
}

/* A GUID's first three parts are little endian in memory, and written as numbers. */
static void format_guid(const uint8_t *guid, char ret_text[BOOTOPTION_PARTITION])
{
        static const uint8_t places[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
        uint8_t turned[16];

        for (size_t i = 0; i < sizeof(turned); i++)
                turned[i] = guid[places[i]];
        uuid_format(turned, ret_text);
}

/* A node of another length or with another signature names no partition. */
static void take_partition(const uint8_t *node, size_t length, struct bootoption *option)
{
        const uint8_t *signature = node + DISK_SIGNATURE;

        *option->partition = '\0';
        if (length != DISK_BYTES)
                return;
        if (node[DISK_TYPE] == SIGNATURE_GUID)
                format_guid(signature, option->partition);
        else if (node[DISK_TYPE] == SIGNATURE_MBR)
                snprintf(option->partition, sizeof(option->partition), "%04x%04x-%02x",
                        get16(signature + 2), get16(signature), get16(node + DISK_NUMBER));
}

static void take_path(const uint8_t *path, size_t length, struct bootoption *option)
{
        while (length >= 4 && path[0] != END) {
                size_t node = get16(path + 2);

                if (node < 4 || node > length)
                        return;
                if (path[0] == MEDIA && path[1] == MEDIA_FILE)
                        take_file(path, node, option);
                else if (path[0] == MEDIA && path[1] == MEDIA_DISK)
                        take_partition(path, node, option);
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
        option.active = (get16(bytes) & (ACTIVE | CATEGORY)) == ACTIVE;
        path = get16(bytes + 4);
        used = take_text(bytes + 6, length - 6, option.description, sizeof(option.description));
        if (6 + used + path > length)
                return false;
        take_path(bytes + 6 + used, path, &option);
        *ret_option = option;
        return true;
}

bool bootoption_same_loader(const char *left, const char *right)
{
        left += *left == '\\';
        right += *right == '\\';
        return *left && strcasecmp(left, right) == 0;
}
