/*
 * Which entry of GRUB's menu a run ends in, which files it takes along, and where they are: arm on
 * a stand-in for a whole host. grub/ holds what XCP-ng's and XenServer's own tools write.
 */
#include <stdio.h>
#include <unistd.h>

#include "dom0/xen/elfentry.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

#define ESP       "/boot/efi/EFI/forestage"
#define CONFIG    "/boot/efi/EFI/xenserver/grub.cfg"
#define MORE      "/boot/efi/EFI/xenserver/more.cfg"
#define ENV       "/boot/efi/EFI/xenserver/grubenv"
#define MICROCODE "DMA"
#define OSRELEASE "/proc/sys/kernel/osrelease"
#define XEN_LINES \
        "module2 /boot/vmlinuz-4.19-xen root=LABEL=a ro\nmodule2 /boot/initrd-4.19-xen.img\n"

/* --- the host --- */

static char *read_fixture(const char *name)
{
        char path[128], *text = calloc(1, 16384);
        FILE *file;

        snprintf(path, sizeof(path), "tests/unit/dom0/grub/%s", name);
        file = fopen(path, "rb");
        if (!file) {
                free(text);
                return NULL;
        }
        assert_true(fread(text, 1, 16383, file) > 0);
        fclose(file);
        return text;
}

static void install(struct stand_in *host)
{
        if (stand_in_run(host, "install --yes --method grub") != 0)
                fail_msg("%s%s", host->output, host->errors);
}

/* A host with this GRUB configuration, and Forestage on it. */
static void set_config(struct stand_in *host, const char *text)
{
        if (host->flavour == FLAVOUR_DEBIAN) { /* the firmware starts it there */
                stand_in_text(host, "/boot/grub/grub.cfg", "%s", text);
        } else {
                stand_in_text(host, CONFIG, "%s", text);
                install(host);
        }
}

static void set_fixture(struct stand_in *host, const char *name)
{
        char file[64], *text, *environment;

        snprintf(file, sizeof(file), "%s.cfg", name);
        text = read_fixture(file);
        assert_non_null(text);
        snprintf(file, sizeof(file), "%s.grubenv", name);
        environment = read_fixture(file);
        stand_in_delete(host, ENV);
        if (environment)
                stand_in_text(host, ENV, "%s", environment);
        stand_in_xen(host, "/boot/xen-fallback.gz", "4.13.5", false);
        set_config(host, text);
        free(environment);
        free(text);
}

static void put_kernel(struct stand_in *host, const char *path, const char *version)
{
        char kernel[1024] = { 0 };

        memcpy(kernel + 0x202, "HdrS", 4);
        kernel[0x20e] = 600 - 0x200; /* where its version is */
        snprintf(kernel + 600, 100, "%s (builder@host) #1 SMP", version);
        stand_in_write(host, path, kernel, sizeof(kernel));
}

/* What it runs now; NULL: xl cannot say. */
static void set_running(struct stand_in *host, const char *xen, const char *dom0)
{
        char script[1024];

        stand_in_text(host, "/cmdline", "%s\n", dom0);
        snprintf(script, sizeof(script),
                "[ \"$1\" = info ] || exit 1\necho 'release   : x'\n"
                "echo 'xen_commandline        : %s'\n",
                xen ? xen : "");
        if (xen)
                stand_in_program(host, "xl", script);
        else
                stand_in_delete(host, "/programs/xl");
}

static int set_up(void **state)
{
        struct stand_in *host;

        if (stand_in_xenserver(state) != 0)
                return -1;
        host = *state;
        put_kernel(host, "/boot/vmlinuz-fallback", "4.19.0-old");
        stand_in_text(host, "/boot/initrd-fallback.img", INITRD "-old");
        stand_in_write(host, "/boot/intel-ucode.bin", MICROCODE, 4);
        return 0;
}

/* --- what is looked for --- */

static void assert_file(const struct stand_in *host, const char *path, const char *expected)
{
        char *text = stand_in_read(host, path);

        if (!text || strcmp(text, expected) != 0)
                fail_msg("%s: %s", path, text ? text : "is not there");
        free(text);
}

static void assert_holds(const struct stand_in *host, const char *path, const char *part)
{
        char *text = stand_in_read(host, path);

        if (!text || !strstr(text, part))
                fail_msg("%s: %s", path, text ? text : "is not there");
        free(text);
}

static void armed(struct stand_in *host, const char *options)
{
        if (stand_in_run(host, "arm --yes %s", options) != 0)
                fail_msg("%s%s", host->output, host->errors);
        assert_true(stand_in_has(host, ESP "/order"));
}

static void refused(struct stand_in *host, const char *options, const char *message)
{
        if (stand_in_run(host, "arm --yes %s", options) == 0)
                fail_msg("%s", host->output);
        assert_errors(host, message);
        assert_false(stand_in_has(host, ESP "/order"));
}

static void assert_no_warning(const struct stand_in *host)
{
        if (strstr(host->output, "Warning:"))
                fail_msg("%s", host->output);
}

/* A word of a line that print_wrapped may have broken. */
static void assert_warns(const struct stand_in *host, const char *text)
{
        char flat[8192];
        size_t at = 0;

        for (const char *c = host->output; *c && at + 1 < sizeof(flat); c++) {
                bool blank = *c == ' ' || *c == '\n';

                if (blank && at > 0 && flat[at - 1] == ' ')
                        continue;
                flat[at++] = blank ? ' ' : *c;
        }
        flat[at] = '\0';
        if (!strstr(flat, text))
                fail_msg("no \"%s\" in: %s", text, host->output);
}

/* --- modules --- */

static void every_module_goes_along_in_its_order(void **state)
{
        struct stand_in *host = *state;

        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz dom0_mem=4G ucode=1\n"
                         "module2 /boot/vmlinuz-4.19-xen root=LABEL=root-a ro\n"
                         "module2 /boot/intel-ucode.bin\nmodule2 /boot/initrd-4.19-xen.img\n}\n");
        armed(host, "");
        assert_warns(host, "with ");
        assert_file(host, ESP "/next/module-1", MICROCODE);
        assert_file(host, ESP "/next/module-2", INITRD);
        assert_false(stand_in_has(host, ESP "/next/initrd"));
        assert_false(stand_in_has(host, ESP "/next/module-3"));
        assert_holds(host, ESP "/manifest", "  next/module-1\n");
        assert_holds(host, ESP "/manifest", "  next/module-2\n");
        assert_holds(host, ESP "/next/next.conf", "xen-options=dom0_mem=4G ucode=1\n");

        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz dom0_mem=4G ucode=-1\n"
                         "module2 /boot/vmlinuz-4.19-xen root=LABEL=root-a ro\n"
                         "module2 /boot/initrd-4.19-xen.img\nmodule2 /boot/intel-ucode.bin\n}\n");
        armed(host, "");
        assert_file(host, ESP "/next/module-1", INITRD);
        assert_file(host, ESP "/next/module-2", MICROCODE);
        assert_holds(host, ESP "/next/next.conf", "xen-options=dom0_mem=4G ucode=-1\n");

        set_config(
                host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz dom0_mem=4G\n" XEN_LINES "}\n");
        armed(host, "");
        assert_file(host, ESP "/next/initrd", INITRD);
        assert_false(stand_in_has(host, ESP "/next/module-1"));
        assert_false(stand_in_has(host, ESP "/next/module-2"));
}

