# image: what an image says that it holds, and what modules and programs need of it.
dom0-image-srcs := $(addprefix dom0/image/,dynamic.c gpuchip.c image.c machinecode.c ptxentry.c)
