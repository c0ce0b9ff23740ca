// The one walk over folders: whoever takes folders of pictures or models finds their files by it.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace imago {

bool is_folder(const std::filesystem::path& path);

/// The path with links resolved as far as it exists, absolute, without a slash at its end: to tell
/// whether two are the same.
std::filesystem::path resolved(const std::filesystem::path& path);

/// Finds the files in folders and below them, folder by folder in the order of their names. Hidden
/// files and folders (those whose names begin with a dot) are left out. Links are followed, and
/// each folder is visited once whatever leads to it, so that links cannot lead round in circles.
class FolderWalk {
 public:
  /// `file` begins with the folder that was given, `relative` is what comes after it. False ends
  /// the walk.
  using Visit =
      std::function<bool(const std::filesystem::path& file, const std::filesystem::path& relative)>;

  struct Unreadable {
    std::filesystem::path folder;
    std::string reason;  // "cannot read this folder: Permission denied"
  };

  /// This folder counts as visited.
  void leave_out(const std::filesystem::path& folder);

  /// False if `visit` ended the walk. A folder that cannot be read does not end it.
  bool walk(const std::filesystem::path& folder, const Visit& visit);

  const std::vector<Unreadable>& unreadable() const { return unreadable_; }

 private:
  bool walk(const std::filesystem::path& folder, const std::filesystem::path& relative,
            const Visit& visit);

  std::set<std::filesystem::path> visited_;
  std::vector<Unreadable> unreadable_;
};

}  // namespace imago
