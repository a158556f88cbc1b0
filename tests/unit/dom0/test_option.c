/* Our boot option among those of others: found by what it starts, mended, removed and told of. */
#include <stdio.h>
#include <unistd.h>

#include "dom0/host/bootoption.h"
#include "dom0/host/variable.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

#define ESP    "/boot/efi/EFI/forestage"
#define VARS   "/sys/firmware/efi/efivars/"
#define OURS   "\\EFI\\forestage\\forestage.efi"
#define OTHER  "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
#define OTHERS "dddddddd-dddd-dddd-dddd-dddddddddddd"

/* --- the bytes --- */

/* A value of Boot####: an empty description, this path, its end. */
static size_t wrap(uint8_t *out, uint32_t attributes, const void *path, size_t length)
{
        memcpy(out, &attributes, 4);
        out[4] = (uint8_t)(length + 4);
        out[5] = (uint8_t)((length + 4) >> 8);
        memset(out + 6, 0, 2);
        memcpy(out + 8, path, length);
        memcpy(out + 8 + length, "\x7f\xff\4", 4);
        return length + 12;
}

#define DISK(length, number, signature, format, type) \
        "\4\1" length "\0" number "\0\0\0"            \
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" signature format type
#define PCI      "\2\1\x0c\0\xd0\x41\3\x0a\0\0\0\0\1\1\6\0\0\x17"
#define FILE_A   "\4\4\x0a\0\\\0A\0\0\0"
#define GUID_12  "\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10"
#define MBR_12   "\x4d\x3c\x2b\x1a\0\0\0\0\0\0\0\0\0\0\0\0"
#define NAMED_12 "04030201-0605-0807-090a-0b0c0d0e0f10"

static void the_partition_is_read_out_of_any_path(void **state)
{
        static const struct {
                const char *name, *path;
                size_t length;
                const char *partition, *loader;
        } rows[] = {
#define ROW(name, path, partition, loader) { name, path, sizeof(path) - 1, partition, loader }
                ROW("short", DISK("\x2a", "\1", GUID_12, "\2", "\2") FILE_A, NAMED_12, "\\A"),
                ROW("in full", PCI DISK("\x2a", "\1", GUID_12, "\2", "\2") FILE_A, NAMED_12, "\\A"),
                ROW("MBR", DISK("\x2a", "\1", MBR_12, "\1", "\1") FILE_A, "1a2b3c4d-01", "\\A"),
                ROW("MBR, number 18", PCI DISK("\x2a", "\x12", MBR_12, "\1", "\1") FILE_A,
                        "1a2b3c4d-12", "\\A"),
                ROW("no signature", DISK("\x2a", "\1", GUID_12, "\2", "\0") FILE_A, "", "\\A"),
                ROW("another signature", DISK("\x2a", "\1", GUID_12, "\2", "\7") FILE_A, "", "\\A"),
                ROW("too long by one", DISK("\x2b", "\1", GUID_12, "\2", "\2") "x" FILE_A, "",
                        "\\A"),
                ROW("too short", "\4\1\x08\0\1\0\0\0" FILE_A, "", "\\A"),
                ROW("longer than the path", DISK("\xff", "\1", GUID_12, "\2", "\2") FILE_A, "", ""),
                ROW("only a file", FILE_A, "", "\\A"),
                ROW("behind the end", FILE_A "\x7f\1\4\0" DISK("\x2a", "\1", GUID_12, "\2", "\2"),
                        "", "\\A"),
#undef ROW
        };
        struct bootoption found;
        uint8_t bytes[512];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                size_t length = wrap(bytes, 1, rows[i].path, rows[i].length);

                if (!bootoption_parse(bytes, length, &found) ||
                        strcmp(found.partition, rows[i].partition) != 0 ||
                        strcmp(found.loader, rows[i].loader) != 0)
                        fail_msg("%s: \"%s\" \"%s\"", rows[i].name, found.partition, found.loader);
        }
}

