#include "sdk/emulator/uefi.hpp"

#include <array>
#include <filesystem>

namespace rpikit::emulator {

namespace {

constexpr std::array candidates{
    UefiFirmware{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
    UefiFirmware{"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
};

}  // namespace

Result<UefiFirmware> find_uefi() {
    std::error_code ignored;
    for (const auto& candidate : candidates) {
        if (std::filesystem::exists(candidate.code, ignored) &&
            std::filesystem::exists(candidate.variables, ignored)) {
            return candidate;
        }
    }
    return fail({.message = "UEFI firmware for QEMU is not installed (looked for " +
                            std::string(candidates.front().code) + ")",
                 .hint = "sudo apt-get install ovmf"});
}

}  // namespace rpikit::emulator
