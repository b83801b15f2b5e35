#include "tests/source/git_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>

namespace rpikit::test {

namespace fs = std::filesystem;

namespace {

/// A port of the loopback device that is free now.
int free_port() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(listener);
    return ntohs(address.sin_port);
}

bool answers(int port) {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET,
                        .sin_port = htons(static_cast<std::uint16_t>(port)),
                        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const bool connected = connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(client);
    return connected;
}

}  // namespace

GitServer::GitServer(const fs::path& base) : port_(free_port()) {
    child_ = fork();
    if (child_ == 0) {
        setpgid(0, 0);
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);  // it reports every probe
        execlp("git", "git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1",
               ("--port=" + std::to_string(port_)).c_str(), ("--base-path=" + base.string()).c_str(),
               static_cast<char*>(nullptr));
        _exit(127);
    }
    setpgid(child_, child_);
    for (int i = 0; i < 200 && !answers(port_); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    REQUIRE(answers(port_));
}

void GitServer::stop() {
    if (child_ <= 0) return;
    kill(-child_, SIGTERM);
    waitpid(child_, nullptr, 0);
    child_ = -1;
}

std::string GitServer::url(const std::string& name) const {
    return "git://127.0.0.1:" + std::to_string(port_) + "/" + name;
}

}  // namespace rpikit::test
