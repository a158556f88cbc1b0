/* The kernels of the checks, as the program carries them: PTX text. */
#pragma once

extern const char check_ptx_memory[], check_ptx_compute[], check_ptx_transfer[],
        check_ptx_integer[], check_ptx_tensor[], check_ptx_dmma[], check_ptx_dmma90[],
        check_ptx_wgmma[], check_ptx_wgmma8[], check_ptx_steps[], check_ptx_sram[],
        check_ptx_special[], check_ptx_half[], check_ptx_tensor8[], check_ptx_sparse[],
        check_ptx_sparse90[], check_ptx_bulk[], check_ptx_constant[], check_ptx_code[],
        check_ptx_agree[], check_ptx_agree80[], check_ptx_agreemma[], check_ptx_agree90[];
