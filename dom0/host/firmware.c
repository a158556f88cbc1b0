#include "dom0/host/firmware.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "dom0/host/variable.h"
#include "lib/cleanup.h"

#define LINE_MAX_BYTES ((size_t)64 << 10)

static bool exists(const struct host *host, const char *path)
{
        _cleanup_free_ char *full = host_path(host, "%s", path);

        return access(full, F_OK) == 0;
}

/* dom0 that the stage started has no EFI, but its command line shows where it came from. */
static bool was_handed_over(const struct host *host)
{
        size_t length;
        _cleanup_free_ char *line = source_read_text(host->command_line, LINE_MAX_BYTES, &length);

        return line && strstr(line, "forestage.run=") && strstr(line, "acpi_rsdp=");
}

enum firmware_kind firmware_kind(const struct host *host)
{
        if (variable_any(host))
                return FIRMWARE_VARIABLES;
        if (exists(host, "/sys/firmware/efi") || was_handed_over(host))
                return FIRMWARE_NO_ACCESS;
        return FIRMWARE_BIOS;
}

bool firmware_own_variable(const struct host *host, const char *name, char *out, size_t size)
{
        _cleanup_free_ uint8_t *value = NULL;
        size_t length;

        if (firmware_kind(host) != FIRMWARE_VARIABLES)
                return false;
        value = variable_read(host, name, VARIABLE_OURS, &length);
        snprintf(out, size, "%.*s", value ? (int)length : 0, value ? (char *)value : "");
        return true;
}

bool firmware_secure_boot(const struct host *host)
{
        size_t length;
        _cleanup_free_ uint8_t *value = variable_read(host, "SecureBoot", VARIABLE_GLOBAL, &length);

        return value && length == 1 && value[0] == 1;
}

/* --- our boot option --- */

/* How one option stands. `first`: nothing before it in the order would be started. */
static enum firmware_state judge(
        const struct bootoption *option, const char *partition, bool ordered, bool first)
{
        if (!bootoption_same_loader(option->loader, FIRMWARE_LOADER))
                return FIRMWARE_NONE;
        if (!*partition || strcmp(option->partition, partition) != 0)
                return FIRMWARE_ELSEWHERE;
        if (!option->active)
                return FIRMWARE_OFF;
        return ordered && first ? FIRMWARE_SET : FIRMWARE_NOT_FIRST;
}

struct firmware_option firmware_find(const struct host *host, const char *partition)
{
        struct firmware_option best = { .state = FIRMWARE_NONE };
        uint16_t numbers[VARIABLE_OPTIONS];
        struct bootoption option;
        size_t count, ordered;
        bool first = true;

        if (firmware_kind(host) != FIRMWARE_VARIABLES)
                return (struct firmware_option){ .state = FIRMWARE_HIDDEN };
        count = variable_boot_options(host, numbers, VARIABLE_OPTIONS, &ordered);
        for (size_t i = 0; i < count; i++) {
                enum firmware_state state;

                /* The boot manager passes over what is not there and what is switched off. */
                if (!variable_boot_option(host, numbers[i], &option))
                        continue;
                state = judge(&option, partition, i < ordered, first);
                first = first && !option.active;
                if (state >= best.state)
                        continue;
                best = (struct firmware_option){ .state = state, .number = numbers[i] };
                memcpy(best.partition, option.partition, sizeof(best.partition));
        }
        return best;
}

bool firmware_is_ours(const struct firmware_option *option)
{
        return option->state <= FIRMWARE_OFF;
}

/* What efibootmgr says is one thing, and what stands in the variables another. */
static bool check_set(const struct host *host, const char *partition, struct failure *error)
{
        static const char *const problems[] = {
                [FIRMWARE_NOT_FIRST] = "is not the first in the boot order",
                [FIRMWARE_OFF] = "is switched off",
                [FIRMWARE_ELSEWHERE] = "leads to another partition",
                [FIRMWARE_NONE] = "is not there",
                [FIRMWARE_HIDDEN] = "cannot be seen any more",
        };
        struct firmware_option now = firmware_find(host, partition);

        return now.state == FIRMWARE_SET ||
               fail(error, EXIT_FAIL,
                       "efibootmgr ended well, but the boot option \"" FIRMWARE_LABEL
                       "\" %s; the firmware's variable store may be full",
                       problems[now.state]);
}

bool firmware_add(
        const struct host *host, const struct partition *partition, struct failure *ret_error)
{
        char number[16];
        const char *const argv[] = { "efibootmgr", "--quiet", "--create", "--disk", partition->disk,
                "--part", number, "--label", FIRMWARE_LABEL, "--loader", FIRMWARE_LOADER, NULL };

        snprintf(number, sizeof(number), "%u", partition->number);
        return program_do(host, argv, ret_error) && check_set(host, partition->name, ret_error);
}

static bool switch_on(const struct host *host, uint16_t number, struct failure *error)
{
        char text[16];
        const char *const argv[] = { "efibootmgr", "--quiet", "--active", "--bootnum", text, NULL };

        snprintf(text, sizeof(text), "%04X", number);
        return program_do(host, argv, error);
}

static bool put_first(const struct host *host, uint16_t number, struct failure *error)
{
        uint16_t order[VARIABLE_OPTIONS];
        size_t count = variable_boot_order(host, order, VARIABLE_OPTIONS);
        char list[8 * (VARIABLE_OPTIONS + 1)];
        const char *const argv[] = { "efibootmgr", "--quiet", "--bootorder", list, NULL };
        struct bootoption option;
        int at = snprintf(list, sizeof(list), "%04X", number);

        /* efibootmgr takes no order that names an option which is not there. */
        for (size_t i = 0; i < count; i++)
                if (order[i] != number && variable_boot_option(host, order[i], &option))
                        at += snprintf(list + at, sizeof(list) - (size_t)at, ",%04X", order[i]);
        return program_do(host, argv, error);
}

bool firmware_mend(
        const struct host *host, const struct partition *partition, struct failure *ret_error)
{
        struct firmware_option option = firmware_find(host, partition->name);

        if (option.state == FIRMWARE_OFF) {
                if (!switch_on(host, option.number, ret_error))
                        return false;
                option = firmware_find(host, partition->name);
        }
        if (option.state == FIRMWARE_NOT_FIRST && !put_first(host, option.number, ret_error))
                return false;
        return check_set(host, partition->name, ret_error);
}

bool firmware_remove(
        const struct host *host, const char *partition, uint16_t number, struct failure *ret_error)
{
        char text[16];
        const char *const argv[] = { "efibootmgr", "--quiet", "--delete-bootnum", "--bootnum", text,
                NULL };
        struct bootoption option;

        snprintf(text, sizeof(text), "%04X", number);
        if (!program_do(host, argv, ret_error))
                return false;
        return !variable_boot_option(host, number, &option) ||
               judge(&option, partition, false, false) > FIRMWARE_OFF ||
               fail(ret_error, EXIT_FAIL,
                       "efibootmgr ended well, but the boot option Boot%s is still there", text);
}
