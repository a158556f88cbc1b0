# The names in an archive that others made, before it is unpacked; for those who source this.
# shellcheck shell=sh

# strange_name TAR: the first that is no file, folder or link, or that leads out of the folder or hides in a terminal; ""
# when there is none. False: the archive cannot be read to its end. It leaves TAR.names, a name a line.
strange_name() {
	tar -tf "$1" --quoting-style=escape >"$1.names" || return 1
	# shellcheck disable=SC1003 # a backslash is what is looked for
	tar -tvf "$1" --quoting-style=escape 2>/dev/null | cut -c 1 | paste -d ' ' - "$1.names" |
		grep -E '^[^-dlh] |^. /|^. (.*/)?\.\.(/|$)|\\' | head -n 1 | cut -c 3-
}
