#include "dom0/host/fatname.h"

#include <string.h>

#define LONG_CHARACTERS 13u /* in one entry */

static bool is_short_part(const char *part, size_t length, size_t limit)
{
        if (length > limit)
                return false;
        for (size_t i = 0; i < length; i++)
                if (strchr(" .+,;=[]", part[i]) || (unsigned char)part[i] >= 0x80)
                        return false;
        return true;
}

bool fatname_is_short(const char *name, size_t length)
{
        const char *dot = memchr(name, '.', length);
        size_t base = dot ? (size_t)(dot - name) : length;

        if (base == 0 || !is_short_part(name, base, 8))
                return false;
        return !dot || (base + 1 < length && is_short_part(dot + 1, length - base - 1, 3));
}

unsigned fatname_entries(size_t length)
{
        return 1 + (unsigned)((length + LONG_CHARACTERS - 1) / LONG_CHARACTERS);
}

/* Two parts of paths in one folder. */
static int compare_parts(
        const char *left, size_t left_length, const char *right, size_t right_length)
{
        bool left_short = fatname_is_short(left, left_length);
        bool right_short = fatname_is_short(right, right_length);
        size_t common = left_length < right_length ? left_length : right_length;
        int difference = memcmp(left, right, common);

        if (left_short != right_short)
                return left_short ? -1 : 1;
        return difference ? difference
                          : (left_length > right_length) - (left_length < right_length);
}

int fatname_order(const char *left, const char *right)
{
        for (;;) {
                size_t left_length = strcspn(left, "/"), right_length = strcspn(right, "/");
                int difference = compare_parts(left, left_length, right, right_length);

                left += left_length;
                right += right_length;
                if (difference || !*left || !*right)
                        return difference ? difference : (*left != '\0') - (*right != '\0');
                left++;
                right++;
        }
}
