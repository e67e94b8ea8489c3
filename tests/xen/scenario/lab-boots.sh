# SPDX-License-Identifier: LGPL-2.1-or-later
# The lab itself works: if this fails, nothing else that the lab says is to be
# believed.  (core-of-release asks doctor, on every Xen.)
#
# boot: matrix
# suites: all
# takes: 2

suite=$(cat /lab/suite)

claim "this is Xen $suite" \
    equal "$(xl info | awk '$1 == "xen_major" || $1 == "xen_minor" { print $3 }' | paste -sd.)" "$suite"
claim "xenstored answers" xenstore-exists /local/domain/0
