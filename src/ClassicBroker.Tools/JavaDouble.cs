using System.Globalization;

namespace ClassicBroker.Tools;

/// <summary>Writes floating-point numbers as Java does: <c>1024.0</c>, <c>1.0E7</c>. Stateless.</summary>
internal static class JavaDouble
{
    /// <summary>Java leaves the plain form outside of this range.</summary>
    private const double PlainMin = 1e-3;
    private const double PlainEnd = 1e7;

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

        // The shortest digits that read back as the same number, rearranged.
        var digits = value.ToString("E16", CultureInfo.InvariantCulture);
        for (var precision = 0; precision < 17; precision++)
        {
            digits = value.ToString($"E{precision}", CultureInfo.InvariantCulture);
            if (double.Parse(digits, CultureInfo.InvariantCulture) == value)
            {
                break;
            }
        }

        var split = digits.IndexOf('E', StringComparison.Ordinal);
        var mantissa = digits[..split];
        var exponent = int.Parse(digits[(split + 1)..], CultureInfo.InvariantCulture);
        return $"{mantissa}{(mantissa.Contains('.') ? "" : ".0")}E{exponent.ToString(CultureInfo.InvariantCulture)}";
    }
}
