#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flasher/device/machine.hpp"
#include "sdk/support/error.hpp"

namespace rpikit::device {

/// Why a device is not written. In the order in which they are told: what cannot be overruled comes first.
enum class RefusalKind {
    missing,
    not_block,
    partition,
    no_medium,
    read_only,
    holds_root,
    holds_boot,
    holds_work,
    holds_image,
    swap,
    md,
    lvm,
    zfs,
    device_mapper,
    in_use,
    changed,
    mounted,
    too_small,
    fixed,
};

/// "holds-root", for JSON.
std::string_view to_string(RefusalKind kind);

struct Refusal {
    RefusalKind kind = RefusalKind::missing;
    std::string reason;  ///< goes on behind the device's name: "holds the running system (/ on /dev/sda2)"
    std::string remedy;  ///< what to do, a command where possible
};

/// What a device is wanted for.
struct Purpose {
    std::filesystem::path work = {};                ///< the work folder; empty: none
    std::filesystem::path image = {};               ///< file or device that the image comes from; empty: none
    std::optional<std::uint64_t> image_bytes = {};  ///< unpacked
    bool allow_fixed = false;                       ///< lifts `fixed` alone
    bool unmount = false;                           ///< lifts `mounted` alone: the caller unmounts
    std::string again = {};                         ///< the command as typed, for hints: "rpi-kit flash ..."
};

/// All that speaks against writing this disk, the gravest first; none: it can be written.
std::vector<Refusal> refusals(const Machine& machine, const Disk& disk, const Purpose& purpose);

/// What speaks against reading a disk as a whole: no medium, or mounted so that it changes meanwhile.
/// \param output the file to be written, which must not lie on the disk
std::vector<Refusal> reading_refusals(const Machine& machine, const Disk& disk,
                                      const std::filesystem::path& output);

/// "/dev/sdb holds ...": the first as message, the others as causes, the remedy as hint.
Error refusal_error(std::string_view name, const std::vector<Refusal>& refusals);

}  // namespace rpikit::device
