/* The firmware of this host: whether it is UEFI, its variables, our entry in its boot order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/host/bootoption.h"
#include "dom0/host/esp.h"

#define FIRMWARE_LOADER "\\EFI\\forestage\\forestage.efi"
#define FIRMWARE_LABEL  "Forestage"

enum firmware_kind {
        FIRMWARE_VARIABLES, /* UEFI, and its variables can be read */
        FIRMWARE_NO_ACCESS, /* UEFI for sure, but without variables: started by kexec, or hidden */
        FIRMWARE_BIOS,      /* no trace of UEFI */
};

enum firmware_kind firmware_kind(const struct host *host);

/* A variable of ours, as text; "" when it is not there. False: variables cannot be read. */
bool firmware_own_variable(const struct host *host, const char *name, char *out, size_t size);

/* Whether Secure Boot is on, as far as the variables say. */
bool firmware_secure_boot(const struct host *host);

/* The boot order: up to `room` numbers; returns how many there are. */
size_t firmware_boot_order(const struct host *host, uint16_t *numbers, size_t room);
bool firmware_boot_current(const struct host *host, uint16_t *ret_number);
bool firmware_boot_option(const struct host *host, uint16_t number, struct bootoption *ret_option);

/* The boot option that starts forestage.efi. False: there is none. */
bool firmware_find_ours(const struct host *host, uint16_t *ret_number);
/* Whether that one is the first of the boot order. */
bool firmware_ours_is_first(const struct host *host);

/* They change boot options with efibootmgr. Ours becomes the first of the order. */
bool firmware_add_ours(const struct host *host, const struct esp *esp, struct failure *ret_error);
bool firmware_put_first(const struct host *host, uint16_t number, struct failure *ret_error);
bool firmware_remove(const struct host *host, uint16_t number, struct failure *ret_error);
