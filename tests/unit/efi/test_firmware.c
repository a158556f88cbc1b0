/* What comes from the firmware: memory maps, the RSDP, PE images, device paths. */
#include "efi/layout/devicepath.h"
#include "efi/layout/memorymap.h"
#include "efi/layout/pe.h"
#include "efi/layout/rsdp.h"
#include "tests/unit/tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MIB          (1ull << 20)
#define GIB          (1ull << 30)

static char buffer[256];
static struct text reason;

static struct text *fresh(void)
{
        text_init(&reason, buffer, sizeof(buffer));
        return &reason;
}

static const struct memorymap_range machine[] = {
        { 0, 0x1000, MEMORY_OTHER },
        { 0x1000, 0x9e000, MEMORY_FREE },
        { 6 * GIB, GIB, MEMORY_FREE },
        { 1 * MIB, 2 * GIB - 1 * MIB - 0x123000, MEMORY_FREE },
        { 3 * GIB, 100 * MIB, MEMORY_FREE },
        { 3 * GIB + 100 * MIB, 50 * MIB, MEMORY_RAM },
};
static const struct memorymap map = { machine, COUNT(machine) };

static void places_the_region_high(void **state)
{
        uint64_t address = 0;

        (void)state;
        assert_true(memory_find_region(&map, 64 * MIB, &address, fresh()));
        assert_int_equal(address, 3 * GIB + 36 * MIB);
        assert_true(memory_find_region(&map, 100 * MIB, &address, fresh()));
        assert_int_equal(address, 3 * GIB);
        assert_true(memory_find_region(&map, 102 * MIB, &address, fresh()));
        assert_int_equal(address, 2 * GIB - 2 * MIB - 102 * MIB);
        assert_true(memory_find_region(&map, 1022 * MIB, &address, fresh()));
        assert_int_equal(address, 1 * GIB);
        assert_int_equal(address % MEMORY_REGION_ALIGN, 0);
}

static void says_what_would_fit(void **state)
{
        uint64_t address = 42;

        (void)state;
        assert_false(memory_find_region(&map, GIB, &address, fresh()));
        assert_string_equal(buffer,
                "region: no room for 1024 MiB between 1 and 4 GiB, at most 1022 "
                "MiB are free in one piece");
        assert_int_equal(address, 42);
        assert_false(memory_find_region(&map, 1ull << 40, &address, fresh()));
        assert_false(memory_find_region(&(struct memorymap){ NULL, 0 }, MIB, &address, fresh()));
}

static void region_stays_below_4_gib(void **state)
{
        const struct memorymap_range across = { 3 * GIB, 3 * GIB, MEMORY_FREE };
        uint64_t address;

        (void)state;
        assert_true(
                memory_find_region(&(struct memorymap){ &across, 1 }, 64 * MIB, &address, fresh()));
        assert_int_equal(address, 4 * GIB - 64 * MIB);
        assert_false(memory_find_region(
                &(struct memorymap){ &across, 1 }, GIB + 2 * MIB, &address, fresh()));
}

static void ebda_is_the_highest_page(void **state)
{
        uint64_t address = 0;

        (void)state;
        assert_true(memory_find_ebda(&map, &address, fresh()));
        assert_int_equal(address, 0x9e000);
        assert_int_equal(
                memory_free_bytes(&map), 0x9e000 + GIB + 2 * GIB - MIB - 0x123000 + 100 * MIB);
}

