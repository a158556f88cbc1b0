# check: the jobs of a folder before they run.
dom0-check-srcs := $(addprefix dom0/check/,check.c jobcheck.c jobinterpreter.c joblibraries.c joblist.c jobmachine.c \
	jobmodule.c jobnames.c jobprogram.c jobreview.c jobtotals.c ptxentry.c review.c target.c)
