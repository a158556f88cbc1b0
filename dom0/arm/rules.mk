# arm and disarm.
dom0-arm-srcs := $(addprefix dom0/arm/,arm.c delivery.c disarm.c jobcopy.c swap.c)
