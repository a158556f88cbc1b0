#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/xen/firmwaremap.h"
#include "initramfs/xen/identity.h"
#include "initramfs/xen/multiboot.h"
#include "initramfs/xen/placement.h"
#include "initramfs/xen/purgatory/check.h"
#include "initramfs/xen/purgatory/checksum.h"
#include "initramfs/xen/purgatory/table.h"
#include "initramfs/xen/screen.h"
#include "initramfs/xen/xenfile.h"
#include "lib/elf.h"
#include "tests/unit/tap.h"

/* --- Xen's file --- */

#define FILE_SIZE 4096u
#define CONTENTS  1024u

static uint8_t file[FILE_SIZE];

/* An ELF file of 32 bits as Debian's Xen is one: one part to load, a note, a Multiboot2 header. */
static Elf32_Phdr *make_xen(void)
{
        static const uint32_t header[] = { ELF_MULTIBOOT2_MAGIC, 0, 16,
                -(ELF_MULTIBOOT2_MAGIC + 16) };
        Elf32_Ehdr *elf = (void *)file;
        Elf32_Phdr *programs = (void *)(file + sizeof(*elf));

        memset(file, 0, sizeof(file));
        memcpy(elf->e_ident, ELFMAG, SELFMAG);
        elf->e_ident[EI_CLASS] = ELFCLASS32;
        elf->e_ident[EI_DATA] = ELFDATA2LSB;
        elf->e_type = ET_EXEC;
        elf->e_machine = EM_386;
        elf->e_phentsize = sizeof(*programs);
        elf->e_phoff = sizeof(*elf);
        elf->e_phnum = 2;
        elf->e_entry = 0x200010;
        programs[0] = (Elf32_Phdr){ .p_type = PT_LOAD,
                .p_offset = CONTENTS,
                .p_paddr = 0x200000,
                .p_filesz = 2048,
                .p_memsz = 8192 };
        programs[1] = (Elf32_Phdr){ .p_type = PT_NOTE, .p_offset = UINT32_MAX };
        memcpy(file + CONTENTS + 24, header, sizeof(header));
        return programs;
}

static void xen_is_read(void **state)
{
        struct xenfile xen;

        (void)state;
        make_xen();
        assert_null(xenfile_read(file, sizeof(file), &xen));
        assert_ptr_equal(xen.bytes, file + CONTENTS);
        assert_int_equal(xen.size, 2048);
        assert_int_equal(xen.address, 0x200000);
        assert_int_equal(xen.memory, 8192);
        assert_int_equal(xen.entry, 0x200010);
}

static void wide_xen_is_read(void **state)
{
        Elf64_Ehdr *elf = (void *)file;
        Elf64_Phdr *program = (void *)(file + sizeof(*elf));
        struct xenfile xen;

        (void)state;
        make_xen();
        memset(file, 0, CONTENTS);
        memcpy(elf->e_ident, ELFMAG, SELFMAG);
        elf->e_ident[EI_CLASS] = ELFCLASS64;
        elf->e_ident[EI_DATA] = ELFDATA2LSB;
        elf->e_type = ET_EXEC;
        elf->e_machine = EM_X86_64;
        elf->e_phentsize = sizeof(*program);
        elf->e_phoff = sizeof(*elf);
        elf->e_phnum = 1;
        elf->e_entry = 0x400000;
        *program = (Elf64_Phdr){ .p_type = PT_LOAD,
                .p_offset = CONTENTS,
                .p_paddr = 0x400000,
                .p_filesz = 100,
                .p_memsz = 100 };
        assert_null(xenfile_read(file, sizeof(file), &xen));
        assert_int_equal(xen.address, 0x400000);
        elf->e_phoff = UINT64_MAX - 8;
        assert_string_equal(
                xenfile_read(file, sizeof(file), &xen), "it is no ELF file for this machine");
        elf->e_phoff = sizeof(*elf);
        program->p_paddr = 1ull << 32;
        assert_string_equal(xenfile_read(file, sizeof(file), &xen), "it does not lie below 4 GiB");
}

