# What is installed, armed and ready on this host; status.
dom0-state-srcs := $(addprefix dom0/state/,armed.c changes.c difference.c drift.c followup.c method.c order.c part.c readiness.c state.c \
	status.c survey.c trialstart.c)
