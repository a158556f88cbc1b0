#include "efi/layout/devicepath.h"

#include <string.h>

#define TYPE_MEDIA        0x04u
#define TYPE_END          0x7fu
#define SUBTYPE_FILE_PATH 0x04u
#define SUBTYPE_END       0xffu
#define NODE_BYTES        4u /* of a node's header */

static size_t node_length(const uint8_t *node)
{
        return node[2] | (size_t)node[3] << 8;
}

static bool node_is(const uint8_t *node, uint8_t type, uint8_t subtype)
{
        return node[0] == type && node[1] == subtype;
}

/* Writes a node's header; returns where its data goes. */
static uint8_t *node_begin(uint8_t *node, uint8_t type, uint8_t subtype, size_t length)
{
        node[0] = type;
        node[1] = subtype;
        node[2] = (uint8_t)length;
        node[3] = (uint8_t)(length >> 8);
        return node + NODE_BYTES;
}

/* Bytes of the nodes before the end node; false when the path is malformed or too long. */
static bool measure(const uint8_t *path, size_t *ret_length)
{
        size_t length = 0;

        while (!node_is(path + length, TYPE_END, SUBTYPE_END)) {
                size_t node = node_length(path + length);

                if (node < NODE_BYTES || length + node > DEVICEPATH_MAX_BYTES - NODE_BYTES)
                        return false;
                length += node;
        }
        *ret_length = length;
        return true;
}

size_t devicepath_of_file(
        const void *device, struct slice path, uint8_t ret_bytes[DEVICEPATH_MAX_BYTES])
{
        uint16_t units[1 + PATH_MAX_UNITS] = { '\\' };
        size_t length, node = NODE_BYTES + (1 + path.length + 1) * sizeof(units[0]);
        uint8_t *data;

        if (path.length > PATH_MAX_BYTES || !measure(device, &length) ||
                length + node + NODE_BYTES > DEVICEPATH_MAX_BYTES)
                return 0;
        path_to_firmware(path, units + 1);
        memcpy(ret_bytes, device, length);
        data = node_begin(ret_bytes + length, TYPE_MEDIA, SUBTYPE_FILE_PATH, node);
        memcpy(data, units, node - NODE_BYTES);
        node_begin(ret_bytes + length + node, TYPE_END, SUBTYPE_END, NODE_BYTES);
        return length + node + NODE_BYTES;
}

/* A file name that is put together from nodes. */
struct name {
        char data[PATH_MAX_BYTES];
        size_t length;
};

/* Appends one node's part, with forward slashes, one between parts and none in front. */
static bool add_part(struct name *name, const uint8_t *units, size_t count)
{
        bool separate = name->length > 0;

        for (size_t i = 0; i < count; i++) {
                unsigned unit = units[2 * i] | (unsigned)units[2 * i + 1] << 8;

                if (unit == 0)
                        break;
                if (unit == '\\' || unit == '/') {
                        separate = name->length > 0;
                        continue;
                }
                if (unit > 0x7e || name->length + separate + 1 > PATH_MAX_BYTES)
                        return false;
                if (separate)
                        name->data[name->length++] = '/';
                separate = false;
                name->data[name->length++] = (char)unit;
        }
        return true;
}

bool devicepath_is_file(const void *device_path, struct slice path)
{
        const uint8_t *node = device_path;
        struct name name = { .length = 0 };
        size_t length;

        if (!measure(node, &length))
                return false;
        for (; !node_is(node, TYPE_END, SUBTYPE_END); node += node_length(node))
                if (node_is(node, TYPE_MEDIA, SUBTYPE_FILE_PATH) &&
                        !add_part(&name, node + NODE_BYTES, (node_length(node) - NODE_BYTES) / 2))
                        return false;
        return path_same((struct slice){ name.data, name.length }, path);
}
