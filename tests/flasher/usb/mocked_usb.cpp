#include "tests/flasher/usb/mocked_usb.hpp"

#include <fmt/format.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <umockdev.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

namespace rpikit::test {

namespace {

using Handle = std::unique_ptr<UMockdevIoctlData, decltype(&g_object_unref)>;
constexpr auto off_the_bus = std::chrono::milliseconds(150);

/// USB 2.0, 9.3; little-endian.
struct Setup {
    std::uint8_t type;
    std::uint8_t request;
    std::uint16_t value;
    std::uint16_t index;
    std::uint16_t length;
};
static_assert(sizeof(Setup) == 8);

Handle resolve(UMockdevIoctlData* data, std::size_t offset, std::size_t length) {
    return {umockdev_ioctl_data_resolve(data, offset, length, nullptr), g_object_unref};
}

/// A hub's device, configuration and interface descriptors, as far as anybody looks.
std::vector<std::uint8_t> hub_descriptors() {
    return {18, 1, 0x00, 0x02, 9, 0, 0, 64,   0x6b, 0x1d, 0x02, 0x00, 0, 0, 0, 0, 0, 1,  //
            9,  2, 18,   0,    1, 1, 0, 0xc0, 0,                                         //
            9,  4, 0,    0,    0, 9, 0, 0,    0};
}

#if defined(__SANITIZE_ADDRESS__)
/// The address sanitizer wants to be the first library.
constexpr const char* preload = "LD_PRELOAD=libasan.so.8 libumockdev-preload.so.0";
#else
constexpr const char* preload = "LD_PRELOAD=libumockdev-preload.so.0";
#endif
constexpr const char* preload_tried = "RPIKIT_TEST_PRELOAD_TRIED=1";

bool preloaded() {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (line.contains("libumockdev-preload")) return true;
    }
    return false;
}

/// This process, too, must see the made-up /sys: it starts anew with umockdev's library before all others, as
/// umockdev-wrapper would start it.
[[gnu::constructor]] void start_preloaded() {
    if (preloaded() || ::getenv("RPIKIT_TEST_PRELOAD_TRIED") != nullptr) return;
    std::ifstream stream("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> arguments;
    for (std::string argument; std::getline(stream, argument, '\0');)
        arguments.push_back(argument);
    std::vector<char*> pointers;
    for (auto& argument : arguments)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    for (const auto* variable : {preload, preload_tried})
        ::putenv(const_cast<char*>(variable));
    ::execv("/proc/self/exe", pointers.data());
}

}  // namespace

std::string node_of(int address) {
    return fmt::format("/dev/bus/usb/001/{:03}", address);
}

/// One plugged board: its node's handler runs in a thread of umockdev's.
struct Plugged {
    explicit Plugged(MockedBoard wanted) : behaviour(std::move(wanted)), board(behaviour.plan) {}

    gboolean request(UMockdevIoctlClient* client);
    void submit(UMockdevIoctlClient* client);
    void reap(UMockdevIoctlClient* client);
    void discard(UMockdevIoctlClient* client);
    int transfer(usbdevfs_urb& urb, UMockdevIoctlData* buffer);
    int control(usbdevfs_urb& urb, std::uint8_t* bytes);

    mutable std::mutex mutex;
    MockedBoard behaviour;
    EmulatedBoard board;
    int transfers = 0;
    bool present = false;
    std::string path;             ///< in /sys
    std::deque<Handle> answered;  ///< requests to be reaped
    std::vector<Handle> unanswered;
    std::chrono::steady_clock::time_point left;
};

gboolean Plugged::request(UMockdevIoctlClient* client) {
    const std::scoped_lock lock(mutex);
    const auto code = umockdev_ioctl_client_get_request(client);
    if (!present && code != USBDEVFS_DISCARDURB && code != USBDEVFS_RELEASEINTERFACE) {
        umockdev_ioctl_client_complete(client, -1, ENODEV);
        return TRUE;
    }
    switch (code) {
        case USBDEVFS_GET_CAPABILITIES: {
            const auto answer = resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(std::uint32_t));
            const std::uint32_t capabilities =
                USBDEVFS_CAP_BULK_CONTINUATION | USBDEVFS_CAP_NO_PACKET_SIZE_LIM;
            std::memcpy(answer->data, &capabilities, sizeof capabilities);
            umockdev_ioctl_client_complete(client, 0, 0);
            return TRUE;
        }
        case USBDEVFS_CLAIMINTERFACE:
        case USBDEVFS_RELEASEINTERFACE:
            umockdev_ioctl_client_complete(client, 0, 0);
            return TRUE;
        case USBDEVFS_SUBMITURB:
            submit(client);
            return TRUE;
        case USBDEVFS_REAPURBNDELAY:
            reap(client);
            return TRUE;
        case USBDEVFS_DISCARDURB:
            discard(client);
            return TRUE;
        default:
            umockdev_ioctl_client_complete(client, -1, ENOTTY);
            return TRUE;
    }
}

