# The sweeps of a run, for people who cannot read a line a point.
dom0-sweep-srcs := $(addprefix dom0/sweep/,sweeps.c)