/* Debian's says so: from 2 MiB on, at multiples of that, as high as can be. */
static void xen_says_where_else_it_can_be(void **state)
{
        static const struct {
                const char *what;
                uint32_t length, tags[8];
                struct placement_range range;
        } rows[] = {
                { "Debian's", 48,
                        { 4 | 1 << 16, 8, 10 | 1 << 16, 24, 0x200000, UINT32_MAX, 0x200000, 2 },
                        { 0x200000, UINT32_MAX, 0x200000, true } },
                { "as low as can be", 40, { 10, 24, 0x400000, 0x7fffffff, 0x1000, 1 },
                        { 0x400000, 0x7fffffff, 0x1000, false } },
                { "none", 24, { 4, 8 }, { 0 } },
                { "behind the end", 24, { 0, 8, 10, 24, 0x200000, UINT32_MAX, 0x200000, 2 },
                        { 0 } },
                { "longer than the header", 32, { 10, 24, 0x200000, UINT32_MAX, 0x200000, 2 },
                        { 0 } },
                { "too short a tag", 40, { 10, 16, 0x200000, UINT32_MAX, 0x200000, 2 }, { 0 } },
                { "a tag of no bytes", 40, { 4, 0, 10, 24, 0x200000, UINT32_MAX, 0x200000, 2 },
                        { 0 } },
                { "no power of two", 40, { 10, 24, 0x200000, UINT32_MAX, 0x300000, 2 },
                        { 0x200000, UINT32_MAX, 0, true } },
                { "a header longer than the file", FILE_SIZE, { 10, 24, 1, 2, 4, 2 }, { 0 } },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint32_t *header;
                struct xenfile xen;

                make_xen();
                header = (void *)(file + CONTENTS + 24);
                header[2] = rows[i].length;
                header[3] = -(ELF_MULTIBOOT2_MAGIC + rows[i].length);
                memcpy(header + 4, rows[i].tags, sizeof(rows[i].tags));
                assert_null(xenfile_read(file, sizeof(file), &xen));
                if (xen.range.least != rows[i].range.least ||
                        xen.range.most != rows[i].range.most ||
                        xen.range.align != rows[i].range.align ||
                        xen.range.high != rows[i].range.high)
                        fail_msg("%s: 0x%llx to 0x%llx by 0x%llx", rows[i].what,
                                (unsigned long long)xen.range.least,
                                (unsigned long long)xen.range.most,
                                (unsigned long long)xen.range.align);
        }
}

static void wrong_xen_is_refused(void **state)
{
        Elf32_Phdr *programs = make_xen();
        struct xenfile xen;

        (void)state;
        programs[0].p_offset = FILE_SIZE - 2047;
        assert_string_equal(
                xenfile_read(file, FILE_SIZE, &xen), "its contents lie outside of the file");
        programs = make_xen();
        programs[0].p_memsz = 2047;
        assert_string_equal(
                xenfile_read(file, FILE_SIZE, &xen), "it takes less memory than it has bytes");
        programs = make_xen();
        programs[0].p_paddr = UINT32_MAX - 8190;
        assert_string_equal(xenfile_read(file, FILE_SIZE, &xen), "it does not lie below 4 GiB");
        programs = make_xen();
        ((Elf32_Ehdr *)(void *)file)->e_entry = 0x200000 + 2048;
        assert_string_equal(xenfile_read(file, FILE_SIZE, &xen), "its entry lies outside of it");
        programs = make_xen();
        programs[1] = programs[0];
        assert_string_equal(
                xenfile_read(file, FILE_SIZE, &xen), "it has not exactly one part to load");
        make_xen();
        file[CONTENTS + 24] ^= 1;
        assert_string_equal(xenfile_read(file, FILE_SIZE, &xen), "it has no Multiboot2 header");
        make_xen();
        file[0] = 0x1f;
        assert_string_equal(
                xenfile_read(file, FILE_SIZE, &xen), "it is no ELF file for this machine");
        assert_string_equal(xenfile_read(file, 20, &xen), "it is no ELF file for this machine");
}

/* --- boot information --- */

static uint32_t word(const uint8_t *bytes)
{
        uint32_t value;

        memcpy(&value, bytes, sizeof(value));
        return value;
}

/* The tag of a type, number `skip` of them; fails the test when there is none. */
static const uint8_t *find_tag(const uint8_t *info, uint32_t type, unsigned int skip)
{
        for (uint32_t at = 8; at < word(info); at += (word(info + at + 4) + 7) & ~7u)
                if (word(info + at) == type && skip-- == 0)
                        return info + at;
        fail_msg("no tag %u", type);
        return NULL;
}

