#include "efi/firmware/debug.h"

#include "efi/firmware/console.h"
#include "efi/firmware/firmware.h"
#include "efi/parse/stageline.h"
#include "efi/parse/text.h"
#include "version.h"

static bool is_on;

void debug_set(bool on)
{
        is_on = on;
}

void debug_say(const char *format, ...)
{
        char buffer[CMDLINE_MAX_BYTES + 100]; /* a command line is the longest thing to say */
        struct text text;
        va_list arguments;

        if (!is_on)
                return;
        text_init(&text, buffer, sizeof(buffer));
        va_start(arguments, format);
        text_add_list(&text, format, arguments);
        va_end(arguments);
        console_print("forestage: debug: %s\n", text.data);
}

void debug_say_program(void)
{
        const EFI_LOADED_IMAGE *loaded = firmware.loaded;

        debug_say("forestage.efi " FORESTAGE_VERSION " at 0x%lx, %lu bytes",
                (uint64_t)loaded->ImageBase, loaded->ImageSize);
        debug_say("UEFI %u.%u, firmware revision 0x%x",
                (unsigned)(firmware.system->Hdr.Revision >> 16),
                (unsigned)(firmware.system->Hdr.Revision & 0xffff) / 10,
                firmware.system->FirmwareRevision);
}
