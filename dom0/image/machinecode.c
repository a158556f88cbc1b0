#include "dom0/image/machinecode.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * A cubin's e_flags, as LLVM's llvm/BinaryFormat/ELF.h names their parts; ABI version 8 came with
 * Blackwell.
 */
#define CUBIN_ABI_SHIFTED   8u
#define CUBIN_EXACT         0x800u
#define CUBIN_EXACT_SHIFTED 0x8u
#define FATBIN_MAGIC        0xba55ed50u
#define FATBIN_PTX          1u
#define FATBIN_CUBIN        2u
#define LEAST_TARGET        20u /* what is no number of a GPU is no header that is understood */
#define MOST_TARGET         300u

static bool add(struct machinecode *code, unsigned target, bool exact, bool is_ptx)
{
        if (target < LEAST_TARGET || target > MOST_TARGET || code->parts == MACHINECODE_MAX)
                return false;
        code->part[code->parts].target = target;
        code->part[code->parts].exact = exact;
        code->part[code->parts++].is_ptx = is_ptx;
        return true;
}

bool machinecode_read_cubin(const void *data, size_t length, struct machinecode *ret_code)
{
        struct machinecode code = { .parts = 0 };
        Elf64_Ehdr header;
        bool shifted, good;

        if (length < sizeof(header))
                return false;
        memcpy(&header, data, sizeof(header));
        if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_CUDA)
                return false;
        shifted = header.e_ident[EI_ABIVERSION] >= CUBIN_ABI_SHIFTED;
        good = add(&code, (shifted ? header.e_flags >> 8 : header.e_flags) & 0xff,
                header.e_flags & (shifted ? CUBIN_EXACT_SHIFTED : CUBIN_EXACT), false);
        if (good)
                *ret_code = code;
        return good;
}

struct fatbin_header {
        uint32_t magic;
        uint16_t version, header_bytes;
        uint64_t bytes; /* of all parts, with their headers */
};

struct fatbin_part {
        uint16_t kind, unknown;
        uint32_t header_bytes;
        uint64_t bytes;
        uint32_t packed_bytes, unknown_2;
        uint16_t minor, major;
        uint32_t target;
};

/* One part at `at`; 0: it is not understood, else its bytes. */
static size_t read_part(const uint8_t *data, size_t at, size_t length, struct machinecode *code)
{
        struct fatbin_part part;
        struct machinecode cubin;
        size_t left = length - at;
        bool good;

        if (left < sizeof(part))
                return 0;
        memcpy(&part, data + at, sizeof(part));
        if ((part.kind != FATBIN_PTX && part.kind != FATBIN_CUBIN) ||
                part.header_bytes < sizeof(part) || part.header_bytes > left ||
                part.bytes > left - part.header_bytes)
                return 0;
        /* A cubin that is not packed says itself whether it is for one GPU alone. */
        if (part.kind == FATBIN_CUBIN &&
                machinecode_read_cubin(data + at + part.header_bytes, part.bytes, &cubin))
                good = add(code, cubin.part[0].target, cubin.part[0].exact, false);
        else
                good = add(code, part.target, false, part.kind == FATBIN_PTX);
        return good ? part.header_bytes + part.bytes : 0;
}

bool machinecode_read_fatbin(const void *data, size_t length, struct machinecode *ret_code)
{
        struct machinecode code = { .parts = 0 };
        struct fatbin_header header;
        size_t end;

        if (length < sizeof(header))
                return false;
        memcpy(&header, data, sizeof(header));
        if (header.magic != FATBIN_MAGIC || header.header_bytes < sizeof(header) ||
                header.header_bytes > length || header.bytes > length - header.header_bytes)
                return false;
        end = header.header_bytes + header.bytes;
        for (size_t at = header.header_bytes, bytes; at < end; at += bytes) {
                bytes = read_part(data, at, end, &code);
                if (bytes == 0)
                        return false;
        }
        if (code.parts > 0)
                *ret_code = code;
        return code.parts > 0;
}

bool machinecode_suits(const struct machinecode *code, unsigned capability)
{
        for (size_t i = 0; i < code->parts; i++) {
                unsigned target = code->part[i].target;

                if (code->part[i].exact
                                ? target == capability
                                : target <= capability &&
                                          (code->part[i].is_ptx || target / 10 == capability / 10))
                        return true;
        }
        return false;
}

void machinecode_describe(const struct machinecode *code, char *ret_text, size_t size)
{
        size_t used = 0;

        *ret_text = '\0';
        for (size_t i = 0; i < code->parts && used < size; i++)
                used += (size_t)snprintf(ret_text + used, size - used, "%s%s_%u%s",
                        i > 0 ? ", " : "", code->part[i].is_ptx ? "compute" : "sm",
                        code->part[i].target, code->part[i].exact ? "a" : "");
}
