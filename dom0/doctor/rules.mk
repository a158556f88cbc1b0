# doctor: what keeps CUDA from running here.
dom0-doctor-srcs := $(addprefix dom0/doctor/,diagnosis.c doctor.c dom0memory.c facts.c hurdle.c \
	hypervisor.c kernellog.c nvidia.c nvidiaversion.c pat.c)
