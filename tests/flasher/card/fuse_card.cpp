#include "tests/flasher/card/fuse_card.hpp"

#define FUSE_USE_VERSION 31
#include <fuse.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>

namespace rpikit::test {

namespace {

/// The server's own.
FuseOrders* orders = nullptr;
char* content = nullptr;
std::size_t size = 0;

int get_attributes(const char* path, struct stat* status, fuse_file_info*) {
    *status = {};
    if (std::string_view(path) == "/") {
        status->st_mode = S_IFDIR | 0700;
        return 0;
    }
    if (std::string_view(path) != "/card") return -ENOENT;
    status->st_mode = S_IFREG | 0600;
    status->st_size = static_cast<off_t>(size);
    return 0;
}

int open_file(const char*, fuse_file_info* file) {
    file->direct_io = 1;  // no page cache in between
    return 0;
}

/// What is to go wrong with this operation.
FuseFault fault_of(FuseOperation operation, std::uint64_t offset, std::size_t length) {
    const auto at = orders->offset.load();
    if (orders->operation != operation || at < offset || at >= offset + length) return FuseFault::none;
    const auto fault = orders->fault.load();
    if (fault != FuseFault::none && fault != FuseFault::flush_error) orders->happened = true;
    if (fault == FuseFault::wrong_byte_once) orders->fault = FuseFault::none;
    if (fault == FuseFault::vanish) orders->gone = true;
    return fault;
}

int write_file(const char*, const char* bytes, std::size_t length, off_t where, fuse_file_info*) {
    const auto offset = static_cast<std::uint64_t>(where);
    const auto fault = fault_of(FuseOperation::write, offset, length);
    if (orders->gone) return -ENODEV;
    if (fault == FuseFault::io_error) return -EIO;
    if (offset >= size) return -ENOSPC;
    length = std::min(length, size - offset);
    if (fault == FuseFault::part) length /= 2;
    if (fault != FuseFault::lost) std::memcpy(content + offset, bytes, length);
    if (fault == FuseFault::wrong_byte || fault == FuseFault::wrong_byte_once) {
        content[orders->offset] ^= 1;
    }
    return static_cast<int>(length);
}

int read_file(const char*, char* bytes, std::size_t length, off_t where, fuse_file_info*) {
    const auto offset = static_cast<std::uint64_t>(where);
    const auto fault = fault_of(FuseOperation::read, offset, length);
    if (orders->gone) return -ENODEV;
    if (fault == FuseFault::io_error) return -EIO;
    if (offset >= size) return 0;
    length = std::min(length, size - offset);
    if (fault == FuseFault::part) length /= 2;
    std::memcpy(bytes, content + offset, length);
    if (fault == FuseFault::wrong_byte || fault == FuseFault::wrong_byte_once) {
        bytes[orders->offset - offset] ^= 1;
    }
    return static_cast<int>(length);
}

int sync_file(const char*, int, fuse_file_info*) {
    if (orders->gone) return -ENODEV;
    if (orders->fault != FuseFault::flush_error) return 0;
    orders->happened = true;
    return -EIO;
}

int serve(const std::string& folder) {
    fuse_operations operations{};
    operations.getattr = get_attributes;
    operations.open = open_file;
    operations.read = read_file;
    operations.write = write_file;
    operations.fsync = sync_file;
    std::string program = "card";
    char* arguments[] = {program.data(), nullptr};
    fuse_args args = FUSE_ARGS_INIT(1, arguments);
    auto* const fuse = fuse_new(&args, &operations, sizeof operations, nullptr);
    if (fuse == nullptr || fuse_mount(fuse, folder.c_str()) != 0) return 1;
    fuse_set_signal_handlers(fuse_get_session(fuse));
    fuse_loop(fuse);
    fuse_unmount(fuse);
    return 0;
}

void* shared(std::size_t bytes) {
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

std::unique_ptr<FuseCard> FuseCard::make(std::size_t bytes) {
    if (::access("/dev/fuse", R_OK | W_OK) != 0) return nullptr;
    std::unique_ptr<FuseCard> card(new FuseCard);
    card->size_ = bytes;
    card->orders_ = static_cast<FuseOrders*>(shared(sizeof(FuseOrders)));
    card->content_ = static_cast<std::byte*>(shared(bytes));
    if (card->orders_ == nullptr || card->content_ == nullptr) return nullptr;
    rpikit::test::orders = card->orders_;
    rpikit::test::content = reinterpret_cast<char*>(card->content_);
    rpikit::test::size = bytes;
    card->server_ = ::fork();
    if (card->server_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::signal(SIGTERM, SIG_DFL);  // the test program's own handler calls it a failed test
        ::_exit(serve(card->folder_.path().string()));
    }
    for (int i = 0; i < 500; ++i) {
        std::error_code ignored;
        if (std::filesystem::exists(card->file(), ignored)) return card;
        if (::waitpid(card->server_, nullptr, WNOHANG) == card->server_) {
            card->server_ = -1;
            return nullptr;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return nullptr;
}

FuseCard::~FuseCard() {
    if (server_ > 0) {
        ::kill(server_, SIGTERM);
        ::waitpid(server_, nullptr, 0);
    }
    // A server that died of something else has left its mount.
    ::umount2(folder_.path().c_str(), MNT_DETACH);
    if (orders_ != nullptr) ::munmap(orders_, sizeof(FuseOrders));
    if (content_ != nullptr) ::munmap(content_, size_);
}

}  // namespace rpikit::test
