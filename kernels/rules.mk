# rules of kernels/, included by the top Makefile