/* As the report had it: what Xen is told to take for microcode is anybody's. */
static void what_xen_is_told_is_taken_along(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/boot/intel-ucode.bin", "microcode");
        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz ucode=1\n"
                         "module2 /boot/vmlinuz-4.19-xen ro\nmodule2 /boot/intel-ucode.bin\n"
                         "module2 /boot/initrd-4.19-xen.img\n}\n");
        armed(host, "");
        assert_warns(host, "which is nothing that is known here");
        assert_file(host, ESP "/next/module-1", "microcode");
        assert_file(host, ESP "/next/module-2", INITRD);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz\n"
                         "module2 /boot/vmlinuz-4.19-xen ro\nmodule2 /boot/intel-ucode.bin\n"
                         "module2 /boot/initrd-4.19-xen.img\n}\n");
        refused(host, "", "intel-ucode.bin is neither an initrd");
}

static void a_policy_goes_along(void **state)
{
        struct stand_in *host = *state;

        stand_in_write(host, "/boot/xenpolicy", "\x8c\xff\x7c\xf9\x08\0\0\0XenFlask", 16);
        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz flask=enforcing\n"
                         "module2 /boot/vmlinuz-4.19-xen ro\nmodule2 /boot/xenpolicy\n"
                         "module2 /boot/initrd-4.19-xen.img\n}\n");
        set_running(host, "flask=enforcing", "ro");
        armed(host, "");
        assert_no_warning(host);
        assert_true(stand_in_has(host, ESP "/next/module-1"));
        assert_file(host, ESP "/next/module-2", INITRD);
}

static void an_initrd_that_is_none(void **state)
{
        static const char *const texts[][2] = {
                { "", "initrd-4.19-xen.img is empty" },
                { "initrd", "initrd-4.19-xen.img is neither an initrd" },
                { "<html>not found</html>", "initrd-4.19-xen.img is neither an initrd" },
                { "DMA", "initrd-4.19-xen.img is neither an initrd" },
        };
        struct stand_in *host = *state;

        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz\n" XEN_LINES "}\n");
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                stand_in_text(host, "/boot/initrd-4.19-xen.img", "%s", texts[i][0]);
                refused(host, "", texts[i][1]);
        }
        stand_in_write(host, "/boot/initrd-4.19-xen.img", MICROCODE, 4);
        refused(host, "", "is microcode, and Xen would take it for dom0's initrd: ucode=N");
        stand_in_delete(host, "/boot/initrd-4.19-xen.img");
        refused(host, "", "names /boot/initrd-4.19-xen.img, and there is no such file");
}

static void eight_modules_and_no_more(void **state)
{
        struct stand_in *host = *state;
        char config[1024], line[64];

        for (int i = 1; i <= 8; i++) {
                snprintf(line, sizeof(line), "/boot/part-%d", i);
                stand_in_text(host, line, INITRD "-%d", i);
        }
        strcpy(config, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz\n"
                       "module2 /boot/vmlinuz-4.19-xen ro\n");
        for (int i = 1; i <= 7; i++) {
                snprintf(line, sizeof(line), "module2 /boot/part-%d\n", i);
                strcat(config, line);
        }
        strcat(config, "}\n");
        set_config(host, config);
        armed(host, "");
        for (int i = 1; i <= 7; i++) {
                char text[32];

                snprintf(line, sizeof(line), ESP "/next/module-%d", i);
                snprintf(text, sizeof(text), INITRD "-%d", i);
                assert_file(host, line, text);
        }
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        config[strlen(config) - 2] = '\0';
        strcat(config, "module2 /boot/part-8\n}\n");
        stand_in_text(host, CONFIG, "%s", config);
        refused(host, "", "loads 9 modules, and a run takes 8 along at most");
}

/* status looks at each of them. */
static void any_module_that_changes_is_seen(void **state)
{
        struct stand_in *host = *state;
        struct {
                const char *path, *said;
        } changes[] = {
                { "/boot/intel-ucode.bin", "Xen's module 1 has changed since" },
                { "/boot/initrd-4.19-xen.img", "Xen's module 2 has changed since" },
        };

        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz ucode=1\n"
                         "module2 /boot/vmlinuz-4.19-xen ro\nmodule2 /boot/intel-ucode.bin\n"
                         "module2 /boot/initrd-4.19-xen.img\n}\n");
        for (size_t i = 0; i < 2; i++) {
                armed(host, "");
                assert_int_equal(stand_in_run(host, "status"), 0);
                assert_null(strstr(host->output, "has changed since"));
                stand_in_write(host, changes[i].path, "DMA\0more", 8);
                assert_int_equal(stand_in_run(host, "status"), 0);
                assert_warns(host, changes[i].said);
                stand_in_write(host, "/boot/intel-ucode.bin", MICROCODE, 4);
        }
        stand_in_text(host, "/boot/initrd-4.19-xen.img", INITRD);
        armed(host, "");
        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz ucode=1\n" XEN_LINES "}\n");
        assert_int_equal(stand_in_run(host, "status"), 0);
        assert_warns(host, "has changed since");
}

/* The manifest has its hash, so forestage.efi would fall back. */
static void a_conf_that_was_edited_is_seen(void **state)
{
        static const char *const edits[] = { "region-size=128M\n", "debug=yes\n", "" };
        struct stand_in *host = *state;

        install(host);
        for (size_t i = 0; i < 3; i++) {
                armed(host, "");
                assert_int_equal(stand_in_run(host, "status"), 0);
                assert_null(strstr(host->output, "forestage.conf"));
                stand_in_text(host, ESP "/forestage.conf", "%s", edits[i]);
                assert_false(stand_in_bundle_is_whole(host));
                assert_int_equal(stand_in_run(host, "status"), 0);
                assert_warns(host, "as it is, the run would not start: forestage.conf has changed "
                                   "since");
                assert_warns(host, "arm again");
        }
        armed(host, "");
        assert_true(stand_in_bundle_is_whole(host));
        assert_int_equal(stand_in_run(host, "status"), 0);
        assert_null(strstr(host->output, "forestage.conf"));
}

/* Between the check and the copy. */
static void a_module_changes_behind_the_check(void **state)
{
        struct stand_in *host = *state;

        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz ucode=1\n"
                         "module2 /boot/vmlinuz-4.19-xen ro\nmodule2 /boot/intel-ucode.bin\n"
                         "module2 /boot/initrd-4.19-xen.img\n}\n");
        stand_in_program(host, "gzip",
                "echo >>\"$root/var/gzip\"\n"
                "[ \"$(wc -l <\"$root/var/gzip\")\" != 2 ] || : "
                ">\"$root/boot/initrd-4.19-xen.img\"\n"
                "PATH=/usr/bin:/bin exec gzip \"$@\"\n");
        refused(host, "", "initrd-4.19-xen.img is empty");
}

/* --- which entry --- */

