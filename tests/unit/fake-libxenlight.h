/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A libxenlight that leaves every resume to the test that has loaded it. */
#ifndef TESTS_UNIT_FAKE_LIBXENLIGHT_H
#define TESTS_UNIT_FAKE_LIBXENLIGHT_H

#include <stdint.h>

typedef int fake_libxl_resume(uint32_t domid, int suspend_cancel);

/* Set by the test, which finds it by its name. */
extern fake_libxl_resume *fake_libxl_resume_function;

#endif
