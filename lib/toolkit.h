/*
 * Which PTX a driver takes, by the CUDA that its libcuda reports. Pure.
 *
 * From NVIDIA's "Parallel Thread Execution ISA", "Release Notes", table "PTX Release History": for
 * each PTX ISA the CUDA and the driver that brought it, and the targets there are; the last row is
 * that of the edition for CUDA 13.1. A driver takes all PTX of its own CUDA and of older ones, and
 * refuses newer PTX whatever is in it (CUDA_ERROR_UNSUPPORTED_PTX_VERSION).
 */
#pragma once

#include <stddef.h>

/* initramfs/cuda.sh reads the rows, too. */
struct toolkit {
        unsigned driver; /* the first branch that has it */
        unsigned cuda;   /* as cuDriverGetVersion says it: 1000 * major + 10 * minor */
        unsigned ptx;    /* 10 * major + minor */
};

static const struct toolkit toolkits[] = {
        { 445, 11000, 70 },
        { 455, 11010, 71 },
        { 460, 11020, 72 },
        { 465, 11030, 73 },
        { 470, 11040, 74 },
        { 495, 11050, 75 },
        { 510, 11060, 76 },
        { 515, 11070, 77 },
        { 520, 11080, 78 },
        { 525, 12000, 80 },
        { 530, 12010, 81 },
        { 535, 12020, 82 },
        { 545, 12030, 83 },
        { 550, 12040, 84 },
        { 555, 12050, 85 },
        { 560, 12060, 85 },
        { 565, 12070, 86 },
        { 570, 12080, 87 },
        { 575, 12090, 88 },
        { 580, 13000, 90 },
        { 590, 13010, 91 },
};

#define TOOLKITS (sizeof(toolkits) / sizeof(toolkits[0]))

/* The PTX of a CUDA; 0: one that is older or newer than all that are known. */
static inline unsigned toolkit_ptx(unsigned cuda)
{
        for (size_t i = 0; i < TOOLKITS; i++)
                if (toolkits[i].cuda == cuda)
                        return toolkits[i].ptx;
        return 0;
}

/* The first CUDA that takes this PTX, and the first driver; NULL: none that is known. */
static inline const struct toolkit *toolkit_for(unsigned ptx)
{
        for (size_t i = 0; i < TOOLKITS; i++)
                if (toolkits[i].ptx >= ptx)
                        return &toolkits[i];
        return NULL;
}

/* The PTX that has .target sm_NN first; 0: not known. */
static inline unsigned toolkit_ptx_of_target(unsigned target)
{
        static const struct {
                unsigned target, ptx;
        } targets[] = {
                { 50, 40 },
                { 52, 41 },
                { 53, 42 },
                { 60, 50 },
                { 61, 50 },
                { 62, 50 },
                { 70, 60 },
                { 72, 61 },
                { 75, 63 },
                { 80, 70 },
                { 86, 71 },
                { 87, 74 },
                { 88, 90 },
                { 89, 78 },
                { 90, 78 },
                { 100, 86 },
                { 101, 86 },
                { 103, 88 },
                { 110, 90 },
                { 120, 87 },
                { 121, 88 },
        };

        for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
                if (targets[i].target == target)
                        return targets[i].ptx;
        return 0;
}
