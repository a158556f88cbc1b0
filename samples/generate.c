/*
 * Makes the input files of the sample jobs and, on the CPU alone, the results they must have:
 *
 *      generate DIR    writes DIR/data/… (what samples/jobs/data holds) and DIR/expected/…
 *
 * The same files come out on every machine: a fixed generator, IEEE arithmetic, little endian. The
 * tests run this and compare with what is committed, so an expectation cannot drift unnoticed.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define VECADD_COUNT 10000u
#define REDUCE_COUNT 16000u
#define SAXPY_COUNT  5000u
#define DAXPY_COUNT  3000u
#define TEXT_LENGTH  60000u
#define BINS         256u
#define MATRIX       100u
#define SCAN_COUNT   8192u
#define WARP         32u
#define WAVE_COUNT   4000u

static const char *directory;

static void die(const char *what, const char *path)
{
        fprintf(stderr, "generate: %s %s: %s\n", what, path, strerror(errno));
        exit(1);
}

/* A folder below DIR; fine when it is there already. */
static void make_folder(const char *name)
{
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        if (mkdir(path, 0777) < 0 && errno != EEXIST)
                die("cannot make the folder", path);
}

static void write_file(const char *name, const void *data, size_t length)
{
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        FILE *file = fopen(path, "wb");

        if (!file || fwrite(data, 1, length, file) != length || fclose(file) != 0)
                die("cannot write", path);
}

/* Marsaglia's xorshift64*: its period is far beyond what is drawn here. */
static uint64_t random_state;

static uint32_t random_bits(void)
{
        random_state ^= random_state >> 12;
        random_state ^= random_state << 25;
        random_state ^= random_state >> 27;
        return (uint32_t)((random_state * UINT64_C(2685821657736338717)) >> 32);
}

/* Evenly in [low, high). */
static double random_between(double low, double high)
{
        return low + (high - low) * (random_bits() / 4294967296.0);
}

static void fill_floats(float *data, size_t count, double low, double high)
{
        for (size_t i = 0; i < count; i++)
                data[i] = (float)random_between(low, high);
}

static void make_vecadd(void)
{
        static float a[VECADD_COUNT], b[VECADD_COUNT], c[VECADD_COUNT];

        fill_floats(a, VECADD_COUNT, -1000, 1000);
        fill_floats(b, VECADD_COUNT, -1, 1);
        for (size_t i = 0; i < VECADD_COUNT; i++)
                c[i] = a[i] + b[i];
        write_file("data/vecadd-a.bin", a, sizeof(a));
        write_file("data/vecadd-b.bin", b, sizeof(b));
        write_file("expected/vecadd.sum.bin", c, sizeof(c));
}

/* Whole numbers whose sums stay below 2^24, so every order of adding gives the same float. */
static void make_reduce(void)
{
        static float data[REDUCE_COUNT];
        int64_t sum = 0;

        for (size_t i = 0; i < REDUCE_COUNT; i++) {
                int value = (int)(random_bits() % 1000) - 400;

                data[i] = (float)value;
                sum += value;
        }

        float total = (float)sum;

        write_file("data/reduce.bin", data, sizeof(data));
        write_file("expected/reduce.total.bin", &total, sizeof(total));
}

static void make_saxpy(void)
{
        static float x[SAXPY_COUNT], y[SAXPY_COUNT];

        fill_floats(x, SAXPY_COUNT, -100, 100);
        fill_floats(y, SAXPY_COUNT, -100, 100);
        write_file("data/saxpy-x.bin", x, sizeof(x));
        write_file("data/saxpy-y.bin", y, sizeof(y));
        for (size_t i = 0; i < SAXPY_COUNT; i++)
                y[i] = fmaf(2.71828f, x[i], y[i]);
        write_file("expected/saxpy.saxpy-y.bin", y, sizeof(y));
}

