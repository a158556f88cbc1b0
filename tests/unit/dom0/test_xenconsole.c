/* Xen's serial console in Linux's words. */
#include <stdio.h>

#include "dom0/xen/xenconsole.h"
#include "tests/unit/tap.h"

/* The line of an entry "(Serial)" of XCP-ng 8.3 that was installed over com2. */
#define COM2_ENTRY                                                                      \
        "com2=57600,8n1 console=com2,vga dom0_mem=4304M,max:4304M watchdog ucode=scan " \
        "dom0_max_vcpus=1-16 crashkernel=256M,below=4G"

/* A line of Xen's, and what Linux is told; NULL: nothing is asked for, "": it cannot be told. */
static const struct {
        const char *options, *console;
        unsigned port;
} lines[] = {
        { COM2_ENTRY, "ttyS1,57600n8", 2 },
        { "com1=115200,8n1 console=com1,vga dom0_mem=2656M", "ttyS0,115200n8", 1 },
        { "console=com1,vga dom0_mem=1G com1=9600,8n1,0x3f8,4", "ttyS0,9600n8", 1 },
        { "console=vga,com2\tcom2=38400,7e1", "ttyS1,38400e7", 2 },
        { "com1=19200,8o2 console=com1H", "ttyS0,19200o8", 1 },
        { "com2=115200 console=com2L,vga", "ttyS1,115200n8", 2 },
        { "com1=115200/115200,8n1 console=com1", "ttyS0,115200n8", 1 },
        { "com1=1200,8n1 console=com1", "ttyS0,1200n8", 1 },
        /* another place */
        { "com1=115200,8n1,0x2f8,3 console=com1", "ttyS1,115200n8", 1 },
        { "com2=115200,8n1,1000,5 console=com2", "ttyS2,115200n8", 2 },
        { "com1=57600,,0x2e8 console=com1", "ttyS3,57600n8", 1 },
        { "com1=115200,8n1,0xe0b8,17 console=com1", "uart8250,io,0xe0b8,115200n8", 1 },
        /* a speed that is set already */
        { "com1=auto console=com1,vga", "uart8250,io,0x3f8", 1 },
        { "com2=auto,8n1 console=com2", "uart8250,io,0x2f8", 2 },
        { "com1=auto,8n1,0xe0b8 console=com1", "uart8250,io,0xe0b8", 1 },
        { "console=com2,vga", "uart8250,io,0x2f8", 2 },
        { "console=com1 com1=", "uart8250,io,0x3f8", 1 },
        /* names instead of places, after places too */
        { "com1=baud=115200,data-bits=8,parity=n,stop-bits=1 console=com1", "ttyS0,115200n8", 1 },
        { "com2=9600,8n1,io-base=0x3e8,irq=0 console=com2", "ttyS2,9600n8", 2 },
        { "com1=baud=auto console=com1", "uart8250,io,0x3f8", 1 },
        { "com1=115200,8n1,clock-hz=115200 console=com1", "ttyS0,115200n8", 1 },
        /* the last one counts; the first of several consoles; Xen's own default */
        { "com1=9600 com1=115200,8n1 console=vga console=com1", "ttyS0,115200n8", 1 },
        { "com1=115200,8n1 com2=9600,8n1 console=com2,com1,vga", "ttyS1,9600n8", 2 },
        { "com1=115200,8n1 dom0_mem=1G", "ttyS0,115200n8", 1 },
        /* words that are no such words */
        { "console_timestamps=boot console_to_ring com1=115200,8n1 console=com1 sync_console",
                "ttyS0,115200n8", 1 },
        { "dom0_mem=4304M,max:4304M console=vga vga=mode-0x0311", NULL, 0 },
        { "com1=115200,8n1 console=vga", NULL, 0 },
        { "com2=115200,8n1 console=com1,vga", "uart8250,io,0x3f8", 1 },
        { "xencons=com1 com1x=9600 gdb=com1", NULL, 0 },
        { "console=xhci,vga com1=115200", NULL, 0 },
        { "console=none", NULL, 0 },
        { "console=com3,com10,com1x", NULL, 0 },
        { "com2=115200,8n1", NULL, 0 },
        { "dom0_mem=1G -- com1=115200,8n1 console=com1", NULL, 0 },
        { "", NULL, 0 },
        /* what Linux has no name for */
        { "com1=115200,8n1,pci console=com1", "", 1 },
        { "com1=115200,8n1,amt,0 console=com1,vga", "", 1 },
        { "com1=115200,8n1,0x3f8,4,00:16.3 console=com1", "", 1 },
        { "com2=115200,8n1,dev=amt console=com2", "", 2 },
        { "com1=115200,8n1,0xfe000000 console=com1", "", 1 },
        { "com1=115200,8n1,reg-shift=2 console=com1", "", 1 },
        { "com1=115200/460800,8n1 console=com1", "", 1 },
        { "com1=115200,8m1 console=com1", "", 1 },
        { "com1=115200,5n1 console=com1", "", 1 },
        { "com1=115200,8n console=com1", "", 1 },
        { "com1=230400,8n1 console=com1", "", 1 },
        { "com1=0 console=com1", "", 1 },
        { "com1=fast console=com1", "", 1 },
        { "com1=99999999999999999999,8n1 console=com1", "", 1 },
        { "com1=115200,8n1,0x3f8,4,,,9 console=com1", "", 1 },
};

