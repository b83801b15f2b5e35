#include "sdk/cli/flash_devices.hpp"

#include <fmt/format.h>

namespace rpikit::cli {

namespace {

Result<> check_different(const std::vector<device::Target>& targets) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (targets[i].number == 0 || targets[i].number != targets[j].number) continue;
            return fail({.message = fmt::format("{} and {} are the same device", targets[j].given.string(),
                                                targets[i].given.string()),
                         .hint = "name each device once",
                         .kind = ErrorKind::usage});
        }
    }
    return {};
}

}  // namespace

Result<std::vector<device::Target>> examine_devices(const std::vector<std::string>& names,
                                                    const device::Purpose& purpose) {
    TRY_ASSIGN(const auto machine, device::survey({}));
    std::vector<device::Target> targets;
    std::optional<Error> error;
    for (const auto& name : names) {
        targets.push_back(device::examine(machine, name, purpose));
        if (targets.back().refusals.empty()) continue;
        auto refused = device::refusal_error(name, targets.back().refusals);
        if (!error) {
            error = std::move(refused);
            continue;
        }
        error->causes.push_back(std::move(refused.message));
    }
    if (error) return fail(*std::move(error));
    TRY(check_different(targets));
    return targets;
}

Result<std::vector<std::unique_ptr<device::LinuxBlockDevice>>> open_devices(
    const std::vector<device::Target>& targets, const device::Purpose& purpose) {
    std::vector<std::unique_ptr<device::LinuxBlockDevice>> devices;
    for (const auto& target : targets) {
        TRY_ASSIGN(auto device, device::open_for_writing({}, target, purpose));
        devices.push_back(std::move(device));
    }
    return devices;
}

void note_gone(const std::vector<std::unique_ptr<device::LinuxBlockDevice>>& devices,
               std::vector<card::CardResult>& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
        auto& failure = results[i].failure;
        if (!failure || device::is_there(devices[i]->number())) continue;
        failure->causes.emplace_back("the device has left the machine");
        failure->hint = "put the card in again and start anew";
    }
}

}  // namespace rpikit::cli
