# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Unit tests: one program per file in tests/unit, by cmocka.
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)

include tests/unit/local.mk
