/* What status lists as different in a dom0 that a run has started. */
#include <stdio.h>

#include <jansson.h>

#include "dom0/state/difference.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

#define RUN    "01234567-89ab-4def-8123-456789abcdef"
#define EVENTS "/var/lib/forestage/runs/" RUN "/events.jsonl"

/* The keys, divided by blanks. */
static void join(const struct differences *list, char *text, size_t size)
{
        *text = '\0';
        for (size_t i = 0; i < list->count; i++)
                snprintf(text + strlen(text), size - strlen(text), "%s%s", i > 0 ? " " : "",
                        list->item[i].key);
}

static void names_only_what_holds(void **state)
{
        static const struct {
                struct difference_facts facts;
                const char *keys;
        } tests[] = {
                { { .by_run = true }, "efi_variables smbios dmi_quirks command_line" },
                { { .by_run = true, .has_xapi = true },
                        "efi_variables smbios dmi_quirks bios_strings command_line" },
                { { .by_run = true, .has_xapi = true, .has_smbios = true },
                        "efi_variables command_line" },
                { { .by_run = true, .has_efi = true }, "smbios dmi_quirks command_line" },
                { { .by_run = true, .has_efi = true, .has_smbios = true, .has_rsdp = true },
                        "command_line" },
                { { .by_run = true, .no_screen = "none from the firmware" },
                        "efi_variables smbios dmi_quirks command_line screen" },
                { { .by_run = true, .was_told = true, .has_efi = true, .has_smbios = true },
                        "command_line screen" },
                { { .by_run = true,
                          .was_told = true,
                          .has_efi = true,
                          .has_smbios = true,
                          .has_display = true },
                        "command_line" },
                { { .by_run = true,
                          .has_efi = true,
                          .has_smbios = true,
                          .has_display = true,
                          .no_screen = "it is on an NVIDIA device" },
                        "command_line" }, /* dom0 has a driver of its own for it */
                { { .has_xapi = true, .has_rsdp = true, .no_screen = "none" }, "" },
                { { .by_run = false }, "" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                struct differences list;
                char keys[256];

                differences_decide(&tests[i].facts, &list);
                join(&list, keys, sizeof(keys));
                assert_string_equal(keys, tests[i].keys);
        }
}

static void says_which_words_there_are(void **state)
{
        struct difference_facts facts = { .by_run = true,
                .has_efi = true,
                .has_smbios = true,
                .no_screen = "it is above 4 GiB" };
        struct differences list;

        (void)state;
        differences_decide(&facts, &list);
        assert_int_equal(list.count, 2);
        assert_non_null(strstr(list.item[0].text, "forestage.region=, forestage.run="));
        assert_null(strstr(list.item[0].text, "acpi_rsdp=")); /* a PVH dom0 has none */
        assert_non_null(strstr(list.item[1].text, "Xen's: it is above 4 GiB"));
        facts.has_rsdp = true;
        differences_decide(&facts, &list);
        assert_non_null(strstr(list.item[0].text, "forestage.run=, acpi_rsdp="));
}

/* --- a host --- */

/* The keys that status --json lists. */
static const char *keys_of(struct stand_in *host)
{
        static char keys[256];
        json_t *object, *list;

        stand_in_run(host, "status --json");
        object = json_loads(host->output, JSON_REJECT_DUPLICATES, NULL);
        list = json_object_get(object, "different");
        assert_true(json_is_array(list));
        *keys = '\0';
        for (size_t i = 0; i < json_array_size(list); i++)
                snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), "%s%s", i > 0 ? " " : "",
                        json_string_value(json_array_get(list, i)));
        json_decref(object);
        return keys;
}

static void start_by_run(struct stand_in *host)
{
        stand_in_text(host, "/cmdline",
                "root=LABEL=a ro forestage.region=0x200000,0x40000 forestage.run=" RUN
                " acpi_rsdp=0x9f010\n");
        stand_in_delete(host, "/sys/firmware/efi");
}

static void a_normal_boot_is_as_it_is(void **state)
{
        struct stand_in *host = *state;

        assert_string_equal(keys_of(host), "");
        assert_int_equal(stand_in_run(host, "status"), 3);
        assert_null(strstr(host->output, "Different:"));
        stand_in_delete(host, "/sys/firmware/efi"); /* nor is that of a run */
        assert_string_equal(keys_of(host), "");
        stand_in_text(host, "/cmdline", "root=LABEL=a ro acpi_rsdp=0x9f010\n");
        assert_string_equal(keys_of(host), "");
}

