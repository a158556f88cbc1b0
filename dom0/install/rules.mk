# install and uninstall.
dom0-install-srcs := $(addprefix dom0/install/,bundle.c install.c uninstall.c)
