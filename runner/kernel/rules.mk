# Type=kernel.
runner-kernel-srcs := $(addprefix runner/kernel/,crew.c download.c kernel_board.c kernel_image.c kernel_job.c \
	kernel_limits.c kernel_module.c kernel_run.c kernel_tidy.c kernel_worker.c)