static void what_xcp_ng_writes_is_understood(void **state)
{
        static const struct {
                const char *fixture, *title, *xen, *dom0;
        } tests[] = {
                { "82-plain", "XCP-ng", "dom0_mem=2656M,max:2656M watchdog ucode=scan",
                        "root=LABEL=root-kxtwqn ro nolvm hpet=disable console=hvc0 console=tty0 "
                        "quiet" },
                { "82-serial", "XCP-ng (Serial)", "com1=115200,8n1 console=com1,vga dom0_mem=2656M",
                        "root=LABEL=root-kxtwqn ro nolvm hpet=disable console=tty0 console=hvc0" },
                { "83-plain", "XCP-ng", "dom0_mem=4304M,max:4304M watchdog ucode=scan",
                        "root=LABEL=root-aonwfp ro nolvm" },
                { "83-serial", "XCP-ng (Serial)", "com1=115200,8n1 console=com1,vga dom0_mem=4304M",
                        "root=LABEL=root-aonwfp ro nolvm hpet=disable console=tty0 console=hvc0" },
                { "83-serial-com2-default", "XCP-ng (Serial)", "com2=57600,8n1 console=com2,vga",
                        "root=LABEL=root-aonwfp ro nolvm" },
                { "83-pciback-raid-schedgran", "XCP-ng", "dom0_mem=4304M,max:4304M sched-gran=core",
                        "root=LABEL=root-aonwfp ro nolvm hpet=disable "
                        "xen-pciback.hide=(0000:0b:00.0)(0000:0b:00.1) rd.auto console=hvc0" },
                { "83-nextboot-override", "XCP-ng", "dom0_mem=4304M,max:4304M watchdog ucode=scan",
                        "root=LABEL=root-aonwfp ro nolvm" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                char text[256];

                set_fixture(host, tests[i].fixture);
                armed(host, "");
                snprintf(text, sizeof(text), "Entry: \"%s\"", tests[i].title);
                assert_warns(host, text);
                snprintf(text, sizeof(text), "xen-options=%s", tests[i].xen);
                assert_holds(host, ESP "/next/next.conf", text);
                snprintf(text, sizeof(text), "dom0-options=%s", tests[i].dom0);
                assert_holds(host, ESP "/next/next.conf", text);
                assert_file(host, ESP "/next/initrd", INITRD);
        }
        assert_warns(host,
                "GRUB starts \"XCP-ng (Xen 4.17.5 / Linux 4.19.0+1)\" at its next boot, "
                "but once only (override_entry=1 in grubenv); its default is \"XCP-ng\"");
}

/* XenServer 9, as its installer writes it; and what is to stand there, as well. */
#define XS9_ENTRY                                                                                \
        "menuentry 'Xen-for-Forestage' {\n"                                                      \
        "        search --label --set root root-qpzmkd\n"                                        \
        "        multiboot2 /boot/xen.gz dom0_mem=4304M,max:4304M watchdog dom0_max_vcpus=1-16 " \
        "crashkernel=512M,below=4G console=vga vga=mode-0x0311\n"                                \
        "        module2 /boot/vmlinuz-6.6-xen root=LABEL=root-qpzmkd ro nolvm hpet=disable "    \
        "console=hvc0 console=tty0 quiet vga=785 splash plymouth.ignore-serial-consoles\n"       \
        "        module2 /boot/initrd-6.6-xen.img\n"                                             \
        "}\n"

#define XS9_LINES                                        \
        "xen_hypervisor /boot/xen.efi dom0_mem=1G\n"     \
        "xen_module /boot/vmlinuz-6.6-xen root=/dev/a\n" \
        "xen_module /boot/initrd-6.6-xen.img\n"
#define ELF_LINES                                     \
        "multiboot2 /boot/xen.gz dom0_mem=1G\n"       \
        "module2 /boot/vmlinuz-6.6-xen root=/dev/a\n" \
        "module2 /boot/initrd-6.6-xen.img\n"

static void put_xs9(struct stand_in *host)
{
        stand_in_write(host, "/boot/xen.efi", "MZ\x90\0not an ELF file", 19);
        put_kernel(host, "/boot/vmlinuz-6.6-xen", "6.6.98");
        stand_in_text(host, "/boot/initrd-6.6-xen.img", INITRD);
        set_fixture(host, "xs9-master");
}

/* Bodies as others may write them, and what becomes of them; NULL: nothing. */
static void writes_the_entry_of_any_body(void **state)
{
        static const struct {
                const char *body, *lines;
        } cases[] = {
                { "\n\txen_hypervisor /xen.efi a b\n", "        multiboot2 /xen.gz a b\n" },
                { "xen_hypervisor /xen.efi", "multiboot2 /xen.gz\n" },
                { " xen_hypervisor --quirk  '/x y.efi' a.efi\n",
                        " multiboot2 --quirk  '/x.gz y.efi' "
                        "a.efi\n" },
                { "xen_hypervisor (hd0,gpt2)/xen.efi a\n", "multiboot2 (hd0,gpt2)/xen.gz a\n" },
                { "xen_hypervisor ${dir}/xen-4.20.efi a\n", "multiboot2 ${dir}/xen-4.20.gz a\n" },
                { "xen_hypervisor \"/xen.efi\" a\n", "multiboot2 \"/xen.gz\" a\n" },
                { "xen_hypervisor /xen a\n", "multiboot2 /xen.gz a\n" },
                { "xen_hypervisor\n", NULL },
                { "if true; then\n\tset x=1\nfi\n\nxen_hypervisor /x.efi\n\txen_module /v a\n",
                        "if true; then\n        set x=1\nfi\nmultiboot2 /x.gz\n        module2 /v "
                        "a\n" },
                { "xen_hypervisors /xen.efi\n", NULL },
                { "echo xen_hypervisor /xen.efi\n", NULL },
                { "multiboot2 /xen.gz\n", NULL },
                { "", NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *entry = elfentry_make(cases[i].body), *wanted = NULL;

                assert_true(asprintf(&wanted, "menuentry 'Xen-for-Forestage' {\n%s}\n",
                                    cases[i].lines ? cases[i].lines : "") > 0);
                if (!entry != !cases[i].lines || (entry && strcmp(entry, wanted) != 0))
                        fail_msg("%zu: %s", i, entry ? entry : "nothing");
                free(entry);
                free(wanted);
        }
}

static void a_xen_for_uefi_alone_is_refused(void **state)
{
        struct stand_in *host = *state;

        put_xs9(host);
        refused(host, "", "/boot/xen.efi is a Xen for UEFI alone (a PE file, ");
        assert_errors(host, "multiboot2 /boot/xen.gz");
        assert_errors(host, "--entry");
        assert_output(host, "/boot/efi/EFI/xenserver/grub.cfg:\n\n" XS9_ENTRY);
        assert_output(host, "\nThen: forestage arm --entry Xen-for-Forestage\n");
}

/* Braces, quotes and lines around the entry that starts Xen, and what is written out of it. */
static void the_entry_is_cut_out_of_any_file(void **state)
{
        static const struct {
                const char *before, *after, *lines;
        } cases[] = {
                { "menuentry 'a } {' --class '{' {\nset x='}'\nset y=\"{\"\n",
                        "}\nmenuentry b {\n}\n", "set x='}'\nset y=\"{\"\n" },
                { "# menuentry {\n\n\nmenuentry 'a' {\nset x=${y}\n", "}\n", "set x=${y}\n" },
                { "submenu 's' {\nmenuentry 'a' {\n", "}\n}\n", "" },
                { "menuentry 'a' { # {\n", "}\n", " # {\n" },
                { "menuentry 'a' {\necho a#{}\n", "}\n", "echo a#{}\n" },
        };
        struct stand_in *host = *state;
        char text[2048];

        put_xs9(host);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                snprintf(text, sizeof(text), "%s" XS9_LINES "%s", cases[i].before, cases[i].after);
                set_config(host, text);
                refused(host, "", "is a Xen for UEFI alone");
                snprintf(text, sizeof(text), "menuentry 'Xen-for-Forestage' {\n%s" ELF_LINES "}\n",
                        cases[i].lines);
                assert_output(host, text);
        }
}

/* What arm prints is written where it says, and then does. */
static void the_entry_that_is_written_out_is_taken(void **state)
{
        struct stand_in *host = *state;
        char *config, *text;

        put_xs9(host);
        stand_in_delete(host, "/boot/xen.gz");
        assert_int_equal(stand_in_run(host, "doctor"), 1);
        assert_output(host, XS9_ENTRY);
        assert_output(host, "/boot/xen.gz is not there: it is the same Xen as an ELF file");
        assert_output(host, "kexec CANNOT load it");
        assert_null(strstr(host->output, "xen_hypervisor /"));
        stand_in_xen(host, "/boot/xen.gz", "4.20.1", false);
        assert_int_equal(stand_in_run(host, "doctor"), 1);
        assert_output(host, "/boot/xen.gz is there; it must be of the same build");
        config = stand_in_read(host, "/boot/efi/EFI/xenserver/grub.cfg");
        assert_true(asprintf(&text, "%s" XS9_ENTRY, config) > 0);
        set_config(host, text);
        armed(host, "--entry Xen-for-Forestage");
        assert_holds(host, ESP "/next/next.conf", "xen-options=dom0_mem=4304M,max:4304M watchdog");
        assert_holds(host, ESP "/next/next.conf", "dom0-options=root=LABEL=root-qpzmkd ro nolvm");
        assert_holds(host, "/boot/efi/EFI/forestage/next/initrd", INITRD);
        stand_in_run(host, "doctor");
        assert_output(host, "/boot/xen.gz (Xen-for-Forestage): kexec can load it");
        assert_output(host, "do:       forestage arm --entry Xen-for-Forestage");
        assert_null(strstr(host->output, "To write at the end"));
        free(config);
        free(text);
}

#define SERIAL_XEN                                                                       \
        "com1=115200,8n1 console=com1,vga dom0_mem=4304M,max:4304M watchdog ucode=scan " \
        "dom0_max_vcpus=1-16 crashkernel=256M,below=4G"
#define SERIAL_DOM0 "root=LABEL=root-aonwfp ro nolvm hpet=disable console=tty0 console=hvc0"
#define PLAIN_XEN                                                           \
        "dom0_mem=4304M,max:4304M watchdog ucode=scan dom0_max_vcpus=1-16 " \
        "crashkernel=256M,below=4G console=vga vga=mode-0x0311"
#define PLAIN_DOM0                                                                      \
        "root=LABEL=root-aonwfp ro nolvm hpet=disable console=hvc0 console=tty0 quiet " \
        "vga=785 splash plymouth.ignore-serial-consoles"

static void what_runs_and_what_comes_are_one(void **state)
{
        struct stand_in *host = *state;

        set_fixture(host, "83-plain");
        set_running(host, PLAIN_XEN, PLAIN_DOM0);
        armed(host, "");
        assert_no_warning(host);
        assert_warns(host, "Entry: \"XCP-ng\", which runs here now");
        set_running(host,
                "no-real-mode edd=off reboot=acpi dom0_mem=4304M,max:4304M watchdog "
                "ucode=scan dom0_max_vcpus=1-16 crashkernel=256M,below=4G console=vga",
                PLAIN_DOM0 " nothing=else");
        armed(host, "");
        assert_warns(
                host, "Warning: dom0 runs with \"nothing=else\", which its boot entry has not");
}

/* A host that a run has started: its lines have more, and less. */
static void a_host_that_a_run_has_started(void **state)
{
        struct stand_in *host = *state;
        static const char run[] = "12345678-1234-4234-8234-123456789abc";

        set_fixture(host, "83-plain");
        stand_in_text(host, "/var/lib/forestage/runs/12345678-1234-4234-8234-123456789abc/run.json",
                "{}");
        set_running(host,
                "no-real-mode edd=off reboot=acpi dom0_mem=4304M,max:4304M watchdog "
                "ucode=scan dom0_max_vcpus=1-16 crashkernel=256M,below=4G console=vga",
                "");
        stand_in_text(host, "/cmdline",
                PLAIN_DOM0
                " forestage.region=0x200000,0x40000 forestage.run=%s acpi_rsdp=0x9f010\n",
                run);
        armed(host, "");
        assert_no_warning(host);
        assert_warns(host, "Entry: \"XCP-ng\", which runs here now");
}

/* The stage speaks where Xen will, and arm says it where it would not. */
static void the_stage_speaks_on_xens_serial_line(void **state)
{
        static const char conf[] = ESP "/forestage.conf";
        struct stand_in *host = *state;

        set_fixture(host, "83-serial-com2-default");
        stand_in_delete(host, conf);
        install(host);
        assert_holds(host, conf, "\nconsole=tty0\nconsole=ttyS1,57600n8\n");
        armed(host, "");
        assert_null(strstr(host->output, "Xen's console"));
        armed(host, "--entry 0"); /* console=vga */
        assert_null(strstr(host->output, "Xen's console"));
        set_fixture(host, "83-serial");
        armed(host, "");
        assert_warns(host, "Warning: Xen's console is on com1, and what the stage says before may "
                           "not be seen there: ");
        assert_warns(host, "forestage.conf has no console=ttyS0,115200n8");
        stand_in_text(host, conf, "fallback=\\EFI\\x\nconsole=tty0\nconsole=ttyS0,115200\n");
        armed(host, "");
        assert_null(strstr(host->output, "Xen's console"));
        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz com1=115200,8n1,pci "
                         "console=com1\n" XEN_LINES "}\n");
        stand_in_delete(host, conf);
        install(host);
        assert_holds(host, conf, "# Xen's serial console, com1, is at a place");
        armed(host, ""); /* and what the comment names would be understood */
        assert_null(strstr(host->output, "Xen's console"));
}

