#include "tests/support/http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace rpikit::test {

namespace fs = std::filesystem;

struct HttpServer::State {
    fs::path root;
    int listener = -1;
    int port = 0;
    mutable std::mutex mutex;
    std::map<std::string, HttpFault> faults;
    std::vector<std::string> requests;
    std::atomic<bool> stopping = false;
    std::vector<std::jthread> connections;
    std::jthread acceptor;

    void accept_on();
    void serve(int connection);
    void answer(int connection, const std::string& method, const std::string& path);
    bool send_body(int connection, std::string_view body, std::chrono::milliseconds piece_delay) const;
    void pause(std::chrono::milliseconds time) const;
};

namespace {

/// %XX in the path of an address; apt and curl write them for '~', '+' and ':'.
std::string percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

bool readable_soon(int descriptor) {
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 50) > 0;
}

bool send_all(int connection, std::string_view data) {
    while (!data.empty()) {
        const ssize_t count = ::send(connection, data.data(), data.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        data.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

HttpServer::HttpServer(fs::path root) : state_(std::make_unique<State>()) {
    state_->root = std::move(root);
    state_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(state_->listener, generic, size) != 0 || ::listen(state_->listener, 64) != 0 ||
        ::getsockname(state_->listener, generic, &size) != 0) {
        throw std::runtime_error("no loopback port for the test server");
    }
    state_->port = ntohs(address.sin_port);
    state_->acceptor = std::jthread([state = state_.get()] { state->accept_on(); });
}

HttpServer::~HttpServer() {
    state_->stopping = true;
    state_->acceptor.join();
    state_->connections.clear();
    ::close(state_->listener);
}

std::string HttpServer::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(state_->port) + std::string(path);
}

void HttpServer::set_fault(std::string path, HttpFault fault) {
    const std::scoped_lock lock(state_->mutex);
    state_->faults[std::move(path)] = std::move(fault);
}

void HttpServer::clear_faults() {
    const std::scoped_lock lock(state_->mutex);
    state_->faults.clear();
}

std::vector<std::string> HttpServer::requests() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->requests;
}

void HttpServer::State::accept_on() {
    while (!stopping) {
        if (!readable_soon(listener)) continue;
        const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) continue;
        connections.emplace_back([this, connection] {
            serve(connection);
            ::shutdown(connection, SHUT_WR);
            ::close(connection);
        });
    }
}

/// One request a connection.
void HttpServer::State::serve(int connection) {
    std::string request;
    char buffer[4096];
    while (!request.contains("\r\n\r\n")) {
        if (stopping) return;
        if (!readable_soon(connection)) continue;
        const ssize_t count = ::recv(connection, buffer, sizeof buffer, 0);
        if (count <= 0) return;
        request.append(buffer, static_cast<std::size_t>(count));
    }
    std::istringstream first_line(request);
    std::string method;
    std::string target;
    first_line >> method >> target;
    const std::string path = percent_decoded(target.substr(0, target.find('?')));
    {
        const std::scoped_lock lock(mutex);
        requests.push_back(path);
    }
    answer(connection, method, path);
}

void HttpServer::State::answer(int connection, const std::string& method, const std::string& path) {
    HttpFault fault;
    {
        const std::scoped_lock lock(mutex);
        if (const auto found = faults.find(path); found != faults.end()) fault = found->second;
    }
    pause(fault.delay);

    const fs::path file = root / fs::path(path).relative_path();
    int status = fault.status.value_or(fault.location.empty() ? 200 : 302);
    if (status == 200 && (path.contains("..") || !fs::is_regular_file(file))) status = 404;
    std::string body = "status " + std::to_string(status) + "\n";
    if (status == 200) {
        std::ifstream stream(file, std::ios::binary);
        body.assign(std::istreambuf_iterator<char>(stream), {});
    }
    std::string head = "HTTP/1.1 " + std::to_string(status) + " x\r\nConnection: close\r\n";
    if (!fault.location.empty()) head += "Location: " + fault.location + "\r\n";
    if (!fault.no_length) head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    if (!send_all(connection, head + "\r\n") || method == "HEAD") return;

    if (fault.corrupt && !body.empty()) body.back() = static_cast<char>(body.back() ^ 1);
    if (fault.truncate_at) body.resize(std::min<std::size_t>(body.size(), *fault.truncate_at));
    send_body(connection, body, fault.piece_delay);
}

bool HttpServer::State::send_body(int connection, std::string_view body,
                                  std::chrono::milliseconds piece_delay) const {
    constexpr std::size_t piece = std::size_t{64} << 10;
    while (!body.empty() && !stopping) {
        if (!send_all(connection, body.substr(0, piece))) return false;
        body.remove_prefix(std::min(piece, body.size()));
        pause(piece_delay);
    }
    return true;
}

/// Sleeps in short steps, so that the end of a test does not wait for it.
void HttpServer::State::pause(std::chrono::milliseconds time) const {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!stopping && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(time, std::chrono::milliseconds(10)));
    }
}

}  // namespace rpikit::test
