#!/bin/sh
# The table in docs/feasibility.md is what `make evidence` prints when every row is as its expectation.
exec research/evidence/evidence.t --quote
