// A program of one's own for Type=program: transposes a matrix with the CUDA runtime, checks
// the result itself, and leaves a file with the bandwidth. Exit status 0: right, 1: wrong,
// 2: CUDA failed.
#include <cstdio>
#include <cstdlib>
#include <vector>

#define TILE 32
#define ROWS 8

__global__ void transpose(float *to, const float *from, int size)
{
        __shared__ float tile[TILE][TILE + 1]; // one more column: no two threads in one bank
        int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * TILE + threadIdx.y;

        for (int i = 0; i < TILE; i += ROWS)
                tile[threadIdx.y + i][threadIdx.x] = from[(size_t)(y + i) * size + x];
        __syncthreads();
        x = blockIdx.y * TILE + threadIdx.x;
        y = blockIdx.x * TILE + threadIdx.y;
        for (int i = 0; i < TILE; i += ROWS)
                to[(size_t)(y + i) * size + x] = tile[threadIdx.x][threadIdx.y + i];
}

static void check(cudaError_t error, const char *call)
{
        if (error == cudaSuccess)
                return;
        fprintf(stderr, "%s: %s\n", call, cudaGetErrorString(error));
        exit(2);
}

#define CHECK(call) check(call, #call)

int main(int argc, char **argv)
{
        int size = argc > 1 ? atoi(argv[1]) : 1024;
        size_t count = (size_t)size * size, bytes = count * sizeof(float), wrong = 0;
        std::vector<float> matrix(count), result(count);
        float *from, *to, ms;
        cudaEvent_t start, end;
        cudaDeviceProp gpu;

        if (size <= 0 || size % TILE != 0) {
                fprintf(stderr, "usage: transpose SIZE, a multiple of %d\n", TILE);
                return 2;
        }
        for (size_t i = 0; i < count; i++)
                matrix[i] = (float)(i % 16777213);
        CHECK(cudaGetDeviceProperties(&gpu, 0));
        printf("%d x %d on %s\n", size, size, gpu.name);
        CHECK(cudaMalloc(&from, bytes));
        CHECK(cudaMalloc(&to, bytes));
        CHECK(cudaEventCreate(&start));
        CHECK(cudaEventCreate(&end));
        CHECK(cudaMemcpy(from, matrix.data(), bytes, cudaMemcpyHostToDevice));
        CHECK(cudaEventRecord(start));
        transpose<<<dim3(size / TILE, size / TILE), dim3(TILE, ROWS)>>>(to, from, size);
        CHECK(cudaGetLastError());
        CHECK(cudaEventRecord(end));
        CHECK(cudaMemcpy(result.data(), to, bytes, cudaMemcpyDeviceToHost));
        CHECK(cudaEventElapsedTime(&ms, start, end));
        for (int y = 0; y < size; y++)
                for (int x = 0; x < size; x++)
                        wrong += result[(size_t)x * size + y] != matrix[(size_t)y * size + x];
        printf("%zu of %zu elements are wrong\n", wrong, count);
        FILE *file = fopen("transpose.txt", "w");
        if (!file || fprintf(file, "gbps %.1f\n", 2e-6 * bytes / ms) < 0 || fclose(file) != 0)
                return 2;
        return wrong != 0;
}
