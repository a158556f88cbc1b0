# trial: CUDA in dom0 itself, tried in one boot: armed, carried out there, and shown.
dom0-trial-srcs := $(addprefix dom0/trial/,attempt.c gpudriver.c kernelnotes.c launch.c netting.c ordering.c preparation.c \
	show.c trial.c trialfolder.c trialtext.c)