static void information_is_laid_out(void **state)
{
        struct memory_entry entries[] = {
                { 0, 0x9f000, MEMORY_USABLE },
                { 0x9f000, 0x1000, MEMORY_RESERVED },
                { 0x100000, 0x7ff00000, MEMORY_USABLE },
                { 0x100000000, 0x40000000, MEMORY_USABLE },
        };
        const struct multiboot_module modules[] = {
                { 0x1000000, 1000, "/vmlinuz console=hvc0" },
                { 0x1001000, 5, "/initrd" },
        };
        const struct multiboot multiboot = { "xen noreboot", "forestage", modules, 2,
                { entries, 4, 4 }, NULL, 0 };
        size_t size = multiboot_write(&multiboot, NULL, 0);
        uint8_t *info = malloc(size);
        const uint8_t *tag;

        (void)state;
        assert_non_null(info);
        assert_int_equal(multiboot_write(&multiboot, info, size), size);
        assert_int_equal(word(info), size);
        assert_int_equal(size % 8, 0);
        assert_string_equal((const char *)find_tag(info, 1, 0) + 8, "xen noreboot");
        assert_string_equal((const char *)find_tag(info, 2, 0) + 8, "forestage");
        tag = find_tag(info, 3, 1);
        assert_int_equal(word(tag + 8), 0x1001000);
        assert_int_equal(word(tag + 12), 0x1001005);
        assert_string_equal((const char *)tag + 16, "/initrd");
        tag = find_tag(info, 4, 0);
        assert_int_equal(word(tag + 8), 0x9f000 >> 10);
        assert_int_equal(word(tag + 12), 0x7ff00000 >> 10);
        tag = find_tag(info, 6, 0);
        assert_int_equal(word(tag + 4), 16 + 4 * 24);
        assert_int_equal(word(tag + 8), 24);
        assert_int_equal(word(tag + 16 + 24), 0x9f000);
        assert_int_equal(word(tag + 16 + 24 + 16), MEMORY_RESERVED);
        assert_int_equal(word(tag + 16 + 3 * 24 + 4), 1);
        tag = info + size - 8;
        assert_int_equal(word(tag), 0);
        assert_int_equal(word(tag + 4), 8);
        free(info);
}

/* As many as there can be, in their order: ucode=N counts them. */
static void modules_keep_their_order(void **state)
{
        struct memory_entry entry = { 0x100000, 0x7ff00000, MEMORY_USABLE };
        struct multiboot_module modules[MODULES_MAX];
        struct multiboot multiboot = { "xen ucode=1", "forestage", modules, 0, { &entry, 1, 1 },
                NULL, 0 };
        char lines[MODULES_MAX][16];

        (void)state;
        for (uint32_t i = 0; i < MODULES_MAX; i++) {
                snprintf(lines[i], sizeof(lines[i]), "/module-%u", i);
                modules[i] = (struct multiboot_module){ 0x2000000 - i * 0x1000, i + 1, lines[i] };
        }
        for (multiboot.module_count = 1; multiboot.module_count <= MODULES_MAX;
                multiboot.module_count++) {
                size_t size = multiboot_write(&multiboot, NULL, 0);
                uint8_t *info = malloc(size);

                assert_non_null(info);
                multiboot_write(&multiboot, info, size);
                for (unsigned int i = 0; i < multiboot.module_count; i++) {
                        const uint8_t *tag = find_tag(info, 3, i);

                        assert_int_equal(word(tag + 8), 0x2000000 - i * 0x1000);
                        assert_int_equal(word(tag + 12) - word(tag + 8), i + 1);
                        assert_string_equal((const char *)tag + 16, lines[i]);
                }
                free(info);
        }
}

/* --- the screen --- */

/* What OVMF sets up on QEMU's VGA, as the EFI stub puts it into struct screen_info. */
static const uint8_t qemu_screen[SCREEN_INFO_SIZE] = { [0x0f] = 0x70,
        [0x12] = 0x00,
        0x05,
        0x20,
        0x03,
        32,
        0,
        0,
        0,
        0,
        0x80, /* 1280x800x32 at 0x80000000 */
        [0x24] = 0x00,
        0x14,
        8,
        16,
        8,
        8,
        8,
        0,
        8,
        24 };

static const struct {
        const char *what;
        unsigned int at;
        uint8_t byte;
        const char *problem;
} spoilt[] = {
        { "no EFI", 0x0f, 0x01, "the firmware gives no frame buffer" },
        { "BltOnly", 0x0f, 0, "the firmware gives no frame buffer" },
        { "no width", 0x13, 0, "the firmware gives no frame buffer" },
        { "24 bits", 0x16, 24, "a pixel has not 32 bits" },
        { "16 bits", 0x16, 16, "a pixel has not 32 bits" },
        { "short lines", 0x25, 0x13, "its lines are shorter than they should be" },
        { "no red", 0x26, 0, "its colours are none" },
        { "green behind the pixel", 0x29, 25, "its colours are none" },
        { "above 4 GiB", 0x3a, 1, "it does not lie below 4 GiB" },
        { "at 0", 0x1b, 0, "it does not lie below 4 GiB" },
};

