/* What a run must have recorded of its GPUs (the table of proof.c). */
#pragma once

#include "dom0/run/intake.h"

bool need_devices_there(const struct intake *intake, char *why);
bool need_devices_counted(const struct intake *intake, char *why);
bool need_devices_driven(const struct intake *intake, char *why);
bool need_one_rehearsal(const struct intake *intake, char *why);
bool need_one_hypervisor(const struct intake *intake, char *why);