static void a_run_leaves_these(void **state)
{
        struct stand_in *host = *state;

        start_by_run(host);
        assert_string_equal(keys_of(host), "efi_variables smbios dmi_quirks command_line");
        stand_in_text(host, "/etc/xensource-inventory", "PRODUCT_BRAND='XCP-ng'\n");
        assert_string_equal(
                keys_of(host), "efi_variables smbios dmi_quirks bios_strings command_line");
        stand_in_run(host, "status");
        assert_output(host,
                "Different:  until the next normal boot, because a run has started this system:\n"
                "            - no EFI variables: ");
        assert_output(host, "            - xapi finds no bios-strings of this host");
        assert_output(host, "\nNext:");
        stand_in_text(host, "/sys/class/dmi/id/sys_vendor", "QEMU\n");
        assert_string_equal(keys_of(host), "efi_variables command_line");
        stand_in_delete(host, "/sys/class/dmi");
        stand_in_text(host, "/sys/firmware/dmi/tables/DMI", "x");
        assert_string_equal(keys_of(host), "efi_variables command_line");
        stand_in_text(host, "/sys/firmware/efi/systab", "SMBIOS=0x1\n");
        assert_string_equal(keys_of(host), "command_line");
}

/* The run that has started this boot tells what Xen got, once its folder is there. */
static void the_screen_is_known_from_the_runs_events(void **state)
{
        static const char *const events[][2] = {
                { "{\"event\":\"stage.kexec_load\",\"no_screen\":\"none from the firmware\"}\n",
                        "none from the firmware" },
                { "{\"event\":\"stage.region\"}\n"
                  "{\"event\":\"stage.kexec_load\",\"modules\":2,\"no_screen\":\"it is above\"}\n"
                  "{\"event\":\"stage.sealed\"}",
                        "it is above" },
                { "{\"event\":\"stage.kexec_load\",\"no_screen\":\"a\\u001b[2Jb\"}\n", "a [2Jb" },
                { "{\"event\":\"stage.kexec_load\",\"screen\":\"1280x800 at 0xc0000000\"}\n",
                        "it was told of one" },
                { "{\"event\":\"stage.jobs\",\"no_screen\":\"stage.kexec_load\"}\n", NULL },
                { "{\"event\":\"stage.kexec_load\",\"no_screen\":7}\n", NULL },
                { "{\"event\":\"stage.kexec_load\",\"no_screen\":\"cut of", NULL },
                { "stage.kexec_load\n[]\n\"stage.kexec_load\"\n", NULL },
                { "", NULL },
        };
        struct stand_in *host = *state;

        start_by_run(host);
        for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
                stand_in_text(host, EVENTS, "%s", events[i][0]);
                if ((strstr(keys_of(host), "screen") != NULL) != (events[i][1] != NULL))
                        fail_msg("%s", events[i][0]);
                stand_in_run(host, "status");
                if (events[i][1])
                        assert_output(host, events[i][1]);
                assert_null(strchr(host->output, '\033'));
        }
        stand_in_text(host, EVENTS, "%s", events[0][0]);
        stand_in_text(host, "/sys/class/graphics/fb0/name", "VESA VGA\n");
        assert_null(strstr(keys_of(host), "screen"));
        stand_in_delete(host, "/sys/class/graphics");
        stand_in_text(host, "/sys/class/drm/card0/dev", "226:0\n");
        assert_null(strstr(keys_of(host), "screen"));
        stand_in_delete(host, "/sys/class/drm");
        assert_non_null(strstr(keys_of(host), "screen"));
        stand_in_text(host, "/cmdline",
                "forestage.region=0x200000,0x40000 "
                "forestage.run=99999999-89ab-4def-8123-456789abcdef\n");
        assert_null(strstr(keys_of(host), "screen")); /* that was another run */
}

#define HOST(name) cmocka_unit_test_setup_teardown(name, stand_in_debian, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_only_what_holds),
                cmocka_unit_test(says_which_words_there_are),
                HOST(a_normal_boot_is_as_it_is),
                HOST(a_run_leaves_these),
                HOST(the_screen_is_known_from_the_runs_events),
        };

        return run_tap(tests);
}
