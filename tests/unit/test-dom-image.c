/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the build hook reads a kernel's address or a domain's number
 * from where the installed libxenguest does not keep them.
 */
#include "config.h"

#include <xenctrl.h>

#include "unit.h"
#include "xen/dom_image.h"

/* Xen 4.14 has no header for these. */
struct xc_dom_image *xc_dom_allocate(xc_interface *xch, const char *cmdline,
                                     const char *features);
void xc_dom_release(struct xc_dom_image *dom);
int xc_dom_kernel_mem(struct xc_dom_image *dom, const void *mem, size_t size);
int xc_dom_boot_xen_init(struct xc_dom_image *dom, xc_interface *xch,
                         uint32_t domid);

/* libxenguest asks this before it is content with the domid; no Xen here. */
__attribute__((visibility("default")))
int xc_version(xc_interface *xch, int command, void *out)
{
    (void)xch;
    (void)command;
    (void)out;
    return 0;
}

static void is_read_as_it_was_filled_in(void **state)
{
    static const char kernel[77] = "no ELF image";
    xc_interface *xch = xc_interface_open(NULL, NULL, XC_OPENFLAG_DUMMY);
    struct xc_dom_image *dom = xc_dom_allocate(xch, "", "");
    struct dom_image image;

    (void)state;
    assert_non_null(dom);
    assert_int_equal(xc_dom_kernel_mem(dom, kernel, sizeof(kernel)), 0);
    assert_int_equal(xc_dom_boot_xen_init(dom, xch, 0x2b67), 0);
    image = dom_image_read(dom);
    assert_ptr_equal(image.kernel, kernel);
    assert_int_equal(image.kernel_size, sizeof(kernel));
    assert_int_equal(image.domid, 0x2b67);
    xc_dom_release(dom);
    xc_interface_close(xch);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_as_it_was_filled_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
