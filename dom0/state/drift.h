/*
 * How far this host has moved on since a run was armed: what the run would start, held against what
 * is here now.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/host/esp.h"
#include "dom0/host/hashlist.h"
#include "dom0/state/armed.h"
#include "dom0/state/readiness.h"
#include "dom0/xen/xenboot.h"

/*
 * Whether the host boots something else by now than what was armed: then `text` says what, as a
 * sentence without a full stop ("Xen has changed since (/boot/xen.gz)").
 */
bool drift_of_next(const struct armed *armed, const struct xenboot *boot, char *text, size_t size);

/*
 * The same of all that a run starts: Xen and its modules, the image that the host has beside the
 * one on the ESP, and forestage.conf. A folder of the image that is gone, or that never held what
 * is on the ESP, has changed nothing.
 */
bool drift_of_all(
        const struct armed *armed, const struct readiness *ready, char *text, size_t size);

/* That of the image alone. */
bool drift_of_image(const struct armed *armed, char *text, size_t size);

/* That of forestage.conf alone, of which the manifest has the hash: such a run would not start. */
bool drift_of_conf(const struct armed *armed, const struct esp *esp, char *text, size_t size);

/* Whether the image on the ESP is still the one that was armed; `files` lists it. */
bool drift_spares_image(const struct armed *armed, const struct hashlist *files);

/* Whether the jobs are those that were armed; `files` lists them as the manifest did. */
bool drift_spares_jobs(const struct armed *armed, const struct hashlist *files);
