/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-resumable.conf for the verbs that go by it.
 */
#ifndef ENGINE_CONFIGURATION_H
#define ENGINE_CONFIGURATION_H

#include "engine/events.h"
#include "xen/configuration.h"

/* The environment, too; warns of every bad line.  Free with config_free. */
void configuration_read(struct config *out, const struct events *events);

#endif
