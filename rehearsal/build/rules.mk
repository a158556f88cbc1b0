# From statements to instructions: a file for each family, and what they share.
rehearsal-build-srcs := $(addprefix rehearsal/build/,atomic.c barrier.c bits.c builder.c compare.c control.c convert.c \
	float.c instructions.c integer.c memory.c move.c slots.c statement.c warp.c)
