#include "sdk/rootfs/module_classes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "sdk/support/text.hpp"

namespace rpikit::rootfs {

std::span<const ModuleClass> module_classes() {
    static const std::vector<ModuleClass> classes{
        {"crypto", {"kernel/arch/*/crypto", "kernel/crypto", "kernel/drivers/crypto", "kernel/lib/crypto"}},
        {"filesystem", {"kernel/fs"}},
        {"graphics", {"kernel/drivers/gpu", "kernel/drivers/video"}},
        // A keyboard for the rescue shell, and the hosts it hangs on.
        {"input",
         {"kernel/drivers/hid", "kernel/drivers/input/keyboard", "kernel/drivers/input/serio",
          "kernel/drivers/usb/common", "kernel/drivers/usb/core", "kernel/drivers/usb/host"}},
        {"mapper", {"kernel/drivers/md"}},
        {"network",
         {"kernel/drivers/net/ethernet", "kernel/drivers/net/mdio", "kernel/drivers/net/pcs",
          "kernel/drivers/net/phy", "kernel/drivers/net/usb", "kernel/drivers/net/virtio_net"}},
        // What drivers of a system on a chip wait for before they find their device.
        {"platform",
         {"kernel/drivers/bus", "kernel/drivers/clk", "kernel/drivers/dma", "kernel/drivers/firmware",
          "kernel/drivers/gpio", "kernel/drivers/i2c/busses", "kernel/drivers/mailbox",
          "kernel/drivers/pci/controller", "kernel/drivers/phy", "kernel/drivers/pinctrl",
          "kernel/drivers/pmdomain", "kernel/drivers/regulator", "kernel/drivers/reset",
          "kernel/drivers/soc"}},
        {"storage",
         {"kernel/drivers/ata", "kernel/drivers/block", "kernel/drivers/cdrom", "kernel/drivers/message",
          "kernel/drivers/mmc", "kernel/drivers/nvme", "kernel/drivers/scsi", "kernel/drivers/ufs",
          "kernel/drivers/virtio"}},
        {"usb-storage",
         {"kernel/drivers/scsi/scsi_mod", "kernel/drivers/scsi/sd_mod", "kernel/drivers/usb/common",
          "kernel/drivers/usb/core", "kernel/drivers/usb/dwc2", "kernel/drivers/usb/dwc3",
          "kernel/drivers/usb/host", "kernel/drivers/usb/storage"}},
    };
    return classes;
}

Result<const ModuleClass*> find_module_class(std::string_view name) {
    const auto found = std::ranges::find(module_classes(), name, &ModuleClass::name);
    if (found != module_classes().end()) return &*found;
    std::vector<std::string> known;
    for (const auto& one : module_classes())
        known.emplace_back(one.name);
    const auto near = near_match(name, known);
    return fail({.message = fmt::format("there is no class of modules '{}'", name),
                 .hint = near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("classes: {}", join(known, ", "))});
}

}  // namespace rpikit::rootfs
