# A trial of CUDA in dom0: carried out in its boot, and shown.
dom0-trial-srcs := $(addprefix dom0/trial/,attempt.c gpudriver.c kernelnotes.c launch.c netting.c show.c trial.c)
