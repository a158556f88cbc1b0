#include "initramfs/stage/physical.h"

#include <cpuid.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#include "lib/cleanup.h"

#define PAGE_SIZE        4096u
#define CACHE_LINE       64u
#define BDA_EBDA_SEGMENT 0x40e
#define BDA_MEMORY_KIB   0x413

static void *map(uint64_t address, size_t size, int mode, int protection)
{
        _cleanup_close_ int fd = open("/dev/mem", mode | O_CLOEXEC);
        void *mapping;

        if (fd < 0)
                return NULL;
        mapping = mmap(NULL, size, protection, MAP_SHARED, fd, (off_t)address);
        if (mapping == MAP_FAILED)
                return NULL;
        madvise(mapping, size, MADV_DONTFORK); /* children start programs: nobody needs it there */
        return mapping;
}

void *physical_map(uint64_t address, size_t size)
{
        return map(address, size, O_RDWR, PROT_READ | PROT_WRITE);
}

const void *physical_map_reading(uint64_t address, size_t size)
{
        return map(address, size, O_RDONLY, PROT_READ);
}

#define CPUID_7_EBX_CLFLUSHOPT (1u << 23)

static bool has_clflushopt(void)
{
        unsigned int a, b, c, d;

        return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & CPUID_7_EBX_CLFLUSHOPT);
}

/* Unlike clflush these do not wait for each other. */
__attribute__((target("clflushopt"))) static void flush_lines(const char *bytes, size_t size)
{
        for (size_t i = 0; i < size; i += CACHE_LINE)
                _mm_clflushopt((void *)(bytes + i));
}

void physical_flush(const void *mapping, size_t size)
{
        const char *bytes = mapping;

        _mm_mfence();
        if (has_clflushopt())
                flush_lines(bytes, size);
        else
                for (size_t i = 0; i < size; i += CACHE_LINE)
                        _mm_clflush(bytes + i);
        _mm_mfence();
}

bool physical_ebda_is_good(uint64_t ebda)
{
        return ebda >= 0x40000 && ebda < 0xa0000 && ebda % PAGE_SIZE == 0;
}

/* The word at 0x413 is not aligned, hence memcpy. */
static bool put_word(volatile uint8_t *page, unsigned int offset, uint16_t value)
{
        uint16_t back;

        page[offset] = (uint8_t)value;
        page[offset + 1] = (uint8_t)(value >> 8);
        back = (uint16_t)(page[offset] | page[offset + 1] << 8);
        return back == value;
}

const char *physical_announce_ebda(uint64_t ebda)
{
        const char *problem = NULL;
        uint8_t *page;

        if (!physical_ebda_is_good(ebda))
                return "the EBDA page is not where Xen can use it";
        page = physical_map(0, PAGE_SIZE);
        if (!page)
                return "the BIOS data area cannot be mapped";
        if (!put_word(page, BDA_EBDA_SEGMENT, (uint16_t)(ebda >> 4)) ||
                !put_word(page, BDA_MEMORY_KIB, (uint16_t)(ebda >> 10)))
                problem = "the BIOS data area does not keep what is written to it";
        physical_flush(page, PAGE_SIZE);
        munmap(page, PAGE_SIZE);
        return problem;
}
