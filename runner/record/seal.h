/* The region's seal, taken by as many processors as the machine has. */
#pragma once

#include "region/region.h"

/* As region_seal. */
enum region_error seal_region(struct region_writer *writer);
