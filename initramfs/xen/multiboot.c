#include "initramfs/xen/multiboot.h"

#include <string.h>

enum tag {
        TAG_END = 0,
        TAG_LINE = 1,
        TAG_LOADER = 2,
        TAG_MODULE = 3,
        TAG_BASIC_MEMORY = 4,
        TAG_MEMORY_MAP = 6,
        TAG_VBE = 7,
        TAG_BASE = 21,
};

#define MAP_ENTRY_SIZE 24u
#define LOW_END        0x100000u

struct writer {
        uint8_t *buffer;
        size_t size, length;
};

static void put(struct writer *writer, const void *bytes, size_t count)
{
        if (writer->length <= writer->size && count <= writer->size - writer->length)
                memcpy(writer->buffer + writer->length, bytes, count);
        writer->length += count;
}

static void put32(struct writer *writer, uint32_t value)
{
        put(writer, &value, sizeof(value));
}

static void put64(struct writer *writer, uint64_t value)
{
        put(writer, &value, sizeof(value));
}

/* A tag's head; `payload` bytes follow it. */
static void begin(struct writer *writer, enum tag tag, size_t payload)
{
        put32(writer, tag);
        put32(writer, (uint32_t)(8 + payload));
}

static void align(struct writer *writer)
{
        static const uint8_t zeros[8];

        put(writer, zeros, -writer->length & 7);
}

static void put_string(struct writer *writer, enum tag tag, const char *text)
{
        size_t size = strlen(text) + 1;

        begin(writer, tag, size);
        put(writer, text, size);
        align(writer);
}

static void put_module(struct writer *writer, const struct multiboot_module *module)
{
        size_t size = strlen(module->line) + 1;

        begin(writer, TAG_MODULE, 8 + size);
        put32(writer, module->start);
        put32(writer, module->start + module->size);
        put(writer, module->line, size);
        align(writer);
}

/* Bytes of usable memory from `start` on, without a hole. */
static uint64_t usable_from(const struct memory_map *map, uint64_t start)
{
        uint64_t end = start;

        for (size_t i = 0; i < map->count; i++)
                if (map->entries[i].type == MEMORY_USABLE && map->entries[i].start <= end &&
                        map->entries[i].start + map->entries[i].size > end)
                        end = map->entries[i].start + map->entries[i].size;
        return end - start;
}

/* In KiB, below and from 1 MiB on. */
static void put_basic_memory(struct writer *writer, const struct memory_map *map)
{
        uint64_t lower = usable_from(map, 0) >> 10, upper = usable_from(map, LOW_END) >> 10;

        begin(writer, TAG_BASIC_MEMORY, 8);
        put32(writer, (uint32_t)(lower < 640 ? lower : 640));
        put32(writer, upper < UINT32_MAX ? (uint32_t)upper : UINT32_MAX);
        align(writer);
}

static void put_map(struct writer *writer, const struct memory_map *map)
{
        begin(writer, TAG_MEMORY_MAP, 8 + map->count * MAP_ENTRY_SIZE);
        put32(writer, MAP_ENTRY_SIZE);
        put32(writer, 0); /* version of an entry */
        for (size_t i = 0; i < map->count; i++) {
                put64(writer, map->entries[i].start);
                put64(writer, map->entries[i].size);
                put32(writer, map->entries[i].type);
                put32(writer, 0);
        }
        align(writer);
}

static void put_base(struct writer *writer, uint32_t base)
{
        begin(writer, TAG_BASE, sizeof(base));
        put32(writer, base);
        align(writer);
}

/*
 * What the BIOS would answer to calls 4F00h and 4F01h (VESA BIOS Extension 3.0, 4.3 and 4.4), as
 * far as Xen reads it: its reloc.c wants version 2 and a mode that is supported, in colour,
 * graphics, and linear.
 */
enum {
        VBE_SIZE = 776,
        VBE_CONTROL = 8,
        VBE_MODE = 520,
        CONTROL_VERSION = VBE_CONTROL + 4,
        CONTROL_CAPABILITIES = VBE_CONTROL + 10,
        CONTROL_MEMORY = VBE_CONTROL + 18,
        MODE_ATTRIBUTES = VBE_MODE + 0,
        MODE_PITCH = VBE_MODE + 16,
        MODE_WIDTH = VBE_MODE + 18,
        MODE_HEIGHT = VBE_MODE + 20,
        MODE_PLANES = VBE_MODE + 24,
        MODE_DEPTH = VBE_MODE + 25,
        MODE_COLOURS = VBE_MODE + 31,
        MODE_BASE = VBE_MODE + 40,
};

#define VBE_2           0x0200u
#define NOT_VGA         0x2u /* capabilities: no VGA registers behind it */
#define LINEAR_GRAPHICS 0x9bu
#define MEMORY_UNIT     65536u

static void set16(uint8_t *bytes, unsigned int at, uint64_t value)
{
        bytes[at] = (uint8_t)value;
        bytes[at + 1] = (uint8_t)(value >> 8);
}

static void set32(uint8_t *bytes, unsigned int at, uint32_t value)
{
        set16(bytes, at, value);
        set16(bytes, at + 2, value >> 16);
}

static void put_screen(struct writer *writer, const struct screen *screen)
{
        const struct screen_colour colours[] = { screen->red, screen->green, screen->blue,
                screen->reserved };
        uint64_t units = (screen_bytes(screen) + MEMORY_UNIT - 1) / MEMORY_UNIT;
        uint8_t vbe[VBE_SIZE] = { 0 };

        memcpy(vbe + VBE_CONTROL, "VESA", 4);
        set16(vbe, CONTROL_VERSION, VBE_2);
        set32(vbe, CONTROL_CAPABILITIES, NOT_VGA);
        set16(vbe, CONTROL_MEMORY, units < UINT16_MAX ? units : UINT16_MAX);
        set16(vbe, MODE_ATTRIBUTES, LINEAR_GRAPHICS);
        set16(vbe, MODE_PITCH, screen->pitch);
        set16(vbe, MODE_WIDTH, screen->width);
        set16(vbe, MODE_HEIGHT, screen->height);
        vbe[MODE_PLANES] = 1;
        vbe[MODE_DEPTH] = (uint8_t)screen->depth;
        for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
                vbe[MODE_COLOURS + 2 * i] = colours[i].size;
                vbe[MODE_COLOURS + 2 * i + 1] = colours[i].position;
        }
        set32(vbe, MODE_BASE, screen->base);
        begin(writer, TAG_VBE, sizeof(vbe));
        put(writer, vbe, sizeof(vbe));
        align(writer);
}

size_t multiboot_write(const struct multiboot *multiboot, void *buffer, size_t size)
{
        struct writer writer = { .buffer = buffer, .size = size };
        uint32_t total;

        put64(&writer, 0); /* the length, which is known in the end */
        put_string(&writer, TAG_LINE, multiboot->line);
        put_string(&writer, TAG_LOADER, multiboot->loader);
        put_basic_memory(&writer, &multiboot->map);
        put_map(&writer, &multiboot->map);
        if (multiboot->screen)
                put_screen(&writer, multiboot->screen);
        if (multiboot->base)
                put_base(&writer, multiboot->base);
        for (size_t i = 0; i < multiboot->module_count; i++)
                put_module(&writer, &multiboot->modules[i]);
        begin(&writer, TAG_END, 0);
        total = (uint32_t)writer.length;
        if (size >= sizeof(total))
                memcpy(buffer, &total, sizeof(total));
        return writer.length;
}