static void tells_linux_where_xen_speaks(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                struct xenconsole console;
                const char *expected = lines[i].console;
                enum xenconsole_kind kind = !expected   ? XENCONSOLE_NONE
                                            : *expected ? XENCONSOLE_KNOWN
                                                        : XENCONSOLE_UNKNOWN;

                xenconsole_read(lines[i].options, &console);
                if (console.kind != kind || console.port != lines[i].port ||
                        strcmp(console.console, expected ? expected : "") != 0)
                        fail_msg("%s: %d, com%u, \"%s\"", lines[i].options, console.kind,
                                console.port, console.console);
        }
}

static void knows_it_again_in_other_words(void **state)
{
        static const struct {
                const char *options, *value;
                bool same;
        } tests[] = {
                { COM2_ENTRY, "ttyS1,57600n8", true },
                { COM2_ENTRY, "ttyS1,57600n8r", true },
                { COM2_ENTRY, "ttyS1,57600", true },
                { COM2_ENTRY, "ttyS1,115200n8", false },
                { COM2_ENTRY, "ttyS0,57600n8", false },
                { COM2_ENTRY, "ttyS1,5760", false },
                { COM2_ENTRY, "ttyS1,576000", false },
                { COM2_ENTRY, "ttyS1,57600e7", false },
                { COM2_ENTRY, "ttyS1", false }, /* Linux takes 9600 then */
                { COM2_ENTRY, "tty0", false },
                { "com1=9600,7e1 console=com1", "ttyS0,9600", false },
                { "com1=auto console=com1", "uart8250,io,0x3f8", true },
                { "com1=auto console=com1", "uart8250,io,0x3f8,115200n8", true },
                { "com1=auto console=com1", "ttyS0,115200n8", true },
                { "com1=auto console=com1", "ttyS01", false },
                { "com1=auto console=com1", "ttyS1,115200n8", false },
                { "com1=auto,8n1,0xe0b console=com1", "uart8250,io,0xe0b8", false },
                { "console=vga", "ttyS0,115200n8", false },
                { "com1=115200,8n1,pci console=com1", "", false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                struct xenconsole console;

                xenconsole_read(tests[i].options, &console);
                if (xenconsole_is(&console, tests[i].value, strlen(tests[i].value)) !=
                        tests[i].same)
                        fail_msg("%s: %s", tests[i].options, tests[i].value);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tells_linux_where_xen_speaks),
                cmocka_unit_test(knows_it_again_in_other_words),
        };

        return run_tap(tests);
}