static void what_the_boot_manager_starts_is_active(void **state)
{
        static const struct {
                uint32_t attributes;
                bool active;
        } rows[] = {
                { 0, false }, { 1, true }, { 2, false }, /* to reconnect drivers */
                { 9, true },       /* hidden from the menu, and started all the same */
                { 0x100, false },  /* an application */
                { 0x101, false },  /* the same, active */
                { 0x1f01, false }, /* of a kind that is not defined */
        };
        struct bootoption found;
        uint8_t bytes[512];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                size_t length = wrap(bytes, rows[i].attributes, FILE_A, sizeof(FILE_A) - 1);

                assert_true(bootoption_parse(bytes, length, &found));
                if (found.active != rows[i].active)
                        fail_msg("%#x", rows[i].attributes);
        }
}

/* --- on a host --- */

/* `numbers` as they stand in the variable. */
static void assert_order(const struct stand_in *host, const char *numbers, size_t length)
{
        uint16_t order[16];

        assert_int_equal(2 * variable_boot_order(&host->host, order, 16), length);
        for (size_t i = 0; i < length / 2; i++)
                assert_int_equal(order[i], numbers[2 * i] | numbers[2 * i + 1] << 8);
}

static bool was_called(const struct stand_in *host, const char *with)
{
        char *log = stand_in_read(host, "/log");
        bool found = log && strstr(log, with);

        free(log);
        return found;
}

static void set_order(struct stand_in *host, const char *numbers, size_t length)
{
        stand_in_variable(host, "BootOrder", GLOBAL_VENDOR, numbers, length);
}

#define HAS(host, number) stand_in_has(host, VARS "Boot" number "-" GLOBAL_VENDOR)

/* None of these is ours, first in the order or not: a new one is made and put before it. */
static void an_option_of_another_is_none_of_ours(void **state)
{
        static const struct {
                const char *name, *description, *loader, *guid;
        } rows[] = {
                { "another partition", "Forestage", OURS, OTHER },
                { "no partition", "Forestage", OURS, NULL },
                { "the description alone", "Forestage", "\\EFI\\debian\\shimx64.efi", ESP_GUID },
                { "a longer name", "Forestage", OURS ".old", ESP_GUID },
                { "no file", "Forestage", "", ESP_GUID },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                stand_in_option(host, 5, rows[i].description, rows[i].loader, rows[i].guid, true);
                set_order(host, "\5\0\1\0\2\0", 6);
                assert_int_equal(stand_in_run(host, "install --yes"), 0);
                if (!was_called(host, "--create"))
                        fail_msg("%s: no option was made", rows[i].name);
                assert_order(host, "\7\0\5\0\1\0\2\0", 8);
                assert_int_equal(stand_in_run(host, "arm --yes"), 0);
                assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
                assert_output(host, "removed boot option Boot0007");
                assert_output(host, "the host is as it was before");
                assert_order(host, "\5\0\1\0\2\0", 6);
                assert_true(HAS(host, "0005"));
                stand_in_delete(host, "/log");
        }
}

/* And these are: by whatever name, in whatever way the firmware writes the path. */
static void ours_is_taken_as_it_is(void **state)
{
        static const char *const loaders[] = { OURS, "\\efi\\FORESTAGE\\Forestage.EFI",
                "EFI\\forestage\\forestage.efi" };
        struct stand_in *host = *state;
        uint8_t full[512], node[128] = PCI DISK("\x2a", "\1", ESP_GUID, "\2", "\2");
        size_t at = sizeof(PCI) - 1 + 42;

        for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
                stand_in_option(host, 5, "UEFI OS", loaders[i], ESP_GUID, true);
                set_order(host, "\5\0\1\0\2\0", 6);
                assert_int_equal(stand_in_run(host, "install --yes"), 0);
                assert_false(was_called(host, "efibootmgr"));
                assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
                assert_output(host, "removed boot option Boot0005");
                stand_in_delete(host, "/log");
        }
        memcpy(node + at, "\4\4", 2);
        node[at + 2] = 4 + 2 * sizeof(OURS);
        for (size_t i = 0; i < sizeof(OURS); i++)
                node[at + 4 + 2 * i] = (uint8_t)OURS[i];
        stand_in_variable(host, "Boot000A", GLOBAL_VENDOR, full,
                wrap(full, 1, node, at + 4 + 2 * sizeof(OURS)));
        set_order(host, "\12\0\1\0", 4);
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_false(was_called(host, "efibootmgr"));
}

