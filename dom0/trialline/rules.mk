# The command lines of a trial in dom0. Pure.
dom0-trialline-srcs := $(addprefix dom0/trialline/,lines.c wordlist.c xenline.c)