static void screens_that_xen_cannot_use_are_none(void **state)
{
        struct screen screen = { .width = 1 };
        uint8_t bytes[SCREEN_INFO_SIZE];

        (void)state;
        assert_null(screen_read(qemu_screen, &screen));
        assert_int_equal(screen.base, 0x80000000);
        assert_int_equal(screen.width, 1280);
        assert_int_equal(screen.height, 800);
        assert_int_equal(screen_bytes(&screen), 1280 * 800 * 4);
        screen.width = 1;
        for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
                const char *problem;

                memcpy(bytes, qemu_screen, sizeof(bytes));
                bytes[spoilt[i].at] = spoilt[i].byte;
                problem = screen_read(bytes, &screen);
                if (!problem || strcmp(problem, spoilt[i].problem) != 0)
                        fail_msg("%s: %s", spoilt[i].what, problem ? problem : "taken");
        }
        memcpy(bytes, qemu_screen, sizeof(bytes));
        memset(bytes + 0x18, 0xff, 4); /* its end wraps around */
        assert_non_null(screen_read(bytes, &screen));
        assert_int_equal(screen.width, 1);
}

static void a_device_holds_the_screen(void **state)
{
        static const struct {
                const char *line;
                bool holds;
        } lines[] = {
                { "0x0000000080000000 0x0000000080ffffff 0x0000000000040200\n", true },
                { "0x0000000000000000 0x00000000ffffffff 0x0000000000040200\n", true },
                { "0x00000000803e7fff 0x0000000090000000 0x0000000000040200\n", true },
                { "0x00000000803e8000 0x0000000090000000 0x0000000000040200\n", false },
                { "0x0000000070000000 0x000000007fffffff 0x0000000000040200\n", false },
                { "0x0000000000000000 0x0000000000000000 0x0000000000000000\n", false },
                { "nonsense\n", false },
                { "", false },
        };
        struct screen screen;

        (void)state;
        assert_null(screen_read(qemu_screen, &screen));
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                if (screen_is_in(&screen, lines[i].line) != lines[i].holds)
                        fail_msg("%s", lines[i].line);
}

static unsigned int half(const uint8_t *bytes)
{
        return bytes[0] | (unsigned int)bytes[1] << 8;
}

/* Where Xen's reloc.c looks for each (struct vesa_ctrl_info, struct vesa_mode_info). */
static void screen_becomes_a_vbe_tag(void **state)
{
        struct memory_entry entry = { 0x100000, 0x7ff00000, MEMORY_USABLE };
        struct screen screen;
        struct multiboot multiboot = { "xen", "forestage", NULL, 0, { &entry, 1, 1 }, &screen, 0 };
        uint8_t info[2048] __attribute__((aligned(8)));
        const uint8_t *tag, *control, *mode;

        (void)state;
        assert_null(screen_read(qemu_screen, &screen));
        assert_true(multiboot_write(&multiboot, info, sizeof(info)) <= sizeof(info));
        tag = find_tag(info, 7, 0);
        assert_int_equal(word(tag + 4), 784);
        control = tag + 16;
        mode = control + 512;
        assert_memory_equal(control, "VESA", 4);
        assert_true(half(control + 4) >= 0x0200);
        assert_int_equal(word(control + 10) & 2, 2);
        assert_int_equal(half(control + 18), (1280 * 800 * 4 + 65535) / 65536);
        assert_int_equal(half(mode) & 0x9b, 0x9b);
        assert_int_equal(half(mode + 16), 0x1400);
        assert_int_equal(half(mode + 18), 1280);
        assert_int_equal(half(mode + 20), 800);
        assert_int_equal(mode[25], 32);
        assert_memory_equal(mode + 31, qemu_screen + 0x26, 8);
        assert_int_equal(word(mode + 40), 0x80000000);
        multiboot.screen = NULL;
        multiboot.base = 0x7e000000;
        multiboot_write(&multiboot, info, sizeof(info));
        assert_int_equal(word(find_tag(info, 21, 0) + 8), 0x7e000000);
        multiboot.base = 0;
        multiboot_write(&multiboot, info, sizeof(info));
        for (const uint8_t *at = info + 8; word(at) != 0; at += (word(at + 4) + 7) & ~7u)
                assert_int_not_equal(word(at), 7);
}

