/* What a sheet says nothing about: what was left out, could not be read, or has no test. */
#pragma once

#include "dom0/sheet/sheet.h"

void untested_put(const struct sheet *sheet);
