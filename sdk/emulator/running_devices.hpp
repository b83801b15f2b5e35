#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpikit::emulator {

/// A device of the running system that was made for a node of its device tree.
struct RunningDevice {
    std::string name;    ///< in its bus: "fe300000.mmc"
    std::string driver;  ///< that is bound to it; empty: none
    bool waits = false;  ///< for a supplier (fw_devlink)
};

/// What the running system tells of its device tree and of the devices that were made for it.
class RunningDevices {
  public:
    /// The shell commands whose answers the constructor reads, in its order.
    static std::vector<std::string> questions();

    /// Lines that are not what was asked for are passed over. \param answers one for each question
    explicit RunningDevices(std::span<const std::string> answers);

    /// The system said nothing of devices: no /sys, or it was not started with a device tree.
    bool empty() const { return devices_.empty(); }

    /// One of the devices made for the node has a driver.
    bool is_bound(const std::string& node) const;

    /// Why no driver is bound to the node's device: "waits for a supplier", "no device was made for it".
    std::string why_unbound(const std::string& node) const;

  private:
    bool is_disabled(std::string_view node) const;
    std::string why_no_device(std::string_view node) const;
    std::string why_no_driver(const RunningDevice& device) const;
    void read_devices(std::string_view answer);
    void read_deferred(std::string_view answer);
    void read_nodes(std::string_view answer);
    void read_disabled(std::string_view answer);
    void read_messages(std::string_view answer);

    std::map<std::string, std::vector<RunningDevice>, std::less<>> devices_;  ///< by their node's path
    std::map<std::string, std::string, std::less<>> deferred_;                ///< device, reason
    std::map<std::string, std::string, std::less<>> failed_;  ///< device, what the kernel said
    std::set<std::string, std::less<>> nodes_;
    std::set<std::string, std::less<>> disabled_;
};

}  // namespace rpikit::emulator