/* Whatever the size of the buffer, nothing behind it is written. */
static void short_buffer_is_kept_to(void **state)
{
        struct memory_entry entry = { 0, 0x9f000, MEMORY_USABLE };
        const struct multiboot multiboot = { "xen", "forestage", NULL, 0, { &entry, 1, 1 }, NULL,
                0 };
        size_t size = multiboot_write(&multiboot, NULL, 0);

        (void)state;
        for (size_t given = 0; given < size; given++) {
                uint8_t *buffer = malloc(given + 1);

                assert_non_null(buffer);
                buffer[given] = 0x5a;
                assert_int_equal(multiboot_write(&multiboot, buffer, given), size);
                assert_int_equal(buffer[given], 0x5a);
                free(buffer);
        }
}

/* --- placement --- */

static struct memory_entry ram[] = {
        { 0x100000, 0x7f00000, MEMORY_USABLE }, /* up to 128 MiB */
        { 0x8000000, 0x1000, MEMORY_RESERVED },
        { 0x8001000, 0xf8000000, MEMORY_USABLE }, /* beyond 4 GiB */
};

static void places_do_not_meet(void **state)
{
        struct placement placement = { .map = { ram, 3, 3 } };
        uint64_t first, second, third;

        (void)state;
        assert_true(placement_take(&placement, 0x200000, 0x3a7000));
        assert_false(placement_take(&placement, 0x5a6000, 0x1000)); /* its last page */
        assert_true(placement_take(&placement, 0x5a7000, 1));
        assert_true(placement_find(&placement, 5000, &first));
        assert_int_equal(first, PLACEMENT_FIRST);
        assert_true(placement_find(&placement, 1, &second));
        assert_int_equal(second, PLACEMENT_FIRST + 8192);
        assert_true(placement_find(&placement, 0x4000000, &third)); /* does not fit below 128 MiB */
        assert_int_equal(third, 0x8001000);
}

static void limits_are_kept(void **state)
{
        struct placement placement = { .map = { ram, 3, 3 } };
        uint64_t start;

        (void)state;
        assert_false(placement_find(&placement, 0xf8000000, &start)); /* not below 4 GiB */
        assert_false(placement_take(&placement, 0x8000000, 0x1000));  /* reserved */
        assert_false(placement_take(&placement, 0x7fff000, 0x2000));  /* in part */
        assert_false(placement_take(&placement, 0x200001, 1));
        assert_false(placement_take(&placement, 0x200000, 0));
        for (unsigned int i = 0; i < PLACEMENT_MAX; i++)
                assert_true(placement_find(&placement, 1, &start));
        assert_false(placement_find(&placement, 1, &start)); /* no room in the list */
}

static void overlaps_are_cut(void **state)
{
        struct memory_entry entries[] = {
                { 0x3000, 0x1000, MEMORY_RESERVED },
                { 0x0000, 0x3800, MEMORY_USABLE },
                { 0x3800, 0x2000, MEMORY_USABLE },
        };
        struct memory_map map = { entries, 3, 3 };

        (void)state;
        memory_map_sort(&map);
        assert_int_equal(entries[0].start, 0);
        assert_int_equal(entries[0].size, 0x3000);
        assert_int_equal(entries[1].type, MEMORY_RESERVED);
        assert_int_equal(entries[2].start, 0x4000);
        assert_int_equal(entries[2].size, 0x1800);
}

/* The payload is cut out of what is reserved; what lies on both sides stays so. */
static void reserved_memory_is_released(void **state)
{
        struct memory_entry entries[6] = {
                { 0x100000, 0x100000, MEMORY_USABLE },
                { 0x200000, 0x10000, MEMORY_RESERVED },
                { 0x210000, 0x1000, MEMORY_ACPI },
        };
        struct memory_map map = { entries, 3, 6 };
        struct placement placement;
        uint64_t start;

        (void)state;
        assert_false(memory_map_release(&map, 0x100000, 0x1000)); /* usable already */
        assert_false(memory_map_release(&map, 0x20f000, 0x1001)); /* in part ACPI's */
        assert_false(memory_map_release(&map, 0x210000, 1));
        assert_false(memory_map_release(&map, 0x300000, 1)); /* in no entry */
        assert_false(memory_map_release(&map, 0x200800, 1)); /* no page's begin */
        assert_false(memory_map_release(&map, 0x200000, 0));
        assert_false(memory_map_release(&map, 0x200000, UINT64_MAX));
        assert_false(memory_map_release(&map, UINT64_MAX - 0xfff, 1));
        assert_int_equal(map.count, 3);
        assert_true(memory_map_release(&map, 0x204000, 0x1001));
        assert_int_equal(map.count, 5);
        assert_int_equal(entries[1].size, 0x4000);
        assert_int_equal(entries[1].type, MEMORY_RESERVED);
        assert_int_equal(entries[2].start, 0x204000);
        assert_int_equal(entries[2].size, 0x2000);
        assert_int_equal(entries[2].type, MEMORY_USABLE);
        assert_int_equal(entries[3].start, 0x206000);
        assert_int_equal(entries[3].size, 0xa000);
        assert_int_equal(entries[3].type, MEMORY_RESERVED);
        assert_int_equal(entries[4].type, MEMORY_ACPI);
        assert_false(memory_map_release(&map, 0x200000, 1)); /* room for one entry only */
        placement = (struct placement){ .map = map };
        assert_true(placement_take(&placement, 0x204000, 0x1001));
        assert_false(placement_take(&placement, 0x205000, 1));
        assert_false(placement_find(&placement, 1, &start)); /* nothing from 64 MiB on */
}