static void make_daxpy(void)
{
        static double x[DAXPY_COUNT], y[DAXPY_COUNT];

        for (size_t i = 0; i < DAXPY_COUNT; i++) {
                x[i] = random_between(-1, 1);
                y[i] = random_between(-1e6, 1e6);
        }
        write_file("data/daxpy-x.bin", x, sizeof(x));
        write_file("data/daxpy-y.bin", y, sizeof(y));
        for (size_t i = 0; i < DAXPY_COUNT; i++)
                y[i] = fma(-3.14159265358979, x[i], y[i]);
        write_file("expected/daxpy.daxpy-y.bin", y, sizeof(y));
}

/* Bytes that crowd around the middle, as a measurement's do; the counts start where others ended.
 */
static void make_histogram(void)
{
        static uint8_t data[TEXT_LENGTH];
        uint32_t counts[BINS];

        for (size_t i = 0; i < TEXT_LENGTH; i++)
                data[i] = (uint8_t)((random_bits() % 128 + random_bits() % 129));
        for (size_t bin = 0; bin < BINS; bin++)
                counts[bin] = random_bits() % 100;
        write_file("data/histogram.bin", data, sizeof(data));
        write_file("data/histogram-counts.bin", counts, sizeof(counts));
        for (size_t i = 0; i < TEXT_LENGTH; i++)
                counts[data[i]]++;
        write_file("expected/histogram.histogram-counts.bin", counts, sizeof(counts));
}

/* Positive elements, so that no sum cancels and a relative tolerance means something. */
static void make_sgemm(void)
{
        static float a[MATRIX * MATRIX], b[MATRIX * MATRIX], c[MATRIX * MATRIX];

        fill_floats(a, MATRIX * MATRIX, 0.5, 1.5);
        fill_floats(b, MATRIX * MATRIX, 0.5, 1.5);
        for (size_t row = 0; row < MATRIX; row++) {
                for (size_t column = 0; column < MATRIX; column++) {
                        double sum = 0;

                        for (size_t k = 0; k < MATRIX; k++)
                                sum += (double)a[row * MATRIX + k] * b[k * MATRIX + column];
                        c[row * MATRIX + column] = (float)sum;
                }
        }
        write_file("data/sgemm-a.bin", a, sizeof(a));
        write_file("data/sgemm-b.bin", b, sizeof(b));
        write_file("data/sgemm-reference.bin", c, sizeof(c));
}

static void make_scan(void)
{
        static int32_t values[SCAN_COUNT], sums[SCAN_COUNT];
        static uint32_t odd[SCAN_COUNT / WARP];

        for (size_t i = 0; i < SCAN_COUNT; i++) {
                bool first = i % WARP == 0;

                values[i] = (int32_t)random_bits() / 64;
                sums[i] = (first ? 0 : sums[i - 1]) + values[i];
                odd[i / WARP] |= (uint32_t)(values[i] & 1) << (i % WARP);
        }
        write_file("data/scan.bin", values, sizeof(values));
        write_file("expected/scan.sums.bin", sums, sizeof(sums));
        write_file("expected/scan.odd.bin", odd, sizeof(odd));
}

static void make_wave(void)
{
        static float y[WAVE_COUNT];
        const double step = 0.0015625, frequency = 1, decay = 0.25;

        for (size_t i = 0; i < WAVE_COUNT; i++) {
                double t = (double)i * step;

                y[i] = (float)(2 + exp2(-decay * t) * sin(frequency * t) / sqrt(1 + t));
        }
        write_file("data/wave-reference.bin", y, sizeof(y));
}

int main(int argc, char *argv[])
{
        static void (*const makers[])(void) = { make_vecadd, make_reduce, make_saxpy, make_daxpy,
                make_histogram, make_sgemm, make_scan, make_wave };

        if (argc != 2) {
                fprintf(stderr, "usage: generate DIR\n");
                return 2;
        }
        directory = argv[1];
        make_folder("data");
        make_folder("expected");
        for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
                random_state = UINT64_C(0x466f72657374616e) + i; /* each job's data is its own */
                makers[i]();
        }
        return 0;
}
