#include "runner/check/check_embed.h"

#include "lib/embed.h"

/* CHECK_PTX is the folder that the PTX was built in. The driver wants a NUL at the end. */
EMBED(check_ptx_memory, CHECK_PTX "/memory.ptx");
EMBED(check_ptx_compute, CHECK_PTX "/compute.ptx");
EMBED(check_ptx_transfer, CHECK_PTX "/transfer.ptx");
EMBED(check_ptx_tensor, CHECK_PTX "/tensor.ptx");
EMBED(check_ptx_integer, CHECK_PTX "/integer.ptx");
EMBED(check_ptx_half, CHECK_PTX "/half.ptx");
EMBED(check_ptx_tensor8, CHECK_PTX "/tensor8.ptx");
EMBED(check_ptx_sparse, CHECK_PTX "/sparse.ptx");
EMBED(check_ptx_sparse90, CHECK_PTX "/sparse90.ptx");
EMBED(check_ptx_bulk, CHECK_PTX "/bulk.ptx");
EMBED(check_ptx_constant, CHECK_PTX "/constant.ptx");
EMBED(check_ptx_code, CHECK_PTX "/code.ptx");
EMBED(check_ptx_dmma, CHECK_PTX "/dmma.ptx");
EMBED(check_ptx_dmma90, CHECK_PTX "/dmma90.ptx");
EMBED(check_ptx_wgmma8, CHECK_PTX "/wgmma8.ptx");
EMBED(check_ptx_steps, CHECK_PTX "/steps.ptx");
EMBED(check_ptx_sram, CHECK_PTX "/sram.ptx");
EMBED(check_ptx_special, CHECK_PTX "/special.ptx");
EMBED(check_ptx_agree, CHECK_PTX "/agree.ptx");
EMBED(check_ptx_agree80, CHECK_PTX "/agree80.ptx");
EMBED(check_ptx_agreemma, CHECK_PTX "/agreemma.ptx");
EMBED(check_ptx_agree90, CHECK_PTX "/agree90.ptx");
EMBED(check_ptx_wgmma, CHECK_PTX "/wgmma.ptx");
