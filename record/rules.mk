# record/: what the records of a run hold, for those who write them and for those who read them.
record-srcs := record/schema.c record/result.c record/findings.c
