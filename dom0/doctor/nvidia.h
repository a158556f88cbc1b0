/* NVIDIA's driver on this host: loaded or only installed, of which version and kind. */
#ifndef FORESTAGE_DOM0_DOCTOR_NVIDIA_H
#define FORESTAGE_DOM0_DOCTOR_NVIDIA_H

#include "dom0/base/host.h"
#include "dom0/doctor/nvidiaversion.h"

void nvidia_look(const struct host *host, struct nvidia *ret_nvidia);

#endif
