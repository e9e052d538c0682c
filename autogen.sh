#!/bin/sh
# Makes ./configure from configure.ac and Makefile.am (a release tarball already has it).
set -e
cd "$(dirname "$0")"
mkdir -p build-aux
exec autoreconf --install --force
