using System.Globalization;

namespace ClassicBroker.Primitives;

/// <summary>Writes floating-point numbers as Java does: <c>1024.0</c>, <c>1.0E7</c>. Stateless.</summary>
public static class JavaDouble
{
    /// <summary>Java leaves the plain form outside of this range.</summary>
    private const double PlainMin = 1e-3;
    private const double PlainEnd = 1e7;

    /// <summary>Digits behind the point with which any number reads back.</summary>
    private const int PrecisionMax = 16;

    public static string Format(double value)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? value > 0 ? "Infinity" : "-Infinity" : "0.0";
        }

        if (Math.Abs(value) is >= PlainMin and < PlainEnd)
        {
            var plain = value.ToString("0.################", CultureInfo.InvariantCulture);
            return plain.Contains('.') ? plain : plain + ".0";
        }

        var digits = ShortestDigits(value);
        var split = digits.IndexOf('E', StringComparison.Ordinal);
        var mantissa = digits[..split];
        var exponent = int.Parse(digits[(split + 1)..], CultureInfo.InvariantCulture);
        return $"{mantissa}{(mantissa.Contains('.') ? "" : ".0")}E{exponent.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>The shortest digits, in the form <c>1.5E+007</c>, that read back as the same number.</summary>
    private static string ShortestDigits(double value)
    {
        for (var precision = 0; ; precision++)
        {
            var digits = value.ToString($"E{precision}", CultureInfo.InvariantCulture);
            if (precision == PrecisionMax || double.Parse(digits, CultureInfo.InvariantCulture) == value)
            {
                return digits;
            }
        }
    }
}
