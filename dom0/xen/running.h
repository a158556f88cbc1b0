/* What this host runs now, by its own word: the command lines of Xen and of dom0, its kernel. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/host.h"

struct running {
        char *xen, *dom0; /* command lines; all owned; NULL: cannot be told */
        char *release;    /* of dom0's kernel, as uname -r says it */
};

/* All that xl info prints, owned; NULL: xl does not answer. It is slow: who needs it twice keeps
 * it. */
char *running_ask_xl(const struct host *host);

/*
 * Of what xl info has printed (NULL: nothing) and of the kernel's files. Always gives something;
 * release it with running_free.
 */
void running_read(const struct host *host, const char *xl_info, struct running *ret_running);
void running_free(struct running *running);

/*
 * Whether these are the command lines of a boot entry, as far as both can be told; false when
 * neither can. GRUB hands them on as they are; Xen gives dom0 what stands behind "--" on its own
 * and may add noapic and acpi=, both may have been cut at 1023 bytes, and a start by a run of ours
 * adds and drops what docs/architecture.md says. Pure.
 */
bool running_is(const struct running *running, const char *xen_options, const char *dom0_options);

/* True when the lines differ; then `text` says how, of the first word that does. Pure. */
bool running_differs(const struct running *running, const char *xen_options,
        const char *dom0_options, char *text, size_t size);
