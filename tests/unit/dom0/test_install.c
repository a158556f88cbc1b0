/* install and uninstall on stand-ins for whole hosts: what is changed, and that all comes back. */
#include <stdio.h>
#include <sys/stat.h>

#include "efi/parse/conf.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

#define ESP    "/boot/efi/EFI/forestage"
#define ORDER  "/sys/firmware/efi/efivars/BootOrder-" GLOBAL_VENDOR
#define OPTION "/sys/firmware/efi/efivars/Boot0007-" GLOBAL_VENDOR

static void assert_file(const struct stand_in *host, const char *path, const char *expected)
{
        char *text = stand_in_read(host, path);

        assert_non_null(text);
        assert_string_equal(text, expected);
        free(text);
}

static void assert_same_host(const struct stand_in *host, char *before)
{
        char *after = stand_in_snapshot(host);

        assert_string_equal(after, before);
        free(after);
        free(before);
}

static bool holds(const struct stand_in *host, const char *path, const char *part)
{
        char *text = stand_in_read(host, path);
        bool found = text && strstr(text, part);

        free(text);
        return found;
}

static void assert_first(const struct stand_in *host, const char *numbers, size_t length)
{
        char *order = stand_in_read(host, ORDER);

        assert_memory_equal(order + 4, numbers, length);
        free(order);
}

/*
 * A backslash on a screen is one in the path, whoever prints it: what is escaped begins with one as
 * well, but never is one.
 */
static void backslashes_are_shown_as_they_are(void **state)
{
        static const struct {
                const char *line, *shown;
        } verbs[] = {
                { "install --dry-run", "fallback loader \\EFI\\xenserver\\grubx64.efi\n" },
                { "install --yes", "fallback loader \\EFI\\xenserver\\grubx64.efi\n" },
                { "arm --yes --no-jobs", "Armed:" },
                { "status", "State:" },
                { "uninstall --dry-run", "boot option: \\EFI\\forestage\\forestage.efi on" },
                { "doctor", "ESP:" },
                { "uninstall --yes", "boot option: \\EFI\\forestage\\forestage.efi on" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                stand_in_run(host, "%s", verbs[i].line);
                assert_output(host, verbs[i].shown);
                if (strstr(host->output, "\\\\") || strstr(host->errors, "\\\\"))
                        fail_msg("%s: %s%s", verbs[i].line, host->output, host->errors);
        }
        stand_in_delete(host, "/boot/efi/EFI/xenserver/grubx64.efi");
        assert_int_equal(stand_in_run(host, "install --yes"), 1);
        assert_null(strstr(host->errors, "\\\\"));
}

static void a_dry_run_changes_nothing(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host);

        assert_int_equal(stand_in_run(host, "install --dry-run"), 0);
        assert_output(host, "This host boots Xen with the entry \"Debian GNU/Linux, with Xen");
        assert_output(host, ESP "/forestage.efi");
        assert_output(host, "\\EFI\\debian\\shimx64.efi");
        assert_output(host, "boot option \"Forestage\" on /dev/sda, partition 1");
        assert_same_host(host, before);
        assert_false(stand_in_has(host, "/var"));
}

static void asks_before_it_does_anything(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host);

        assert_int_equal(stand_in_run(host, "install"), 1);
        assert_errors(host, "nobody answers here");
        assert_int_equal(stand_in_run_answer(host, "n\n", "install"), 1);
        assert_errors(host, "nothing was changed");
        assert_same_host(host, before);
        assert_int_equal(stand_in_run_answer(host, "y\n", "install"), 0);
        assert_true(stand_in_has(host, ESP "/vmlinuz"));
}

static void installs_through_the_firmware_and_back(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host), *made;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_string_equal(host->errors, "");
        assert_output(host, "Installed.");
        assert_file(host, ESP "/forestage.efi", "the application");
        assert_file(host, ESP "/vmlinuz", "the stage's kernel");
        made = stand_in_read(host, "/usr/share/forestage/image/initramfs.img");
        assert_file(host, ESP "/initramfs.img", made);
        free(made);
        assert_true(holds(host, "/log",
                "--create --disk /dev/sda --part 1 --label Forestage "
                "--loader \\EFI\\forestage\\forestage.efi"));
        assert_first(host, "\7\0\1\0\2\0", 6);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "Uninstalled");
        assert_same_host(host, before);
        assert_false(stand_in_has(host, "/var/lib/forestage"));
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 1);
        assert_errors(host, "nothing is installed here");
}

