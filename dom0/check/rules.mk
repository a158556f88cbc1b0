# check: the jobs of a folder before they run.
dom0-check-srcs := $(addprefix dom0/check/,check.c jobcheck.c jobinterpreter.c joblibraries.c joblist.c jobkernel.c \
	jobmachine.c jobmodule.c jobnames.c jobpoints.c jobprogram.c jobreview.c jobtotals.c review.c target.c)
