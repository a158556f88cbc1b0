#include "initramfs/xen/screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of struct screen_info, which is packed. */
enum {
        AT_KIND = 0x0f,
        AT_WIDTH = 0x12,
        AT_HEIGHT = 0x14,
        AT_DEPTH = 0x16,
        AT_BASE = 0x18,
        AT_PITCH = 0x24,
        AT_COLOURS = 0x26, /* size and position of red, green, blue and what is reserved */
        AT_BASE_HIGH = 0x3a,
};

#define KIND_EFI 0x70 /* VIDEO_TYPE_EFI: a frame buffer of the firmware's */
#define DEPTH    32u  /* other depths are those of old cards, and nobody here has tried them */

static uint16_t get16(const uint8_t *bytes, unsigned int at)
{
        return (uint16_t)(bytes[at] | bytes[at + 1] << 8);
}

static uint32_t get32(const uint8_t *bytes, unsigned int at)
{
        return get16(bytes, at) | (uint32_t)get16(bytes, at + 2) << 16;
}

static struct screen_colour get_colour(const uint8_t *bytes, unsigned int number)
{
        const uint8_t *at = bytes + AT_COLOURS + 2 * number;

        return (struct screen_colour){ at[0], at[1] };
}

/* Xen shifts by both. */
static bool fits(struct screen_colour colour)
{
        return colour.size > 0 && colour.size + colour.position <= DEPTH;
}

static const char *check(const struct screen *screen)
{
        if (screen->width == 0 || screen->height == 0)
                return "the firmware gives no frame buffer";
        if (screen->depth != DEPTH)
                return "a pixel has not 32 bits";
        if (screen->pitch < screen->width * (DEPTH / 8))
                return "its lines are shorter than they should be";
        if (!fits(screen->red) || !fits(screen->green) || !fits(screen->blue))
                return "its colours are none";
        if (screen->base == 0 || screen_bytes(screen) > (UINT64_C(1) << 32) - screen->base)
                return "it does not lie below 4 GiB";
        return NULL;
}

const char *screen_read(const uint8_t bytes[SCREEN_INFO_SIZE], struct screen *ret_screen)
{
        const struct screen screen = {
                .base = get32(bytes, AT_BASE),
                .width = get16(bytes, AT_WIDTH),
                .height = get16(bytes, AT_HEIGHT),
                .depth = get16(bytes, AT_DEPTH),
                .pitch = get16(bytes, AT_PITCH),
                .red = get_colour(bytes, 0),
                .green = get_colour(bytes, 1),
                .blue = get_colour(bytes, 2),
                .reserved = get_colour(bytes, 3),
        };
        const char *problem;

        if (bytes[AT_KIND] != KIND_EFI)
                return "the firmware gives no frame buffer";
        if (get32(bytes, AT_BASE_HIGH) != 0)
                return "it does not lie below 4 GiB";
        problem = check(&screen);
        if (!problem)
                *ret_screen = screen;
        return problem;
}

uint64_t screen_bytes(const struct screen *screen)
{
        return (uint64_t)screen->pitch * screen->height;
}

bool screen_is_in(const struct screen *screen, const char *resource)
{
        uint64_t start, end, flags;

        if (sscanf(resource, "%" SCNx64 " %" SCNx64 " %" SCNx64, &start, &end, &flags) != 3)
                return false;
        return end > start && screen->base <= end && start < screen->base + screen_bytes(screen);
}
