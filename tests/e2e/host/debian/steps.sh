# What the steps do on the Debian host alone; sourced in dom0 by common.sh.
# shellcheck shell=sh

get_forestage() {
	dpkg -i /steps/forestage.deb && owner=$(dpkg -S /usr/sbin/forestage) && echo "from the package: $owner" &&
		forestage --version
}

drop_forestage() {
	dpkg --purge forestage
}

before_arm() {
	:
}

after_arm() {
	:
}

after_run() {
	:
}
