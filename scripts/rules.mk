# rules of scripts/, included by the top Makefile
