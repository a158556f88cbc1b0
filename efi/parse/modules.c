#include "efi/parse/modules.h"

/* The place is the number. */
static const char *const names[MODULES_MAX] = { "next/vmlinuz", "next/module-1", "next/module-2",
        "next/module-3", "next/module-4", "next/module-5", "next/module-6", "next/module-7" };

size_t modules_number(struct slice path)
{
        if (slice_equal(path, SLICE(MODULES_INITRD)))
                return 1;
        for (size_t i = 0; i < MODULES_MAX; i++)
                if (slice_equal(path, slice_of(names[i])))
                        return i;
        return MODULES_NONE;
}

const char *modules_name(size_t number)
{
        return names[number];
}

const char *modules_file(size_t number, size_t count)
{
        return number == 1 && count == 2 ? MODULES_INITRD : modules_name(number);
}

bool modules_knows(struct slice path)
{
        return modules_number(path) != MODULES_NONE || slice_equal(path, SLICE("next/xen")) ||
               slice_equal(path, SLICE("next/next.conf"));
}
