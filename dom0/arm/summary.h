/* What is said of a run before and after it is armed. */
#pragma once

#include <stdio.h>

#include "dom0/arm/arming.h"

/* The jobs, and the room for their results. */
void summary_print_jobs(const struct arming *arming, FILE *to);

/* All that the run will end in, as the host has it. */
void summary_print_next(const struct arming *arming, FILE *to);

/* The store, if the order has it. */
void summary_print_store(const struct arming *arming, FILE *to);

/* How the stage ends, where that is not in Xen alone. */
void summary_print_hand_off(const struct arming *arming, FILE *to);

/* At which boots, and what is armed already. */
void summary_print_when(const struct arming *arming, FILE *to);

/* What this host and its pool lose by the reboot, how it is done there, and what to know of it. */
void summary_print_host(const struct arming *arming, FILE *to);

/* "Warning: …", wrapped. */
void summary_warn(FILE *to, const char *text);

/* What there is to do about a failure takes more lines than a message has. */
void summary_print_way_out(const struct arming *arming, FILE *to);

/* On standard output: that it is armed, and how to go on. */
void summary_print_armed(const struct arming *arming, const struct order *order);

/* On standard error: what is armed after a failure. Not what should be there, but what is. */
void summary_print_rest(const struct arming *arming);
