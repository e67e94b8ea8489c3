# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_XXHASH
# libxxhash with XXH3: the digest of a sealed image.  On x86 the library may
# also choose by the CPU that it runs on: about twice as fast.
AC_DEFUN([XR_XXHASH],
[PKG_CHECK_MODULES([XXHASH], [libxxhash >= 0.8])
xr_save_LIBS=$LIBS
LIBS="$XXHASH_LIBS $LIBS"
AC_CHECK_HEADERS([xxh_x86dispatch.h])
AC_CHECK_FUNCS([XXH3_128bits_update_dispatch])
LIBS=$xr_save_LIBS
])
