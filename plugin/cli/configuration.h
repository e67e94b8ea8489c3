/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-resumable.conf for the verbs that go by it.
 */
#ifndef CLI_CONFIGURATION_H
#define CLI_CONFIGURATION_H

#include "xen/configuration.h"

/* The environment, too; complains of every bad line.  Free with config_free. */
void configuration_read(struct config *out);

#endif
