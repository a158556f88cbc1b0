# What the tests of Type=check must find, by the processor.
runner-answers-srcs := $(addprefix runner/answers/,check_double.c check_known.c check_march.c check_sweep.c)
