/*
 * Xid messages: how NVIDIA's kernel module says that something went wrong on a GPU
 * (docs.nvidia.com/deploy/xid-errors). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct xid {
        unsigned code;
        char pci[24];      /* "0000:19:00": domain, bus and device */
        char message[161]; /* what the module says, from "Xid" on, in plain characters */
};

/* Reads one line of /dev/kmsg or of dmesg; false when it is no such message. */
bool xid_parse(const char *line, size_t length, struct xid *ret_xid);

/* Whether it is about the GPU at `pci` ("0000:19:00.0"). */
bool xid_is_of(const struct xid *xid, const char *pci);
