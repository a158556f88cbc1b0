#include "efi/firmware/variable.h"

#include "efi/firmware/debug.h"
#include "efi/firmware/firmware.h"
#include "lib/uuid.h"

#include <string.h>

static EFI_GUID vendor = { 0x14ec1a0d, 0xf549, 0x48b7,
        { 0x90, 0xe0, 0xd7, 0x69, 0x80, 0x22, 0x4a, 0x80 } };

#define ATTRIBUTES \
        (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)

#define VALUE_BYTES 64u /* more than any value of ours */

/* A variable of ours; `ascii` is its name for messages. */
struct variable {
        CHAR16 *name;
        const char *ascii;
};

static const struct variable last_run = { VARIABLE_LAST_RUN, "ForestageLastRun" };
static const struct variable repeat_count = { VARIABLE_REPEAT, "ForestageRepeat" };

static bool complain(
        const struct variable *variable, const char *what, EFI_STATUS status, struct text *reason)
{
        text_add(reason, "firmware variable %s cannot be %s: %s", variable->ascii, what,
                firmware_strerror(status));
        return false;
}

/* Its value, empty when there is none or one that is not of ours; false with a reason. */
static bool read_value(const struct variable *variable, char value[VALUE_BYTES],
        struct slice *ret_value, struct text *reason)
{
        UINTN size = VALUE_BYTES;
        EFI_STATUS status =
                firmware.runtime->GetVariable(variable->name, &vendor, NULL, &size, value);

        if (status == EFI_NOT_FOUND || status == EFI_BUFFER_TOO_SMALL)
                size = 0;
        else if (EFI_ERROR(status))
                return complain(variable, "read", status, reason);
        debug_say("firmware variable %s is \"%.*s\"", variable->ascii, (int)size, value);
        *ret_value = (struct slice){ value, size };
        return true;
}

static EFI_STATUS write_value(const struct variable *variable, struct slice value)
{
        return firmware.runtime->SetVariable(
                variable->name, &vendor, ATTRIBUTES, value.length, (void *)value.data);
}

/* Writes it and reads it back; only what is really there can stop another run. */
static bool store_value(const struct variable *variable, struct slice value, struct text *reason)
{
        EFI_STATUS status;
        char buffer[VALUE_BYTES];
        struct slice found;

        debug_say("writing firmware variable %s: \"" SLICE_FORMAT "\"", variable->ascii,
                SLICE_PRINT(value));
        status = write_value(variable, value);
        if (EFI_ERROR(status)) {
                /* The firmware refuses to change the attributes of a variable: start it anew. */
                firmware.runtime->SetVariable(variable->name, &vendor, 0, 0, NULL);
                status = write_value(variable, value);
        }
        if (EFI_ERROR(status))
                return complain(variable, "written", status, reason);
        if (!read_value(variable, buffer, &found, reason))
                return false;
        if (!slice_equal(found, value)) {
                text_add(reason, "firmware variable %s does not keep its value", variable->ascii);
                return false;
        }
        return true;
}

enum last_run variable_last_run(const char run[UUID_LENGTH + 1], struct text *reason)
{
        char buffer[VALUE_BYTES];
        struct slice value;

        if (!read_value(&last_run, buffer, &value, reason))
                return LAST_RUN_UNREADABLE;
        /* A longer or shorter value is no run id of ours: it says nothing about this order. */
        if (value.length != UUID_LENGTH)
                return LAST_RUN_NONE;
        return memcmp(value.data, run, value.length) == 0 ? LAST_RUN_SAME : LAST_RUN_OTHER;
}

bool variable_store_run(const char run[UUID_LENGTH + 1], struct text *reason)
{
        return store_value(&last_run, (struct slice){ run, UUID_LENGTH }, reason);
}

enum repeat_state variable_repeat(struct repeat *ret_repeat, struct text *reason)
{
        char buffer[VALUE_BYTES];
        struct slice value;

        if (!read_value(&repeat_count, buffer, &value, reason))
                return REPEAT_UNREADABLE;
        return repeat_parse(value, ret_repeat) ? REPEAT_COUNTED : REPEAT_FRESH;
}

bool variable_store_repeat(const struct repeat *repeat, struct text *reason)
{
        char text[REPEAT_LENGTH + 1];

        repeat_format(repeat, text);
        return store_value(&repeat_count, (struct slice){ text, REPEAT_LENGTH }, reason);
}

bool variable_secure_boot(void)
{
        static EFI_GUID global = EFI_GLOBAL_VARIABLE;
        uint8_t value = 0;
        UINTN size = sizeof(value);
        EFI_STATUS status;

        status = firmware.runtime->GetVariable(L"SecureBoot", &global, NULL, &size, &value);
        return !EFI_ERROR(status) && value == 1;
}
