# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_ELF
# libelf reads the ELF structure of a kernel image.
AC_DEFUN([XR_ELF], [PKG_CHECK_MODULES([LIBELF], [libelf])])
