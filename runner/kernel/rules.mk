# Type=kernel.
runner-kernel-srcs := $(addprefix runner/kernel/,download.c kernel_job.c kernel_limits.c \
	kernel_run.c kernel_worker.c)
