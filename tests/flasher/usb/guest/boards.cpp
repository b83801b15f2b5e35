// Boards that wait for USB boot on a USB bus of the kernel's own: a USB/IP server for vhci_hcd
// (Documentation/usb/usbip_protocol.rst; its sysfs files are those of
// drivers/usb/usbip/vhci_sysfs.c). For a guest: no network, the kernel gets one end of a socket pair.
//
//   usb_boards COUNT PLAN FOLDER [disk]
//
// PLAN has one request a line: "size NAME", "read NAME", "done NAME". What board N read is written to
// FOLDER/N; a line on standard output tells sizes and the host's mistakes. With "disk" the board's own system
// then shows what hangs off the virtual USB device controller, in the place where the board was.

#include <endian.h>
#include <fcntl.h>
#include <linux/usb/ch9.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/emulated_board.hpp"

namespace {

using rpikit::test::BoardPlan;
using rpikit::test::EmulatedBoard;

constexpr const char* attach_file = "/sys/devices/platform/vhci_hcd.0/attach";
constexpr const char* controller_file = "/sys/devices/platform/usbip-vudc.0/usbip_sockfd";
constexpr const char* detach_file = "/sys/devices/platform/vhci_hcd.0/detach";
const std::string serial = "10000000abcd";

/// A USB/IP packet's header, big-endian but for the setup packet.
struct Header {
    std::uint32_t command;
    std::uint32_t number;
    std::uint32_t device;
    std::uint32_t direction;  ///< 1: IN
    std::uint32_t endpoint;
    std::uint32_t first;   ///< transfer flags; in an answer the status
    std::uint32_t length;  ///< of the buffer; in an answer of what moved
    std::array<std::uint32_t, 3> others;
    std::array<std::uint8_t, 8> setup;
};
static_assert(sizeof(Header) == 48);

constexpr std::uint32_t command_submit = 1;
constexpr std::uint32_t command_unlink = 2;
constexpr std::uint32_t answer_submit = 3;
constexpr std::uint32_t answer_unlink = 4;

/// What a request came to.
struct Answer {
    int status = 0;
    std::string bytes = {};  ///< IN
};
const Answer stall{.status = -EPIPE};

class Socket {
  public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(descriptor_); }
    int get() const { return descriptor_; }

    /// \returns false at the end
    bool read_whole(void* place, std::size_t size) const {
        return ::recv(descriptor_, place, size, MSG_WAITALL) == static_cast<ssize_t>(size);
    }
    void write_whole(const std::string& bytes) const {
        if (::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(bytes.size()))
            throw std::runtime_error("the kernel takes no answer");
    }

  private:
    int descriptor_;
};

void write_attribute(const char* file, const std::string& value) {
    const int descriptor = ::open(file, O_WRONLY | O_CLOEXEC);
    const bool written =
        ::write(descriptor, value.data(), value.size()) == static_cast<ssize_t>(value.size());
    const int error = errno;
    ::close(descriptor);
    if (!written) throw std::runtime_error(std::string(file) + ": " + std::strerror(error));
}

void attach(int port, int socket) {
    write_attribute(attach_file, std::to_string(port) + ' ' + std::to_string(socket) + ' ' +
                                     std::to_string(port + 1) + ' ' + std::to_string(USB_SPEED_HIGH));
}

struct SocketPair {
    SocketPair() {
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
            throw std::runtime_error("no socket pair");
    }
    std::array<int, 2> ends{};
};

/// The kernel's own gadget at the port. The kernel keeps both ends.
void show_disk(int port) {
    const SocketPair pair;
    const Socket device(pair.ends[0]);
    const Socket host(pair.ends[1]);
    write_attribute(controller_file, std::to_string(device.get()));
    attach(port, host.get());
}

/// One board at one port of the virtual hub.
class Device {
  public:
    Device(int port, EmulatedBoard& board) : port_(port), board_(board) {}

    /// On the bus until it leaves.
    void appear() const {
        const SocketPair pair;
        const Socket ours(pair.ends[0]);
        {
            const Socket kernels(pair.ends[1]);
            attach(port_, kernels.get());
        }
        Header header{};
        while (!board_.leaving() && ours.read_whole(&header, sizeof header))
            handle(ours, header);
        // The last answer is still on its way to the host.
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        write_attribute(detach_file, std::to_string(port_));
    }

  private:
    void handle(const Socket& socket, const Header& header) const {
        if (be32toh(header.command) == command_unlink) return reply(socket, header, answer_unlink, {}, 0);
        if (be32toh(header.command) != command_submit) throw std::runtime_error("an unknown packet");
        const bool in = be32toh(header.direction) == 1;
        std::string data(in ? 0 : be32toh(header.length), '\0');
        if (!data.empty() && !socket.read_whole(data.data(), data.size())) return;
        if (be32toh(header.endpoint) != 0) {
            const bool taken = board_.bulk_out(std::as_bytes(std::span(data)));
            return reply(socket, header, answer_submit, taken ? Answer{} : stall, data.size());
        }
        auto answer = control(header.setup);
        answer.bytes.resize(std::min<std::size_t>(answer.bytes.size(), be32toh(header.length)));
        reply(socket, header, answer_submit, answer, answer.bytes.size());
    }