static void what_runs_and_what_comes_differ(void **state)
{
        struct stand_in *host = *state;

        set_fixture(host, "83-plain");
        set_running(host,
                "dom0_mem=4304M,max:4304M watchdog ucode=scan dom0_max_vcpus=1-16 "
                "crashkernel=256M,below=4G",
                "root=LABEL=root-aonwfp ro nolvm hpet=disable console=hvc0 console=tty0");
        refused(host, "",
                "this host runs \"XCP-ng (Xen 4.17.5 / Linux 4.19.0+1)\", whose command lines "
                "these "
                "are, and GRUB would start \"XCP-ng\" at the next boot: decide with --entry");
        refused(host, "--dry-run", "decide with --entry");
        stand_in_delete(host, ESP "/vmlinuz"); /* so that install has something to do */
        assert_int_equal(stand_in_run(host, "install --dry-run"), 0);
        assert_output(host, "or with another: forestage arm says why, and takes --entry");
        install(host);
        armed(host, "--entry 1");
        assert_file(host, ESP "/next/initrd", INITRD "-old");
        assert_no_warning(host);
        armed(host, "--entry XCP-ng");
        assert_file(host, ESP "/next/initrd", INITRD);
        assert_warns(host, "Warning: dom0 runs without \"quiet\", which its boot entry has");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        refused(host, "--entry no-such",
                "--entry no-such: no entry that starts Xen is called that; "
                "there are \"XCP-ng\" and \"XCP-ng (Xen 4.17.5");
        refused(host, "--entry 2", "no entry that starts Xen is called that");
}

