# The tests of Type=check.
runner-tests-srcs := $(addprefix runner/tests/,check_agreement.c check_blame.c check_chip.c check_compute.c check_copy.c check_health.c check_latency.c check_memory.c \
	check_p2p.c check_soak.c check_special.c check_sram.c check_steps.c check_together.c check_transfer.c)
