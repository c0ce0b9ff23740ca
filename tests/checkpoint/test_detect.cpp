// What people save under a model's name.
#include "tests/checkpoint/hostile.h"

namespace imago {
namespace {

using std::string_literals::operator""s;

struct Foreign {
  const char* name;
  std::string file;
  Kind kind;
  const char* says;  // must occur in the message
};
void PrintTo(const Foreign& foreign, std::ostream* out) { *out << foreign.name; }

std::vector<Foreign> foreign_files() {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, 'a') +
      "\nsize 67010245\n";
  std::string tar(512, '\0');
  tar.replace(0, 15, "pickle/storages");
  tar.replace(257, 5, "ustar");
  const std::string ones(64, '\1');
  return {
      {"empty", "", Kind::not_a_model, "empty"},
      {"LFS", pointer, Kind::not_a_model, "Git-LFS pointer"},
      {"LFS size", pointer, Kind::not_a_model, "67010245 bytes"},
      {"LFS advice", pointer, Kind::not_a_model, "git lfs pull"},
      {"HTML", "<!DOCTYPE html>\n<html><head>", Kind::not_a_model, "web page"},
      {"html", "\n\n  <html lang=en>" + ones, Kind::not_a_model, "web page"},
      {"HTML with a mark", "\xef\xbb\xbf<!doctype HTML>", Kind::not_a_model, "web page"},
      {"XML", "<?xml version=\"1.0\"?><Error><Code>AccessDenied", Kind::not_a_model, "server"},
      {"JSON", "{\"error\": \"not found\"}", Kind::not_a_model, "text file"},
      {"JSON with a brace", "{\n  \"a\":{\n\"b\": \"something longer than eight\"}}",
       Kind::not_a_model, "text file"},
      {"text", "Not found", Kind::not_a_model, "begins \"Not found\""},
      {"PNG", "\x89PNG\r\n\x1a\n" + ones, Kind::not_a_model, "picture"},
      {"JPEG", "\xff\xd8\xff\xe0" + ones, Kind::not_a_model, "picture"},
      {"GIF", "GIF89a" + ones, Kind::not_a_model, "picture"},
      {"BMP", "BM" + ones, Kind::not_a_model, "picture"},
      {"WebP", "RIFF\1\1\1\1WEBPVP8 " + ones, Kind::not_a_model, "picture"},
      {"TIFF", "II*\0"s + ones, Kind::not_a_model, "picture"},
      {"TIFF, big-endian", "MM\0*"s + ones, Kind::not_a_model, "picture"},
      {"MP4",
       "\0\0\0\x20"
       "ftypisom"s +
           ones,
       Kind::not_a_model, "video"},
      {"gzip", "\x1f\x8b\x08" + ones, Kind::not_a_model, "unpack"},
      {"7z", "7z\xbc\xaf\x27\x1c" + ones, Kind::not_a_model, "unpack"},
      {"rar", "Rar!\x1a\x07" + ones, Kind::not_a_model, "unpack"},
      {"zip of pictures", build::zip({build::part("a/b.png", "x")}), Kind::not_a_model, "unpack"},
      {"tar", tar, Kind::unsupported, "tar archive"},
      {"ONNX that was cut off",
       "\x08\x07\x12\x07pytorch\x1a\x05"
       "1.13 \x3a\x80\x01",
       Kind::truncated, "incomplete"},
      {"HDF5", "\x89HDF\r\n\x1a\n" + ones, Kind::unsupported, "Keras"},
      {"ncnn without its weights", "7767517\n75 83\nInput data", Kind::io, ".bin"},
      {"plain pickle", "\x80\x04\x95\0\0"s + ones, Kind::not_a_model, "Python pickle"},
      {"zeros", std::string(1000, '\0'), Kind::not_a_model, "no model file"},
      {"noise", ones, Kind::not_a_model, "no model file"},
      {"one byte", "x", Kind::not_a_model, "text file"},
      {"TorchScript", build::zip({build::part("a/data.pkl", "."), build::part("a/code/x.py", "")}),
       Kind::unsupported, "state_dict()"},
  };
}

class Detect : public testing::TestWithParam<Foreign> {};

TEST_P(Detect, SaysWhatTheFileIsInstead) {
  try {
    read_checkpoint(build::bytes_of(GetParam().file));
    FAIL() << "was read";
  } catch (const CheckpointError& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(GetParam().kind)) << error.what();
    EXPECT_NE(std::string(error.what()).find(GetParam().says), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(All, Detect, testing::ValuesIn(foreign_files()));

TEST(Messages, AreFitForATerminal) {
  const std::string header = "{\"evil\\u001b[2J\\u0007" + std::string(500, 'x') + "\":{}}";
  try {
    read_checkpoint(build::bytes_of(build::safetensors(header)));
    FAIL() << "was read";
  } catch (const CheckpointError& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find('\x1b'), std::string::npos) << what;
    EXPECT_EQ(what.find('\a'), std::string::npos) << what;
    EXPECT_LT(what.size(), 400u);
    EXPECT_NE(what.find("evil?[2J?"), std::string::npos) << what;
  }
}

}  // namespace
}  // namespace imago
