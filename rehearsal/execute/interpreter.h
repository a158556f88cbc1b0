/*
 * Runs a kernel on the CPU: blocks one after another, the threads of a block in turns. A thread
 * runs until it ends, its turn is over, or it must wait for others (a barrier, a warp's exchange);
 * each has a program counter of its own, so divergence needs nothing special.
 */
#pragma once

#include "rehearsal/execute/thread.h"

/*
 * Runs the launch to its end. CUDA_SUCCESS or what a GPU would report at the next synchronisation;
 * why is explained on stderr, with the kernel's name and the line of the PTX.
 */
CUresult interpreter_run(struct launch *launch);