static void one_that_is_switched_off_is_switched_on(void **state)
{
        struct stand_in *host = *state;

        stand_in_option(host, 5, "Forestage", OURS, ESP_GUID, false);
        set_order(host, "\5\0\1\0\2\0", 6);
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_true(was_called(host, "--active --bootnum 0005"));
        assert_false(was_called(host, "--create"));
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_option(host, 5, "Forestage", OURS, ESP_GUID, false);
        assert_int_equal(stand_in_run(host, "status"), 0);
        assert_output(host, "as it is, the run would not start: Forestage's boot option");
        assert_output(host, "(Boot0005) is switched off");
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_errors(host, "(Boot0005) is switched off");
        set_order(host, "\1\0\2\0", 4); /* and out of the order, too */
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_order(host, "\5\0\1\0\2\0", 6);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
}

/* Armed or not, status says that nothing would be started, and why. */
static void status_says_how_the_option_stands(void **state)
{
        static const struct {
                const char *guid; /* NULL: the option goes */
                bool active;
                const char *order;
                size_t length;
                const char *said;
        } rows[] = {
                { ESP_GUID, true, "\1\0\7\0", 4, "(Boot0007) is not the first in the boot order" },
                { ESP_GUID, true, "\1\0\2\0", 4, "(Boot0007) is not the first in the boot order" },
                { ESP_GUID, false, "\7\0\1\0", 4, "(Boot0007) is switched off" },
                { OTHER, true, "\7\0\1\0", 4,
                        "Boot0007 starts forestage.efi of another partition (" OTHERS ")" },
                { NULL, true, "\7\0\1\0", 4, "nothing would start an armed run" },
        };
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        for (int armed = 0; armed < 2; armed++) {
                for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                        stand_in_delete(host, VARS "Boot0007-" GLOBAL_VENDOR);
                        if (rows[i].guid)
                                stand_in_option(
                                        host, 7, "Forestage", OURS, rows[i].guid, rows[i].active);
                        set_order(host, rows[i].order, rows[i].length);
                        assert_int_equal(stand_in_run(host, "status --json"), 0);
                        assert_output(host, rows[i].said);
                        assert_output(host, armed ? "\"not_ready\": \"" : "\"note\": \"as it is, ");
                        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
                        assert_errors(host, rows[i].said);
                }
                stand_in_option(host, 7, "Forestage", OURS, ESP_GUID, true);
                set_order(host, "\7\0\1\0", 4);
                assert_int_equal(stand_in_run(host, "status --json"), 0);
                assert_output(host, "\"not_ready\": null");
                assert_output(host, "\"note\": null");
                assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        }
}

/* The boot manager passes over numbers without an option, and over what is switched off. */
static void first_is_what_is_started_first(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        set_order(host, "\x42\0\x43\0\7\0\1\0", 8);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        stand_in_option(host, 3, "off", "\\EFI\\x.efi", ESP_GUID, false);
        set_order(host, "\3\0\7\0\1\0", 6);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        set_order(host, "\3\0\x42\0\1\0\7\0", 8);
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_true(was_called(host, "--bootorder 0007,0003,0001")); /* 0042 would be refused */
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        set_order(host, "\7", 1); /* cut short: no order at all */
        assert_int_equal(stand_in_run(host, "arm --yes"), 1);
        set_order(host, "\7\0\7\0\1\0\7\0", 8); /* twice the same */
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_order(host, "\1\0", 2);
}

/* The better one of two counts, and both go. */
static void two_of_ours_are_both_removed(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        stand_in_option(host, 9, "by hand", OURS, ESP_GUID, false);
        stand_in_option(host, 0xa, "Forestage", OURS, OTHER, true);
        set_order(host, "\11\0\7\0\1\0\12\0", 8);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "removed boot option Boot0007");
        assert_output(host, "removed boot option Boot0009");
        assert_output(host, "left boot option Boot000A alone");
        assert_output(host, OTHERS);
        assert_order(host, "\1\0\12\0", 4);
        assert_false(HAS(host, "0007"));
        assert_false(HAS(host, "0009"));
        assert_true(HAS(host, "000A"));
}

/* --- uninstalling --- */

static void a_renumbered_option_is_the_one_that_is_removed(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        stand_in_option(host, 3, "Forestage", OURS, ESP_GUID, true);
        stand_in_option(host, 7, "debian", "\\EFI\\debian\\shimx64.efi", ESP_GUID, true);
        stand_in_delete(host, VARS "Boot0001-" GLOBAL_VENDOR);
        set_order(host, "\3\0\7\0\2\0", 6);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "removed boot option Boot0003");
        assert_null(strstr(host->output, "Boot0007"));
        assert_order(host, "\7\0\2\0", 4);
        assert_false(HAS(host, "0003"));
        assert_true(HAS(host, "0007"));
}

