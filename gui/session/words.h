// Words that several pages use.
#pragma once

#include <QString>

namespace imago::gui {

/// "about 40 s left", "about 3 h left"; empty where it is not known (less than 0).
QString timeLeft(double seconds);
/// "about 5 min".
QString aboutSoLong(double seconds);

/// "340 ms", "1.2 s"
QString duration(double milliseconds);

/// How long a film is: "0:07", "1:02:03".
QString playingTime(double seconds);

/// "340 MB", "1.2 GB": powers of ten, as files are told elsewhere.
QString bytesText(qint64 bytes);

}  // namespace imago::gui
