#include "runner/ladder/pages.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define PAGE       4096u
#define SEED       UINT64_C(0x2545f4914f6cdd1d)
#define FRAME_MASK ((UINT64_C(1) << 55) - 1) /* of an entry of /proc/self/pagemap */

static uint64_t draw(uint64_t *state)
{
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

void pages_shuffle(uint32_t *ret_order, uint32_t count, uint64_t seed)
{
        for (uint32_t i = 0; i < count; i++) {
                uint32_t other = (uint32_t)(draw(&seed) % (i + 1));

                ret_order[i] = ret_order[other];
                ret_order[other] = i;
        }
}

/* Small pages, none of which is there yet; NULL: there is no room for them. */
static unsigned char *map(uint64_t bytes)
{
        void *memory =
                mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
                return NULL;
        madvise(memory, bytes, MADV_NOHUGEPAGE); /* a kernel without huge pages refuses */
        return memory;
}

/* Root alone is told where pages are; for others all are at 0. */
static uint64_t measure_spread(const void *memory, uint64_t count)
{
        _cleanup_close_ int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
        uint64_t first = (uintptr_t)memory / PAGE, entry, last = 0, spread = 0;

        for (uint64_t i = 0; fd >= 0 && i < count; i++) {
                if (pread(fd, &entry, sizeof(entry), (off_t)((first + i) * sizeof(entry))) !=
                                sizeof(entry) ||
                        !(entry & FRAME_MASK))
                        return 0;
                spread += i > 0 && (entry & FRAME_MASK) != last + 1;
                last = entry & FRAME_MASK;
        }
        return spread;
}

bool pages_scatter(uint64_t bytes, struct pages *ret_pages)
{
        uint32_t count = (uint32_t)(bytes / PAGE);
        _cleanup_free_ uint32_t *order = malloc(count * sizeof(*order));
        unsigned char *memory = order ? map(bytes) : NULL, *spare = memory ? map(bytes) : NULL;

        if (!spare) {
                if (memory)
                        munmap(memory, bytes);
                return false;
        }
        pages_shuffle(order, count, SEED);
        for (uint32_t i = 0; i < count; i++) {
                memory[(uint64_t)order[i] * PAGE] = 1;
                spare[(uint64_t)i * PAGE] = 1;
        }
        munmap(spare, bytes);
        *ret_pages = (struct pages){ memory, bytes, measure_spread(memory, count) };
        return true;
}

void pages_free(struct pages *pages)
{
        if (pages->memory)
                munmap(pages->memory, pages->bytes);
        pages->memory = NULL;
}
