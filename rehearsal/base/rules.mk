# What all rooms of rehearsal/ use: a module in memory, its types, device memory, CUDA's binary interface.
rehearsal-base-srcs := $(addprefix rehearsal/base/,arena.c heap.c program.c type.c)
