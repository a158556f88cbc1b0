/*
 * Xen's watchdog of this domain: unless it is set anew in time, Xen ends the domain, and with dom0
 * the machine is reset, whatever dom0's kernel is doing then. Xen's public/sched.h,
 * SCHEDOP_watchdog, is the specification; the call goes through /dev/xen/privcmd, as Linux's
 * xen/privcmd.h has it.
 */
#pragma once

#include <stdint.h>

#define XEN_WATCHDOG_DEVICE "xen/privcmd" /* in /dev */
/* A domain has two. The guard is the first program of a domain, so the first is its. */
#define XEN_WATCHDOG_GUARD 1u

/*
 * Sets one anew, by its number; 0: starts one that runs. Once `seconds` have passed the domain
 * ends; 0 seconds: it stops. `device` is XEN_WATCHDOG_DEVICE, open. Returns the number, or a
 * negative errno.
 */
int xen_watchdog_set(int device, uint32_t id, uint32_t seconds);

/* What Linux is asked with: ioctl. Tests, which have no Xen, have one of their own. */
extern int (*xen_watchdog_call)(int device, unsigned long request, void *argument);
