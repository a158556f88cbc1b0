# rules of rehearsal/, included by the top Makefile
