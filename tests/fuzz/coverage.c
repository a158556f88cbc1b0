/*
 * Where a fuzzed program is, for libFuzzer: gcc's objects call this at the begin of each block,
 * where clang's would count by themselves. So they are those of the unit tests, compiled once.
 * libFuzzer has a function of this name that ends the program, hence the linker's --wrap.
 */
#include <stddef.h>
#include <stdint.h>

/* The programs have less than 2 MiB of code, and a call of five bytes in each block. */
#define PLACES   ((size_t)1 << 18)
#define COUNTERS ((size_t)1 << 15)

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);
void __wrap___sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_cmpf(float a, float b);
void __sanitizer_cov_trace_cmpd(double a, double b);
const char *__ubsan_default_options(void);

/* libFuzzer looks at all counters behind each input: they are few, numbered as their blocks are
 * first come to. */
static uint8_t counters[COUNTERS];
static uint16_t numbers[PLACES]; /* of the counter; 0: no block that has run yet */
static uint16_t last_number;

void __wrap___sanitizer_cov_trace_pc(void)
{
        uint16_t *number = &numbers[(uintptr_t)__builtin_return_address(0) / 8 % PLACES];

        if (*number == 0)
                *number = last_number = (uint16_t)(last_number % (COUNTERS - 1) + 1);
        counters[*number]++;
}

/* libFuzzer learns from whole numbers that are compared; of these it knows nothing. */
void __sanitizer_cov_trace_cmpf(float a, float b)
{
        (void)a;
        (void)b;
}

void __sanitizer_cov_trace_cmpd(double a, double b)
{
        (void)a;
        (void)b;
}

__attribute__((constructor)) static void counters_show(void)
{
        __sanitizer_cov_8bit_counters_init(counters, counters + COUNTERS);
}

/* gcc's UBSan ends a program by itself; libFuzzer keeps the input of one that is aborted. */
const char *__ubsan_default_options(void)
{
        return "abort_on_error=1:print_stacktrace=1";
}
