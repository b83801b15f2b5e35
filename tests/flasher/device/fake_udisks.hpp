#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// How the fake answers.
enum class UdisksMood {
    opens,     ///< as udisks2 does: open(2) with the mode and flags asked for
    refuses,   ///< not authorized
    ignorant,  ///< knows no such device
    regular,   ///< hands out a file that is no device
    cached,    ///< opens, but forgets the flags
};

/// A private message bus, on it a service that has udisks2's name, its Manager.ResolveDevice and its
/// Block.OpenDevice. Both go with the object.
class FakeUdisks {
  public:
    /// \param name what it calls itself on the bus
    explicit FakeUdisks(UdisksMood mood, std::string name = "org.freedesktop.UDisks2");
    ~FakeUdisks();
    FakeUdisks(const FakeUdisks&) = delete;
    FakeUdisks& operator=(const FakeUdisks&) = delete;

    /// Of the bus; empty when there is no dbus-daemon.
    const std::string& address() const;

    struct Asked {
        std::string path;  ///< of the device
        std::string mode;
        int flags = 0;
    };
    /// The last call.
    Asked asked() const;

    struct State;

  private:
    std::unique_ptr<State> state_;
};

}  // namespace rpikit::test
