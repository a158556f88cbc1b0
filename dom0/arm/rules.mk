# arm and disarm; an order for every boot that follows the host.
dom0-arm-srcs := $(addprefix dom0/arm/,arm.c arming.c delivery.c disarm.c examination.c follow.c jobcopy.c \
	rearm.c resumption.c summary.c swap.c)