/* Every module takes a piece out of the middle, from a map as full as the firmware's can be. */
static void a_full_map_has_room_for_all_modules(void **state)
{
        struct memory_entry entries[1 + FIRMWAREMAP_SPARE] = { { 0x200000, 0x100000,
                MEMORY_RESERVED } };
        struct memory_map map = { entries, 1, 1 + FIRMWAREMAP_SPARE };
        struct placement placement;

        (void)state;
        for (uint64_t i = 0; i < MODULES_MAX; i++)
                assert_true(memory_map_release(&map, 0x201000 + i * 0x4000, 0x1800));
        placement = (struct placement){ .map = map };
        for (uint64_t i = 0; i < MODULES_MAX; i++)
                assert_true(placement_take(&placement, 0x201000 + i * 0x4000, 0x1800));
        assert_false(memory_map_release(&map, 0x201000, 1)); /* another module's */
}

static void all_of_an_entry_is_released(void **state)
{
        struct memory_entry entries[3] = { { 0x200000, 0x2000, MEMORY_RESERVED } };
        struct memory_map map = { entries, 1, 3 };

        (void)state;
        assert_true(memory_map_release(&map, 0x200000, 0x1001));
        assert_int_equal(map.count, 1);
        assert_int_equal(entries[0].type, MEMORY_USABLE);
}

/* --- page tables --- */

#define ENTRY_ADDRESS 0x000ffffffffff000ull
#define TABLES_AT     0x12345000ull

static uint64_t tables[IDENTITY_BYTES / 8];

/* What an address is mapped to, walked from a root with so many levels; UINT64_MAX: not at all. */
static uint64_t walk(uint64_t root, int levels, uint64_t address)
{
        uint64_t table = TABLES_AT + root;

        for (int level = levels; level >= 2; level--) {
                uint64_t index = address >> (12 + 9 * (level - 1)) & 511;
                uint64_t entry = tables[(table - TABLES_AT) / 8 + index];

                if ((entry & 3) != 3)
                        return UINT64_MAX;
                table = entry & ENTRY_ADDRESS;
                if (level == 2) {
                        assert_int_equal(entry & 0x80, 0x80);
                        return table + address % (2u << 20);
                }
                assert_int_equal(entry & 0x80, 0);
                assert_true(table >= TABLES_AT && table < TABLES_AT + IDENTITY_BYTES);
        }
        return UINT64_MAX;
}

static void memory_below_4_gib_is_mapped_to_itself(void **state)
{
        (void)state;
        memset(tables, 0xff, sizeof(tables));
        identity_write(tables, TABLES_AT);
        for (uint64_t address = 0; address < 1ull << 32; address += 0x1ff123) {
                assert_int_equal(walk(IDENTITY_ROOT4, 4, address), address);
                assert_int_equal(walk(IDENTITY_ROOT5, 5, address), address);
        }
        assert_int_equal(walk(IDENTITY_ROOT4, 4, UINT32_MAX), UINT32_MAX);
        assert_int_equal(walk(IDENTITY_ROOT4, 4, 1ull << 32), UINT64_MAX);
        assert_int_equal(walk(IDENTITY_ROOT4, 4, 1ull << 39), UINT64_MAX);
        assert_int_equal(walk(IDENTITY_ROOT5, 5, 1ull << 48), UINT64_MAX);
}

/* --- the firmware's map --- */

static void put_line(const char *folder, unsigned int number, const char *name, const char *text)
{
        char path[128];
        FILE *out;

        snprintf(path, sizeof(path), "%s/%u", folder, number);
        mkdir(path, 0700);
        snprintf(path, sizeof(path), "%s/%u/%s", folder, number, name);
        out = fopen(path, "w");
        assert_non_null(out);
        fprintf(out, "%s\n", text);
        fclose(out);
}