void Plugged::submit(UMockdevIoctlClient* client) {
    auto data = resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(usbdevfs_urb));
    auto& urb = *reinterpret_cast<usbdevfs_urb*>(data->data);
    const auto number = transfers++;
    if (number == behaviour.vanish_at) {
        present = false;
        umockdev_ioctl_client_complete(client, -1, ENODEV);
        return;
    }
    const auto buffer =
        resolve(data.get(), offsetof(usbdevfs_urb, buffer), static_cast<std::size_t>(urb.buffer_length));
    if (number == behaviour.hang_at) {
        unanswered.push_back(std::move(data));
    } else {
        urb.status = transfer(urb, buffer.get());
        answered.push_back(std::move(data));
    }
    umockdev_ioctl_client_complete(client, 0, 0);
}

/// \returns the URB's status: 0, or a negative errno
int Plugged::transfer(usbdevfs_urb& urb, UMockdevIoctlData* buffer) {
    if (urb.type == USBDEVFS_URB_TYPE_CONTROL) return control(urb, buffer->data);
    if (urb.type != USBDEVFS_URB_TYPE_BULK || urb.endpoint != 1) return -EPIPE;
    const std::span bytes(buffer->data, static_cast<std::size_t>(urb.buffer_length));
    if (!board.bulk_out(std::as_bytes(bytes))) return -EPIPE;
    urb.actual_length = urb.buffer_length;
    return 0;
}

/// \param bytes the setup packet, then room for the answer
int Plugged::control(usbdevfs_urb& urb, std::uint8_t* bytes) {
    Setup setup{};
    std::memcpy(&setup, bytes, sizeof setup);
    if (setup.request != 0) return -EPIPE;
    if (setup.type == 0x40)
        return setup.length == 0 && board.control_out(setup.value, setup.index) ? 0 : -EPIPE;
    if (setup.type != 0xc0) return -EPIPE;
    const auto answer = board.control_in(setup.value, setup.index, setup.length);
    if (!answer) return -EPIPE;
    std::memcpy(bytes + sizeof setup, answer->data(), answer->size());
    urb.actual_length = static_cast<int>(answer->size());
    return 0;
}

void Plugged::reap(UMockdevIoctlClient* client) {
    if (answered.empty()) {
        umockdev_ioctl_client_complete(client, -1, EAGAIN);
        return;
    }
    const auto place = resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(void*));
    umockdev_ioctl_data_set_ptr(place.get(), 0, answered.front().get());
    answered.pop_front();
    umockdev_ioctl_client_complete(client, 0, 0);
}

void Plugged::discard(UMockdevIoctlClient* client) {
    gulong address = 0;
    std::memcpy(&address, umockdev_ioctl_client_get_arg(client)->data, sizeof address);
    const auto found = std::ranges::find(unanswered, address, [](const auto& d) { return d->client_addr; });
    if (found == unanswered.end()) {
        umockdev_ioctl_client_complete(client, -1, present ? EINVAL : ENODEV);
        return;
    }
    reinterpret_cast<usbdevfs_urb*>((*found)->data)->status = -ENOENT;
    answered.push_back(std::move(*found));
    unanswered.erase(found);
    umockdev_ioctl_client_complete(client, 0, 0);
}

struct MockedUsb::State {
    UMockdevTestbed* testbed = umockdev_testbed_new();
    std::string hub;
    int next_address = 3;
    std::map<int, Plugged> boards;
    std::vector<UMockdevIoctlBase*> handlers;
    mutable std::mutex mutex;
    std::jthread keeper;  ///< takes boards off the bus and brings them back

    /// Where the made-up /sys and /dev are.
    std::string root() const;
    std::string add(const std::string& name, const std::string& parent, int address,
                    std::vector<std::uint8_t> descriptors);
    void appear(int port, Plugged& plugged);
    void look_after(Plugged& plugged, int port);
};

