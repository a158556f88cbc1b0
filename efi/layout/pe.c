#include "efi/layout/pe.h"

#include <string.h>

#define DOS_BYTES         64u
#define DOS_PE_OFFSET     0x3cu
#define MACHINE_X86_64    0x8664u
#define MAGIC_PE32_PLUS   0x20bu
#define SUBSYSTEM_EFI_APP 10u

/* Offsets from the PE signature. */
#define AT_MACHINE       4u
#define AT_MAGIC         24u
#define AT_IMAGE_VERSION 68u
#define AT_SUBSYSTEM     92u
#define PE_BYTES         96u /* as far as we read */

static uint16_t read_u16(const uint8_t *bytes)
{
        return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t read_u32(const uint8_t *bytes)
{
        return read_u16(bytes) | (uint32_t)read_u16(bytes + 2) << 16;
}

/* What is wrong with the headers, or NULL. */
static const char *find_fault(const uint8_t *bytes, uint64_t size)
{
        uint64_t offset;

        if (size < DOS_BYTES || bytes[0] != 'M' || bytes[1] != 'Z')
                return "not a PE image (no MZ signature)";
        offset = read_u32(bytes + DOS_PE_OFFSET);
        if (offset > size || size - offset < PE_BYTES)
                return "not a PE image (header lies outside the file)";
        bytes += offset;
        if (memcmp(bytes, "PE\0", 4) != 0)
                return "not a PE image (no PE signature)";
        if (read_u16(bytes + AT_MACHINE) != MACHINE_X86_64)
                return "a PE image, but not for x86-64";
        if (read_u16(bytes + AT_MAGIC) != MAGIC_PE32_PLUS)
                return "a PE image, but not PE32+";
        if (read_u16(bytes + AT_SUBSYSTEM) != SUBSYSTEM_EFI_APP)
                return "a PE image, but not an EFI application";
        if (read_u16(bytes + AT_IMAGE_VERSION) < 1)
                return "not Linux 5.8 or newer (its EFI stub could not take the initramfs)";
        return NULL;
}

bool pe_check(const char *name, const void *image, uint64_t size, struct text *reason)
{
        const char *fault = find_fault(image, size);

        if (fault)
                text_add(reason, "%s: %s", name, fault);
        return !fault;
}
