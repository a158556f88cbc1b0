/*
 * C = A * B for square row-major matrices of `size` rows, through tiles in shared memory.
 * Block: TILE x TILE threads; grid: enough blocks to cover C in both directions.
 */
#include "device.h"

#define TILE 16u

SHARED float tile_a[TILE][TILE];
SHARED float tile_b[TILE][TILE];

/* Element (row, column), or zero outside the matrix. */
DEVICE float element(const float *matrix, u32 size, u32 row, u32 column)
{
        return row < size && column < size ? matrix[row * size + column] : 0.0f;
}

KERNEL sgemm(const float *a, const float *b, float *c, u32 size)
{
        u32 x = thread_x(), y = thread_y();
        u32 row = block_y() * TILE + y, column = block_x() * TILE + x;
        float sum = 0;

        for (u32 first = 0; first < size; first += TILE) {
                tile_a[y][x] = element(a, size, row, first + x);
                tile_b[y][x] = element(b, size, first + y, column);
                block_barrier();
                for (u32 k = 0; k < TILE; k++)
                        sum = __builtin_fmaf(tile_a[y][k], tile_b[k][x], sum);
                block_barrier();
        }
        if (row < size && column < size)
                c[row * size + column] = sum;
}
