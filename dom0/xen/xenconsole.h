/*
 * The serial line that Xen's console is on, in the words of Linux's console=, so that the stage
 * speaks where Xen will. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum xenconsole_kind {
        XENCONSOLE_NONE,   /* Xen's line asks for no serial port */
        XENCONSOLE_KNOWN,  /* for one that Linux can be told of */
        XENCONSOLE_UNKNOWN /* for one that only who runs finds: on PCI, or no plain UART */
};

struct xenconsole {
        enum xenconsole_kind kind;
        unsigned port;    /* of com1 or com2: 1 or 2; 0 for none */
        char console[48]; /* the value of console=; "" unless known */
};

/*
 * Reads Xen's command line (docs/misc/xen-command-line.pandoc of Xen 4.17: com1, com2, console). Of
 * several serial consoles it is the first: Linux has one on a port of this kind. A speed that the
 * firmware has set ("auto", or none given) stays that: console=uart8250 sets none.
 */
void xenconsole_read(const char *xen_options, struct xenconsole *ret_console);

/* Whether the value of a console= of the stage, `length` bytes, means that port at that speed. */
bool xenconsole_is(const struct xenconsole *console, const char *value, size_t length);
