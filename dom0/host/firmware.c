#include "dom0/host/firmware.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/host/program.h"
#include "dom0/host/source.h"

#define VARIABLES  "/sys/firmware/efi/efivars"
#define GLOBAL     "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define OURS       "14ec1a0d-f549-48b7-90e0-d76980224a80"
#define VALUE_MAX  ((size_t)64 << 10)
#define ATTRIBUTES 4u /* bytes that efivarfs puts before a value */
#define ORDER_MAX  256u

static bool exists(const struct host *host, const char *path)
{
        char *full = host_path(host, "%s", path);
        bool there = access(full, F_OK) == 0;

        free(full);
        return there;
}

/* A variable's value, owned by the caller; NULL when there is none. */
static uint8_t *read_variable(
        const struct host *host, const char *name, const char *vendor, size_t *ret_length)
{
        char *path = host_path(host, VARIABLES "/%s-%s", name, vendor);
        size_t length;
        char *value = source_read_text(path, VALUE_MAX, &length);

        free(path);
        if (!value || length < ATTRIBUTES) {
                free(value);
                return NULL;
        }
        length -= ATTRIBUTES;
        memmove(value, value + ATTRIBUTES, length + 1);
        *ret_length = length;
        return (uint8_t *)value;
}

/* dom0 that the stage started has no EFI, but its command line shows where it came from. */
static bool was_handed_over(const struct host *host)
{
        size_t length;
        char *line = source_read_text(host->command_line, VALUE_MAX, &length);
        bool handed = line && strstr(line, "forestage.run=") && strstr(line, "acpi_rsdp=");

        free(line);
        return handed;
}

enum firmware_kind firmware_kind(const struct host *host)
{
        if (exists(host, VARIABLES "/BootOrder-" GLOBAL) ||
                exists(host, VARIABLES "/BootCurrent-" GLOBAL))
                return FIRMWARE_VARIABLES;
        if (exists(host, "/sys/firmware/efi") || was_handed_over(host))
                return FIRMWARE_NO_ACCESS;
        return FIRMWARE_BIOS;
}

bool firmware_own_variable(const struct host *host, const char *name, char *out, size_t size)
{
        size_t length;
        uint8_t *value;

        if (firmware_kind(host) != FIRMWARE_VARIABLES)
                return false;
        value = read_variable(host, name, OURS, &length);
        snprintf(out, size, "%.*s", value ? (int)length : 0, value ? (char *)value : "");
        free(value);
        return true;
}

bool firmware_secure_boot(const struct host *host)
{
        size_t length;
        uint8_t *value = read_variable(host, "SecureBoot", GLOBAL, &length);
        bool on = value && length == 1 && value[0] == 1;

        free(value);
        return on;
}

static size_t read_numbers(
        const struct host *host, const char *name, uint16_t *numbers, size_t room)
{
        size_t length, count = 0;
        uint8_t *value = read_variable(host, name, GLOBAL, &length);

        for (; value && count < length / 2 && count < room; count++)
                numbers[count] = (uint16_t)(value[2 * count] | value[2 * count + 1] << 8);
        free(value);
        return count;
}

size_t firmware_boot_order(const struct host *host, uint16_t *numbers, size_t room)
{
        return read_numbers(host, "BootOrder", numbers, room);
}

bool firmware_boot_current(const struct host *host, uint16_t *ret_number)
{
        return read_numbers(host, "BootCurrent", ret_number, 1) == 1;
}

bool firmware_boot_option(const struct host *host, uint16_t number, struct bootoption *ret_option)
{
        char name[16];
        size_t length;
        uint8_t *value;
        bool good;

        snprintf(name, sizeof(name), "Boot%04X", number);
        value = read_variable(host, name, GLOBAL, &length);
        good = value && bootoption_parse(value, length, ret_option);
        free(value);
        return good;
}

static bool is_ours(const struct host *host, uint16_t number)
{
        struct bootoption option;

        return firmware_boot_option(host, number, &option) &&
               bootoption_same_loader(option.loader, FIRMWARE_LOADER);
}

bool firmware_find_ours(const struct host *host, uint16_t *ret_number)
{
        uint16_t order[ORDER_MAX];
        size_t count = firmware_boot_order(host, order, ORDER_MAX);

        for (size_t i = 0; i < count; i++)
                if (is_ours(host, order[i])) {
                        *ret_number = order[i];
                        return true;
                }
        return false;
}

bool firmware_ours_is_first(const struct host *host)
{
        uint16_t first;

        return firmware_boot_order(host, &first, 1) == 1 && is_ours(host, first);
}

bool firmware_add_ours(const struct host *host, const struct esp *esp, struct failure *ret_error)
{
        char number[16];
        const char *const argv[] = { "efibootmgr", "--quiet", "--create", "--disk", esp->disk,
                "--part", number, "--label", FIRMWARE_LABEL, "--loader", FIRMWARE_LOADER, NULL };

        snprintf(number, sizeof(number), "%u", esp->number);
        if (!program_do(host, argv, ret_error))
                return false;
        if (!firmware_ours_is_first(host))
                return fail(ret_error, EXIT_FAIL,
                        "efibootmgr ended well, but the firmware's boot order does not start with "
                        "%s; its variable store may be full",
                        FIRMWARE_LABEL);
        return true;
}

bool firmware_put_first(const struct host *host, uint16_t number, struct failure *ret_error)
{
        uint16_t order[ORDER_MAX];
        size_t count = firmware_boot_order(host, order, ORDER_MAX);
        char list[8 * (ORDER_MAX + 1)];
        const char *const argv[] = { "efibootmgr", "--quiet", "--bootorder", list, NULL };
        int at = snprintf(list, sizeof(list), "%04X", number);

        for (size_t i = 0; i < count; i++)
                if (order[i] != number)
                        at += snprintf(list + at, sizeof(list) - (size_t)at, ",%04X", order[i]);
        return program_do(host, argv, ret_error);
}

bool firmware_remove(const struct host *host, uint16_t number, struct failure *ret_error)
{
        char text[16];
        const char *const argv[] = { "efibootmgr", "--quiet", "--delete-bootnum", "--bootnum", text,
                NULL };

        snprintf(text, sizeof(text), "%04X", number);
        return program_do(host, argv, ret_error);
}
