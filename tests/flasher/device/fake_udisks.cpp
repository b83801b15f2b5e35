#include "tests/flasher/device/fake_udisks.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "sdk/host/descriptor.hpp"

extern char** environ;

namespace rpikit::test {

namespace {

constexpr const char* object = "/org/freedesktop/UDisks2/block_devices/made_up";

/// dbus-daemon of our own; empty address when the program is missing.
class PrivateBus {
  public:
    PrivateBus() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
        const host::Descriptor read_end(ends[0]);
        host::Descriptor write_end(ends[1]);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        std::array<std::string, 4> texts{"dbus-daemon", "--nofork", "--print-address",
                                         "--config-file=" + configuration()};
        std::array<char*, 5> argv{};
        for (std::size_t i = 0; i < texts.size(); ++i)
            argv.at(i) = texts.at(i).data();
        if (::posix_spawnp(&child_, "dbus-daemon", &actions, nullptr, argv.data(), environ) != 0) child_ = 0;
        posix_spawn_file_actions_destroy(&actions);
        write_end.reset();
        std::array<char, 1024> buffer{};
        const auto count = ::read(read_end.get(), buffer.data(), buffer.size());
        if (count > 0) address.assign(buffer.data(), static_cast<std::size_t>(count));
        address.erase(std::min(address.find('\n'), address.size()));
    }
    ~PrivateBus() {
        if (child_ <= 0) return;
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
    }
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;

    std::string address;

  private:
    /// Other users may come, too: tests give up root's rights. An abstract socket, for they see no folder of
    /// ours.
    std::string configuration() const {
        const auto listen = "unix:abstract=" + directory_.path().string();
        return directory_.write("bus.conf", "<busconfig><type>session</type><listen>" + listen +
                                                "</listen><policy context=\"default\"><allow user=\"*\"/>"
                                                "<allow own=\"*\"/><allow send_destination=\"*\"/>"
                                                "<allow receive_sender=\"*\"/></policy></busconfig>\n");
    }

    TempDir directory_;
    pid_t child_ = 0;
};

}  // namespace

struct FakeUdisks::State {
    PrivateBus bus;
    UdisksMood mood = UdisksMood::opens;
    std::string name;
    Asked asked;
    std::mutex mutex;
    std::atomic<bool> ready = false;
    std::jthread service;
};

namespace {

int resolve(sd_bus_message* message, void* data, sd_bus_error*) {
    auto& state = *static_cast<FakeUdisks::State*>(data);
    const char* key = nullptr;
    const char* path = nullptr;
    if (sd_bus_message_enter_container(message, 'a', "{sv}") < 0 ||
        sd_bus_message_enter_container(message, 'e', "sv") < 0 ||
        sd_bus_message_read(message, "s", &key) < 0 || sd_bus_message_read(message, "v", "s", &path) < 0 ||
        std::strcmp(key, "path") != 0) {
        return -EINVAL;
    }
    const std::scoped_lock lock(state.mutex);
    state.asked.path = path;
    if (state.mood == UdisksMood::ignorant) return sd_bus_reply_method_return(message, "ao", 0);
    return sd_bus_reply_method_return(message, "ao", 1, object);
}

int mode_flag(const std::string& mode) {
    return mode == "rw" ? O_RDWR : O_RDONLY;
}

int open_device(sd_bus_message* message, void* data, sd_bus_error* error) {
    auto& state = *static_cast<FakeUdisks::State*>(data);
    const char* mode = nullptr;
    const char* key = nullptr;
    int flags = 0;
    if (sd_bus_message_read(message, "s", &mode) < 0 ||
        sd_bus_message_enter_container(message, 'a', "{sv}") < 0 ||
        sd_bus_message_enter_container(message, 'e', "sv") < 0 ||
        sd_bus_message_read(message, "s", &key) < 0 || sd_bus_message_read(message, "v", "i", &flags) < 0 ||
        std::strcmp(key, "flags") != 0) {
        return -EINVAL;
    }
    const std::scoped_lock lock(state.mutex);
    state.asked.mode = mode;
    state.asked.flags = flags;
    constexpr const char* failed = "org.freedesktop.UDisks2.Error.Failed";
    if (state.mood == UdisksMood::refuses) {
        return sd_bus_error_set(error, "org.freedesktop.UDisks2.Error.NotAuthorizedCanObtain",
                                "Not authorized to perform operation");
    }
    // As udisks2 has it: how to open is the mode's to say.
    if ((flags & O_ACCMODE) != 0) return sd_bus_error_set(error, failed, "O_RDWR is not permitted");
    const auto path = state.mood == UdisksMood::regular ? std::string("/etc/passwd") : state.asked.path;
    const auto how = state.mood == UdisksMood::regular  ? O_RDONLY
                     : state.mood == UdisksMood::cached ? mode_flag(mode)
                                                        : mode_flag(mode) | flags;
    const host::Descriptor descriptor(::open(path.c_str(), how | O_CLOEXEC));
    if (!descriptor.valid()) return sd_bus_error_set(error, failed, std::strerror(errno));
    return sd_bus_reply_method_return(message, "h", descriptor.get());
}

const sd_bus_vtable manager_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("ResolveDevice", "a{sv}a{sv}", "ao", resolve, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END};

const sd_bus_vtable block_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("OpenDevice", "sa{sv}", "h", open_device, SD_BUS_VTABLE_UNPRIVILEGED), SD_BUS_VTABLE_END};

void check(int code, const char* what) {
    if (code < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(-code));
}

/// Everything of sd-bus happens in this one thread.
void serve(const std::stop_token& stop, FakeUdisks::State& state) {
    sd_bus* bus = nullptr;
    check(sd_bus_new(&bus), "sd_bus_new");
    check(sd_bus_set_address(bus, state.bus.address.c_str()), "sd_bus_set_address");
    check(sd_bus_set_bus_client(bus, 1), "sd_bus_set_bus_client");
    check(sd_bus_start(bus), "sd_bus_start");
    check(sd_bus_add_object_vtable(bus, nullptr, "/org/freedesktop/UDisks2/Manager",
                                   "org.freedesktop.UDisks2.Manager", manager_table, &state),
          "Manager");
    check(
        sd_bus_add_object_vtable(bus, nullptr, object, "org.freedesktop.UDisks2.Block", block_table, &state),
        "Block");
    check(sd_bus_request_name(bus, state.name.c_str(), 0), "name");
    state.ready = true;
    constexpr std::uint64_t look_at_stop = 20'000;  // microseconds
    while (!stop.stop_requested()) {
        const int done = sd_bus_process(bus, nullptr);
        if (done < 0) break;
        if (done == 0) sd_bus_wait(bus, look_at_stop);
    }
    sd_bus_flush_close_unref(bus);
}

}  // namespace

FakeUdisks::FakeUdisks(UdisksMood mood, std::string name) : state_(std::make_unique<State>()) {
    state_->mood = mood;
    state_->name = std::move(name);
    if (state_->bus.address.empty()) return;
    state_->service =
        std::jthread([state = state_.get()](const std::stop_token& stop) { serve(stop, *state); });
    while (!state_->ready)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

FakeUdisks::~FakeUdisks() = default;

const std::string& FakeUdisks::address() const {
    return state_->bus.address;
}

FakeUdisks::Asked FakeUdisks::asked() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->asked;
}

}  // namespace rpikit::test
