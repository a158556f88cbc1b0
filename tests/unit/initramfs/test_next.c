#include "initramfs/xen/next.h"
#include "tests/unit/tap.h"

static char buffer[8192];

static struct next parsed(const char *conf)
{
        char reason_buffer[256];
        struct text reason;
        struct next next = { 0 };

        text_init(&reason, reason_buffer, sizeof(reason_buffer));
        assert_true(next_parse(slice_of(conf), &next, &reason));
        return next;
}

static const struct {
        const char *options, *line;
} xen_lines[] = {
        { "", "no-real-mode edd=off reboot=acpi" },
        { "console=com1 com1=115200,8n1",
                "no-real-mode edd=off reboot=acpi console=com1 com1=115200,8n1" },
        { "dom0_mem=4192M,max:4192M watchdog console=vga vga=mode-0x0311",
                "no-real-mode edd=off reboot=acpi dom0_mem=4192M,max:4192M watchdog console=vga" },
        { "vga=gfx-1024x768x32  vga=ask\tvga=mode-1", "no-real-mode edd=off reboot=acpi vga=ask" },
        { "vga=mode-0x0311,keep vga=gfx-1024x768x32,keep,x vga=mode-1,keeper",
                "no-real-mode edd=off reboot=acpi vga=keep vga=keep vga=keep" },
        { "x -- no-real-mode", "no-real-mode edd=off reboot=acpi x -- no-real-mode" },
};

static void xen_line_keeps_all_but_bios_video(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(xen_lines) / sizeof(xen_lines[0]); i++) {
                struct next next = { .xen_options = slice_of(xen_lines[i].options) };
                struct text line;

                text_init(&line, buffer, sizeof(buffer));
                next_xen_line(&next, &line);
                assert_string_equal(buffer, xen_lines[i].line);
        }
}

static void dom0_line_says_where_the_run_is(void **state)
{
        struct next next = parsed("dom0-options=console=hvc0 root=/dev/sda1\r\n");
        struct bootline run = { .has_region = true,
                .has_run = true,
                .region = { 0x7c000000, 0x4000000 },
                .run_id = { 0xab },
                .rsdp = 0x9f010 };
        struct text line;

        (void)state;
        text_init(&line, buffer, sizeof(buffer));
        next_dom0_line(&next, "/next/vmlinuz", &run, &line);
        assert_string_equal(buffer,
                "/next/vmlinuz console=hvc0 root=/dev/sda1 forestage.region=0x7c000000,0x4000000 "
                "forestage.run=ab000000-0000-0000-0000-000000000000 acpi_rsdp=0x9f010");
        assert_false(line.cut);

        run = (struct bootline){ 0 };
        text_init(&line, buffer, sizeof(buffer));
        next_dom0_line(&(struct next){ .dom0_options = SLICE("") }, "/k", &run, &line);
        assert_string_equal(buffer, "/k");
}

static const struct {
        const char *options;
        bool pvh;
} modes[] = {
        { "", false },
        { "dom0=pvh", true },
        { "console=com1 dom0=pvh,verbose loglvl=all", true },
        { "dom0=verbose,pvh", true },
        { "dom0=pvh dom0=pv", false },
        { "dom0=verbose", false },
        { "xdom0=pvh dom0_mem=1G", false },
        { "dom0=", false },
};

static void pvh_gets_no_rsdp(void **state)
{
        struct bootline run = { .rsdp = 0x9f010 };

        (void)state;
        for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
                struct next next = { .xen_options = slice_of(modes[i].options),
                        .dom0_options = SLICE("") };
                struct text line;

                assert_int_equal(next_is_pvh(&next), modes[i].pvh);
                text_init(&line, buffer, sizeof(buffer));
                next_dom0_line(&next, "/k", &run, &line);
                assert_string_equal(buffer, modes[i].pvh ? "/k" : "/k acpi_rsdp=0x9f010");
        }
}

static void too_long_is_seen(void **state)
{
        struct next next = parsed("dom0-options=0123456789012345678901234567890123456789");
        struct bootline run = { 0 };
        struct text line;
        char small[20];

        (void)state;
        text_init(&line, small, sizeof(small));
        next_dom0_line(&next, "/k", &run, &line);
        assert_true(line.cut);
}

static void unknown_key_is_named(void **state)
{
        char reason_buffer[256];
        struct text reason;
        struct next next = { .xen_options = SLICE("kept") };

        (void)state;
        text_init(&reason, reason_buffer, sizeof(reason_buffer));
        assert_false(next_parse(SLICE("xen-options=a\nxen-option=b\n"), &next, &reason));
        assert_non_null(strstr(reason_buffer, "next.conf:2"));
        assert_int_equal(next.xen_options.length, 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(xen_line_keeps_all_but_bios_video),
                cmocka_unit_test(dom0_line_says_where_the_run_is),
                cmocka_unit_test(pvh_gets_no_rsdp),
                cmocka_unit_test(too_long_is_seen),
                cmocka_unit_test(unknown_key_is_named),
        };

        return run_tap(tests);
}
