/* A dom0 whose memory was given away and taken back: it comes back as other pieces of the
 * machine's. */
#pragma once

#include <stdbool.h>

/* Gives most of dom0's memory to Xen and takes it back. False, said on the console, where that
 * cannot be done. */
bool balloon_down_and_up(void);
