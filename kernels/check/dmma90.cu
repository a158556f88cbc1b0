/* The same with the instruction that 9.0 brought. As wgmma.cu, compiled for sm_80. */
#define DMMA_DEEP
#include "dmma.h"