/* A title in the wrong case, or one that begins with a number, names nothing else. */
static void a_name_that_is_nearly_one(void **state)
{
        static const char *const names[] = { "1.17-safe-mode", "1x", "1-", "01z", "0x1g", "2>0x",
                "2>0-more", "1>0", "2>0>0", "1.17", "more>0.17", "1>", "2>0>" };
        struct stand_in *host = *state;

        set_config(host, "menuentry usual {\nmultiboot2 /boot/xen.gz a\n" XEN_LINES
                         "}\nmenuentry '1.17-Safe-Mode' {\nmultiboot2 /boot/xen.gz b\n" XEN_LINES
                         "}\nsubmenu more {\nmenuentry '2>deep' {\nmultiboot2 /boot/xen.gz "
                         "c\n" XEN_LINES "}\n}\n");
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                char options[64];

                snprintf(options, sizeof(options), "--entry %s", names[i]);
                refused(host, options, "no entry that starts Xen is called that; there are ");
                assert_errors(host, "\"usual\", \"1.17-Safe-Mode\" and \"2>deep\"");
        }
        armed(host, "--entry 1.17-Safe-Mode");
        assert_holds(host, ESP "/next/next.conf", "xen-options=b\n");
        armed(host, "--entry 0x1");
        assert_holds(host, ESP "/next/next.conf", "xen-options=b\n");
        armed(host, "--entry 2>0");
        assert_holds(host, ESP "/next/next.conf", "xen-options=c\n");
        armed(host, "--entry more>2>>deep");
        assert_holds(host, ESP "/next/next.conf", "xen-options=c\n");
}

/* Whichever of them came first was taken. */
static void a_way_that_leads_to_two(void **state)
{
        struct stand_in *host = *state;

        set_config(host, "submenu more {\nmenuentry xen {\nmultiboot2 /boot/xen.gz a\n" XEN_LINES
                         "}\nmenuentry xen {\nmultiboot2 /boot/xen.gz b\n" XEN_LINES "}\n}\n");
        refused(host, "--entry more>xen", "2 entries are called that, and they differ");
        armed(host, "--entry more>1");
        assert_holds(host, ESP "/next/next.conf", "xen-options=b\n");
}

/* status compares what was armed with the entry that was named for it. */
static void the_entry_that_was_named_stays(void **state)
{
        struct stand_in *host = *state;

        set_fixture(host, "83-plain");
        armed(host, "--entry 1");
        assert_int_equal(stand_in_run(host, "status"), 0);
        assert_null(strstr(host->output, "changed since"));
        stand_in_text(host, "/boot/initrd-fallback.img", INITRD "-newer");
        assert_int_equal(stand_in_run(host, "status"), 0);
        assert_warns(host, "dom0's initrd has changed since");
        stand_in_text(host, CONFIG, "menuentry 'one' {\nmultiboot2 /boot/xen.gz\n" XEN_LINES "}\n");
        assert_int_equal(stand_in_run(host, "status"), 0);
        assert_warns(host, "--entry 1: no entry that starts Xen is called that");
}

/* XCP-ng's serial console and its screen have the same dom0 line in some releases. */
static void xens_line_decides_between_two(void **state)
{
        static const char config[] =
                "set default=0\nmenuentry screen {\nmultiboot2 /boot/xen.gz a\n" XEN_LINES
                "}\nmenuentry serial {\nmultiboot2 /boot/xen.gz a com1=9600\n" XEN_LINES
                "}\nmenuentry again {\nmultiboot2 /boot/xen.gz a\n" XEN_LINES "}\n";
        struct stand_in *host = *state;

        set_config(host, config);
        set_running(host, "a com1=9600", "root=LABEL=a ro");
        refused(host, "",
                "this host runs \"serial\", whose command lines these are, and GRUB would "
                "start \"screen\" at the next boot");
        set_running(host, "a", "root=LABEL=a ro");
        armed(host, "");
        assert_warns(host, "Entry: \"screen\", which runs here now");
        assert_no_warning(host);
        set_running(host, NULL, "root=LABEL=a ro"); /* both, as far as can be told */
        armed(host, "");
        assert_warns(host, "Entry: \"screen\", which runs here now");
        assert_no_warning(host);
}

static void a_default_that_starts_no_xen(void **state)
{
        struct stand_in *host = *state;

        set_config(host, "menuentry linux {\nlinux /boot/vmlinuz-4.19-xen\n}\n"
                         "menuentry xen {\nmultiboot2 /boot/xen.gz a\n" XEN_LINES "}\n");
        armed(host, "");
        assert_warns(host, "GRUB's default entry does not start Xen; the run ends in \"xen\", the "
                           "first that does");
        set_running(host, "a", "root=LABEL=a ro");
        armed(host, "");
        assert_warns(host, "the run ends in \"xen\", which runs now");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        stand_in_text(host, CONFIG,
                "menuentry linux {\nlinux /boot/vmlinuz-4.19-xen\n}\nmenuentry one "
                "{\nmultiboot2 /boot/xen.gz a\n" XEN_LINES "}\nmenuentry two {\nmultiboot2 "
                "/boot/xen.gz b\n" XEN_LINES "}\n");
        install(host);
        armed(host, ""); /* the first of them runs */
        assert_warns(host, "Entry: \"one\", which runs here now");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        set_running(host, "c", "root=LABEL=a ro");
        refused(host, "", "which entry the run shall end in cannot be told");
        assert_errors(host, "it may be \"one\" or \"two\": decide with --entry");
        armed(host, "--entry two");
}

/* Lines that several entries have, and files that differ: an update of the kernel, say. */
static void the_lines_of_several_entries(void **state)
{
        static const char config[] =
                "set default=%s\nmenuentry new {\nmultiboot2 /boot/xen.gz a\n" XEN_LINES
                "}\nmenuentry old {\nmultiboot2 /boot/xen.gz a\nmodule2 /boot/vmlinuz-fallback "
                "root=LABEL=a ro\nmodule2 /boot/initrd-fallback.img\n}\nmenuentry other "
                "{\nmultiboot2 /boot/xen.gz b\n" XEN_LINES "}\n";
        struct stand_in *host = *state;
        char text[1024];

        snprintf(text, sizeof(text), config, "old");
        set_config(host, text);
        set_running(host, "a", "root=LABEL=a ro");
        armed(host, "");
        assert_warns(
                host, "\"old\" has the command lines of what runs here, but so has \"new\", with");
        stand_in_text(host, OSRELEASE, "4.19.0-old\n");
        armed(host, "");
        assert_warns(host, "Entry: \"old\", which runs here now");
        assert_no_warning(host);
        stand_in_delete(host, OSRELEASE);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        snprintf(text, sizeof(text), config, "other");
        set_config(host, text);
        refused(host, "",
                "this host runs \"new\" or \"old\", whose command lines these are, and GRUB "
                "would start \"other\"");
}

#define FALLBACK "XCP-ng (Serial, Xen 4.17.5 / Linux 4.19.0+1)"

