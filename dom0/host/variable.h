/* The firmware's variables, as Linux shows them in efivarfs. Only looks; the bytes are untrusted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/host.h"
#include "dom0/host/bootoption.h"

#define VARIABLE_GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c" /* of UEFI itself */
#define VARIABLE_OURS   "14ec1a0d-f549-48b7-90e0-d76980224a80"

#define VARIABLE_OPTIONS 512u /* boot options that are looked at, at most */

/* Whether there are any: a system started by kexec has none. */
bool variable_any(const struct host *host);

/* A value with a NUL behind it, owned by the caller; NULL: there is none. */
uint8_t *variable_read(
        const struct host *host, const char *name, const char *vendor, size_t *ret_length);

/* The boot order: up to `room` numbers; returns how many there are. */
size_t variable_boot_order(const struct host *host, uint16_t *numbers, size_t room);

/* The same, and behind these, from `*ret_ordered` on, all boot options that are not in the order;
 * each number once. */
size_t variable_boot_options(
        const struct host *host, uint16_t *numbers, size_t room, size_t *ret_ordered);

/* The option that this boot began with. */
bool variable_boot_current(const struct host *host, uint16_t *ret_number);

/* False: there is no such option, or nothing that can be read as one. */
bool variable_boot_option(const struct host *host, uint16_t number, struct bootoption *ret_option);

/*
 * The partition that this boot came from, named as in struct bootoption: that of the option that
 * the firmware started, else what a loader has left in LoaderDevicePartUUID. False: neither says.
 */
bool variable_booted_partition(const struct host *host, char ret_name[BOOTOPTION_PARTITION]);
