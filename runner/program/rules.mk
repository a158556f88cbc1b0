# Type=program.
runner-program-srcs := $(addprefix runner/program/,environment.c inputs.c mount.c pattern.c preload.c program_run.c resume.c start.c tmpdir.c userland.c workdir.c)
