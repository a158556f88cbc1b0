/* What a GPU can run, by its PCI device id alone: where its driver cannot be asked. Pure. */
#pragma once

/*
 * Its compute capability, 10 * major + minor; 0: not known. `device` as struct pci_gpu has it,
 * "0x2330".
 */
unsigned gpuchip_capability(const char *device);

/*
 * Bytes of shared memory that a block may ask for there (CUDA C++ Programming Guide, "Maximum
 * amount of shared memory per thread block"); 0: not known.
 */
unsigned gpuchip_shared(unsigned capability);
