# Type=kernel.
runner-kernel-srcs := $(addprefix runner/kernel/,download.c kernel_check.c kernel_job.c \
	kernel_run.c)
