#include "dom0/trialparts/guardcpio.h"

#include "dom0/base/memory.h"
#include "efi/layout/cpio.h"

static void fill(struct cpio *cpio, const struct guardparts *parts)
{
        cpio_add(cpio, SLICE("forestage-guard"), CPIO_MODE_FILE | 0755, parts->program,
                parts->program_bytes);
        if (parts->module)
                cpio_add(cpio, SLICE("forestage-guard.ko"), CPIO_MODE_FILE | 0644, parts->module,
                        parts->module_bytes);
        cpio_close(cpio);
}

void *guardcpio_make(const struct guardparts *parts, size_t *ret_bytes)
{
        struct cpio cpio;
        void *archive;

        cpio_open(&cpio, NULL, 0);
        fill(&cpio, parts);
        archive = memory_get(cpio.offset);
        cpio_open(&cpio, archive, cpio.offset);
        fill(&cpio, parts);
        *ret_bytes = cpio.offset;
        return archive;
}
