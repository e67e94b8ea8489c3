# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_SMARTCOLS
# util-linux' table printer.
AC_DEFUN([XR_SMARTCOLS], [PKG_CHECK_MODULES([SMARTCOLS], [smartcols])])
