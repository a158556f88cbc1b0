# shellcheck shell=sh
# Reading a document of forestage-run --ladder without a program for JSON; sourced.

# ladder_steps FILE: "STEP STATUS SECONDS REASON" of each, a line each.
ladder_steps() {
	awk -F '": ' '
	function value(text) { sub(/,$/, "", text); gsub(/^"|"$/, "", text); return text }
	/^      "step":/ { step = value($2) }
	/^      "status":/ { status = value($2) }
	/^      "seconds":/ { seconds = value($2) }
	/^      "reason":/ { sub(/^      "reason": /, ""); printf "%s %s %.2f %s\n", step, status, seconds, value($0) }
	' "$1"
}

# ladder_obstacle FILE: a step's name, or null.
ladder_obstacle() {
	sed -n 's/^  "obstacle": "*\([a-z_]*\)"*$/\1/p' "$1"
}

# ladder_with FILE STATUS: the names of the steps with this status, in one line.
ladder_with() {
	ladder_steps "$1" | awk -v status="$2" '$2 == status { print $1 }' | paste -sd ' ' -
}
