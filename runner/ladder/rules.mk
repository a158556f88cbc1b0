# The ladder: small steps towards CUDA, the first of which that fails names the obstacle.
runner-ladder-srcs := $(addprefix runner/ladder/,bench.c climb.c copies.c document.c finding.c kernel.c memory.c nvrm.c pages.c \
	rungs.c stamp.c steps.c system.c worker.c)