/* XCP-ng's fallback has the lines of what it is the fallback of. */
static void lines_that_do_not_tell_what_runs(void **state)
{
        static const char *const unclear[] = { "", "4.19.0", "4.19.0+2", "4.19.0-older",
                "4.19.0-ol" };
        struct stand_in *host = *state;

        set_fixture(host, "83-serial");
        set_running(host, SERIAL_XEN, SERIAL_DOM0);
        for (size_t i = 0; i < sizeof(unclear) / sizeof(unclear[0]); i++) {
                if (i > 0)
                        stand_in_text(host, OSRELEASE, "%s\n", unclear[i]);
                armed(host, "");
                assert_warns(host, "Entry: \"XCP-ng (Serial)\" Then");
                assert_warns(host,
                        "Warning: \"XCP-ng (Serial)\" has the command lines of what runs here, but "
                        "so has \"" FALLBACK "\", with other files: which of them runs cannot");
        }
        armed(host, "--entry 4");
        assert_warns(host, "Entry: \"" FALLBACK "\" Then");
        assert_warns(host, "but so has \"XCP-ng (Serial)\", with other files");
        armed(host, "--entry 3"); /* has other lines */
        assert_null(strstr(host->output, "but so has"));
}

static void the_kernel_tells_what_runs(void **state)
{
        struct stand_in *host = *state;

        set_fixture(host, "83-serial");
        set_running(host, SERIAL_XEN, SERIAL_DOM0);
        stand_in_text(host, OSRELEASE, "4.19.0+1\n");
        armed(host, "");
        assert_warns(host, "Entry: \"XCP-ng (Serial)\", which runs here now");
        assert_no_warning(host);
        armed(host, "--entry 4");
        assert_warns(host, "Entry: \"" FALLBACK "\" Then");
        stand_in_text(host, OSRELEASE, "4.19.0-old\n");
        armed(host, "--entry 4");
        assert_warns(host, "Entry: \"" FALLBACK "\", which runs here now");
        assert_no_warning(host);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        refused(host, "",
                "this host runs \"" FALLBACK "\", whose command lines these are, and GRUB would "
                "start \"XCP-ng (Serial)\" at the next boot: decide with --entry");
        put_kernel(host, "/boot/vmlinuz-4.19-xen", "4.19.0-old"); /* only Xen differs, and more */
        armed(host, "");
        assert_warns(host, "but so has \"" FALLBACK "\", with other files");
        stand_in_delete(host, "/boot/vmlinuz-fallback"); /* what is not there tells nothing */
        armed(host, "");
        assert_warns(host, "but so has \"" FALLBACK "\", with other files");
}

/* Entries whose kernels do not say what they are. */
static void kernels_without_a_version(void **state)
{
        static const uint8_t places[][2] = { { 0, 0 }, { 0xff, 0xff }, { 0x58, 0x10 },
                { 0xff, 1 } };
        struct stand_in *host = *state;

        set_fixture(host, "83-serial");
        set_running(host, SERIAL_XEN, SERIAL_DOM0);
        stand_in_text(host, OSRELEASE, "4.19.0+1\n");
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                char kernel[1024];

                memset(kernel, 'x', sizeof(kernel));
                memcpy(kernel + 0x202, "HdrS", 4);
                memcpy(kernel + 0x20e, places[i], 2);
                stand_in_write(host, "/boot/vmlinuz-fallback", kernel, sizeof(kernel));
                armed(host, "");
                assert_warns(host, "but so has \"" FALLBACK "\", with other files");
        }
}

/* A message has an end: it says what to do whatever the menu holds. */
static void many_entries(void **state)
{
        static const char long_title[] = "GNU/Linux, with Xen hypervisor and a kernel whose "
                                         "version is long, in its rescue mode";
        struct stand_in *host = *state;
        char config[8192] = "menuentry linux {\nlinux /x\n}\n";

        for (int i = 0; i < 20; i++)
                sprintf(config + strlen(config),
                        "menuentry '%s %d' {\nmultiboot2 /boot/xen.gz x=%d\n" XEN_LINES "}\n",
                        long_title, i, i);
        set_config(host, config);
        set_running(host, NULL, "root=LABEL=a ro");
        refused(host, "", "or 17 more");
        assert_errors(host, "decide with --entry");
        set_running(host, "x=3", "root=LABEL=a ro");
        armed(host, "");
        assert_warns(host, "rescue mode 3\", which runs now");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        refused(host, "--entry none", "and 17 more");
        armed(host, "--entry 20");
}

/* --- the script as GRUB reads it --- */

static void shapes_that_were_misread(void **state)
{
        static const struct {
                const char *config, *entry;
        } tests[] = {
                { "set default=0\nmenuentry \"new\"{\nmultiboot2 /boot/xen.gz "
                  "dom0_mem=3G\n" XEN_LINES
                  "}\nmenuentry \"old\" {\nmultiboot2 /boot/xen.gz dom0_mem=1G\n" XEN_LINES "}\n",
                        "new" },
                { "if [ -f /boot/no-such-file ]; then\nset default=1\nelse\nset default=0\nfi\n"
                  "menuentry usual {\nmultiboot2 /boot/xen.gz dom0_mem=1G\n" XEN_LINES
                  "}\nmenuentry debug {\nmultiboot2 /boot/xen.gz debug\n" XEN_LINES "}\n",
                        "usual" },
                { "if [ -f /EFI/xenserver/flag ]; then\nset default=1\nfi\n"
                  "menuentry usual {\nmultiboot2 /boot/xen.gz\n" XEN_LINES
                  "}\nmenuentry flagged {\nmultiboot2 /boot/xen.gz x\n" XEN_LINES "}\n",
                        "flagged" },
                { "if [ -s $prefix/empty ]; then\nset default=1\nfi\n"
                  "menuentry usual {\nmultiboot2 /boot/xen.gz\n" XEN_LINES
                  "}\nmenuentry other {\nmultiboot2 /boot/xen.gz x\n" XEN_LINES "}\n",
                        "usual" },
                { "source $prefix/custom.cfg\nmenuentry usual {\nmultiboot2 "
                  "/boot/xen.gz\n" XEN_LINES "}\n",
                        "custom" },
        };
        struct stand_in *host = *state;

        stand_in_text(host, "/boot/efi/EFI/xenserver/flag", "x");
        stand_in_text(host, "/boot/efi/EFI/xenserver/empty", "%s", "");
        stand_in_text(host, "/boot/efi/EFI/xenserver/custom.cfg",
                "menuentry custom {\nmultiboot2 /boot/xen.gz c\n" XEN_LINES "}\n");
        stand_in_text(host, "/cmdline", "root=LABEL=a ro\n");
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                char text[64];

                set_config(host, tests[i].config);
                armed(host, "");
                assert_no_warning(host);
                snprintf(text, sizeof(text), "Entry: \"%s\"", tests[i].entry);
                assert_warns(host, text);
                assert_int_equal(stand_in_run(host, "disarm"), 0);
        }
}

/* GRUB takes entries that are not in grub.cfg, and starts one of them. */
static void entries_that_are_not_read(void **state)
{
        struct stand_in *host = *state;
        char *text = read_fixture("blscfg.cfg"), *more = NULL;

        stand_in_text(host, ENV,
                "# GRUB Environment Block\nsaved_entry=0123456789abcdef-6.6.9.x86_64\n####");
        set_config(host, text);
        armed(host, "");
        assert_warns(host, "GRUB's default entry cannot be told for certain (line ");
        assert_warns(host, "blscfg takes entries from elsewhere");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_true(asprintf(&more, "%smenuentry two {\nmultiboot2 /boot/xen.gz\n" XEN_LINES "}\n",
                            text) > 0);
        set_config(host, more);
        refused(host, "", "which entry the run shall end in cannot be told");
        assert_errors(host, "GRUB's default is not certain (line ");
        armed(host, "--entry two");
        free(more);
        free(text);
}

