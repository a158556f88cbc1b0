#include "dom0/host/inventory.h"

#include <string.h>
#include <unistd.h>

#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define FILE_MAX ((size_t)64 << 10)
#define KEY      "INSTALLATION_UUID="

/* A value with or without quotes around it. */
static void take_uuid(const char *value, size_t length, char ret_host[UUID_LENGTH + 1])
{
        bool quoted =
                length >= 2 && (*value == '\'' || *value == '"') && value[length - 1] == *value;
        uint8_t uuid[16];

        value += quoted;
        length -= quoted ? 2 : 0;
        *ret_host = '\0';
        if (!uuid_parse(value, length, uuid))
                return;
        memcpy(ret_host, value, length);
        ret_host[length] = '\0';
}

bool inventory_parse(const char *text, char ret_host[UUID_LENGTH + 1])
{
        *ret_host = '\0';
        for (const char *line = text; *line; line += *line == '\n') {
                size_t length = strcspn(line, "\n"), key = strlen(KEY);

                if (length >= key && strncmp(line, KEY, key) == 0)
                        take_uuid(line + key, length - key, ret_host);
                line += length;
        }
        return *ret_host != '\0';
}

void inventory_read(const struct host *host, struct inventory *ret_inventory)
{
        _cleanup_free_ char *path = host_path(host, "/etc/xensource-inventory");
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, FILE_MAX, &length);

        *ret_inventory = (struct inventory){ .is_there = access(path, F_OK) == 0 };
        if (text)
                inventory_parse(text, ret_inventory->host);
}

const char *inventory_name(const struct inventory *inventory)
{
        return *inventory->host ? inventory->host : "HOST";
}