static void put_entry(const char *folder, unsigned int number, const char *start, const char *end,
        const char *type)
{
        put_line(folder, number, "start", start);
        put_line(folder, number, "end", end);
        put_line(folder, number, "type", type);
}

static void firmware_map_is_read(void **state)
{
        char folder[] = "/tmp/forestage-map-XXXXXX", command[64];
        struct memory_map map;

        (void)state;
        assert_non_null(mkdtemp(folder));
        errno = 0;
        assert_false(firmwaremap_read(folder, &map));
        assert_int_equal(errno, ENOENT);
        put_entry(folder, 0, "0x100000", "0x7fffffff", "System RAM");
        put_entry(folder, 1, "0x0", "0x9ffff", "System RAM");
        put_entry(folder, 2, "0x80000000", "0x80000fff", "Soft Reserved");
        put_entry(folder, 3, "0x80001000", "0x80001fff", "ACPI Tables");
        assert_true(firmwaremap_read(folder, &map));
        assert_int_equal(map.count, 4);
        assert_int_equal(map.entries[0].start, 0);
        assert_int_equal(map.entries[0].size, 0xa0000);
        assert_int_equal(map.entries[1].type, MEMORY_USABLE);
        assert_int_equal(map.entries[2].type, MEMORY_RESERVED);
        assert_int_equal(map.entries[3].type, MEMORY_ACPI);
        free(map.entries);
        put_line(folder, 3, "end", "nonsense");
        assert_false(firmwaremap_read(folder, &map));
        put_line(folder, 3, "end", "0x1000");
        assert_false(firmwaremap_read(folder, &map));
        snprintf(command, sizeof(command), "rm -r %s", folder);
        assert_int_equal(system(command), 0);
}

/* The longest map that is read leaves what the modules need; a longer one is refused. */
static void longest_map_has_room_for_modules(void **state)
{
        char folder[] = "/tmp/forestage-map-XXXXXX", command[64], start[32];
        struct memory_map map;

        (void)state;
        assert_non_null(mkdtemp(folder));
        for (unsigned int i = 0; i < 1023; i++) {
                snprintf(start, sizeof(start), "0x%x", i * 0x1000);
                put_entry(folder, i, start, start, "Reserved");
        }
        assert_true(firmwaremap_read(folder, &map));
        assert_int_equal(map.count, 1023);
        assert_true(map.capacity >= map.count + FIRMWAREMAP_SPARE);
        free(map.entries);
        put_entry(folder, 1023, "0x800000", "0x800000", "Reserved");
        assert_false(firmwaremap_read(folder, &map));
        assert_int_equal(errno, E2BIG);
        snprintf(command, sizeof(command), "rm -r %s", folder);
        assert_int_equal(system(command), 0);
}

/* --- between Linux and Xen --- */

static void changed_byte_is_noticed(void **state)
{
        static uint8_t memory[PURGATORY_MAX_RANGES][300];
        const unsigned int count = sizeof(memory) / sizeof(memory[0]);
        struct purgatory_table table = { 0 };
        XXH64_state_t checksum;

        (void)state;
        XXH64_reset(&checksum, 0);
        for (unsigned int i = 0; i < count; i++) {
                memset(memory[i], (int)i + 1, sizeof(memory[i]));
                table.ranges[i].start = (uintptr_t)memory[i];
                table.ranges[i].size = sizeof(memory[i]);
                XXH64_update(&checksum, memory[i], sizeof(memory[i]));
        }
        table.checksum = XXH64_digest(&checksum);
        assert_int_equal(purgatory_check(&table), 1);
        for (unsigned int i = 0; i < count * sizeof(memory[0]); i++) {
                memory[i / sizeof(memory[0])][i % sizeof(memory[0])] ^= 0x10;
                assert_int_equal(purgatory_check(&table), 0);
                memory[i / sizeof(memory[0])][i % sizeof(memory[0])] ^= 0x10;
        }
        table.checksum ^= 1;
        assert_int_equal(purgatory_check(&table), 0);
}

/* The assembler has the table as C has it. */
static void table_has_its_size(void **state)
{
        (void)state;
        assert_int_equal(offsetof(struct purgatory_table, root4), PURGATORY_ROOT4);
        assert_int_equal(offsetof(struct purgatory_table, root5), PURGATORY_ROOT5);
        assert_int_equal(offsetof(struct purgatory_table, ranges), PURGATORY_RANGES);
        assert_int_equal(
                sizeof(struct purgatory_table), PURGATORY_RANGES + 16 * PURGATORY_MAX_RANGES);
}

