/* What each GPU's power, heat and clocks were while its checks ran, as small drawings. */
#pragma once

#include "dom0/sheet/sheet.h"

void series_put(const struct sheet *sheet);
