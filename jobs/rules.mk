# The job folder, as the runner and dom0 read it.
jobs-srcs := jobs/argument.c jobs/check_choice.c jobs/check_require.c jobs/check_tests.c jobs/check_values.c jobs/compare.c jobs/element.c jobs/expect.c jobs/folder.c jobs/job.c jobs/jobfile.c jobs/jobfolder.c jobs/jobkeys.c jobs/jobvalues.c jobs/words.c
