# What pages and tables are made of: the numbers of a job, bars, pieces of HTML, cells of a CSV file.
dom0-figures-srcs := $(addprefix dom0/figures/,cell.c chart.c html.c numbers.c scale.c)
