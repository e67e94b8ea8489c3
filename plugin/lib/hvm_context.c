/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/hvm_context.h"

#include "util/bytes.h"

bool hvm_entry_next(const uint8_t *context, size_t n, size_t *at,
                    struct hvm_entry *out)
{
    const uint8_t *head = context + *at;

    if (n - *at < HVM_ENTRY_SIZE)
        return false;
    *out = (struct hvm_entry){
        .type = load_le16(head),
        .instance = load_le16(head + 2),
        .length = load_le32(head + 4),
        .body = head + HVM_ENTRY_SIZE,
    };
    if (out->type == HVM_ENTRY_END
        || out->length > n - *at - HVM_ENTRY_SIZE)
        return false;
    *at += HVM_ENTRY_SIZE + out->length;
    return true;
}

const char *hvm_entry_name(unsigned int type)
{
    static const char *const names[] = {
        "END", "HEADER", "CPU", "PIC", "IOAPIC", "LAPIC", "LAPIC_REGS",
        "PCI_IRQ", "ISA_IRQ", "PCI_LINK", "PIT", "RTC", "HPET", "PMTIMER",
        "MTRR", "VIRIDIAN_DOMAIN", "CPU_XSAVE", "VIRIDIAN_VCPU", "VMCE_VCPU",
        "TSC_ADJUST", "CPU_MSR",
    };

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : "?";
}
