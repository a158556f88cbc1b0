# Debian's archive through apt's own resolver, with a state of its own under build/apt/; sourced by fetch.sh.
# Nothing is installed and /etc/apt is only read. Uses $BUILD, $suite and $COMPONENTS; SOURCES (docs/operation.md) is
# a sources.list to read instead of the machine's own addresses.
#
# A set is chosen as a whole: what its packages depend on decides, and what is no longer or not yet there makes
# the whole set the next older one, never a mixture that apt would refuse.
# shellcheck shell=sh
: "${BUILD:?}" "${suite:?}" "${COMPONENTS:?}" "${SOURCES:=}"

case $BUILD in
/*) apt=$BUILD/apt/$suite ;;
*) apt=$PWD/$BUILD/apt/$suite ;;
esac
# One state for each set of components: lists read for one do not serve another.
[ "$COMPONENTS" = main ] || apt=$apt-$(echo "$COMPONENTS" | tr ' ' '-')
downloads=${apt%/apt/*}/downloads/$suite
place=sources # which list of sources; "release" leaves the security suite out
tried=        # whether this call has tried to read the package lists anew
unreached=    # why they could not be read
passed=       # the sets that were passed over, one a line, with the reason
no_archive="${SOURCES:-/etc/apt} names no Debian archive${SOURCES:+ with $suite}"

# apt_run TOOL ARGUMENT…: with our state, whatever the machine's own configuration is (which brings its proxies).
apt_run() {
	tool=$1
	shift
	LC_ALL=C "$tool" -c "$apt/apt.conf" -o "Dir::Etc::SourceList=$apt/$place.list" "$@"
}

archive_begin() {
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/empty" "$downloads"
	cat >"$apt/apt.conf" <<-END
		Dir::State "$apt";
		Dir::State::lists "$apt/lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$apt/cache";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Preferences "$apt/preferences";
		Dir::Etc::PreferencesParts "/dev/null";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Sandbox::User "";
		APT::Update::Error-Mode "any";
		Acquire::Languages "none";
		Acquire::Retries "3";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	END
}

# The archive's address as the machine's own configuration has it, for a suite like $1.
mirror() {
	# shellcheck disable=SC2016 # apt-get expands these
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		awk -v suite="$1" '$1 ~ suite { print $2; exit }'
}

sources() {
	if [ -n "$SOURCES" ]; then
		grep -E "^deb .* $suite(-updates|-security)? " "$SOURCES"
		return
	fi
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	main=$(mirror '^(bookworm|trixie|stable|testing|oldstable)$')
	security=$(mirror 'security$')
	[ -n "$main" ] || return 1
	echo "deb [signed-by=$keys] $main $suite $COMPONENTS"
	echo "deb [signed-by=$keys] $main $suite-updates $COMPONENTS"
	[ -z "$security" ] || echo "deb [signed-by=$keys] $security $suite-security $COMPONENTS"
}

# Writes the two lists of sources.
archive_sources() {
	sources >"$apt/sources.new" || return 1
	echo "# of ${SOURCES:-this machine}" >>"$apt/sources.new"
	mv "$apt/sources.new" "$apt/sources.list"
	grep -v -- "$suite-security " "$apt/sources.list" >"$apt/release.list" || :
}

# The first thing that apt complained of in the file $1.
complaint() {
	sed -n 's/^[EW]: //p' "$1" | head -n 1
}

# Reads the lists, once a call. Old lists are better than none: they may name what lies in build/downloads.
archive_update() {
	tried=yes
	if ! archive_sources; then
		unreached=$no_archive
		[ -e "$apt/sources.list" ]
		return
	fi
	echo "fetch: reading $suite's package lists" >&2
	if apt_run apt-get -qq update >"$apt/log" 2>&1; then
		touch "$apt/read"
		return
	fi
	unreached=$(complaint "$apt/log")
	echo 'Acquire::Retries "0";' >>"$apt/apt.conf"
	[ -n "$(find "$apt/lists" -name '*_Packages*' | head -n 1)" ]
}

# Whether the lists were read within the last day: older ones may name packages that are gone.
archive_fresh() {
	[ -n "$(find "$apt/read" -mmin -1440 2>/dev/null)" ] &&
		grep -qxF "# of ${SOURCES:-this machine}" "$apt/sources.list" "$apt/release.list"
}

# Which lists there are, as "bookworm of DATE; bookworm-security of DATE".
archive_dates() {
	find "$apt/lists" -name '*Release' | sort | awk '{
		codename = date = ""
		while ((getline line <$0) > 0 && line !~ /^SHA256:/) {
			if (sub(/^Codename: /, "", line)) codename = line " "
			if (sub(/^Date: /, "", line)) date = "of " line
		}
		close($0)
		printf "%s%s%s", separator, codename, date
		separator = "; "
	}'
}

# versions NAME: those in the lists, newest first.
versions() {
	apt_run apt-cache madison "$1" | awk '!seen[$3]++ { print $3 }'
}

# matches WORD PATTERN…
matches() {
	word=$1
	shift
	for pattern; do
		# shellcheck disable=SC2254 # it is a pattern
		case $word in $pattern) return 0 ;; esac
	done
	return 1
}

# Which package is missing, and who wants it: apt names the first one only, which may itself want the one that is
# not there.
missing_piece() {
	piece=
	for _ in 1 2 3 4 5; do
		line=$(sed -n 's/^ *\(.*\) : \(Pre\)\{0,1\}Depends: \(.*\)/\1 needs \3/p' "$apt/log" | head -n 1)
		[ -n "$line" ] || break
		piece=$line
		next=$(echo "$line" | sed -n 's/.* needs \([^ ]*\).*but it is not going to be installed.*/\1/p')
		[ -n "$next" ] || break
		! apt_run apt-get -s install --no-install-recommends "$next" >"$apt/log" 2>&1 || break
	done
	: "${piece:=$(complaint "$apt/log")}"
	echo "${piece:-apt does not say why}" | tr -s ' '
}