/* What forestage.efi reads is what install means. */
static void writes_a_configuration_for_this_host(void **state)
{
        struct stand_in *host = *state;
        char reason_text[256], *text;
        struct text reason;
        struct conf conf;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        text = stand_in_read(host, ESP "/forestage.conf");
        text_init(&reason, reason_text, sizeof(reason_text));
        conf_defaults(&conf);
        assert_true(conf_parse(slice_of(text), &conf, &reason));
        assert_string_equal(conf.fallback, "EFI/debian/shimx64.efi");
        assert_int_equal(conf.console_count, 2);
        assert_true(slice_equal(conf.console[1], SLICE("ttyS0,115200n8")));
        free(text);
}

static void a_second_install_has_nothing_to_do(void **state)
{
        struct stand_in *host = *state;
        char *installed;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        installed = stand_in_snapshot(host);
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_output(host, "there is nothing to do");
        assert_same_host(host, installed);
        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 1);
        assert_errors(host, "installed with --method firmware already");
}

static void a_newer_image_is_brought_and_the_configuration_kept(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host);

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        stand_in_text(host, ESP "/forestage.conf", "region-size=128M\n");
        stand_in_text(host, "/usr/share/forestage/image/vmlinuz", "a newer kernel");
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_file(host, ESP "/vmlinuz", "a newer kernel");
        assert_file(host, ESP "/forestage.conf", "region-size=128M\n");
        stand_in_text(host, "/usr/share/forestage/image/vmlinuz", "the stage's kernel");
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_same_host(host, before);
}

static void install_repairs_the_boot_order(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        stand_in_variable(host, "BootOrder", GLOBAL_VENDOR, "\1\0\7\0\2\0", 6);
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, "not the first in the boot order");
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_first(host, "\7\0\1\0\2\0", 6);
}

static void installs_through_grub_mkconfig_and_back(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host);

        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        assert_true(holds(host, "/boot/grub/grub.cfg",
                "search --no-floppy --fs-uuid --set=forestage 1234-ABCD"));
        assert_true(holds(host, "/boot/grub/grub.cfg", "forestage.efi return\n"));
        assert_first(host, "\1\0\2\0", 4);
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_output(host, "there is nothing to do");
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "restored");
        assert_same_host(host, before);
}

/* A kernel that came meanwhile must not vanish from the menu: it is made anew, not restored. */
static void a_configuration_that_others_made_anew_is_made_anew(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        stand_in_text(host, "/boot/vmlinuz-6.2", "newer");
        stand_in_text(host, "/boot/grub/grub.cfg", "# by somebody else\n");
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "made ");
        assert_true(holds(host, "/boot/grub/grub.cfg", "# found vmlinuz-6.2"));
        assert_false(holds(host, "/boot/grub/grub.cfg", "forestage"));
}

static void installs_into_the_configuration_of_xcp_ng_and_back(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host), *text;

        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        assert_output(host, "XCP-ng");
        text = stand_in_read(host, "/boot/efi/EFI/xenserver/grub.cfg");
        assert_int_equal(strncmp(text, "### forestage: begin", 20), 0);
        free(text);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_same_host(host, before);
}

static void lines_leave_a_configuration_that_tools_have_edited(void **state)
{
        struct stand_in *host = *state;
        char *text, *edited = NULL;

        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        text = stand_in_read(host, "/boot/efi/EFI/xenserver/grub.cfg");
        assert_true(asprintf(&edited, "%s# edited\n", text) > 0);
        stand_in_text(host, "/boot/efi/EFI/xenserver/grub.cfg", "%s", edited);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_true(holds(host, "/boot/efi/EFI/xenserver/grub.cfg", "# edited"));
        assert_true(holds(host, "/boot/efi/EFI/xenserver/grub.cfg", "XCP-ng (Serial)"));
        assert_false(holds(host, "/boot/efi/EFI/xenserver/grub.cfg", "forestage"));
        free(text);
        free(edited);
}

static void xcp_ng_takes_the_firmware_where_it_can(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host);

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_first(host, "\7\0\1\0\2\0", 6);
        assert_true(holds(host, ESP "/forestage.conf", "fallback=\\EFI\\xenserver\\grubx64.efi\n"));
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_same_host(host, before);
}

/* dom0 after a kexec: no EFI variables, but UEFI for sure. */
static void a_dom0_without_variables_takes_grub(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/sys/firmware");
        stand_in_text(host, "/cmdline",
                "root=UUID=1 forestage.region=0x200000,0x40000 "
                "forestage.run=01234567-89ab-4def-8123-456789abcdef acpi_rsdp=0x9f010\n");
        assert_int_equal(stand_in_run(host, "install --yes --method firmware"), 1);
        assert_errors(host, "no EFI variables");
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_true(holds(host, "/boot/grub/grub.cfg", "forestage"));
        assert_true(holds(host, ESP "/forestage.conf", "fallback=\\EFI\\debian\\shimx64.efi\n"));
}

