#pragma once

#include <unistd.h>

#include <utility>

namespace rpikit::host {

/// An open file descriptor that is closed with the object; -1 means none.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { reset(); }

    bool valid() const { return number_ >= 0; }
    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }
    void reset() {
        if (valid()) ::close(std::exchange(number_, -1));
    }

  private:
    int number_ = -1;
};

}  // namespace rpikit::host
