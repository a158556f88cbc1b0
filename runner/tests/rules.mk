# The tests of Type=check, and what they must find.
runner-tests-srcs := $(addprefix runner/tests/,check_blame.c check_compute.c check_copy.c check_double.c check_health.c check_known.c \
	check_latency.c check_march.c check_memory.c check_p2p.c check_special.c check_sram.c \
	check_steps.c check_sweep.c check_together.c check_transfer.c)
