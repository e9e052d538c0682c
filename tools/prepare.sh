# SPDX-License-Identifier: Apache-2.0
# What run-example and run-tests share; sourced from the top folder: packages, autogen, configure in build/.
# shellcheck shell=sh
prepare_log=$PWD/out/step.log
# shellcheck disable=SC2034
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

step() {
	echo "== $*"
}

# Shows what a command said only when it failed.
quietly() {
	mkdir -p "${prepare_log%/*}"
	if ! "$@" >"$prepare_log" 2>&1; then
		tail -n 40 "$prepare_log" >&2
		echo "failed: $*" >&2
		exit 1
	fi
}

install_packages() {
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		echo "This is no Debian: what packages.txt names must be installed already." >&2
		return 0
	fi
	missing=
	# shellcheck disable=SC2013
	for package in $(grep -v '^#' packages.txt); do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || {
			echo "Please install as root:$missing" >&2
			exit 1
		}
		as_root=sudo
	fi
	step "installing$missing"
	quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
	# shellcheck disable=SC2086
	quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

prepare() {
	install_packages
	# The rules of make itself do this again when one of many other files has changed.
	if [ -z "$(find configure -newer configure.ac 2>/dev/null)" ]; then
		step "autogen"
		quietly ./autogen.sh
	fi
	mkdir -p build
	if [ -z "$(find build/Makefile -newer configure 2>/dev/null)" ]; then
		step "configure"
		(cd build && quietly ../configure --quiet)
	fi
}
