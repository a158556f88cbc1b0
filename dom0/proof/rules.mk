# What a run proves: the reading of all of it, and what each pass needs.
dom0-proof-srcs := $(addprefix dom0/proof/,checkclaim.c claim.c gpuproof.c healthclaim.c job.c jobclaim.c limitclaim.c need.c \
	outputclaim.c peerclaim.c proof.c read.c soakclaim.c testclaim.c testmiss.c)
