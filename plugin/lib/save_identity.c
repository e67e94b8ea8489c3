/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/save_identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/domain_config.h"
#include "util/cleanup.h"

static int read_head_config(const struct save_image *image,
                            struct domain_config *out)
{
    int r = 0;

    if (image->xml)
        r = domain_config_from_xml(image->xml, out, NULL);
    else if (image->config && image->config_is_json)
        r = domain_config_from_json(image->config, image->config_length, out,
                                    NULL);
    return r == -ENOMEM ? r : 0;
}

static int copy_first(const char *first, const char *second, char **out)
{
    const char *text = first ? first : second;

    *out = text ? strdup(text) : NULL;
    return text && !*out ? -ENOMEM : 0;
}

int save_identity_read(const struct save_image *image,
                       struct save_identity *out, struct xr_error *err)
{
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };
    const char *name = keylist_get(&image->metadata, "domain.name");
    const char *uuid = keylist_get(&image->metadata, "domain.uuid");
    struct save_identity found = { 0 };
    int r = name && uuid ? 0 : read_head_config(image, &config);

    if (!r)
        r = copy_first(name, config.name, &found.name);
    if (!r)
        r = copy_first(uuid, config.uuid, &found.uuid);
    if (r) {
        save_identity_free(&found);
        return error_set(err, ENOMEM, "out of memory");
    }
    *out = found;
    return 0;
}

void save_identity_free(struct save_identity *identity)
{
    int saved = errno;

    free(identity->name);
    free(identity->uuid);
    *identity = (struct save_identity){ 0 };
    errno = saved;
}
