# What is kept of a trial in dom0: its plan.
dom0-trialrecord-srcs := $(addprefix dom0/trialrecord/,plan.c)
