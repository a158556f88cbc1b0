#include "efi/layout/payload.h"

#include "efi/parse/keyvalue.h"

struct payload_part *payload_part(struct payload *payload, struct slice path)
{
        size_t number = modules_number(path);

        if (number == MODULES_NONE)
                return NULL;
        if (payload->count <= number)
                payload->count = number + 1;
        return &payload->modules[number];
}

uint64_t payload_bytes(const struct payload *payload)
{
        uint64_t bytes = 0;

        for (size_t i = 0; i < payload->count; i++)
                bytes += payload->modules[i].size;
        return bytes;
}

void payload_write(const struct payload *payload, struct text *text)
{
        for (size_t i = 0; i < payload->count; i++)
                text_add(text, "module=%lu,%lu\n", (unsigned long)payload->modules[i].address,
                        (unsigned long)payload->modules[i].size);
}

static bool set_address(struct payload_part *part, struct slice value, struct text *reason)
{
        if (!keyvalue_number(
                    value, PAYLOAD_PAGE, PAYLOAD_LIMIT - PAYLOAD_PAGE, &part->address, reason))
                return false;
        if (part->address % PAYLOAD_PAGE != 0) {
                text_add(reason, "%lu is not the address of a page", (unsigned long)part->address);
                return false;
        }
        return true;
}

static bool set_size(struct payload_part *part, struct slice value, struct text *reason)
{
        if (!keyvalue_number(value, 1, PAYLOAD_LIMIT, &part->size, reason))
                return false;
        if (part->size > PAYLOAD_LIMIT - part->address) {
                text_add(reason, "does not end below 4 GiB");
                return false;
        }
        return true;
}

static bool add_module(void *target, struct slice value, struct text *reason)
{
        struct payload *payload = target;
        struct payload_part part;
        size_t comma = 0;

        if (payload->count == MODULES_MAX) {
                text_add(reason, "more than %u modules", MODULES_MAX);
                return false;
        }
        while (comma < value.length && value.data[comma] != ',')
                comma++;
        if (comma == value.length) {
                text_add(reason, "expected ADDRESS,BYTES, not \"" SLICE_FORMAT "\"",
                        SLICE_PRINT(value));
                return false;
        }
        if (!set_address(&part, (struct slice){ value.data, comma }, reason) ||
                !set_size(&part, (struct slice){ value.data + comma + 1, value.length - comma - 1 },
                        reason))
                return false;
        payload->modules[payload->count++] = part;
        return true;
}

static const struct keyvalue_key keys[] = {
        { "module", add_module, true },
};

bool payload_parse(struct slice text, struct payload *ret_payload, struct text *reason)
{
        struct payload payload = { 0 };

        if (!keyvalue_read(
                    PAYLOAD_FILE, text, keys, sizeof(keys) / sizeof(keys[0]), &payload, reason))
                return false;
        if (payload.count == 0) {
                text_add(reason, PAYLOAD_FILE ": dom0's kernel is missing");
                return false;
        }
        *ret_payload = payload;
        return true;
}
