#include "runner/check/check_embed.h"

#include "lib/embed.h"

/* CHECK_PTX is the folder that the PTX was built in. The driver wants a NUL at the end. */
EMBED(check_ptx_memory, CHECK_PTX "/memory.ptx");
EMBED(check_ptx_compute, CHECK_PTX "/compute.ptx");
EMBED(check_ptx_transfer, CHECK_PTX "/transfer.ptx");
EMBED(check_ptx_tensor, CHECK_PTX "/tensor.ptx");
EMBED(check_ptx_wgmma, CHECK_PTX "/wgmma.ptx");
