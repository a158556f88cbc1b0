# Type=program.
runner-program-srcs := $(addprefix runner/program/,environment.c inputs.c mount.c pattern.c preload.c program_run.c start.c tmpdir.c userland.c workdir.c)
