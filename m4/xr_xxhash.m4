# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_XXHASH
# libxxhash with XXH3: the digest of a sealed image.
AC_DEFUN([XR_XXHASH], [PKG_CHECK_MODULES([XXHASH], [libxxhash >= 0.8])])
