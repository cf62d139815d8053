include $(dir $(abspath $(lastword $(MAKEFILE_LIST))))../lambda.mk
