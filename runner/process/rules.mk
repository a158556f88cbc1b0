# Processes: started, limited, ended; one attempt of a job.
runner-process-srcs := $(addprefix runner/process/,attempt.c descendants.c keeper.c kind.c \
	limits.c process.c report.c)
