# What is written down of a trial: its plan, how far it came; what status says of it.
dom0-trialrecord-srcs := $(addprefix dom0/trialrecord/,phases.c plan.c standing.c)
