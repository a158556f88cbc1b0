# What the tests of Type=check must find, by the processor.
runner-answers-srcs := $(addprefix runner/answers/,check_agreed.c check_code.c check_double.c check_half.c check_known.c check_line.c check_march.c \
	check_sparse.c check_sweep.c)
