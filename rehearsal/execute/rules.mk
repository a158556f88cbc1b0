# The operations of PTX, and the interpreter that runs a kernel of them.
rehearsal-execute-srcs := $(addprefix rehearsal/execute/,approximate.c atomic.c barrier.c bits.c builtins.c call.c \
	compare.c control.c convert.c float.c float_half.c half.c integer.c interpreter.c memory.c move.c special.c thread.c \
	warp.c)
