#include "efi/variable.h"

#include "efi/firmware.h"

#include <string.h>

static EFI_GUID vendor = { 0x14ec1a0d, 0xf549, 0x48b7,
        { 0x90, 0xe0, 0xd7, 0x69, 0x80, 0x22, 0x4a, 0x80 } };

#define ATTRIBUTES \
        (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)

enum last_run variable_last_run(const char run[REGION_UUID_LENGTH + 1], struct text *reason)
{
        char value[REGION_UUID_LENGTH];
        UINTN size = sizeof(value);
        EFI_STATUS status;

        status = firmware.runtime->GetVariable(VARIABLE_LAST_RUN, &vendor, NULL, &size, value);
        if (status == EFI_NOT_FOUND)
                return LAST_RUN_NONE;
        /* A longer or shorter value is no run id of ours: it says nothing about this order. */
        if (status == EFI_BUFFER_TOO_SMALL || (!EFI_ERROR(status) && size != sizeof(value)))
                return LAST_RUN_NONE;
        if (EFI_ERROR(status)) {
                text_add(reason, "firmware variable ForestageLastRun cannot be read: %s",
                        firmware_strerror(status));
                return LAST_RUN_UNREADABLE;
        }
        return memcmp(value, run, sizeof(value)) == 0 ? LAST_RUN_SAME : LAST_RUN_OTHER;
}

static EFI_STATUS write_last_run(const char *run)
{
        return firmware.runtime->SetVariable(
                VARIABLE_LAST_RUN, &vendor, ATTRIBUTES, REGION_UUID_LENGTH, (void *)run);
}

bool variable_store_run(const char run[REGION_UUID_LENGTH + 1], struct text *reason)
{
        EFI_STATUS status = write_last_run(run);

        if (EFI_ERROR(status)) {
                /* The firmware refuses to change the attributes of a variable: start it anew. */
                firmware.runtime->SetVariable(VARIABLE_LAST_RUN, &vendor, 0, 0, NULL);
                status = write_last_run(run);
        }
        if (EFI_ERROR(status)) {
                text_add(reason, "firmware variable ForestageLastRun cannot be written: %s",
                        firmware_strerror(status));
                return false;
        }
        switch (variable_last_run(run, reason)) {
        case LAST_RUN_SAME:
                return true;
        case LAST_RUN_UNREADABLE:
                return false;
        default:
                text_add(reason, "firmware variable ForestageLastRun does not keep its value");
                return false;
        }
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
