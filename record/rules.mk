# record/: what the records of a run hold, for those who write them and for those who read them.
record-srcs := $(addprefix record/,findings.c result.c schema.c)
