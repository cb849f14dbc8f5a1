// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An sRGB colour of 8 bits a channel.
struct Color: Hashable, Sendable {
  /// The channels, each from 0 to 255.
  var red: UInt8
  var green: UInt8
  var blue: UInt8

  static let black = Color(red: 0, green: 0, blue: 0)
  static let white = Color(red: 255, green: 255, blue: 255)

  init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// A colour of Oklch, in which equal steps of lightness look equal for every hue. Colours outside
  /// sRGB are clipped. The matrices are those of <https://bottosson.github.io/posts/oklab/>.
  ///
  /// - Parameters:
  ///   - lightness: 0 (black) to 1 (white).
  ///   - chroma: 0 (grey) to about 0.3.
  ///   - hue: In degrees; 30 is red, 90 yellow, 150 green, 250 blue.
  init(lightness: Double, chroma: Double, hue: Double) {
    let a = chroma * cos(hue * .pi / 180)
    let b = chroma * sin(hue * .pi / 180)
    let long = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let medium = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let short = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
    red = Self.encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short)
    green = Self.encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short)
    blue = Self.encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short)
  }

  /// The contrast ratio of WCAG 2.1, 1 to 21.
  func contrast(with other: Color) -> Double {
    let (a, b) = (luminance, other.luminance)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  /// The colour of text on this colour: black or white, whichever has more contrast. That is at
  /// least 4.58, at a luminance of 0.18.
  var text: Color {
    contrast(with: .black) >= contrast(with: .white) ? .black : .white
  }

  /// The colour as CSS writes it: `#rrggbb`.
  var hexadecimal: [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return [UInt8(ascii: "#")]
      + [red, green, blue].flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  private var luminance: Double {
    0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue)
  }

  private static func linear(_ channel: UInt8) -> Double {
    let value = Double(channel) / 255
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }

  private static func encoded(_ linear: Double) -> UInt8 {
    let value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
    return UInt8((min(max(value, 0), 1) * 255).rounded())
  }
}

private func cube(_ value: Double) -> Double { value * value * value }
