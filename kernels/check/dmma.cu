/* The tensor cores in double precision, as compute capability 8.0 has them: dmma.h. */
#include "dmma.h"
