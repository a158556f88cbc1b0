# trial: CUDA in dom0 itself, tried in one boot.
dom0-trial-srcs := $(addprefix dom0/trial/,ordering.c preparation.c trial.c trialfolder.c trialtext.c)
