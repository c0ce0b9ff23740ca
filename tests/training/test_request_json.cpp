// options.json: every field of a request comes back.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "compute/base/error.h"
#include "models/training/request_json.h"

namespace imago {
namespace {

/// Another value than it has. Each kind of field has its own.
void change(bool& value) { value = !value; }
void change(int& value) { value += 3; }
void change(int64_t& value) { value += (int64_t{1} << 40) + 1; }
void change(uint64_t& value) { value += 0xfedcba9876543210u; }
void change(float& value) { value = value * 1.37f + 0.1234567f; }
void change(double& value) { value = value / 3 + 0.1; }
void change(std::vector<std::string>& value) { value = {"camera 1", "Ä"}; }
void change(std::string& value) { value += "unet_64"; }
void change(std::filesystem::path& value) { value /= "ein Ordner/größer \"9\"\n"; }
void change(DataKind& value) { value = DataKind::cameras; }
void change(Preprocess& value) { value = Preprocess::scale_width_and_crop; }
void change(Norm& value) { value = Norm::none; }
void change(Upsample& value) { value = Upsample::resize; }
void change(InitType& value) { value = InitType::orthogonal; }
void change(GanMode& value) { value = GanMode::wgangp; }
void change(PixelLoss& value) { value = PixelLoss::l1; }
void change(NumberType& value) { value = NumberType::fp16; }
void change(LearningRatePolicy& value) { value = LearningRatePolicy::cosine; }

/// Calls `f` with each field of all structs, from two requests. The bindings name every member: a
/// new one does not compile until it is here, and then the test fails until it is in the JSON.
template <class F>
void for_each_field(TrainingRequest& x, TrainingRequest& y, F f) {
  const auto all = [&](auto& left, auto& right, auto tie) {
    auto xs = tie(left), ys = tie(right);
    std::apply([&](auto&... l) { std::apply([&](auto&... r) { (f(l, r), ...); }, ys); }, xs);
  };
  all(x.data, y.data, [](auto& d) {
    auto& [kind, root, root_b, phase, b_to_a, preprocess, load, crop, flip, batch, most, in, out,
           order, scale, degrade, seed, cache, cameras, held_out, jitter, input_jitter, augment,
           on_black, line_width, by_hand, on_paper, strokes, latent, labels, label_names, modes,
           columns, table, length, rate] = d;
    return std::tie(kind, root, root_b, phase, b_to_a, preprocess, load, crop, flip, batch, most,
                    in, out, order, scale, degrade, seed, cache, cameras, held_out, jitter,
                    input_jitter, augment, on_black, line_width, by_hand, on_paper, strokes, latent,
                    labels, label_names, modes, columns, table, length, rate);
  });
  all(x.init, y.init, [](auto& i) {
    auto& [type, gain] = i;
    return std::tie(type, gain);
  });
  all(x.adam, y.adam, [](auto& a) {
    auto& [beta1, beta2, epsilon, decay, clip] = a;
    return std::tie(beta1, beta2, epsilon, decay, clip);
  });
  all(x.schedule, y.schedule, [](auto& s) {
    auto& [policy, rate, epochs, decay, every, first] = s;
    return std::tie(policy, rate, epochs, decay, every, first);
  });
  all(x, y, [](auto& r) {
    auto& [method, name, dir, data, g, d, gf, df, dl, norm, dropout, spectral, upsample, init,
           init_model, g_chosen, d_chosen, gan, penalty, clip, r1, critic, packed, target, shuffle,
           mapping, mixing, path, path_every, r1_every, ada, ada_target, ada_speed, half_life, pool,
           l1, features, keep_luma, la, lb, li, pixel, pw, aw, fw, tw, relativistic, vgg,
           pixel_epochs, adam, schedule, average, seed, max_steps, save_epochs, print_steps,
           threads, save_steps, validate_epochs, validate_steps, validation_pictures, health,
           recompute, precision] = r;
    return std::tie(name, dir, g, d, gf, df, dl, norm, dropout, spectral, upsample, init_model,
                    g_chosen, d_chosen, gan, penalty, clip, r1, critic, packed, target, shuffle,
                    mapping, mixing, path, path_every, r1_every, ada, ada_target, ada_speed,
                    half_life, pool, l1, features, keep_luma, la, lb, li, pixel, pw, aw, fw, tw,
                    relativistic, vgg, pixel_epochs, average, seed, max_steps, save_epochs,
                    print_steps, threads, save_steps, validate_epochs, validate_steps,
                    validation_pictures, health, recompute, precision);
  });
}

TEST(Options, EveryFieldComesBack) {
  for (const std::string method : {"pix2pix", "cyclegan", "srgan"}) {
    TrainingRequest request = default_request(method);
    for_each_field(request, request, [](auto& value, auto&) { change(value); });
    TrainingRequest back = request_from_json(to_json(request), "options.json");
    EXPECT_EQ(back.method, method);
    int fields = 0;
    for_each_field(request, back, [&](auto& before, auto& after) {
      EXPECT_TRUE(before == after) << method << ": field " << fields;
      ++fields;
    });
    EXPECT_GT(fields, 60);
  }
}

TEST(Options, DefaultsComeBackAndAreReadable) {
  TrainingRequest request = default_request("cyclegan");
  TrainingRequest back = request_from_json(to_json(request), "options.json");
  for_each_field(request, back, [](auto& before, auto& after) { EXPECT_TRUE(before == after); });
  EXPECT_NE(to_json(request).find("\"lr\": 0.0002,"), std::string::npos) << to_json(request);
}

TEST(Options, WhatAnOlderVersionDidNotKnowHasTheMethodsDefault) {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(to_json(default_request("cyclegan")));
  json.erase("pool_size");
  json.erase("dataroot_b");
  const TrainingRequest back = request_from_json(json.dump(), "options.json");
  EXPECT_EQ(back.pool_size, 50);
  EXPECT_EQ(back.data.dataroot_b, "");
}

/// The message of what reading the text throws.
std::string refusal_of_text(const std::string& text) {
  try {
    request_from_json(text, "runs/x/options.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Options, WhatIsNotUnderstoodIsNamed) {
  const auto with = [](const std::string& name, const nlohmann::ordered_json& value) {
    nlohmann::ordered_json json =
        nlohmann::ordered_json::parse(to_json(default_request("pix2pix")));
    json[name] = value;
    return refusal_of_text(json.dump());
  };
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, nlohmann::ordered_json>>{{"wavelets", 3},
                                                                   {"gan_mode", "softplus"},
                                                                   {"ngf", "many"},
                                                                   {"ngf", nullptr},
                                                                   {"dataroot", 7},
                                                                   {"method", "stylegan"}}) {
    const std::string message = with(name, value);
    EXPECT_TRUE(message.starts_with("runs/x/options.json: ")) << message;
    const std::string word = value.is_string() && name != "ngf" ? value.get<std::string>() : name;
    EXPECT_NE(message.find(word), std::string::npos) << message;
  }
  EXPECT_NE(with("imago_options", 2).find("another version"), std::string::npos);
  for (const std::string text : {"", "{", "[]", "{\"a\": 1}", "\xff"})
    EXPECT_NE(refusal_of_text(text).find("is not the options"), std::string::npos) << text;
}

TEST(Options, NamesThatAreNotUtf8AreRefused) {
  TrainingRequest request = default_request("pix2pix");
  request.data.dataroot = "caf\xe9";
  EXPECT_THROW(to_json(request), Error);
}

}  // namespace
}  // namespace imago
