#include "dom0/host/variable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/host/source.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

#define FOLDER     "/sys/firmware/efi/efivars"
#define LOADER     "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" /* systemd's Boot Loader Interface */
#define VALUE_MAX  ((size_t)64 << 10)
#define ATTRIBUTES 4u /* bytes that efivarfs puts before a value */

uint8_t *variable_read(
        const struct host *host, const char *name, const char *vendor, size_t *ret_length)
{
        _cleanup_free_ char *path = host_path(host, FOLDER "/%s-%s", name, vendor);
        size_t length;
        _cleanup_free_ char *value = source_read_text(path, VALUE_MAX, &length);

        if (!value || length < ATTRIBUTES)
                return NULL;
        length -= ATTRIBUTES;
        memmove(value, value + ATTRIBUTES, length + 1);
        *ret_length = length;
        return (uint8_t *)TAKE_PTR(value);
}

bool variable_any(const struct host *host)
{
        _cleanup_free_ char *order = host_path(host, FOLDER "/BootOrder-" VARIABLE_GLOBAL);
        _cleanup_free_ char *current = host_path(host, FOLDER "/BootCurrent-" VARIABLE_GLOBAL);

        return access(order, F_OK) == 0 || access(current, F_OK) == 0;
}

static size_t read_numbers(
        const struct host *host, const char *name, uint16_t *numbers, size_t room)
{
        size_t length, count = 0;
        _cleanup_free_ uint8_t *value = variable_read(host, name, VARIABLE_GLOBAL, &length);

        for (; value && count < length / 2 && count < room; count++)
                numbers[count] = (uint16_t)(value[2 * count] | value[2 * count + 1] << 8);
        return count;
}

size_t variable_boot_order(const struct host *host, uint16_t *numbers, size_t room)
{
        return read_numbers(host, "BootOrder", numbers, room);
}

static bool is_among(uint16_t number, const uint16_t *numbers, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (numbers[i] == number)
                        return true;
        return false;
}

/* "Boot0001-GUID": four digits, hexadecimal, in upper case (UEFI 2.10, 3.3). */
static bool parse_name(const char *name, uint16_t *ret_number)
{
        unsigned number;
        char again[64];

        if (sscanf(name, "Boot%4X-", &number) != 1)
                return false;
        snprintf(again, sizeof(again), "Boot%04X-" VARIABLE_GLOBAL, number & 0xffff);
        *ret_number = (uint16_t)number;
        return strcmp(name, again) == 0;
}

size_t variable_boot_options(
        const struct host *host, uint16_t *numbers, size_t room, size_t *ret_ordered)
{
        _cleanup_free_ char *path = host_path(host, FOLDER);
        _cleanup_closedir_ DIR *folder = opendir(path);
        size_t listed = variable_boot_order(host, numbers, room), count = 0;
        struct dirent *entry;
        uint16_t number;

        for (size_t i = 0; i < listed; i++) /* nothing keeps an order from naming one twice */
                if (!is_among(numbers[i], numbers, count))
                        numbers[count++] = numbers[i];
        *ret_ordered = count;
        while (folder && count < room && (entry = readdir(folder)))
                if (parse_name(entry->d_name, &number) && !is_among(number, numbers, count))
                        numbers[count++] = number;
        return count;
}

bool variable_boot_current(const struct host *host, uint16_t *ret_number)
{
        return read_numbers(host, "BootCurrent", ret_number, 1) == 1;
}

bool variable_boot_option(const struct host *host, uint16_t number, struct bootoption *ret_option)
{
        char name[16];
        size_t length;
        _cleanup_free_ uint8_t *value = NULL;

        snprintf(name, sizeof(name), "Boot%04X", number);
        value = variable_read(host, name, VARIABLE_GLOBAL, &length);
        return value && bootoption_parse(value, length, ret_option);
}

/* UTF-16, in either case. */
static bool read_loader(const struct host *host, char ret_name[BOOTOPTION_PARTITION])
{
        size_t length;
        _cleanup_free_ uint8_t *value =
                variable_read(host, "LoaderDevicePartUUID", LOADER, &length);
        char text[UUID_LENGTH + 1];
        uint8_t id[16];

        if (!value || length < 2 * UUID_LENGTH)
                return false;
        for (size_t i = 0; i < UUID_LENGTH; i++)
                text[i] = value[2 * i + 1] == 0 ? (char)value[2 * i] : '?';
        text[UUID_LENGTH] = '\0';
        if (!uuid_parse(text, UUID_LENGTH, id))
                return false;
        uuid_format(id, ret_name);
        return true;
}

bool variable_booted_partition(const struct host *host, char ret_name[BOOTOPTION_PARTITION])
{
        struct bootoption option;
        uint16_t current;

        if (variable_boot_current(host, &current) && variable_boot_option(host, current, &option) &&
                *option.partition) {
                memcpy(ret_name, option.partition, BOOTOPTION_PARTITION);
                return true;
        }
        return read_loader(host, ret_name);
}