/* A reserved page at 0x58000, as on many laptops: the 64 KiB must not touch it. */
static void ebda_needs_ram_below(void **state)
{
        struct memorymap_range ranges[] = {
                { 0x1000, 0x57000, MEMORY_FREE },
                { 0x58000, 0x1000, MEMORY_OTHER },
                { 0x59000, 0x8000, MEMORY_RAM },
                { 0x61000, 0x9000, MEMORY_FREE },
                { 0x6a000, 0x36000, MEMORY_OTHER },
        };
        const struct memorymap small = { ranges, COUNT(ranges) };
        uint64_t address = 42;

        (void)state;
        assert_true(memory_find_ebda(&small, &address, fresh()));
        assert_int_equal(address, 0x69000);
        ranges[3].size = 0x8000; /* now the page would be 0x68000, and 0x58000 in reach */
        assert_true(memory_find_ebda(&small, &address, fresh()));
        assert_int_equal(address, 0x57000);
        ranges[0].size = 0x2000;
        address = 42;
        assert_false(memory_find_ebda(&small, &address, fresh()));
        assert_int_equal(address, 42);
        assert_string_equal(buffer,
                "ACPI: no free page below 640 KiB with 64 KiB of plain RAM below "
                "it, which Xen needs to find the RSDP");
}

static uint8_t rsdp[RSDP_BYTES];

static void set_sum(size_t at, size_t count)
{
        uint8_t sum = 0;

        rsdp[at] = 0;
        for (size_t i = 0; i < count; i++)
                sum = (uint8_t)(sum + rsdp[i]);
        rsdp[at] = (uint8_t)-sum;
}

static void make_rsdp(void)
{
        memset(rsdp, 0, sizeof(rsdp));
        memcpy(rsdp, "RSD PTR ", 8);
        memcpy(rsdp + 9, "BOCHS ", 6);
        rsdp[15] = 2;
        rsdp[20] = RSDP_BYTES;
        rsdp[24] = 0xe8;
        set_sum(8, 20);
        set_sum(32, 36);
}

static void checks_the_rsdp(void **state)
{
        (void)state;
        make_rsdp();
        assert_true(rsdp_check(rsdp, fresh()));
        for (size_t i = 0; i < sizeof(rsdp) * 8; i++) {
                rsdp[i / 8] ^= (uint8_t)(1 << i % 8);
                assert_false(rsdp_check(rsdp, fresh()));
                rsdp[i / 8] ^= (uint8_t)(1 << i % 8);
        }
        rsdp[15] = 0;
        set_sum(8, 20);
        assert_false(rsdp_check(rsdp, fresh()));
        assert_string_equal(buffer, "ACPI: the firmware's RSDP is of ACPI 1.0");
        make_rsdp();
        rsdp[20] = 40;
        assert_false(rsdp_check(rsdp, fresh()));
        assert_string_equal(buffer, "ACPI: the firmware's RSDP is 40 bytes, not 36");
}

static void fills_the_ebda(void **state)
{
        static uint8_t page[RSDP_EBDA_BYTES];

        (void)state;
        make_rsdp();
        memset(page, 0xff, sizeof(page));
        rsdp_fill_ebda(page, rsdp);
        assert_int_equal(page[0], 4);
        assert_memory_equal(page + 16, rsdp, sizeof(rsdp));
        for (size_t i = 1; i < sizeof(page); i++)
                if (i < 16 || i >= 16 + RSDP_BYTES)
                        assert_int_equal(page[i], 0);
}

static uint8_t image[64 + 96];

static void make_image(void)
{
        memset(image, 0, sizeof(image));
        memcpy(image, "MZ", 2);
        image[0x3c] = 64;
        memcpy(image + 64, "PE\0\0\x64\x86", 6);
        image[64 + 24] = 0x0b;
        image[64 + 25] = 0x02;
        image[64 + 68] = 1;
        image[64 + 92] = 10;
}

static void assert_image(const char *message)
{
        assert_false(pe_check("vmlinuz", image, sizeof(image), fresh()));
        assert_string_equal(buffer, message);
        make_image();
}

