/* The standing condition of the GPUs of a sheet: each item, its value, its limit and verdict. */
#pragma once

#include "dom0/sheet/sheet.h"

void condition_put(const struct sheet *sheet);