/* In grub.cfg or in a file that it names: GRUB reads on behind it. */
static void a_nul_does_not_hide_an_entry(void **state)
{
        static const char zero[] = "\0\nset default=two\nmenuentry two {\n"
                                   "multiboot2 /boot/xen.gz other\n" XEN_LINES "}\n";
        struct stand_in *host = *state;
        char *text, *more = NULL;
        size_t length;

        set_config(host, "menuentry one {\nmultiboot2 /boot/xen.gz\n" XEN_LINES
                         "}\nsource $prefix/more.cfg\n");
        armed(host, "");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        stand_in_write(host, MORE, zero, sizeof(zero) - 1);
        refused(host, "", "which entry the run shall end in cannot be told");
        assert_errors(host, "/more.cfg: GRUB does not take this line");
        stand_in_text(host, MORE, "true\n");
        text = stand_in_read(host, CONFIG);
        length = strlen(text);
        more = malloc(length + sizeof(zero));
        memcpy(more, text, length);
        memcpy(more + length, zero, sizeof(zero));
        stand_in_write(host, CONFIG, more, length + sizeof(zero) - 1);
        refused(host, "", "which entry the run shall end in cannot be told");
        assert_errors(host, ": GRUB does not take this line");
        armed(host, "--entry two");
        free(more);
        free(text);
}

static void an_entry_that_cannot_be_followed(void **state)
{
        struct stand_in *host = *state;

        set_config(host, "menuentry 'Xen' {\nmultiboot2 /boot/xen.gz\n" XEN_LINES "}\n");
        stand_in_text(host, CONFIG,
                "menuentry 'Xen' {\nif regexp --set=1:k x y; then true; fi\n"
                "multiboot2 /boot/xen.gz\n" XEN_LINES "}\n");
        refused(host, "", "what the entry \"Xen\" does cannot be followed to its end");
}

/* --- where the files are --- */

#define DEBIAN_LINES                                                                         \
        "set default=0\nmenuentry 'Xen' {\n%s\tmultiboot2 %s/xen-4.17-amd64.gz placeholder " \
        "dom0_mem=1G\n\tmodule2 %s/vmlinuz-6.1 placeholder root=UUID=1 ro quiet\n"           \
        "\tmodule2 --nounzip %s/initrd.img-6.1\n}\n"

static int set_up_debian(void **state)
{
        return stand_in_debian(state) != 0 || stand_in_run(*state, "install --yes") != 0;
}

static void set_paths(
        struct stand_in *host, const char *mounts, const char *search, const char *folder)
{
        char text[1024];

        stand_in_text(host, "/proc/self/mountinfo", "%s", mounts);
        snprintf(text, sizeof(text), DEBIAN_LINES, search, folder, folder, folder);
        set_config(host, text);
}

#define ON_ESP "30 22 8:1 / /boot/efi rw,relatime shared:2 - vfat /dev/sda1 rw,fmask=0077\n"

static void paths_start_where_the_file_system_does(void **state)
{
        static const char *const tests[][2] = {
                { "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n" ON_ESP, "/boot" },
                { "22 1 0:20 /@rootfs / rw shared:1 - btrfs /dev/sda2 rw,subvol=/@rootfs\n" ON_ESP,
                        "/@rootfs/boot" },
                { "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n25 22 8:3 / /boot rw - ext4 /dev/sda3 rw\n"
                  "30 25 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n",
                        "" },
                { "22 1 0:30 / / rw - zfs rpool/ROOT/debian rw\n" ON_ESP, "/ROOT/debian@/boot" },
                { "22 1 0:30 / / rw - zfs rpool/ROOT/debian rw\n25 22 0:31 / /boot rw - zfs "
                  "bpool/BOOT/debian rw\n30 25 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n",
                        "/BOOT/debian@" },
                { "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n25 22 8:4 /os/boot /boot rw - ext4 "
                  "/dev/sda4 "
                  "rw\n30 25 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n",
                        "/os/boot" },
                /* Of some distributions, whose GRUB starts in the subvolume. */
                { "22 1 0:20 /@/1/snapshot / rw - btrfs /dev/sda2 rw\n" ON_ESP, "/boot" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                set_paths(host, tests[i][0], "", tests[i][1]);
                armed(host, "");
                assert_no_warning(host);
                assert_file(host, ESP "/next/initrd", INITRD);
                assert_int_equal(stand_in_run(host, "disarm"), 0);
        }
        set_paths(host, tests[1][0], "", "/@other/boot");
        refused(host, "", "names /@other/boot/xen-4.17-amd64.gz, and there is no such file");
}

/* The file system that grub.cfg is on is GRUB's, whatever another one has under the same name. */
static void the_file_system_of_grub_comes_first(void **state)
{
        struct stand_in *host = *state;

        put_kernel(host, "/vmlinuz-6.1", "another");
        set_paths(host,
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n25 22 8:3 / /boot rw - ext4 /dev/sda3 rw\n"
                "30 25 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n",
                "", "");
        armed(host, "");
        assert_warns(host, "/boot/vmlinuz-6.1");
        assert_null(strstr(host->output, "  /vmlinuz-6.1"));
}

/* What is mounted over the way to a file is another file system's. */
static void a_file_that_a_mount_hides(void **state)
{
        struct stand_in *host = *state;

        set_paths(host,
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n25 22 8:3 / /boot rw - ext4 /dev/sda3 rw\n"
                "30 25 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n",
                "\tsearch --fs-uuid --set=root 1\n", "/boot");
        refused(host, "",
                "names /boot/xen-4.17-amd64.gz, and there is no such file on the file "
                "system at /");
}

/* Only GRUB knows what (hd0,gpt2) is: where two files may be meant, they must be the same. */
static void two_files_that_may_be_meant(void **state)
{
        struct stand_in *host = *state;

        put_kernel(host, "/vmlinuz-6.1", "another");
        set_paths(host,
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n25 22 8:3 / /boot rw - ext4 /dev/sda3 rw\n"
                "30 25 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n",
                "\tset root='hd0,gpt3'\n", "");
        refused(host, "", "names /vmlinuz-6.1, and this may be ");
        assert_errors(host, "and they differ: which one GRUB takes cannot be told here");
        put_kernel(host, "/vmlinuz-6.1", "6.1.1"); /* the same as in /boot */
        armed(host, "");
}

#define TWO_SUBVOLUMES                                                                    \
        "22 1 0:20 /@rootfs / rw - btrfs /dev/sda2 rw\n40 22 0:20 / /mnt/top rw - btrfs " \
        "/dev/sda2 "                                                                      \
        "rw\n" ON_ESP

/* One system's kernel with another one's initrd would not boot. */
static void files_of_two_subvolumes(void **state)
{
        struct stand_in *host = *state;

        put_kernel(host, "/mnt/top/boot/vmlinuz-6.1", "another");
        set_paths(host, TWO_SUBVOLUMES, "", "/boot");
        refused(host, "", "names /boot/vmlinuz-6.1, and this may be ");
        assert_errors(host, "/mnt/top/boot/vmlinuz-6.1, and they differ");
        put_kernel(host, "/mnt/top/boot/vmlinuz-6.1", "6.1.1"); /* the same */
        armed(host, "");
        assert_warns(host, "/boot/xen-4.17-amd64.gz");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        stand_in_text(host, "/mnt/top/boot/initrd.img-6.1", INITRD "-other");
        refused(host, "", "names /boot/initrd.img-6.1, and this may be ");
        stand_in_xen(host, "/mnt/top/boot/xen-4.17-amd64.gz", "4.17.1", false);
        refused(host, "", "names /boot/initrd.img-6.1, and this may be ");
        set_paths(host, TWO_SUBVOLUMES, "", "/@rootfs/boot"); /* only one way to read it */
        armed(host, "");
        assert_file(host, ESP "/next/initrd", INITRD);
}

/* No reading has all of them: none is filled up from another. */
static void no_place_has_all_files(void **state)
{
        static const char *const mounts[] = {
                TWO_SUBVOLUMES,
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n40 22 8:5 / /mnt/top rw - ext4 /dev/sda5 "
                "rw\n" ON_ESP,
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n40 22 0:31 / /mnt/top rw - btrfs /dev/sdb "
                "rw\n" ON_ESP,
        };
        struct stand_in *host = *state;

        stand_in_delete(host, "/boot/vmlinuz-6.1");
        put_kernel(host, "/mnt/top/boot/vmlinuz-6.1", "6.1.1");
        for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
                set_paths(host, mounts[i], i == 1 ? "\tset root='hd0,gpt2'\n" : "", "/boot");
                refused(host, "", "names /boot/vmlinuz-6.1, and it is there as ");
                assert_errors(host, "/mnt/top/boot/vmlinuz-6.1 only, which is not of the same ");
        }
        put_kernel(host, "/boot/vmlinuz-6.1", "6.1.1");
        armed(host, "");
}

