/* What a program says of where it is, and of the numbers that it compares, when nobody fuzzes it
 * (coverage.c). */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_cmpf(float a, float b);
void __sanitizer_cov_trace_cmpd(double a, double b);

void __sanitizer_cov_trace_pc(void)
{
}

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
