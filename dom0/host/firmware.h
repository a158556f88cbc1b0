/* The firmware of this host: whether it is UEFI, its variables, our entry in its boot order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/host/bootoption.h"
#include "dom0/host/partition.h"

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

/* How the boot option that starts forestage.efi stands. */
enum firmware_state {
        FIRMWARE_SET,       /* it is switched on, and the boot manager starts it first */
        FIRMWARE_NOT_FIRST, /* another one comes before it, or it is not in the boot order */
        FIRMWARE_OFF,       /* it is there and not active */
        FIRMWARE_ELSEWHERE, /* none of ours: the one that there is leads to another partition */
        FIRMWARE_NONE,      /* there is none */
        FIRMWARE_HIDDEN,    /* the variables cannot be read */
};

struct firmware_option {
        enum firmware_state state;
        uint16_t number;                      /* but for FIRMWARE_NONE and FIRMWARE_HIDDEN */
        char partition[BOOTOPTION_PARTITION]; /* FIRMWARE_ELSEWHERE: where it leads; "": unknown */
};

/*
 * Finds the boot option that starts our loader from `partition` (named as in struct bootoption): by
 * these two, whatever its number and its description. Of several the best is given.
 */
struct firmware_option firmware_find(const struct host *host, const char *partition);

/* Whether that one is ours: an option that starts forestage.efi from the partition. */
bool firmware_is_ours(const struct firmware_option *option);

/* They change boot options with efibootmgr, and look whether it has done what it was asked for. */
bool firmware_add(
        const struct host *host, const struct partition *partition, struct failure *ret_error);
/* Switches ours on and puts it first in the order, as far as that is needed. */
bool firmware_mend(
        const struct host *host, const struct partition *partition, struct failure *ret_error);
bool firmware_remove(
        const struct host *host, const char *partition, uint16_t number, struct failure *ret_error);
