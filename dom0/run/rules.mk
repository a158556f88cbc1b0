# What a region says: its records, read one by one, and the documents made of them.
dom0-run-srcs := $(addprefix dom0/run/,bounds.c document.c event.c fields.c file.c folder.c \
	intake.c jsoncost.c jsonfile.c phases.c result.c run.c summary.c trace.c verdict.c)