/* Machines whose low memory has holes: OVMF, a server with one at 16 MiB, and one that is full. */
static void a_range_finds_its_place(void **state)
{
        static const uint32_t mib = 1u << 20;
        static const struct {
                const char *what;
                struct memory_entry map[4];
                struct placement_range range;
                uint64_t size, start; /* 0: nowhere */
        } rows[] = {
                { "OVMF, high",
                        { { 0x100000, 0x706000, MEMORY_USABLE }, { 0x806000, 0x2000, MEMORY_NVS },
                                { 0x808000, 0x7d000000, MEMORY_USABLE } },
                        { 2 * mib, UINT32_MAX, 2 * mib, true }, 10 * mib, 0x7ce00000 },
                { "OVMF, low",
                        { { 0x100000, 0x706000, MEMORY_USABLE }, { 0x806000, 0x2000, MEMORY_NVS },
                                { 0x808000, 0x7d000000, MEMORY_USABLE } },
                        { 2 * mib, UINT32_MAX, 2 * mib, false }, 10 * mib, 0xa00000 },
                { "a hole at 16 MiB",
                        { { 0x100000, 15 * mib, MEMORY_USABLE }, { 16 * mib, mib, MEMORY_RESERVED },
                                { 17 * mib, 20 * mib, MEMORY_USABLE } },
                        { 2 * mib, UINT32_MAX, 2 * mib, true }, 10 * mib, 26 * mib },
                { "not behind the last byte that may be taken",
                        { { 0x100000, 0x7ff00000, MEMORY_USABLE } },
                        { 2 * mib, 64 * mib - 1, 2 * mib, true }, 10 * mib, 54 * mib },
                { "what lies above 4 GiB does not count",
                        { { 0x100000, 4 * mib, MEMORY_USABLE },
                                { 1ull << 32, 1ull << 32, MEMORY_USABLE } },
                        { 2 * mib, UINT32_MAX, 2 * mib, true }, 10 * mib, 0 },
                { "too small everywhere",
                        { { 0x100000, 8 * mib, MEMORY_USABLE },
                                { 16 * mib, 9 * mib, MEMORY_USABLE } },
                        { 2 * mib, UINT32_MAX, 2 * mib, false }, 10 * mib, 0 },
                { "room, but not at a multiple", { { 3 * mib, 10 * mib, MEMORY_USABLE } },
                        { 2 * mib, UINT32_MAX, 2 * mib, true }, 10 * mib, 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct memory_entry map[4];
                struct placement placement = { .map = { map, 4, 4 } };
                uint64_t start = 0;
                bool found;

                memcpy(map, rows[i].map, sizeof(map));
                found = placement_find_in(&placement, rows[i].size, &rows[i].range, &start);
                if (found != (rows[i].start != 0) || start != rows[i].start)
                        fail_msg("%s: 0x%llx", rows[i].what, (unsigned long long)start);
                /* The next one is not where this one is. */
                if (found && placement_find_in(&placement, mib, &rows[i].range, &start))
                        assert_true(start + mib <= rows[i].start ||
                                    start >= rows[i].start + rows[i].size);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(xen_is_read),
                cmocka_unit_test(wide_xen_is_read),
                cmocka_unit_test(xen_says_where_else_it_can_be),
                cmocka_unit_test(wrong_xen_is_refused),
                cmocka_unit_test(information_is_laid_out),
                cmocka_unit_test(modules_keep_their_order),
                cmocka_unit_test(screens_that_xen_cannot_use_are_none),
                cmocka_unit_test(a_device_holds_the_screen),
                cmocka_unit_test(screen_becomes_a_vbe_tag),
                cmocka_unit_test(short_buffer_is_kept_to),
                cmocka_unit_test(a_range_finds_its_place),
                cmocka_unit_test(places_do_not_meet),
                cmocka_unit_test(limits_are_kept),
                cmocka_unit_test(overlaps_are_cut),
                cmocka_unit_test(reserved_memory_is_released),
                cmocka_unit_test(a_full_map_has_room_for_all_modules),
                cmocka_unit_test(all_of_an_entry_is_released),
                cmocka_unit_test(memory_below_4_gib_is_mapped_to_itself),
                cmocka_unit_test(firmware_map_is_read),
                cmocka_unit_test(longest_map_has_room_for_modules),
                cmocka_unit_test(changed_byte_is_noticed),
                cmocka_unit_test(table_has_its_size),
        };

        return run_tap(tests);
}
