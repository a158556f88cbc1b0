# A unit as systemd 219 reads it: without the keys that it does not know, and without the values that it passes over.
#
#   awk -f tests/systemd-219.awk tests/systemd-219.txt UNIT            the unit
#   awk -f tests/systemd-219.awk -v unknown=1 tests/systemd-219.txt UNIT    only SECTION.KEY of what it does not know
FNR == NR {
	if ($0 !~ /^#/)
		for (i = 2; i <= NF; i++)
			known[$1 "." $i] = 1
	next
}

# A line that goes on in the next one is taken whole, without the comments between.
continued && /^[#;]/ { next }
{ line = continued ? line "\n" $0 : $0 }
/\\$/ { continued = 1; next }
{ continued = 0 }

line ~ /^[#;]/ || line ~ /^[ \t]*$/ {
	if (!unknown)
		print line
	next
}
line ~ /^\[.*\]$/ {
	section = substr(line, 2, length(line) - 2)
	if (!unknown)
		print line
	next
}
{
	key = line
	sub(/[ \t]*=.*/, "", key)
	value = substr(line, index(line, "=") + 1)
	sub(/^[ \t]*/, "", value)
}
!((section "." key) in known) {
	if (unknown)
		print section "." key
	next
}
unknown { next }
# full and yes are all that it protects.
key == "ProtectSystem" && value == "strict" { next }
# Of the marks before a program it knows - and @; with another one the path is none to it.
key ~ /^Exec/ && value ~ /^[-@]*[^-@\/]/ { next }
# Names of groups are no calls to it.
key == "SystemCallFilter" {
	gsub(/@[a-z-]+ ?/, "", value)
	if (value ~ /^~? *$/)
		next
	line = key "=" value
}
{ print line }
