# What a trial found: decided, as a page, and as something that can be given away.
dom0-trialresult-srcs := $(addprefix dom0/trialresult/,obstacle.c outcome.c share.c sidebyside.c trialpage.c)
