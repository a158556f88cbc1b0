# A trial of CUDA in dom0: armed; carried out in its boot; shown.
dom0-trial-srcs := $(addprefix dom0/trial/,attempt.c following.c gpudriver.c kernelnotes.c launch.c netting.c ordering.c preparation.c \
	show.c trial.c trialfolder.c trialtext.c)
