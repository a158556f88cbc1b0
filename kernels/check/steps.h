/* What the kernel of load-steps leaves in the places of check_report.range: sums over the blocks.
 */
#pragma once

enum { STEPS_EDGES, STEPS_OPEN_NS, STEPS_BLOCKS };
