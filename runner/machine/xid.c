#include "runner/machine/xid.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Copies a line, with '?' for whatever is not printable ASCII. */
static void copy_plain(const char *text, size_t length, char *to, size_t size)
{
        size_t count = length < size - 1 ? length : size - 1;

        for (size_t i = 0; i < count; i++)
                to[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
        to[count] = '\0';
}

/* "Xid (PCI:0000:19:00): 31, pid=..." since 2012; before, without "PCI:". */
static bool parse_message(const char *text, struct xid *xid)
{
        static const char start[] = "Xid (";
        unsigned domain, bus, device;

        if (strncmp(text, start, sizeof(start) - 1) != 0)
                return false;
        text += sizeof(start) - 1;
        if (strncmp(text, "PCI:", 4) == 0)
                text += 4;
        if (sscanf(text, "%8x:%2x:%2x", &domain, &bus, &device) != 3)
                return false;
        snprintf(xid->pci, sizeof(xid->pci), "%04x:%02x:%02x", domain, bus, device);
        text = strstr(text, "): ");
        return text && sscanf(text + 3, "%9u", &xid->code) == 1;
}

bool xid_parse(const char *line, size_t length, struct xid *ret_xid)
{
        static const char name[] = "NVRM: Xid (";
        const char *found = memmem(line, length, name, sizeof(name) - 1);
        struct xid xid = { .code = 0 };

        if (!found)
                return false;
        found += 6; /* from "Xid" on */
        copy_plain(found, length - (size_t)(found - line), xid.message, sizeof(xid.message));
        if (!parse_message(xid.message, &xid))
                return false;
        *ret_xid = xid;
        return true;
}

bool xid_is_of(const struct xid *xid, const char *pci)
{
        size_t length = strlen(xid->pci);

        return strncasecmp(xid->pci, pci, length) == 0 && pci[length] == '.';
}
