#include "flasher/device/open_disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "flasher/device/udisks.hpp"
#include "flasher/device/unmount.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::device {

namespace {

/// O_EXCL without O_CREAT on a block device: fails while a file system, swap or mapping uses it, and keeps
/// them from it afterwards (open(2)).
constexpr int exclusive_direct = O_EXCL | O_DIRECT | O_CLOEXEC;

Error busy(const Disk& disk) {
    return {.message = fmt::format("{} is in use by another program", disk.whole.path.string()),
            .causes = {std::strerror(EBUSY)},
            .hint = fmt::format("see who uses it: sudo fuser -v {}", disk.whole.path.string())};
}

Error not_allowed(const Disk& disk, const Error& udisks, const std::string& again) {
    Error error{.message = fmt::format("no right to open {}", disk.whole.path.string()),
                .causes = udisks.causes};
    if (!again.empty()) error.hint = "sudo " + again;
    return error;
}

Result<host::Descriptor> open_node(const Roots& roots, const Disk& disk, bool writing,
                                   const std::string& again) {
    const auto& node = disk.whole.path;
    host::Descriptor descriptor(::open(node.c_str(), (writing ? O_RDWR : O_RDONLY) | exclusive_direct));
    if (descriptor.valid()) return descriptor;
    const int number = errno;
    if (number == EBUSY) return fail(busy(disk));
    if (number != EACCES && number != EPERM) {
        return fail({.message = fmt::format("cannot open {}", node.string()),
                     .causes = {std::strerror(number)},
                     .hint = number == EROFS ? "it is read-only: rpi-kit devices" : "rpi-kit devices"});
    }
    auto through = open_through_udisks(roots.bus, node, writing ? "rw" : "r", exclusive_direct);
    if (!through) return fail(not_allowed(disk, through.error(), again));
    return through;
}

/// Whether the disk that is open is the one that was examined.
bool same(const Disk& examined, const Disk& open) {
    return examined.whole.number == open.whole.number && examined.whole.size_bytes == open.whole.size_bytes &&
           examined.serial == open.serial && examined.sequence == open.sequence &&
           examined.model == open.model;
}

Refusal changed() {
    return {RefusalKind::changed, "is another one now than a moment ago", "rpi-kit devices"};
}

/// Takes the descriptor, and makes sure that it leads where `target` said.
Result<std::unique_ptr<LinuxBlockDevice>> adopt(const Disk& disk, host::Descriptor descriptor) {
    TRY_ASSIGN(auto device, LinuxBlockDevice::adopt(disk.whole.path.string(), std::move(descriptor)));
    if (device->number() != disk.whole.number || device->size_bytes() != disk.whole.size_bytes) {
        return fail(refusal_error(device->name(), {changed()}));
    }
    return device;
}

}  // namespace

Result<std::unique_ptr<LinuxBlockDevice>> open_for_writing(const Roots& roots, const Target& target,
                                                           const Purpose& purpose) {
    if (!target.disk || !target.refusals.empty()) {
        return fail(refusal_error(target.given.string(), target.refusals));
    }
    if (purpose.unmount) {
        TRY_ASSIGN(const auto machine, survey(roots));
        if (const auto* disk = machine.find(target.disk->whole.number)) TRY(unmount_all(machine, *disk));
    }
    TRY_ASSIGN(auto descriptor, open_node(roots, *target.disk, true, purpose.again));
    TRY_ASSIGN(auto device, adopt(*target.disk, std::move(descriptor)));

    TRY_ASSIGN(const auto machine, survey(roots));
    auto strict = purpose;
    strict.unmount = false;
    auto now = examine(machine, target.given, device->number(), strict);
    if (now.refusals.empty() && !same(*target.disk, *now.disk)) now.refusals.push_back(changed());
    if (now.refusals.empty() && device->kernel_says_read_only()) {
        now.refusals.push_back({RefusalKind::read_only, "is read-only", "rpi-kit devices"});
    }
    if (!now.refusals.empty()) return fail(refusal_error(target.given.string(), now.refusals));
    return device;
}

Result<std::unique_ptr<LinuxBlockDevice>> open_for_reading(const Roots& roots, const Target& target,
                                                           const std::string& again) {
    if (!target.disk || !target.refusals.empty()) {
        return fail(refusal_error(target.given.string(), target.refusals));
    }
    TRY_ASSIGN(auto descriptor, open_node(roots, *target.disk, false, again));
    return adopt(*target.disk, std::move(descriptor));
}

}  // namespace rpikit::device
