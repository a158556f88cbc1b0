/* NVIDIA's driver on this host: loaded or only installed, of which version and kind. */
#pragma once

#include "dom0/base/host.h"
#include "dom0/doctor/nvidiaversion.h"

void nvidia_look(const struct host *host, struct nvidia *ret_nvidia);
