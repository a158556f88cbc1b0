# rules of dom0/, included by the top Makefile
