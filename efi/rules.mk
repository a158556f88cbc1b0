# rules of efi/, included by the top Makefile
