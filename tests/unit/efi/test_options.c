/*
 * `options=`: what Linux would take for a refused parameter is refused, however it is written. The
 * way Linux reads its line is written down here a second time, from its documentation, and held
 * against the check on lines made of all that matters to either.
 */
#include <stdlib.h>

#include "efi/parse/options.h"
#include "tests/unit/tap.h"

static char buffer[256];

static bool allowed(const char *line)
{
        size_t length = strlen(line);
        char *exact = malloc(length ? length : 1); /* the sanitizer sees a byte too many */
        struct text reason;
        bool good;

        memcpy(exact, line, length);
        text_init(&reason, buffer, sizeof(buffer));
        good = options_check((struct slice){ exact, length }, &reason);
        assert_int_equal(good, reason.length == 0);
        free(exact);
        return good;
}

static void allows_what_harms_nothing(void **state)
{
        static const char *const lines[] = {
                "",
                "quiet acpi=strict",
                "  earlyprintk=serial,ttyS0  loglevel=7 ",
                "dyndbg=\"file nvidia.c +p\" nokaslr",
                "memtest=1 memory_corruption_check=1 hugepages=2",
                "iommu=pt intel_iommu_x=1 my.mem=1 mem.x=1",
                "initcall_debug noinitrd_x rdinit_x=1 initrdx",
                "forestage=1 forestagex.run=1 a=forestage.run=1 -- x",
                "panic=0 reboot=pci",
                "=mem a==b",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                assert_true(allowed(lines[i]));
}

static void refuses_each_spelling(void **state)
{
        static const char *const lines[] = {
                "add_efi_memmap",
                "add_efi_memmap=1",
                "add-efi-memmap",
                "add-efi_memmap=",
                "quiet \"add_efi_memmap\"",
                "\"add_efi_memmap=1\" quiet",
                "\"add_efi_memmap",
                "a=\"b\" add_efi_memmap",
                "a=\"b add_efi_memmap c\"",
                "-- add_efi_memmap",
                "memmap=64M$0x7c000000",
                "memmap=exactmap",
                "mem=1G",
                "efi-fake-mem=1G@4G:0x10000",
                "acpi_rsdp=0x1000",
                "acpi-rsdp=0x1000",
                "intel_iommu=on",
                "intel-iommu=on",
                "amd_iommu=on",
                "initrd=0x1000,4096",
                "initrdmem=0x1000,4096",
                "rdinit=/bin/sh",
                "bootconfig",
                "forestage.run=1",
                "\"forestage.region=1,2\"",
                "x forestage.ebda=1",
                "one\ttab",
                "a\"b",
                "caf\xc3\xa9",
                "esc\x1b[2J",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                assert_false(allowed(lines[i]));
}

static void says_what_and_why(void **state)
{
        (void)state;
        assert_false(allowed("quiet amd-iommu=on"));
        assert_string_equal(buffer,
                "amd-iommu=on is not allowed here: Xen must not find the IOMMU switched on");
        assert_false(allowed("a=\"b"));
        assert_string_equal(buffer, "has a quote that is not closed");
}

/* The name of Linux's next parameter: a word ends at a blank outside of quotes. */
static void next_parameter(const char **line, char *ret_name)
{
        bool quoted = false, in_name = true;
        size_t length = 0, first = 0;

        while (**line == ' ')
                ++*line;
        if (**line == '"')
                first = 1; /* around all of it */
        for (size_t i = 0; **line && (quoted || **line != ' '); i++, ++*line) {
                if (**line == '"')
                        quoted = !quoted;
                if (**line == '=' && i > first)
                        in_name = false;
                if (in_name && i >= first)
                        ret_name[length++] = **line == '-' ? '_' : **line;
        }
        if (first && length > 0 && ret_name[length - 1] == '"')
                length--;
        ret_name[length] = '\0';
}

static bool linux_takes_refused(const char *line)
{
        static const char *const names[] = { "mem", "add_efi_memmap", "intel_iommu" };
        char name[256];

        while (*line) {
                next_parameter(&line, name);
                for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                        if (strcmp(name, names[i]) == 0)
                                return true;
                if (strncmp(name, "forestage.", 10) == 0)
                        return true;
        }
        return false;
}

/* All lines of up to five of these pieces. */
static void misses_nothing_that_linux_takes(void **state)
{
        static const char *const pieces[] = { "mem", "=", "\"", " ", "add-efi", "_memmap", "x",
                "forestage.", "intel_iommu", "-" };
        const size_t count = sizeof(pieces) / sizeof(pieces[0]);
        size_t lines = 0, taken = 0;

        (void)state;
        for (size_t number = 0; number < count * count * count * count * count; number++) {
                char line[128] = "";
                size_t rest = number;

                for (size_t i = 0; i < 5; i++, rest /= count)
                        strcat(line, pieces[rest % count]);
                lines++;
                if (!linux_takes_refused(line))
                        continue;
                taken++;
                if (allowed(line))
                        fail_msg("allowed: %s", line);
        }
        print_message(
                "# %zu lines, of which Linux takes a refused parameter from %zu\n", lines, taken);
        assert_true(taken > 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(allows_what_harms_nothing),
                cmocka_unit_test(refuses_each_spelling),
                cmocka_unit_test(says_what_and_why),
                cmocka_unit_test(misses_nothing_that_linux_takes),
        };

        return run_tap(tests);
}