    static void reply(const Socket& socket, const Header& request, std::uint32_t kind, const Answer& answer,
                      std::size_t moved) {
        const auto length = answer.status == 0 ? static_cast<std::uint32_t>(moved) : 0;
        const Header header{.command = htobe32(kind),
                            .number = request.number,
                            .first = htobe32(static_cast<std::uint32_t>(answer.status)),
                            .length = htobe32(length)};
        std::string packet(reinterpret_cast<const char*>(&header), sizeof header);
        socket.write_whole(packet + answer.bytes);
    }

    Answer control(const std::array<std::uint8_t, 8>& bytes) const {
        usb_ctrlrequest setup{};
        std::memcpy(&setup, bytes.data(), sizeof setup);
        const auto value = le16toh(setup.wValue);
        const auto index = le16toh(setup.wIndex);
        const auto length = le16toh(setup.wLength);
        if (setup.bRequestType == 0x40 && setup.bRequest == 0 && length == 0)
            return board_.control_out(value, index) ? Answer{} : stall;
        if (setup.bRequestType == 0xc0 && setup.bRequest == 0) {
            const auto answer = board_.control_in(value, index, length);
            if (!answer) return stall;
            return {.bytes = {reinterpret_cast<const char*>(answer->data()), answer->size()}};
        }
        if ((setup.bRequestType & USB_TYPE_MASK) != USB_TYPE_STANDARD) return stall;
        if (setup.bRequest == USB_REQ_GET_DESCRIPTOR) return descriptor(value);
        if (setup.bRequest == USB_REQ_GET_STATUS) return {.bytes = std::string(2, '\0')};
        return {};
    }

    Answer descriptor(unsigned value) const {
        const auto all = board_.descriptors();
        const std::string bytes(all.begin(), all.end());
        switch (value >> 8U) {
            case USB_DT_DEVICE:
                return {.bytes = bytes.substr(0, USB_DT_DEVICE_SIZE)};
            case USB_DT_CONFIG:
                return {.bytes = bytes.substr(USB_DT_DEVICE_SIZE)};
            case USB_DT_STRING:
                return {.bytes = text((value & 0xffU) == 0)};
            default:
                return stall;
        }
    }

    /// The languages, or the serial number in UTF-16 (USB 2.0, 9.6.7).
    static std::string text(bool languages) {
        std::string bytes{0, USB_DT_STRING};
        if (languages) bytes += std::string{0x09, 0x04};
        for (const char c : languages ? std::string() : serial)
            bytes += std::string{c, '\0'};
        bytes[0] = static_cast<char>(bytes.size());
        return bytes;
    }

    int port_;
    EmulatedBoard& board_;
};

BoardPlan read_plan(const char* file) {
    BoardPlan plan;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
        const auto space = line.find(' ');
        const auto command = line.substr(0, space);
        plan.wishes.push_back({command == "size" ? 0 : command == "read" ? 1 : 2, line.substr(space + 1)});
    }
    return plan;
}

std::string report(int port, const EmulatedBoard& board, const std::string& folder) {
    const auto start = "board " + std::to_string(port) + ": ";
    auto text = start + "second stage of " + std::to_string(board.bootcode.size()) + " bytes\n";
    for (const auto& [name, size] : board.sizes)
        text += start + "size " + name + ' ' + std::to_string(size) + '\n';
    const auto place = folder + '/' + std::to_string(port) + '/';
    std::filesystem::create_directories(place);
    for (const auto& [name, content] : board.files) {
        text += start + "file " + name + ' ' + std::to_string(content.size()) + '\n';
        auto flat = name;
        std::ranges::replace(flat, '/', '_');
        std::ofstream(place + flat, std::ios::binary) << content;
    }
    for (const auto& mistake : board.mistakes)
        text += start + "mistake: " + mistake + '\n';
    return text + start + (board.finished() ? "finished\n" : "not finished\n");
}

void run_board(int port, BoardPlan plan, const std::string& folder, bool disk) {
    try {
        EmulatedBoard board(std::move(plan));
        while (!board.finished()) {
            Device(port, board).appear();
            // Off the bus for a moment, as a board is between its ROM and its second stage.
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
            board.come_back();
        }
        std::fputs(report(port, board, folder).c_str(), stdout);
        if (disk) show_disk(port);
    } catch (const std::exception& exception) {
        std::printf("board %d: %s\n", port, exception.what());
    }
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4 && argc != 5) return 2;
    const auto plan = read_plan(argv[2]);
    std::vector<std::jthread> boards;
    for (int port = 0; port < std::stoi(argv[1]); ++port)
        boards.emplace_back(run_board, port, plan, std::string(argv[3]), argc == 5);
}
