/*
 * How far the run has come, in the firmware variable ForestagePhase, so that dom0 can tell after a
 * reset (docs/esp.md). Through efivarfs; a machine or kernel without it goes on without.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHASE_FOLDER   "/sys/firmware/efi/efivars"
#define PHASE_VARIABLE "ForestagePhase-14ec1a0d-f549-48b7-90e0-d76980224a80"
#define PHASE_MODULE   "/lib/modules/efivarfs.ko" /* for kernels that have it as a module */

#define PHASE_MAX_WORD 32u
#define PHASE_BYTES    (4u + 36u + 1u + PHASE_MAX_WORD)

/*
 * The variable as efivarfs wants it written: 4 bytes of attributes, the run id as text, a blank,
 * the phase (at most PHASE_MAX_WORD characters are kept). Returns the bytes used.
 */
size_t phase_format(const uint8_t run_id[16], const char *phase, uint8_t ret_bytes[PHASE_BYTES]);

/* Mounts efivarfs on PHASE_FOLDER, loading its module where needed. False with errno. */
bool phase_mount(void);

/* Writes the variable in a folder of variables. False with errno. */
bool phase_write(const char *folder, const uint8_t run_id[16], const char *phase);

/*
 * Mounts efivarfs and writes the first phase beside the caller: firmware takes its time to name all
 * its variables and to write to flash. Once.
 */
void phase_start(const uint8_t run_id[16], const char *phase);

/* Waits until that is done. */
void phase_wait(void);

/* Waits for it and writes a later phase; without phase_start, or when efivarfs is not there, none.
 */
void phase_enter(const char *phase);
