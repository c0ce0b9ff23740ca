// Sliders whose values grow by factors: speed and learning rate.
#pragma once

namespace imago::gui {

constexpr int kSpeedEnd = 100, kRateEnd = 100;

/// Steps a second, from a half to about a thousand; at the end 0: as fast as it goes.
double speedOfSlider(int value);
/// The nearest place for a speed.
int sliderOfSpeed(double speed);

/// 0.00001 to 1, with two digits.
double rateOfSlider(int value);
int sliderOfRate(double rate);

}  // namespace imago::gui
