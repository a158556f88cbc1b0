# Type=kernel.
runner-kernel-srcs := $(addprefix runner/kernel/,crew.c download.c flight_job.c flight_run.c kernel_board.c kernel_buffers.c \
	kernel_image.c kernel_job.c kernel_launch.c kernel_limits.c kernel_module.c kernel_run.c kernel_tidy.c kernel_worker.c \
	pace.c)
