#!/bin/sh
# The collection on a site of HOSTS stand-in hosts (200): killed at random moments ten times and started again, every host
# ends right, and has run once; a second run changes nothing; batches and the stop at a share of failures hold; a batch of
# jobs is shared out, and what a lost host had comes from another one, once. tests/fleet/site.t has five hosts.
#
# HOSTS and KILLS are how many, KILL_LINES within how many lines of what it says a play is killed: by the clock a machine
# with much else to do would have all of them killed as they begin. FORKS is Ansible's; BATCH how many hosts are restarted
# at a time; SEED repeats a run.
set -u
export LC_ALL=C.UTF-8

: "${BUILD:=build}" "${FORKS:=$(($(nproc) * 4))}" "${KILLS:=10}" "${SEED:=$(date +%s)}"
[ -n "${HOSTS:-}" ] || HOSTS=200
: "${BATCH:=$((HOSTS / 5 + 1))}" "${KILL_LINES:=$((8 * HOSTS + 200))}"
BOOT_LIMIT=60
export FORKS BOOT_LIMIT
work=$(mktemp -d /tmp/ff-XXXXXX)
verbose=yes
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh
needs "$BUILD/tests/dom0-host" "$BUILD/tests/stage-seal" "$BUILD/runner/forestage-run" "$BUILD/rehearsal/libcuda.so.1"
. tests/fleet/lib.sh

# The first three of those that are no pool have a fate; the last pool has a guest on its second host.
big_site() {
	settle && template debian && template xenserver || return 1
	pools=$((HOSTS / 20 + 1))
	number=1
	while [ "$number" -le $((HOSTS - 4 * pools)) ]; do
		fate=pass
		case $number in 2) fate=fail ;; 3) fate=lost ;; 4) fate=gone ;; esac
		host "$(printf 'd%03d' "$number")" debian "$fate"
		number=$((number + 1))
	done
	number=1
	while [ "$number" -le "$pools" ]; do
		for part in a b c d; do host "p$number$part" xenserver; done
		pool "$number" "p${number}a" "p${number}b" "p${number}c" "p${number}d"
		number=$((number + 1))
	done
	guest p1b
	jobs "$work/jobs" vecadd || return
	site_ready
	echo forestage_quick=yes >>"$work/hosts"
	wc -l <"$work/hosts"
}

# draw BELOW: a random number, $drawn; a shell of its own would draw the same one each time.
draw() {
	SEED=$((SEED * 1103515245 + 12345 & 0x7fffffff))
	drawn=$((SEED / 65536 % $1))
}

options="-e forestage_batch_size=$BATCH -e forestage_stop_share=100 -e forestage_canaries=0 -e forestage_must_pass=false"

# at_work: whether the play that was started last is; of one that has ended there may be a name yet, until it is waited for.
at_work() {
	state=$(cut -d ' ' -f 3 "/proc/$play/stat" 2>/dev/null)
	[ -n "$state" ] && [ "$state" != Z ]
}

# kill_at LINES [amid]: the play that was started last, up to three seconds after it has said so many, with everything that
# it has started on this machine; what a host does by itself goes on. With the word: as soon as hosts are on their way
# then. False: it had ended by then.
kill_at() {
	while at_work && [ "$(wc -l <"$work/killed")" -lt "$1" ]; do sleep 0.2; done
	while [ -n "${2:-}" ] && at_work && [ "$(amid)" -eq 0 ]; do sleep 0.2; done
	draw "$([ -n "${2:-}" ] && echo 5 || echo 30)"
	sleep "$((drawn / 10)).$((drawn % 10))"
	at_work
	ended=$?
	kill -9 "-$play" 2>/dev/null # dash takes -- for a number
	wait "$play" 2>/dev/null
	return "$ended"
}

# amid: how many hosts are on their way, armed or away and not back; d004 never comes back.
amid() {
	grep -l '"outcome": null' "$site"/*/var/lib/forestage/fleet/campaign-validation.json 2>/dev/null | grep -vc /d004/
}

# At least half of the kills have to meet a play at work, and one of them hosts on their way: where chance has not brought
# that about, the last two wait for it.
killed() {
	echo "seed $SEED"
	kills=0 met=0 useful=0
	while [ "$kills" -lt "$KILLS" ]; do
		# shellcheck disable=SC2086 # words
		setsid ansible-playbook forestage.fleet.validate $options >"$work/killed" 2>&1 &
		play=$!
		draw "$KILL_LINES"
		after=$((1 + drawn)) when=
		kills=$((kills + 1))
		[ "$useful" -gt 0 ] || [ "$kills" -lt $((KILLS - 1)) ] || when=amid
		if kill_at "$after" "$when"; then met=$((met + 1)); else echo "it had ended"; fi
		under_way=$(amid)
		[ "$under_way" -eq 0 ] || useful=$((useful + 1))
		echo "kill $kills after $after lines, in $(grep '^TASK' "$work/killed" | tail -n 1)," \
			"$under_way hosts on their way, $(cat "$site"/*/runs-started 2>/dev/null | wc -l) runs started"
	done
	echo "$met of $KILLS met a play, $useful with hosts on their way"
	[ $((2 * met)) -ge "$KILLS" ] && [ "$useful" -gt 0 ]
}

resumed() {
	start=$(date +%s)
	# shellcheck disable=SC2086
	play validate $options || return 1
	echo "the last one took $(($(date +%s) - start)) s"
}

