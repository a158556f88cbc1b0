# The job folder, as the runner and dom0 read it.
jobs-srcs := $(addprefix jobs/,argument.c check_require.c check_tests.c \
	check_values.c compare.c element.c executable.c expect.c folder.c job.c jobfile.c jobfolder.c jobkeys.c \
	jobvalues.c room.c $(addprefix standing/,item.c limit.c) $(addprefix sweep/,lines.c list.c range.c sweep.c table.c values.c))
