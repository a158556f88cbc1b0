#include "efi/layout/payload.h"

#include "efi/parse/keyvalue.h"

struct payload_part *payload_find(struct payload *payload, struct slice path)
{
        if (slice_equal(path, SLICE("next/vmlinuz")))
                return &payload->kernel;
        return slice_equal(path, SLICE("next/initrd")) ? &payload->initrd : NULL;
}

static void write_part(const char *name, const struct payload_part *part, struct text *text)
{
        text_add(text, "%s-address=%lu\n%s-bytes=%lu\n", name, (unsigned long)part->address, name,
                (unsigned long)part->size);
}

void payload_write(const struct payload *payload, struct text *text)
{
        write_part("vmlinuz", &payload->kernel, text);
        if (payload->initrd.size > 0)
                write_part("initrd", &payload->initrd, text);
}

static bool set_address(uint64_t *address, struct slice value, struct text *reason)
{
        uint64_t number;

        if (!keyvalue_number(value, PAYLOAD_PAGE, PAYLOAD_LIMIT - PAYLOAD_PAGE, &number, reason))
                return false;
        if (number % PAYLOAD_PAGE != 0) {
                text_add(reason, "%lu is not the address of a page", (unsigned long)number);
                return false;
        }
        *address = number;
        return true;
}

static bool set_size(uint64_t *size, struct slice value, struct text *reason)
{
        return keyvalue_number(value, 1, PAYLOAD_LIMIT, size, reason);
}

static bool set_kernel_address(void *target, struct slice value, struct text *reason)
{
        return set_address(&((struct payload *)target)->kernel.address, value, reason);
}

static bool set_kernel_size(void *target, struct slice value, struct text *reason)
{
        return set_size(&((struct payload *)target)->kernel.size, value, reason);
}

static bool set_initrd_address(void *target, struct slice value, struct text *reason)
{
        return set_address(&((struct payload *)target)->initrd.address, value, reason);
}

static bool set_initrd_size(void *target, struct slice value, struct text *reason)
{
        return set_size(&((struct payload *)target)->initrd.size, value, reason);
}

static const struct keyvalue_key keys[] = {
        { "vmlinuz-address", set_kernel_address, false },
        { "vmlinuz-bytes", set_kernel_size, false },
        { "initrd-address", set_initrd_address, false },
        { "initrd-bytes", set_initrd_size, false },
};

static bool check_part(const char *name, const struct payload_part *part, struct text *reason)
{
        if ((part->address > 0) != (part->size > 0)) {
                text_add(reason, PAYLOAD_FILE ": %s has no %s", name,
                        part->address ? "size" : "address");
                return false;
        }
        if (part->size > PAYLOAD_LIMIT - part->address) {
                text_add(reason, PAYLOAD_FILE ": %s does not end below 4 GiB", name);
                return false;
        }
        return true;
}

bool payload_parse(struct slice text, struct payload *ret_payload, struct text *reason)
{
        struct payload payload = { 0 };

        if (!keyvalue_read(
                    PAYLOAD_FILE, text, keys, sizeof(keys) / sizeof(keys[0]), &payload, reason) ||
                !check_part("vmlinuz", &payload.kernel, reason) ||
                !check_part("initrd", &payload.initrd, reason))
                return false;
        if (payload.kernel.size == 0) {
                text_add(reason, PAYLOAD_FILE ": vmlinuz is missing");
                return false;
        }
        *ret_payload = payload;
        return true;
}
