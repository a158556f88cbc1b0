# What all rooms of rehearsal/ use: a module in memory, tokens and names, device memory, CUDA's binary interface.
rehearsal-base-srcs := $(addprefix rehearsal/base/,arena.c heap.c program.c symbols.c token.c type.c)
