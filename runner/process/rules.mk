# Processes: started, limited, ended; one attempt of a job.
runner-process-srcs := $(addprefix runner/process/,attempt.c descendants.c guard.c limits.c \
	persistence.c process.c report.c signals.c)
