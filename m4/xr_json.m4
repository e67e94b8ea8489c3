# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_JSON
# yajl, the JSON library that libxl itself uses.
AC_DEFUN([XR_JSON], [PKG_CHECK_MODULES([YAJL], [yajl >= 2])])