std::string MockedUsb::State::root() const {
    char* folder = umockdev_testbed_get_root_dir(testbed);
    std::string text = folder;
    g_free(folder);
    return text;
}

std::string MockedUsb::State::add(const std::string& name, const std::string& parent, int address,
                                  std::vector<std::uint8_t> descriptors) {
    const auto node = node_of(address);
    const auto number = std::to_string(address) + '\n';
    std::filesystem::create_directories((root() + node).substr(0, (root() + node).rfind('/')));
    std::ofstream(root() + node).flush();
    char* made = umockdev_testbed_add_device(
        testbed, "usb", name.c_str(), parent.empty() ? nullptr : parent.c_str(), "busnum", "1\n", "devnum",
        number.c_str(), "speed", "480\n", "bConfigurationValue", "1\n", nullptr, "DEVTYPE", "usb_device",
        "DEVNAME", node.c_str(), "BUSNUM", "001", "DEVNUM", node.substr(node.size() - 3).c_str(), nullptr);
    const std::string path = made;
    g_free(made);
    umockdev_testbed_set_attribute_binary(testbed, path.c_str(), "descriptors", descriptors.data(),
                                          static_cast<int>(descriptors.size()));
    return path;
}

void MockedUsb::State::appear(int port, Plugged& plugged) {
    const int address = next_address++;
    plugged.path = add(fmt::format("1-1.{}", port), hub, address, plugged.board.descriptors());
    const auto& serial = plugged.behaviour.serial;
    if (!plugged.board.in_rom() && !serial.empty())
        umockdev_testbed_set_attribute(testbed, plugged.path.c_str(), "serial", (serial + '\n').c_str());
    auto* handler = umockdev_ioctl_base_new();
    handlers.push_back(handler);
    const auto forward = +[](UMockdevIoctlBase*, UMockdevIoctlClient* client, gpointer self) -> gboolean {
        return static_cast<Plugged*>(self)->request(client);
    };
    g_signal_connect(handler, "handle-ioctl", G_CALLBACK(forward), &plugged);
    const auto node = node_of(address);
    umockdev_testbed_attach_ioctl(testbed, node.c_str(), handler, nullptr);
    if (!plugged.behaviour.openable) ::chmod((root() + node).c_str(), 0);
    plugged.present = true;
}

void MockedUsb::State::look_after(Plugged& plugged, int port) {
    const std::scoped_lock lock(plugged.mutex);
    const auto now = std::chrono::steady_clock::now();
    if (plugged.present && plugged.board.leaving() && plugged.answered.empty()) {
        plugged.present = false;
        plugged.left = now;
    }
    if (!plugged.present && !plugged.path.empty()) {
        umockdev_testbed_remove_device(testbed, plugged.path.c_str());
        plugged.path.clear();
    }
    const bool comes = plugged.board.leaving() && !plugged.board.finished() && plugged.behaviour.returns;
    if (!plugged.present && comes && now - plugged.left > off_the_bus) {
        plugged.board.come_back();
        appear(port, plugged);
    }
}

bool MockedUsb::possible() {
    return preloaded();
}

MockedUsb::MockedUsb() : state_(std::make_unique<State>()) {
    const auto root = state_->add("usb1", "", 1, hub_descriptors());
    state_->hub = state_->add("1-1", root, 2, hub_descriptors());
    state_->keeper = std::jthread([state = state_.get()](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            {
                const std::scoped_lock lock(state->mutex);
                for (auto& [port, plugged] : state->boards)
                    state->look_after(plugged, port);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    });
}

MockedUsb::~MockedUsb() {
    state_->keeper = {};
    g_object_unref(state_->testbed);
    for (auto* handler : state_->handlers)
        g_object_unref(handler);
}

void MockedUsb::plug(int port, MockedBoard board) {
    const std::scoped_lock lock(state_->mutex);
    auto& plugged = state_->boards.try_emplace(port, std::move(board)).first->second;
    state_->appear(port, plugged);
}

std::vector<std::string> MockedUsb::environment() const {
    return {preload, "UMOCKDEV_DIR=" + state_->root()};
}

EmulatedBoard MockedUsb::board(int port) const {
    const std::scoped_lock lock(state_->mutex);
    const auto& plugged = state_->boards.at(port);
    const std::scoped_lock inner(plugged.mutex);
    return plugged.board;
}

}  // namespace rpikit::test
