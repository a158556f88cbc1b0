/* What a run must have recorded of its GPUs (the table of proof.c). */
#ifndef FORESTAGE_DOM0_PROOF_GPUPROOF_H
#define FORESTAGE_DOM0_PROOF_GPUPROOF_H

#include "dom0/run/intake.h"

bool need_devices_there(const struct intake *intake, char *why);
bool need_devices_counted(const struct intake *intake, char *why);
bool need_devices_driven(const struct intake *intake, char *why);
bool need_one_rehearsal(const struct intake *intake, char *why);
bool need_one_hypervisor(const struct intake *intake, char *why);

#endif
