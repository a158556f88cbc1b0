/* The jobs of the run before Xen and of dom0's, side by side. Pure; both run.json are untrusted. */
#pragma once

#include <jansson.h>

/*
 * A new list, an element for each job and device that one of them has: {"job", "device",
 * "baseline", "dom0", "outputs", "figures"}. The two are {"status", "reason", "wall_s"} or null;
 * "outputs" is "equal", "different" or "none"; "figures" are the times and rates that both have,
 * with "ratio": dom0 divided by baseline.
 */
json_t *sidebyside_make(const json_t *baseline, const json_t *dom0);
