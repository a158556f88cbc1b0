# The help of a command in plain text of 80 columns, made of its man page:
#
#   awk -f scripts/help.awk PAGE
#
# With a section VERBS, for the command itself and each verb a form feed, its name, a newline and its page. What of man's
# language is read here is what docs/man/ uses; other requests of a line are an error.

function fail(why) {
	print FILENAME ":" FNR ": " why >"/dev/stderr"
	failed = 1
	exit 1
}

# The words of a request, quoted or not, joined by `between`.
function words(line, between,    text, word, count) {
	sub(/^\.[A-Z]+ */, "", line)
	while (line != "") {
		if (line ~ /^"/) {
			match(line, /^"[^"]*"/)
			word = substr(line, 2, RLENGTH - 2)
		} else {
			match(line, /^[^ ]+/)
			word = substr(line, 1, RLENGTH)
		}
		line = substr(line, RLENGTH + 1)
		sub(/^ +/, "", line)
		text = text (count++ ? between : "") word
	}
	return text
}

function plain(text) {
	gsub(/\\f[BIRP]/, "", text)
	gsub(/\\-/, "-", text)
	gsub(/\\\\/, "\\", text)
	return text
}

# Whether a word begins with a bracket that it does not close, whatever is behind it: "[--jobs", not "[ab]),".
function is_open(word,    text) {
	text = word
	return word ~ /^\[/ && gsub(/\[/, "", text) > gsub(/\]/, "", text)
}

# Prints words in 80 columns, the first at `column`; lines that follow start at `indent`. Words between brackets stay
# together.
function wrap(text, column, indent,    list, count, i, word, inside, begun) {
	count = split(text, list, / +/)
	for (i = 1; i <= count; i++) {
		word = (inside ? word " " : "") list[i]
		inside = i < count && is_open(word)
		if (inside)
			continue
		if (begun && column + 1 + length(word) > 80) {
			printf "\n%*s", indent, ""
			column = indent
		} else if (begun) {
			printf " "
			column++
		}
		printf "%s", word
		column += length(word)
		begun = 1
	}
	printf "\n"
}

# Paragraphs are divided by an empty line; lines that start with a blank stay as they are.
function paragraphs(text,    list, count, i) {
	sub(/\n+$/, "", text)
	count = split(text, list, "\n")
	for (i = 1; i <= count; i++) {
		if (list[i] ~ /^ /)
			print list[i]
		else if (list[i] != "")
			wrap(list[i], 0, 0)
		else
			print ""
	}
}

# Of an option: its name and value, and the first sentence.
function option(i,    tag) {
	tag = tags["OPTIONS", i]
	printf "  %-23s", tag
	if (length(tag) > 22)
		printf "\n%25s", ""
	wrap(first["OPTIONS", i], 25, 25)
}

function usage(verb,    i) {
	print "Usage:"
	for (i = 1; i <= synopses; i++)
		if (verb == "" || index(synopsis[i] " ", " " verb " ") > 0) {
			printf "  "
			wrap(synopsis[i], 2, 6)
		}
}

function options(verb,    i, name, taken, begun) {
	for (i = 1; i <= synopses; i++)
		if (index(synopsis[i] " ", " " verb " ") > 0)
			taken = taken " " synopsis[i] " "
	for (i = 1; i <= entries["OPTIONS"]; i++) {
		name = tags["OPTIONS", i]
		sub(/[ [].*/, "", name)
		gsub(/[][]/, " ", taken)
		if (verb == "" || index(taken, " " name " ") > 0) {
			if (!begun++)
				print "\nOptions:"
			option(i)
		}
	}
}

function exit_status(verb,    i) {
	for (i = 1; i <= entries["EXIT STATUS"]; i++)
		if (tags["EXIT STATUS", i] == verb) {
			print ""
			wrap("Exit status: " texts["EXIT STATUS", i], 0, 0)
		}
}

function verb_page(i) {
	printf "\f%s\n", tags["VERBS", i]
	usage(tags["VERBS", i])
	print ""
	paragraphs(texts["VERBS", i])
	options(tags["VERBS", i])
	exit_status(tags["VERBS", i])
}

function verbs_page(    i) {
	print "\nVerbs:"
	for (i = 1; i <= entries["VERBS"]; i++) {
		printf "  %-10s", tags["VERBS", i]
		wrap(first["VERBS", i], 12, 12)
	}
	print "\nforestage help VERB explains a verb and its options; man forestage has it all."
	for (i = 1; i <= entries["VERBS"]; i++)
		if (tags["VERBS", i] != "help")
			verb_page(i)
}

function codes(    i) {
	print "\nExit status:"
	for (i = 1; i <= entries["EXIT STATUS"]; i++) {
		printf "  %s  ", tags["EXIT STATUS", i]
		wrap(texts["EXIT STATUS", i], 5, 5)
	}
}

# A line of text, or of `words`, comes to the text of where it stands.
function add(text) {
	text = plain(text)
	if (section == "SYNOPSIS")
		synopsis[synopses] = synopsis[synopses] (synopsis[synopses] == "" ? "" : " ") text
	else if (section == "DESCRIPTION")
		description = description gap(description) text
	else if (tag_follows) {
		tags[section, ++entries[section]] = text
		tag_follows = 0
	} else
		add_text(section, entries[section], text)
}

function gap(text) {
	return literal ? "\n" : text == "" || text ~ /\n$/ ? "" : " "
}

function add_text(section, i, text) {
	texts[section, i] = texts[section, i] gap(texts[section, i]) text
	if (!((section, i) in whole)) {
		first[section, i] = first[section, i] (first[section, i] == "" ? "" : " ") text
		if (text ~ /\.$/)
			whole[section, i] = 1
	}
}

function part(   i) {
	if (section == "DESCRIPTION")
		description = description "\n\n"
	else if (section != "SYNOPSIS" && !tag_follows) {
		i = entries[section]
		texts[section, i] = texts[section, i] (literal ? "\n" : "\n\n")
	}
}

/^\.\\"/ || /^\.(TH|RS|RE)( |$)/ { next }
/^\.SH / {
	section = words($0, " ")
	synopses += section == "SYNOPSIS"
	next
}
/^\.br$/ { synopses += section == "SYNOPSIS"; next }
/^\.TP$/ { tag_follows = 1; next }
/^\.(PP|P|IP)$/ { part(); next }
/^\.nf$/ { literal = 1; next }
/^\.fi$/ { add(""); literal = 0; next }
/^\.[BI] / { add(words($0, " ")); next }
/^\.[BIR][BIR] / { add(words($0, "")); next }
/^\./ { fail("not known here: " $0) }
{ add($0) }

END {
	if (failed)
		exit 1
	if (entries["VERBS"])
		print "\fhelp"
	paragraphs(substr(description, 1, index(description, "\n\n") - 1))
	print ""
	usage("")
	if (entries["VERBS"])
		verbs_page()
	else {
		options("")
		codes()
		print "\nMore: man " substr(synopsis[1], 1, index(synopsis[1], " ") - 1)
	}
}
