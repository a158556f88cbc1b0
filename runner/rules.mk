# rules of runner/, included by the top Makefile