# apt takes the newest of what it was not told a version of, and does not go back on that. What is built from one
# source with a package of $ask that has a version is therefore preferred in that version.
prefer() {
	names=
	for word in $ask; do names="$names ${word%%=*}"; done
	# shellcheck disable=SC2086 # a list of words
	apt_run apt-cache show $names 2>/dev/null | awk -v ask="$ask" '
		BEGIN {
			count = split(ask, words, " ")
			for (i = 1; i <= count; i++)
				if (at = index(words[i], "="))
					version[substr(words[i], 1, at - 1)] = substr(words[i], at + 1)
		}
		/^Package: / { name = source = $2 }
		/^Source: / { source = $2 }
		/^$/ && name in version { pin[source] = version[name] } # records end so
		END { for (source in pin) print "Package: src:" source "\nPin: version " pin[source] "\nPin-Priority: 990\n" }
	' >"$apt/preferences"
}

# solve: lets apt choose for $ask; $chosen is NAME=VERSION of what $take has patterns for. False: $why.
solve() {
	: >"$apt/preferences"
	prefer
	# shellcheck disable=SC2086 # lists of words, here and below
	apt_run apt-get -s install --no-install-recommends $ask >"$apt/log" 2>&1 || {
		why=$(missing_piece)
		return 1
	}
	sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' "$apt/log" | sort >"$apt/installs"
	chosen=
	while read -r package; do
		! matches "${package%%=*}" $take || chosen="$chosen $package"
	done <"$apt/installs"
	[ -n "$chosen" ]
}

# good FILE HASH: whether the file is what the signed list says. apt names the strongest hash that the list has.
good() {
	case $2 in
	SHA256:*) sum=sha256sum ;;
	SHA512:*) sum=sha512sum ;;
	*) return 1 ;;
	esac
	[ -f "$1" ] && "$sum" --status -c - <<-END
		${2#*:}  $1
	END
}

# get: $chosen into $downloads. Each file is what the signed lists say, those too that were there already. False: $why.
get() {
	# in an empty folder: apt does not name what it believes to have
	# shellcheck disable=SC2086
	(cd "$apt/empty" && apt_run apt-get -qq --print-uris download $chosen) >"$apt/uris" 2>"$apt/log" || {
		why=$(complaint "$apt/log")
		return 1
	}
	lacking=
	files=
	while read -r _ file _ hash; do
		files="$files $file"
		good "$downloads/$file" "$hash" || {
			lack "${file%_*}"
			echo "$file $hash"
		}
	done <"$apt/uris" >"$apt/lacking"
	[ -z "$lacking" ] || download
}

# lack NAME_VERSION: into $lacking as apt takes it. In the name of a file, an epoch's colon is %3a.
lack() {
	exactly=${1#*_}
	case $exactly in *%3a*) exactly=${exactly%%"%3a"*}:${exactly#*"%3a"} ;; esac
	lacking="$lacking ${1%%_*}=$exactly"
}

# download: the packages in $lacking. A file comes to its place when it is whole.
download() {
	partial=$downloads/.partial
	rm -rf "$partial"
	mkdir "$partial"
	echo "fetch:$lacking ($suite)" >&2
	# shellcheck disable=SC2086
	(cd "$partial" && apt_run apt-get -qq download $lacking) >"$apt/log" 2>&1 ||
		why=$(complaint "$apt/log" | sed 's/^Failed to fetch //')
	set --
	wrong=
	while read -r file hash; do
		if good "$partial/$file" "$hash"; then
			set -- "$@" "$partial/$file"
		else
			: "${wrong:=$file}"
		fi
	done <"$apt/lacking"
	[ $# -eq 0 ] || mv "$@" "$downloads/"
	rm -rf "$partial"
	[ -z "$wrong" ] || why="$wrong: ${why:-it is not what the list says (its hash)}"
	[ -z "$wrong" ]
}
