#!/bin/sh
# What a program job finds around it in a rehearsal on this machine, by a shell that has next to nothing:
#
#   tests/e2e/surroundings.sh jobs FOLDER     puts the job into a folder of jobs
#   tests/e2e/surroundings.sh run WORK        runs it; what it printed is in WORK/stdout
#   tests/e2e/surroundings.sh plain FILE      what it printed anywhere, without the folder of libcuda, which may be
#                                             another one
set -eu
export LC_ALL=C
: "${BUILD:=build}"

case $#${1:-} in
2jobs)
	mkdir -p "$2"
	cp "$BUILD/tests/environment" tests/e2e/jobs/environment.conf "$2/"
	;;
2run)
	"$0" jobs "$2/jobs"
	env -i PATH=/usr/bin:/bin LD_LIBRARY_PATH="$BUILD/rehearsal" "$BUILD/runner/forestage-run" \
		--jobs "$2/jobs" --region "$2/region" >"$2/run.out" 2>&1 || { cat "$2/run.out"; exit 1; }
	"$BUILD/dom0/forestage" collect --region "$2/region" --out "$2/run" >/dev/null
	cp "$2/run/jobs/environment/0/stdout" "$2/stdout"
	;;
2plain)
	sed 's/^LD_LIBRARY_PATH=.*/LD_LIBRARY_PATH=(of libcuda)/' "$2"
	;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'
	exit 2
	;;
esac
