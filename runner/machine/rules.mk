# The machine: its GPUs, their health, the kernel log.
runner-machine-srcs := $(addprefix runner/machine/,bridge.c bridge_read.c cuda.c health.c health_watch.c kernel_log.c nvlink.c nvlink_read.c nvml.c settle.c standing_read.c telemetry.c telemetry_watch.c where.c \
	xid.c)
