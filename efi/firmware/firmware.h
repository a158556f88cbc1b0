/*
 * The firmware as this program sees it: tables and handles that are set once at the entry, and the
 * names of its status codes. Only files that talk to the firmware include this.
 */
#pragma once

#include <efi.h>

struct firmware {
        EFI_HANDLE image; /* this program */
        EFI_LOADED_IMAGE *loaded;
        EFI_SYSTEM_TABLE *system;
        EFI_BOOT_SERVICES *boot;
        EFI_RUNTIME_SERVICES *runtime;
};

extern struct firmware firmware;

/* Fills in `firmware`. Nothing else here may be called before. */
EFI_STATUS firmware_open(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/* A few words for a status, "unknown status" for those that nobody should see. */
const char *firmware_strerror(EFI_STATUS status);

/* The time-stamp counter: one clock from here to the seal. */
static inline uint64_t firmware_tsc(void)
{
        return __builtin_ia32_rdtsc();
}