static void nothing_is_said_to_be_removed_that_was_not(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0); /* the option is gone */
        stand_in_delete(host, VARS "Boot0007-" GLOBAL_VENDOR);
        set_order(host, "\1\0\2\0", 4);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "found no boot option of ours to remove");
        assert_null(strstr(host->output, "removed boot option"));
        assert_null(strstr(host->output, "is as it was before"));
        assert_output(host, "is not as it was before");
        assert_false(was_called(host, "--delete"));

        assert_int_equal(stand_in_run(host, "install --yes"), 0); /* the folder is gone */
        stand_in_delete(host, ESP);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "others have removed it meanwhile");
        assert_output(host, "is not as it was before");

        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 0); /* the script is */
        stand_in_delete(host, "/etc/grub.d/00_forestage");
        stand_in_text(host, "/boot/grub/grub.cfg", "# another\n");
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "00_forestage: others have removed it meanwhile");
        assert_output(host, "is not as it was before");
}

/* Firmware that ignores the deletion or undoes it, and an efibootmgr that cannot delete. */
static void an_option_that_stays_is_told_of(void **state)
{
        static const char *const programs[] = { "exit 0\n", "echo 'Read-only' >&2\nexit 3\n" };
        static const char *const said[] = { "the boot option Boot0007 is still there",
                "Read-only" };
        struct stand_in *host = *state;
        char *real;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        real = stand_in_read(host, "/programs/efibootmgr");
        for (size_t i = 0; i < 2; i++) {
                stand_in_program(host, "efibootmgr", programs[i]);
                assert_int_equal(stand_in_run(host, "uninstall --yes"), 1);
                assert_errors(host, said[i]);
                assert_null(strstr(host->output, "removed boot option"));
                assert_null(strstr(host->output, "as it was before"));
        }
        stand_in_program(host, "efibootmgr",
                "for last; do :; done\n"
                "option=$root/sys/firmware/efi/efivars/Boot\n"
                "mv \"$option$last-" GLOBAL_VENDOR "\" "
                "\"$option$(printf %04X $((0x$last + 1)))-" GLOBAL_VENDOR "\"\n");
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 1);
        assert_errors(host, "puts the boot option \"Forestage\" back");
        stand_in_program(host, "efibootmgr", strstr(real, "vars="));
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "removed boot option Boot0027");
        free(real);
}

/* A journal of an earlier version names the option by its number alone. */
static void a_number_in_an_old_journal_still_leads_to_the_option(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        stand_in_text(host, "/var/lib/forestage/backup/journal.json",
                "[{\"what\": \"folder\", \"path\": \"%s" ESP "\"},"
                " {\"what\": \"boot option\", \"number\": 7}]\n",
                host->root);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
        assert_output(host, "removed boot option Boot0007");
        assert_false(HAS(host, "0007"));
}

/* --- efibootmgr that fails --- */

static void assert_grub(struct stand_in *host)
{
        assert_true(stand_in_has(host, "/etc/grub.d/00_forestage"));
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_int_equal(stand_in_run(host, "uninstall --yes"), 0);
}

/* It fails, does nothing, or makes an option that the firmware does not keep first or switched on.
 */
static void auto_turns_to_grub(void **state)
{
        static const char *const programs[] = {
                "echo 'No space left on device' >&2\nexit 5\n",
                "exit 0\n",
                "case $* in *--create*) cp \"$root/programs/option\" "
                "\"$root/sys/firmware/efi/efivars/Boot0007-" GLOBAL_VENDOR "\" ;;\n"
                "*--delete*) rm \"$root/sys/firmware/efi/efivars/Boot0007-" GLOBAL_VENDOR
                "\" ;; esac\n",
        };
        static const char *const said[] = { "efibootmgr failed (5): No space left on device",
                "efibootmgr ended well, but the boot option \"Forestage\" is not there",
                "\"Forestage\" is not the first in the boot order" };
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host), *after;

        for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
                stand_in_program(host, "efibootmgr", programs[i]);
                assert_int_equal(stand_in_run(host, "install --yes"), 0);
                assert_output(host, "or, where the firmware does not take it: write");
                assert_errors(host, said[i]);
                assert_output(host, "So GRUB is to start the runs");
                assert_output(host, "Installed.");
                assert_false(HAS(host, "0007"));
                assert_grub(host);
                assert_int_equal(stand_in_run(host, "install --yes --method firmware"), 1);
                assert_errors(host, said[i]);
                assert_errors(host, "; --method grub needs no boot option");
                assert_false(stand_in_has(host, "/var/lib/forestage"));
        }
        stand_in_delete(host, "/programs/efibootmgr"); /* the one thing that is another now */
        after = stand_in_snapshot(host);
        assert_null(strstr(after, "Boot0007"));
        assert_null(strstr(after, "forestage.efi " ESP));
        free(before);
        free(after);
}

