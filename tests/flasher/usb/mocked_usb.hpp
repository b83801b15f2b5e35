#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/emulated_board.hpp"

namespace rpikit::test {

/// How a board behaves on a mocked bus.
struct MockedBoard {
    BoardPlan plan;
    std::string serial = "";  ///< once its second stage runs; in its ROM it has none
    bool returns = true;      ///< after its second stage
    int vanish_at = -1;       ///< number of the transfer at which it leaves the bus
    int hang_at = -1;         ///< number of the transfer that it never answers
    bool openable = true;     ///< its node's rights
};

/// A USB bus with emulated BCM2711 boards for programs that use the real libusb: umockdev shows them a
/// made-up /sys and /dev and hands the usbfs requests (struct usbdevfs_urb, linux/usbdevice_fs.h) to this
/// process. The bus has one hub, at port 1-1; boards are on its ports. No rights and no kernel modules are
/// needed.
class MockedUsb {
  public:
    /// Whether umockdev's library could be loaded before all others.
    static bool possible();

    MockedUsb();
    ~MockedUsb();
    MockedUsb(const MockedUsb&) = delete;
    MockedUsb& operator=(const MockedUsb&) = delete;

    /// \param port on the hub: 2 is "1-1.2"
    void plug(int port, MockedBoard board);

    /// What a program needs in its environment to see this bus: "NAME=value".
    std::vector<std::string> environment() const;

    /// What became of the board at a port; for when no program uses it any more.
    EmulatedBoard board(int port) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace rpikit::test