static void without_efibootmgr_grub_is_taken(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/programs/efibootmgr");
        assert_int_equal(stand_in_run(host, "install --yes --method firmware"), 1);
        assert_errors(host, "efibootmgr is not installed");
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_true(holds(host, "/boot/grub/grub.cfg", "forestage"));
}

/* --- what goes wrong --- */

static void refused_by(struct stand_in *host, const char *method, const char *message)
{
        char *before = stand_in_snapshot(host);

        assert_int_equal(stand_in_run(host, "install --yes --method %s", method), 1);
        assert_errors(host, message);
        assert_same_host(host, before);
        assert_false(stand_in_has(host, "/var/lib/forestage"));
}

static void refused(struct stand_in *host, const char *message)
{
        refused_by(host, "auto", message);
}

static void no_esp_is_mounted(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/proc/self/mountinfo", "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n");
        refused(host, "no EFI system partition is mounted at /boot/efi, /efi or /boot; mount it "
                      "(usually: mount /boot/efi)");
        assert_int_equal(stand_in_run(host, "install --yes --esp /boot/efi"), 1);
        assert_errors(host, "--esp /boot/efi: nothing is mounted there");
        stand_in_text(host, "/proc/self/mountinfo",
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n30 22 8:1 / /boot/efi rw - ext4 /dev/sda1 "
                "rw\n");
        assert_int_equal(stand_in_run(host, "install --yes --esp /boot/efi"), 1);
        assert_errors(host, "not FAT");
}

static void the_esp_is_full(void **state)
{
        stand_in_room = 1 << 20;
        refused(*state, "the EFI system partition at /boot/efi is too full: 1024 KiB are needed");
}

static void the_esp_is_read_only(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/proc/self/mountinfo",
                "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n"
                "30 22 8:1 / /boot/efi ro,relatime - vfat /dev/sda1 rw\n");
        refused(host,
                "mounted read-only; nothing was changed; first: mount -o remount,rw /boot/efi");
}

static void the_host_was_started_by_a_bios(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/sys/firmware");
        refused(host, "this host was started by a BIOS");
}

static void the_image_is_missing(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/usr/share/forestage/image/initramfs.img");
        refused(host, "initramfs.img is missing: name the folder of the image");
}

static void grub_starts_no_xen(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(
                host, "/boot/grub/grub.cfg", "menuentry 'Debian' { linux /boot/vmlinuz-6.1 }\n");
        refused(host, "no entry of ");
        stand_in_delete(host, "/boot/grub/grub.cfg");
        refused(host, "no GRUB configuration is at");
}

static void a_file_of_the_entry_is_missing(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/boot/xen-4.17-amd64.gz");
        refused(host, "names /boot/xen-4.17-amd64.gz, and there is no such file");
}

static void no_loader_can_be_fallen_back_to(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/boot/efi/EFI/debian/shimx64.efi");
        refused(host, "no loader of this host was found");
}

static void what_fails_half_way_is_taken_back(void **state)
{
        struct stand_in *host = *state;

        stand_in_program(host, "efibootmgr", "echo 'No space left on device' >&2\nexit 5\n");
        refused_by(host, "firmware", "efibootmgr failed (5): No space left on device");
        stand_in_program(host, "update-grub", "exit 1\n");
        stand_in_delete(host, "/programs/efibootmgr");
        refused(host, "update-grub failed (1)");
        stand_in_program(host, "update-grub", ":\n");
        refused(host, "the lines of /etc/grub.d/00_forestage are not in it");
}

static void a_method_that_is_none(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes --method lilo"), 2);
        assert_errors(host, "none of firmware, grub, auto");
}

static void uninstalled_while_armed(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host);

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "A run was armed; it is disarmed now.");
        assert_same_host(host, before);
        assert_int_equal(stand_in_run(host, "status"), 3);
        assert_output(host, "not installed");
}

/* In a dom0 that a run started, the boot option cannot be removed; it stays noted. */
/* The journal says what is written and removed: it must be root's word. */
static void a_journal_of_others_is_not_believed(void **state)
{
        struct stand_in *host = *state;
        char folder[128], journal[160], target[160];

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        snprintf(folder, sizeof(folder), "%s/var/lib/forestage/backup", host->root);
        snprintf(journal, sizeof(journal), "%s/journal.json", folder);
        snprintf(target, sizeof(target), "%s/moved.json", folder);
        assert_int_equal(chmod(folder, 0777), 0);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 1);
        assert_errors(host, "journal.json is not believed, for others can exchange it");
        assert_errors(host, "mode 0777");
        assert_int_equal(chmod(folder, 0700), 0);
        assert_int_equal(chmod(journal, 0666), 0);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 1);
        assert_errors(host, "it must be a file of root's that nobody else can write to");
        assert_int_equal(chmod(journal, 0600), 0);
        assert_int_equal(rename(journal, target), 0);
        assert_int_equal(mkfifo(journal, 0600), 0);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 1);
        assert_int_equal(rename(target, journal), 0);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
}

