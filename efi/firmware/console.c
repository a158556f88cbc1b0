#include "efi/firmware/console.h"

#include "efi/firmware/firmware.h"
#include "efi/parse/text.h"

#define SECOND 10000000u /* in units of 100 ns */

static CHAR16 printable(char c)
{
        if (c == '\r' || (c >= 0x20 && c <= 0x7e))
                return (CHAR16)c;
        return '?';
}

static void print_bytes(const char *bytes, size_t length)
{
        SIMPLE_TEXT_OUTPUT_INTERFACE *out = firmware.system->ConOut;
        CHAR16 units[128];
        size_t count = 0;

        if (!out)
                return;
        for (size_t i = 0; i < length; i++) {
                if (bytes[i] == '\n')
                        units[count++] = '\r';
                units[count++] = bytes[i] == '\n' ? '\n' : printable(bytes[i]);
                if (count >= sizeof(units) / sizeof(units[0]) - 3 || i + 1 == length) {
                        units[count] = 0;
                        out->OutputString(out, units);
                        count = 0;
                }
        }
}

void console_print(const char *format, ...)
{
        char buffer[CONSOLE_MAX_BYTES + 1];
        struct text text;
        va_list arguments;

        text_init(&text, buffer, sizeof(buffer));
        va_start(arguments, format);
        text_add_list(&text, format, arguments);
        va_end(arguments);
        print_bytes(text.data, text.length);
}

static bool take_key(void)
{
        SIMPLE_INPUT_INTERFACE *in = firmware.system->ConIn;
        EFI_INPUT_KEY key;

        return in && in->ReadKeyStroke(in, &key) == EFI_SUCCESS;
}

/* Forgets keys that wait already; a stuck keyboard must not hold us. */
static void drain_keys(void)
{
        for (unsigned i = 0; i < 64 && take_key(); i++)
                ;
}

/* Waits for a second; returns true at once when a key is pressed. */
static bool wait_second(EFI_EVENT timer)
{
        EFI_EVENT events[2] = { timer,
                firmware.system->ConIn ? firmware.system->ConIn->WaitForKey : NULL };
        UINTN index = 0;

        firmware.boot->SetTimer(timer, TimerRelative, SECOND);
        while (firmware.boot->WaitForEvent(events[1] ? 2 : 1, events, &index) == EFI_SUCCESS) {
                if (index == 0)
                        return false;
                /* The event also fires for a shift key alone, which is no key stroke. */
                if (take_key())
                        return true;
        }
        firmware.boot->Stall(SECOND / 10);
        return take_key();
}

bool console_countdown(const char *name, unsigned seconds)
{
        EFI_EVENT timer;
        bool pressed = false;

        if (firmware.boot->CreateEvent(EVT_TIMER, 0, NULL, NULL, &timer) != EFI_SUCCESS)
                return false;
        drain_keys();
        for (unsigned left = seconds; left > 0 && !pressed; left--) {
                console_print(
                        "\rforestage: run %s starts in %u s, press any key to skip ", name, left);
                pressed = wait_second(timer);
        }
        console_print("\n");
        firmware.boot->CloseEvent(timer);
        return pressed;
}
