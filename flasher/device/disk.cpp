#include "flasher/device/disk.hpp"

namespace rpikit::device {

std::string_view to_string(Bus bus) {
    switch (bus) {
        case Bus::usb:
            return "usb";
        case Bus::mmc:
            return "mmc";
        case Bus::sata:
            return "sata";
        case Bus::scsi:
            return "scsi";
        case Bus::nvme:
            return "nvme";
        case Bus::virtio:
            return "virtio";
        case Bus::loop:
            return "loop";
        case Bus::virtual_device:
            return "virtual";
        case Bus::other:
            break;
    }
    return "other";
}

std::vector<const Volume*> Disk::volumes() const {
    std::vector<const Volume*> all{&whole};
    for (const auto& partition : partitions)
        all.push_back(&partition);
    return all;
}

std::string Disk::title() const {
    if (model.empty()) return vendor;
    return vendor.empty() || model.starts_with(vendor) ? model : vendor + ' ' + model;
}

}  // namespace rpikit::device
