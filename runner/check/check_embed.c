#include "runner/check/check_embed.h"

/* CHECK_PTX is the folder that the PTX was built in. The driver wants a NUL at the end. */
#define EMBED(name)                                         \
        __asm__(".pushsection .rodata\n"                    \
                ".global check_ptx_" #name "\n"             \
                "check_ptx_" #name ":\n"                    \
                ".incbin \"" CHECK_PTX "/" #name ".ptx\"\n" \
                ".byte 0\n"                                 \
                ".popsection\n")

EMBED(memory);
EMBED(compute);
EMBED(transfer);
EMBED(tensor);
EMBED(wgmma);
