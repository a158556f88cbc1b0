# Type=check: the job, its choice of tests, its verdict.
runner-check-srcs := $(addprefix runner/check/,check.c check_baseline.c check_embed.c check_errors.c \
	check_gpu.c check_job.c check_limits.c check_peers.c check_phase.c check_run.c check_standing.c \
	check_unfinished.c check_verdict.c)