static void knows_a_kernel(void **state)
{
        (void)state;
        make_image();
        assert_true(pe_check("vmlinuz", image, sizeof(image), fresh()));
        for (size_t size = 0; size < sizeof(image); size++) {
                uint8_t *cut = malloc(size ? size : 1);

                assert_non_null(cut);
                memcpy(cut, image, size);
                assert_false(pe_check("vmlinuz", cut, size, fresh()));
                assert_non_null(strstr(buffer, "vmlinuz: not a PE image"));
                free(cut);
        }
        image[0] = 'm';
        assert_image("vmlinuz: not a PE image (no MZ signature)");
        image[64] = 'p';
        assert_image("vmlinuz: not a PE image (no PE signature)");
        image[0x3f] = 0xff;
        assert_image("vmlinuz: not a PE image (header lies outside the file)");
        image[68] = 0x4c;
        assert_image("vmlinuz: a PE image, but not for x86-64");
        image[64 + 25] = 1;
        assert_image("vmlinuz: a PE image, but not PE32+");
        image[64 + 92] = 11;
        assert_image("vmlinuz: a PE image, but not an EFI application");
        image[64 + 68] = 0;
        assert_image("vmlinuz: not Linux 5.8 or newer (its EFI stub could not take the initramfs)");
}

/* PciRoot(0)/Pci(2,0), then the end. */
static const uint8_t device[] = { 2, 1, 12, 0, 0xd0, 0x41, 3, 0x0a, 0, 0, 0, 0, 1, 1, 6, 0, 0, 2,
        0x7f, 0xff, 4, 0 };

static void builds_the_path_of_a_file(void **state)
{
        static const uint8_t tail[] = { 4, 4, 14, 0, '\\', 0, 'A', 0, '\\', 0, 'b', 0, 0, 0, 0x7f,
                0xff, 4, 0 };
        uint8_t bytes[DEVICEPATH_MAX_BYTES];

        (void)state;
        assert_int_equal(
                devicepath_of_file(device, SLICE("A/b"), bytes), sizeof(device) - 4 + sizeof(tail));
        assert_memory_equal(bytes, device, sizeof(device) - 4);
        assert_memory_equal(bytes + sizeof(device) - 4, tail, sizeof(tail));
        assert_true(devicepath_is_file(bytes, SLICE("a/B")));
        assert_false(devicepath_is_file(bytes, SLICE("a/c")));
        assert_false(devicepath_is_file(device, SLICE("A/b")));
}

static void joins_the_parts_of_a_path(void **state)
{
        static const uint8_t parts[] = { 4, 4, 12, 0, '\\', 0, 'E', 0, '\\', 0, 0, 0, 4, 4, 8, 0,
                'x', 0, 'y', 0, 0x7f, 0xff, 4, 0 };

        (void)state;
        assert_true(devicepath_is_file(parts, SLICE("E/xy")));
        assert_false(devicepath_is_file(parts, SLICE("Exy")));
}

static void refuses_malformed_paths(void **state)
{
        static const uint8_t no_length[] = { 4, 4, 0, 0 };
        static const uint8_t too_long[] = { 4, 4, 0xff, 0xff };
        uint8_t bytes[DEVICEPATH_MAX_BYTES];

        (void)state;
        assert_int_equal(devicepath_of_file(no_length, SLICE("a"), bytes), 0);
        assert_int_equal(devicepath_of_file(too_long, SLICE("a"), bytes), 0);
        assert_false(devicepath_is_file(no_length, SLICE("a")));
        assert_false(devicepath_is_file(too_long, SLICE("a")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(places_the_region_high),
                cmocka_unit_test(says_what_would_fit),
                cmocka_unit_test(region_stays_below_4_gib),
                cmocka_unit_test(ebda_is_the_highest_page),
                cmocka_unit_test(ebda_needs_ram_below),
                cmocka_unit_test(checks_the_rsdp),
                cmocka_unit_test(fills_the_ebda),
                cmocka_unit_test(knows_a_kernel),
                cmocka_unit_test(builds_the_path_of_a_file),
                cmocka_unit_test(joins_the_parts_of_a_path),
                cmocka_unit_test(refuses_malformed_paths),
        };

        return run_tap(tests);
}