ends_right() {
	for root in "$site"/*; do
		name=${root##*/}
		wanted=$(cat "$root/fate") runs=1
		case $name in
		p1b) wanted=null runs=0 ;;
		d004) wanted=null ;;
		esac
		[ "$(outcome_of "$name") $(runs_of "$name")" != "$wanted $runs" ] || continue
		echo "$name: $(outcome_of "$name") after $(runs_of "$name") runs, and not $wanted after $runs"
		bad=1
	done
	[ -z "${bad:-}" ]
}

named() {
	jq -r .error "$results/d004/campaigns/validation.json" | tee -a /dev/stderr |
		grep -Eq 'not come back within .* last seen as it was asked to restart|does not answer' &&
		jq -r .error "$results/p1b/campaigns/validation.json" | grep -q '1 guests run on this host'
}

in_service() {
	! grep -h 'enabled=false' "$work"/pool-*/hosts && [ -z "$(ls "$site"/*/var/lib/forestage/fleet/away.json 2>/dev/null)" ]
}

# Of the times at which hosts went down and came up: how many were away at once, and of a pool.
batches_hold() {
	for root in "$site"/*; do
		name=${root##*/}
		[ ! -e "$root/boots" ] || sed "s/$/ $name/" "$root/boots"
	done | sort -n | awk -v most="$BATCH" '
		$3 == "d004" { next } # it stays away
		{
			change = $2 == "down" ? 1 : -1
			away += change
			highest = away > highest ? away : highest
			if ($3 ~ /^p/ && (pool[substr($3, 1, length($3) - 1)] += change) > 1) { print "two of a pool: " $0; bad = 1 }
		}
		END { print highest " at once, of " most; exit bad || highest > most || highest < 1 }'
}

masters_last() {
	for root in "$site"/p*a; do
		pool=${root%a}
		for member in "$pool"[bcd]; do
			[ "$member" != "$site/p1b" ] || continue
			[ "$(sort -n "$member/boots" "$root/boots" | head -n 1)" != "$(sort -n "$root/boots" | head -n 1)" ] || {
				echo "$root before $member"
				return 1
			}
		done
	done
}

# The one that nobody has switched on is asked, and one with a guest refused once more: neither is a change there.
second_run() {
	find "$site" -type f ! -path '*/run/*' ! -name lock ! -name log -exec sha256sum {} + | sort >"$work/before"
	start=$(date +%s)
	# shellcheck disable=SC2086
	play validate $options >/dev/null || return 1
	echo "a run that changes nothing took $(($(date +%s) - start)) s"
	find "$site" -type f ! -path '*/run/*' ! -name lock ! -name log -exec sha256sum {} + | sort >"$work/after"
	diff "$work/before" "$work/after" && sed -n '/^PLAY RECAP/,$p' "$work/said" | grep -v 'changed=0' | grep '=' |
		grep -vE '^(localhost|p1b) ' && return 1
	cmp "$work/before" "$work/after"
}

# All GPUs of another campaign compute wrongly: after the canary nobody else is restarted.
stops() {
	for root in "$site"/d*; do
		[ "$(cat "$root/fate")" = gone ] || echo fail >"$root/fate"
	done
	play validate -e forestage_campaign=stop -e forestage_batch_size="$BATCH" -e forestage_canaries=1 >/dev/null
	code=$?
	ran=$(grep -l . "$results"/*/campaigns/stop.json | xargs jq -r 'select(.outcome != null) | .host' | wc -l)
	echo "exit code $code, $ran hosts have run"
	[ "$code" -ne 0 ] && [ "$ran" -eq 1 ]
}

# A few hosts, whose GPU is known now, among them the one that stays away, one that is lost with its share, and the one with
# a guest; as many jobs as the site has hosts.
batch() {
	for root in "$site"/d*; do
		[ "$(cat "$root/fate")" = gone ] || echo pass >"$root/fate"
	done
	echo lost >"$site/d005/fate"
	# shellcheck disable=SC2046 # words
	jobs "$work/many" $(seq -f 'j%03g' 1 "$HOSTS") || return
	set -- -e forestage_jobs="$work/many" -e forestage_batch_size="$BATCH" -e forestage_canaries=0 -e 'forestage_hosts=d00*:p1*'
	setsid ansible-playbook forestage.fleet.batch "$@" >"$work/killed" 2>&1 &
	play=$!
	draw 120
	kill_at $((1 + drawn)) || echo "it had ended"
	play batch "$@"
}

batch_counts() {
	index=$results/batch/index.json
	jq -e --argjson hosts "$HOSTS" '.counts == {"pass": $hosts} and ([.jobs[].job] | unique | length) == $hosts and
		([.jobs[] | select(.round == 2)] | length) > 0 and ([.jobs[] | select(.host == "d005")] | length) == 0' "$index" &&
		[ "$(find "$results/batch/outputs" -name sum.bin | wc -l)" -eq "$HOSTS" ] &&
		(cd "$results/batch" && jq -r '.jobs[].files[] | .sha256 + "  " + .path' index.json | sha256sum --quiet -c) &&
		[ "$(wc -l <"$results/batch/index.csv")" -eq $((HOSTS + 1)) ]
}

set_up "a site of $HOSTS hosts" big_site
check "killed $KILLS times at random moments" killed
check "started once more, it comes to its end" resumed
check "every host ends right, and has run once" ends_right
check "the lost host, and the one with a guest, are named with where they were" named
check "all hosts are in service as before" in_service
check "never more away than a batch, and of a pool one" batches_hold
check "a pool's master is restarted behind its members" masters_last
check "a second run changes nothing" second_run
check "it stops when the canary fails" stops
check "a batch of $HOSTS jobs, killed once, with a host that is lost" batch
check "each job counts once, and the outputs are those of the index" batch_counts
plan
