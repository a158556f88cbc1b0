# rules of initramfs/, included by the top Makefile