/* What was installed through the firmware is not turned over; what helps is named. */
static void a_repair_that_fails_names_the_other_method(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        set_order(host, "\1\0\7\0\2\0", 6);
        stand_in_program(host, "efibootmgr", "echo 'No space left on device' >&2\nexit 5\n");
        assert_int_equal(stand_in_run(host, "install --yes"), 1);
        assert_errors(host, "No space left on device; after forestage uninstall, --method grub");
        assert_false(stand_in_has(host, "/etc/grub.d/00_forestage"));
        assert_true(stand_in_has(host, ESP "/vmlinuz"));
}

/* --- a dom0 that cannot see options --- */

static void boot_a_run(struct stand_in *host)
{
        stand_in_delete(host, "/sys/firmware");
        stand_in_text(host, "/cmdline",
                "root=UUID=1 forestage.region=0x40000000,0x4000000 "
                "forestage.run=01234567-89ab-4def-8123-456789abcdef acpi_rsdp=0x9f000\n");
        stand_in_text(host, "/var/lib/forestage/runs/01234567-89ab-4def-8123-456789abcdef/run.json",
                "{}");
}

static void without_variables_the_journal_is_asked(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        boot_a_run(host);
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_output(host, "installed already (--method firmware)");
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_int_equal(stand_in_run(host, "status --json"), 0);
        assert_output(host, "\"not_ready\": null");
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_int_equal(stand_in_run(host, "install --yes --method grub"), 1);
        assert_errors(host, "installed with --method firmware already");
}

/* No option is noted: of another partition, or none at all. */
static void without_variables_nothing_is_made_up(void **state)
{
        static const char *const changes[] = {
                "",
                ", {\"what\": \"boot option\", \"partition\": \"" OTHERS "\"}",
        };
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        boot_a_run(host);
        for (size_t i = 0; i < 2; i++) {
                stand_in_text(host, "/var/lib/forestage/backup/journal.json",
                        "[{\"what\": \"folder\", \"path\": \"%s" ESP "\"}%s]\n", host->root,
                        changes[i]);
                assert_int_equal(stand_in_run(host, "arm --yes"), 1);
                assert_errors(host, "nothing would start an armed run");
        }
        assert_int_equal(stand_in_run(host, "install --yes"), 0); /* GRUB's lines, then */
        assert_true(stand_in_has(host, "/etc/grub.d/00_forestage"));
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
}

#define DEBIAN(name) cmocka_unit_test_setup_teardown(name, stand_in_debian, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_partition_is_read_out_of_any_path),
                cmocka_unit_test(what_the_boot_manager_starts_is_active),
                DEBIAN(an_option_of_another_is_none_of_ours),
                DEBIAN(ours_is_taken_as_it_is),
                DEBIAN(one_that_is_switched_off_is_switched_on),
                DEBIAN(status_says_how_the_option_stands),
                DEBIAN(first_is_what_is_started_first),
                DEBIAN(two_of_ours_are_both_removed),
                DEBIAN(a_renumbered_option_is_the_one_that_is_removed),
                DEBIAN(nothing_is_said_to_be_removed_that_was_not),
                DEBIAN(an_option_that_stays_is_told_of),
                DEBIAN(a_number_in_an_old_journal_still_leads_to_the_option),
                DEBIAN(auto_turns_to_grub),
                DEBIAN(a_repair_that_fails_names_the_other_method),
                DEBIAN(without_variables_the_journal_is_asked),
                DEBIAN(without_variables_nothing_is_made_up),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