/* Devices that the entry itself names may be two. */
static void an_entry_of_two_devices(void **state)
{
        struct stand_in *host = *state;

        put_kernel(host, "/other/k/vmlinuz", "6.1.1");
        stand_in_text(host, "/other/k/initrd", INITRD "-other");
        stand_in_text(host, "/proc/self/mountinfo",
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n40 22 8:5 / /other rw - ext4 /dev/sda5 "
                "rw\n" ON_ESP);
        set_config(host, "menuentry Xen {\nmultiboot2 (hd0,gpt2)/boot/xen-4.17-amd64.gz\n"
                         "module2 (hd0,gpt5)/k/vmlinuz root=UUID=1 ro quiet\n"
                         "module2 (hd0,gpt5)/k/initrd\n}\n");
        armed(host, "");
        assert_file(host, ESP "/next/initrd", INITRD "-other");
}

static void put_link(struct stand_in *host, const char *target, const char *path)
{
        char full[256], folder[256];

        snprintf(folder, sizeof(folder), "%s/keep", path);
        stand_in_text(host, folder, "x");
        stand_in_delete(host, path);
        snprintf(full, sizeof(full), "%s%s", host->root, path);
        assert_int_equal(symlink(target, full), 0);
}

#define TWO_DISKS                                                                          \
        "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n40 22 8:5 / /other rw - ext4 /dev/sda5 rw\n" \
        "30 22 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n"

static void an_entry_that_searches_another_file_system(void **state)
{
        static const char search[] = "\tsearch --label --set root other\n";
        struct stand_in *host = *state;

        put_link(host, "../../sda5", "/dev/disk/by-label/other");
        put_link(host, "../../sda2", "/dev/disk/by-label/main\\x20root");
        set_paths(host, TWO_DISKS, search, "/boot");
        refused(host, "",
                "names /boot/xen-4.17-amd64.gz, and there is no such file on the file "
                "system at /other");
        stand_in_xen(host, "/other/boot/xen-4.17-amd64.gz", "4.17.9", false);
        put_kernel(host, "/other/boot/vmlinuz-6.1", "another");
        stand_in_text(host, "/other/boot/initrd.img-6.1", INITRD "-other");
        armed(host, "");
        assert_file(host, ESP "/next/initrd", INITRD "-other");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        set_paths(host, TWO_DISKS, "\tsearch --label --set=root 'main root'\n", "/boot");
        armed(host, "");
        assert_file(host, ESP "/next/initrd", INITRD);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        set_paths(host, TWO_DISKS, "\tsearch --file --set=root /other-flag\n", "/boot");
        refused(host, "", "no file system here has the file=/other-flag that the entry searches");
        stand_in_text(host, "/other/other-flag", "x");
        armed(host, "");
        assert_file(host, ESP "/next/initrd", INITRD "-other");
}

static void a_file_system_that_is_not_mounted(void **state)
{
        struct stand_in *host = *state;

        put_link(host, "../../sda7", "/dev/disk/by-label/other");
        set_paths(host, TWO_DISKS, "\tsearch --label --set root other\n", "/boot");
        refused(host, "",
                "the file system with the label=other, which the entry searches for, is "
                "not mounted: mount it, and try again");
        set_paths(host, TWO_DISKS, "\tsearch --label --set root nowhere\n", "/boot");
        refused(host, "", "no file system here has the label=nowhere that the entry searches for");
        put_link(host, "../../sda2", "/dev/disk/by-uuid/feed-feed");
        set_paths(host, TWO_DISKS, "\tsearch --fs-uuid --set=root FEED-feed\n", "/boot");
        armed(host, ""); /* the root's own, in capitals */
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        stand_in_delete(host, "/dev/disk/by-uuid/1");
        set_paths(host, TWO_DISKS, "\tsearch --fs-uuid --set=root 1\n", "/boot");
        armed(host, ""); /* that is what the running dom0 calls its root */
}

#define TEST(name)   cmocka_unit_test_setup_teardown(name, set_up, stand_in_remove)
#define DEBIAN(name) cmocka_unit_test_setup_teardown(name, set_up_debian, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(every_module_goes_along_in_its_order),
                TEST(what_xen_is_told_is_taken_along),
                TEST(a_policy_goes_along),
                TEST(an_initrd_that_is_none),
                TEST(eight_modules_and_no_more),
                TEST(any_module_that_changes_is_seen),
                TEST(a_conf_that_was_edited_is_seen),
                TEST(a_module_changes_behind_the_check),
                TEST(what_xcp_ng_writes_is_understood),
                TEST(a_xen_for_uefi_alone_is_refused),
                TEST(the_entry_is_cut_out_of_any_file),
                TEST(the_entry_that_is_written_out_is_taken),
                cmocka_unit_test(writes_the_entry_of_any_body),
                TEST(what_runs_and_what_comes_are_one),
                TEST(a_host_that_a_run_has_started),
                TEST(the_stage_speaks_on_xens_serial_line),
                TEST(what_runs_and_what_comes_differ),
                TEST(a_name_that_is_nearly_one),
                TEST(a_way_that_leads_to_two),
                TEST(the_entry_that_was_named_stays),
                TEST(xens_line_decides_between_two),
                TEST(a_default_that_starts_no_xen),
                TEST(the_lines_of_several_entries),
                TEST(lines_that_do_not_tell_what_runs),
                TEST(the_kernel_tells_what_runs),
                TEST(kernels_without_a_version),
                TEST(many_entries),
                TEST(shapes_that_were_misread),
                TEST(entries_that_are_not_read),
                TEST(a_nul_does_not_hide_an_entry),
                TEST(an_entry_that_cannot_be_followed),
                DEBIAN(paths_start_where_the_file_system_does),
                DEBIAN(the_file_system_of_grub_comes_first),
                DEBIAN(a_file_that_a_mount_hides),
                DEBIAN(two_files_that_may_be_meant),
                DEBIAN(files_of_two_subvolumes),
                DEBIAN(no_place_has_all_files),
                DEBIAN(an_entry_of_two_devices),
                DEBIAN(an_entry_that_searches_another_file_system),
                DEBIAN(a_file_system_that_is_not_mounted),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
