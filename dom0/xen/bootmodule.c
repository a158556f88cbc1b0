#include "dom0/xen/bootmodule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"

#define BLANKS " \t"

struct magic {
        size_t at, length;
        const char *bytes;
        enum bootmodule_kind kind;
};

/* Documentation/arch/x86/boot.rst; init/initramfs.c and lib/decompress.c; policydb.h. */
static const struct magic magics[] = {
        { 0x202, 4, "HdrS", BOOTMODULE_KERNEL },
        { 0, 4, "\177ELF", BOOTMODULE_KERNEL },
        { 0, 6, "070701", BOOTMODULE_INITRD },
        { 0, 6, "070702", BOOTMODULE_INITRD },
        { 0, 2, "\x1f\x8b", BOOTMODULE_INITRD }, /* gzip */
        { 0, 6,
                "\xfd"
                "7zXZ\0",
                BOOTMODULE_INITRD },                        /* xz */
        { 0, 3, "\x5d\0\0", BOOTMODULE_INITRD },            /* lzma */
        { 0, 3, "BZh", BOOTMODULE_INITRD },                 /* bzip2 */
        { 0, 4, "\x02\x21\x4c\x18", BOOTMODULE_INITRD },    /* lz4, as Linux has it */
        { 0, 4, "\x28\xb5\x2f\xfd", BOOTMODULE_INITRD },    /* zstd */
        { 0, 9, "\x89LZO\0\r\n\x1a\n", BOOTMODULE_INITRD }, /* lzo */
        { 0, 4, "DMA\0", BOOTMODULE_MICROCODE },            /* AMD */
        { 0, 16, "\x8c\xff\x7c\xf9\x08\0\0\0XenFlask", BOOTMODULE_POLICY },
};

/* Header version and loader revision 1 (Intel SDM volume 3A, 10.11.1). */
static bool is_intel_microcode(const uint8_t *head, size_t length)
{
        static const uint8_t one[] = { 1, 0, 0, 0 };

        return length >= 48 && memcmp(head, one, 4) == 0 && memcmp(head + 20, one, 4) == 0;
}

enum bootmodule_kind bootmodule_kind(const uint8_t *head, size_t length)
{
        if (length == 0)
                return BOOTMODULE_EMPTY;
        for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
                if (length >= magics[i].at + magics[i].length &&
                        memcmp(head + magics[i].at, magics[i].bytes, magics[i].length) == 0)
                        return magics[i].kind;
        return is_intel_microcode(head, length) ? BOOTMODULE_MICROCODE : BOOTMODULE_UNKNOWN;
}

/* "4.19.0+1 (builder@host) #1 SMP …", where the 16 bits at 0x20e say, counted from 0x200. */
char *bootmodule_release(const uint8_t *head, size_t length)
{
        size_t at, end;

        if (bootmodule_kind(head, length) != BOOTMODULE_KERNEL || length < 0x210 ||
                memcmp(head + 0x202, "HdrS", 4) != 0)
                return NULL;
        at = 0x200u + head[0x20e] + 256u * head[0x20f];
        for (end = at; end < length && head[end] > ' '; end++)
                ;
        return at > 0x200u && end > at && end < length
                       ? memory_copy_text((const char *)head + at, end - at)
                       : NULL;
}

const char *bootmodule_name(enum bootmodule_kind kind)
{
        static const char *const names[] = {
                [BOOTMODULE_UNKNOWN] = "nothing that is known here",
                [BOOTMODULE_EMPTY] = "empty",
                [BOOTMODULE_KERNEL] = "a kernel",
                [BOOTMODULE_INITRD] = "an initrd",
                [BOOTMODULE_MICROCODE] = "microcode",
                [BOOTMODULE_POLICY] = "a policy of XSM",
        };

        return names[kind];
}

/* The number in one item of "ucode=1,nmi=0"; false: it is none. */
static bool item_number(const char *item, size_t length, long *ret_number)
{
        char *end;

        *ret_number = strtol(item, &end, 0);
        return length > 0 && end == item + length;
}

/* The last number that ucode= has on Xen's line, as it stands there; false: there is none. */
static bool find_ucode(const char *options, long *ret_number)
{
        bool found = false;
        long number;

        while (*(options += strspn(options, BLANKS))) {
                size_t length = strcspn(options, BLANKS);
                const char *end = options + length, *item = options + strlen("ucode=");

                if (length == 2 && strncmp(options, "--", 2) == 0)
                        break; /* the rest is dom0's */
                if (strncmp(options, "ucode=", strlen("ucode=")) == 0)
                        for (; item < end; item++) {
                                size_t part = strcspn(item, ", \t");

                                if (item_number(item, part, &number)) {
                                        *ret_number = number;
                                        found = true;
                                }
                                item += part;
                        }
                options = end;
        }
        return found;
}

/* The module that it means: counted from the end when it is negative. 0: none. */
static size_t claimed(const struct bootmodules *modules)
{
        long number, count = (long)modules->count;

        if (!find_ucode(modules->xen_options, &number))
                return 0;
        number += number < 0 ? count : 0;
        return number > 0 && number < count ? (size_t)number : 0;
}

size_t bootmodules_initrd(const struct bootmodules *modules)
{
        size_t microcode = claimed(modules);

        for (size_t i = 1; i < modules->count; i++)
                if (i != microcode && modules->kind[i] != BOOTMODULE_POLICY)
                        return i;
        return 0;
}

bool bootmodules_check(const struct bootmodules *modules, char *text, size_t size)
{
        size_t microcode = claimed(modules), initrd = bootmodules_initrd(modules);

        if (modules->kind[0] != BOOTMODULE_KERNEL) {
                snprintf(text, size, "%s is no Linux kernel", modules->file[0]);
                return false;
        }
        for (size_t i = 1; i < modules->count; i++) {
                if (modules->kind[i] == BOOTMODULE_EMPTY) {
                        snprintf(text, size, "%s is empty: dom0 could not start with it",
                                modules->file[i]);
                        return false;
                }
                if (modules->kind[i] != BOOTMODULE_UNKNOWN || i == microcode)
                        continue;
                snprintf(text, size,
                        "%s is neither an initrd (cpio, or compressed: gzip, xz, lzma, bzip2, lz4, "
                        "zstd, lzo) nor microcode nor a policy of XSM",
                        modules->file[i]);
                return false;
        }
        if (initrd == 0 || modules->kind[initrd] == BOOTMODULE_INITRD)
                return true;
        snprintf(text, size, "%s is %s, and Xen would take it for dom0's initrd%s",
                modules->file[initrd], bootmodule_name(modules->kind[initrd]),
                modules->kind[initrd] == BOOTMODULE_MICROCODE
                        ? ": ucode=N on Xen's line would say which module it is"
                        : "");
        return false;
}

bool bootmodules_remark(const struct bootmodules *modules, char *text, size_t size)
{
        size_t microcode = claimed(modules);
        long number;

        if (!find_ucode(modules->xen_options, &number) || number == 0)
                return false;
        if (microcode == 0) {
                snprintf(text, size,
                        "ucode=%ld on Xen's line names none of the entry's %zu modules (0 is "
                        "dom0's "
                        "kernel), so that Xen loads no microcode by it",
                        number, modules->count);
                return true;
        }
        if (modules->kind[microcode] == BOOTMODULE_MICROCODE)
                return false;
        snprintf(text, size, "ucode=%ld on Xen's line names %s, which is %s", number,
                modules->file[microcode], bootmodule_name(modules->kind[microcode]));
        return true;
}