#define XCP_NG_CONFIG "/boot/efi/EFI/xenserver/grub.cfg"
#define BACKUP        "/var/lib/forestage/backup"

/* The power fails between putting a file back and noting that: nobody else has changed it. */
static void what_is_back_already_is_no_change_of_others(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host);
        char *text = stand_in_read(host, XCP_NG_CONFIG);

        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        stand_in_text(host, XCP_NG_CONFIG, "%s", text);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "  restored ");
        assert_null(strstr(host->output, "others have changed"));
        assert_same_host(host, before);
        free(text);
}

/* What could not be undone keeps its copy, whatever is installed on top of it. */
static void a_copy_is_never_written_over(void **state)
{
        struct stand_in *host = *state;
        char path[128];

        stand_in_text(host, BACKUP "/journal.json",
                "[{\"what\": \"changed\", \"path\": \"%s/etc/mine\", \"copy\": \"3.before\", "
                "\"mode\": 420, \"again\": 0}]",
                host->root);
        stand_in_text(host, BACKUP "/3.before", "as it was");
        stand_in_text(host, "/etc/mine", "as it is");
        snprintf(path, sizeof(path), "%s" BACKUP "/journal.json", host->root);
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0);
        assert_file(host, BACKUP "/3.before", "as it was");
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_file(host, "/etc/mine", "as it was");
        assert_false(stand_in_has(host, "/var/lib/forestage"));
}

static void uninstall_without_variables_keeps_what_it_owes(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host), *variables[2], *after;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        variables[0] = stand_in_read(host, ORDER);
        stand_in_delete(host, ORDER);
        stand_in_delete(host, "/sys/firmware/efi/efivars/BootCurrent-" GLOBAL_VENDOR);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 1);
        assert_errors(host, "has no EFI variables (it was started by a run); reboot and uninstall");
        assert_false(stand_in_has(host, ESP));
        stand_in_write(host, ORDER, variables[0], 10);
        stand_in_variable(host, "BootCurrent", GLOBAL_VENDOR, "\1\0", 2);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        after = stand_in_snapshot(host);
        assert_string_equal(after, before);
        free(after);
        free(variables[0]);
        free(before);
}

#define DEBIAN(name)    cmocka_unit_test_setup_teardown(name, stand_in_debian, stand_in_remove)
#define XENSERVER(name) cmocka_unit_test_setup_teardown(name, stand_in_xenserver, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                DEBIAN(a_dry_run_changes_nothing),
                DEBIAN(asks_before_it_does_anything),
                DEBIAN(installs_through_the_firmware_and_back),
                DEBIAN(writes_a_configuration_for_this_host),
                DEBIAN(a_second_install_has_nothing_to_do),
                DEBIAN(a_newer_image_is_brought_and_the_configuration_kept),
                DEBIAN(install_repairs_the_boot_order),
                DEBIAN(installs_through_grub_mkconfig_and_back),
                DEBIAN(a_configuration_that_others_made_anew_is_made_anew),
                XENSERVER(backslashes_are_shown_as_they_are),
                XENSERVER(installs_into_the_configuration_of_xcp_ng_and_back),
                XENSERVER(lines_leave_a_configuration_that_tools_have_edited),
                XENSERVER(xcp_ng_takes_the_firmware_where_it_can),
                XENSERVER(what_is_back_already_is_no_change_of_others),
                XENSERVER(a_copy_is_never_written_over),
                DEBIAN(a_dom0_without_variables_takes_grub),
                DEBIAN(without_efibootmgr_grub_is_taken),
                DEBIAN(no_esp_is_mounted),
                DEBIAN(the_esp_is_full),
                DEBIAN(the_esp_is_read_only),
                DEBIAN(the_host_was_started_by_a_bios),
                DEBIAN(the_image_is_missing),
                DEBIAN(grub_starts_no_xen),
                DEBIAN(a_file_of_the_entry_is_missing),
                DEBIAN(no_loader_can_be_fallen_back_to),
                DEBIAN(what_fails_half_way_is_taken_back),
                DEBIAN(a_method_that_is_none),
                DEBIAN(uninstalled_while_armed),
                DEBIAN(uninstall_without_variables_keeps_what_it_owes),
                DEBIAN(a_journal_of_others_is_not_believed),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
