# Type=program.
runner-program-srcs := $(addprefix runner/program/,program_run.c tmpdir.c workdir.c)
