// Words that several pages use.
#pragma once

#include <QString>

namespace imago::gui {

/// "about 40 s left", "about 3 h left"; empty where it is not known (less than 0).
QString timeLeft(double seconds);

/// "340 ms", "1.2 s"
QString duration(double milliseconds);

}  // namespace imago::gui
